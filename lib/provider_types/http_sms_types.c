/* SPDX-License-Identifier: BSD-2-Clause */
/* Any gateway that sends a text for a POST, with a locally generated code. */
#include "lib/provider_types/provider_types.h"

#include <strings.h>

#include "lib/provider_types/provider_types_inside.h"

#define PATH_BYTES TEXT_UNRESERVED "/%?=&+"

enum {
	HTTP_SMS_NONE = 0,
	HTTP_SMS_PHONE,
	HTTP_SMS_RECEIVER,
	HTTP_SMS_MESSAGE,
	HTTP_SMS_SECRET,
	HTTP_SMS_WORDS,
};
static const char *const gateway_words[] = {
	[HTTP_SMS_NONE] = "%",
	[HTTP_SMS_PHONE] = "%phone%",
	[HTTP_SMS_RECEIVER] = "%receiver%",
	[HTTP_SMS_MESSAGE] = "%text%",
	[HTTP_SMS_SECRET] = "%secret%",
};
_Static_assert(COUNT_OF(gateway_words) == HTTP_SMS_WORDS, "words");

static const struct setting_key gateway_keys[] = {
	{ "path", CONF_TEXT, HTTP_SMS_PATH, false, 1, 255,
	    .charset = PATH_BYTES },
	{ "auth_header", CONF_TEXT, HTTP_SMS_AUTH_HEADER, false, 1, 64,
	    .charset = TEXT_ALNUM "-" },
	{ "auth_secret_file", CONF_SECRET_FILE, HTTP_SMS_AUTH_SECRET,
	    .required = false },
	{ "body", CONF_TEXT, HTTP_SMS_BODY, true, 8, 255, .dflt = 0 },
	{ "text", CONF_TEXT, TELNYX_TEXT, false, 6, TELNYX_TEXT_MAX,
	    .charset = TELNYX_TEXT_BYTES, .text = TELNYX_TEXT_DEFAULT },
	{ "success", CONF_TEXT, HTTP_SMS_SUCCESS, false, 1, 255, .dflt = 0 },
	{ "says", CONF_TEXT, HTTP_SMS_SAYS, false, 1, 20,
	    .charset = TEXT_ALNUM " -." },
	{ 0 },
};

static const char *
count_words(const char *text, bool json, unsigned found[HTTP_SMS_WORDS])
{
	bool quoted = false;
	size_t len;

	for (; *text != '\0'; text += len) {
		len = quoted && text[0] == '\\' && text[1] != '\0' ? 2 : 1;
		if (json && *text == '"')
			quoted = !quoted;
		if (*text != '%')
			continue;
		found[telnyx_word_find(
		    gateway_words, HTTP_SMS_WORDS, text, &len)]++;
		if (quoted)
			return "its words (%phone%, %text%) outside of quotes, "
			       "which they bring along";
	}
	if (found[HTTP_SMS_NONE] != 0)
		return "% in %phone%, %receiver%, %text% and %secret% alone";
	return quoted || (json && text[-1] != '}')
	    ? "JSON that ends with }, after the last quote"
	    : NULL;
}

/* True for a header that each request has, or that is not the gateway's. */
static bool
is_own_header(const char *name)
{
	static const char *const own[] = { "Host", "Content-Length",
		"Content-Type", "Transfer-Encoding", "Connection", "Accept",
		"Expect", "TE", "Upgrade", "Proxy-Authorization" };

	for (size_t i = 0; i < COUNT_OF(own); i++)
		if (strcasecmp(name, own[i]) == 0)
			return true;
	return false;
}

static const char *
gateway_settings(const struct provider_conf *conf, const char **key)
{
	unsigned in_path[HTTP_SMS_WORDS] = { 0 }, found[HTTP_SMS_WORDS] = { 0 };
	const char *path = conf->text[HTTP_SMS_PATH];
	const char *body = conf->text[HTTP_SMS_BODY], *allowed;

	*key = "base_url";
	if (conf->base_url == NULL)
		return "the gateway's https://HOST[:PORT][/PREFIX]";
	*key = "path";
	if (path != NULL &&
	    (path[0] != '/' || count_words(path, false, in_path) != NULL ||
		in_path[HTTP_SMS_PHONE] + in_path[HTTP_SMS_RECEIVER] +
			in_path[HTTP_SMS_MESSAGE] !=
		    0))
		return "a path that begins with /, and no % in it but %secret%";
	*key = "body";
	allowed = count_words(body, body[0] == '{', found);
	if (allowed != NULL)
		return allowed;
	if (found[HTTP_SMS_MESSAGE] == 0 ||
	    (found[HTTP_SMS_PHONE] != 0) == (found[HTTP_SMS_RECEIVER] != 0))
		return "%text%, and either %phone% or %receiver%";
	*key = "auth_header";
	if (conf->text[HTTP_SMS_AUTH_HEADER] != NULL &&
	    is_own_header(conf->text[HTTP_SMS_AUTH_HEADER]))
		return "the name of a header for a secret, such as X-Api-Key";
	*key = "auth_secret_file";
	if ((conf->text[HTTP_SMS_AUTH_HEADER] != NULL ||
		found[HTTP_SMS_SECRET] + in_path[HTTP_SMS_SECRET] != 0) !=
	    (conf->secret[HTTP_SMS_AUTH_SECRET].len > 0))
		return "together with auth_header or %secret%, which need it";
	*key = "text";
	return telnyx_template_check(
	    conf->text[TELNYX_TEXT], conf->code_length);
}

static bool
by_receiver(const struct provider_conf *p)
{
	return p->text[HTTP_SMS_BODY] != NULL &&
	    strstr(p->text[HTTP_SMS_BODY], "%receiver%") != NULL;
}

static const char *
prompt_words(const struct provider_conf *p)
{
	return p->text[HTTP_SMS_SAYS];
}

const struct provider_type http_sms_type = {
	.name = "http-sms",
	.address = "the gateway: https://HOST[:PORT]",
	.keys = gateway_keys,
	.settings = gateway_settings,
	.methods = METHOD_BIT(METHOD_SMS),
	.code_lengths = 0x7f0, /* 4 to 10 */
	.expiry_min_s = 60,
	.expiry_max_s = 600,
	.wrong_codes = 3,
	.brand_refused = TELNYX_BRAND_REFUSED,
	.again = AGAIN_REPLACE,
	.own_code = true,
	.by_receiver = by_receiver,
	.prompt_words = prompt_words,
};
