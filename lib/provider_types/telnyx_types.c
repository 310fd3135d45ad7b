/* SPDX-License-Identifier: BSD-2-Clause */
/* Telnyx's types: Verify, text messages with a locally generated code, look-up;
 * and the template of a text. */
#include "lib/provider_types/provider_types.h"

#include "lib/provider_types/provider_types_inside.h"

#define TELNYX_HOST_MIN 16 /* bytes of the host's name that always fit */
#define TELNYX_BASE_URL "https://api.telnyx.com"
#define SENDER_MAX 11 /* letters, digits and blanks */
#define SHORT_CODE_MIN 3
#define SHORT_CODE_MAX 8

static const struct setting_key verify_keys[] = {
	{ "api_key_file", CONF_SECRET_FILE, TELNYX_API_KEY, .required = true },
	{ "verify_profile_id", CONF_TEXT, TELNYX_VERIFY_PROFILE_ID, true,
	    UUID_LEN, UUID_LEN, .charset = UUID_BYTES },
	{ 0 },
};

static const char *
verify_settings(const struct provider_conf *conf, const char **key)
{
	*key = "verify_profile_id";
	return uuid_is_valid(conf->text[TELNYX_VERIFY_PROFILE_ID])
	    ? NULL
	    : "the id of a Verify profile, as the vendor's portal shows it "
	      "(8-4-4-4-12 hex digits)";
}

const struct provider_type telnyx_verify_type = {
	.name = "telnyx-verify",
	.base_url = TELNYX_BASE_URL,
	.keys = verify_keys,
	.settings = verify_settings,
	.methods = METHOD_BIT(METHOD_SMS) | METHOD_BIT(METHOD_VOICE) |
	    METHOD_BIT(METHOD_WHATSAPP),
	.code_lengths = 0x7f0, /* 4 to 10 */
	.code_length = 5,      /* the vendor's default of a profile */
	.expiry_min_s = 60,
	.expiry_max_s = 600,
	.wrong_codes = 3, /* our limit; the vendor documents no limit */
	.again = AGAIN_REPLACE,
	.names_receiver = true,
};

static const char *const template_words[] = {
	[TELNYX_WORD_NONE] = "%",
	[TELNYX_WORD_BRAND] = "%brand%",
	[TELNYX_WORD_HOST] = "%host%",
	[TELNYX_WORD_CODE] = "%code%",
};
_Static_assert(COUNT_OF(template_words) == TELNYX_WORD_COUNT, "words");

unsigned
telnyx_word_find(
    const char *const *words, unsigned count, const char *p, size_t *len)
{
	unsigned w = count - 1;

	while (w > 0 && strncmp(p, words[w], strlen(words[w])) != 0)
		w--;
	*len = strlen(words[w]);
	return w;
}

enum telnyx_word
telnyx_word_at(const char *p, size_t *len)
{
	return (enum telnyx_word)telnyx_word_find(
	    template_words, TELNYX_WORD_COUNT, p, len);
}

size_t
telnyx_template_count_words(const char *text, unsigned found[TELNYX_WORD_COUNT])
{
	size_t plain = 0, len;

	memset(found, 0, TELNYX_WORD_COUNT * sizeof(found[0]));
	for (; *text != '\0'; text += len) {
		len = 1;
		if (*text == '%')
			found[telnyx_word_at(text, &len)]++;
		else
			plain++;
	}
	return plain;
}

const char *
telnyx_template_check(const char *text, unsigned code_length)
{
	unsigned found[TELNYX_WORD_COUNT];
	const size_t plain = telnyx_template_count_words(text, found);

	if (found[TELNYX_WORD_NONE] != 0)
		return "% in %brand%, %host% and %code% alone";
	if (found[TELNYX_WORD_CODE] == 0)
		return "a text with %code%";
	if (plain + found[TELNYX_WORD_BRAND] * PROVIDER_BRAND_MAX +
		found[TELNYX_WORD_HOST] * TELNYX_HOST_MIN +
		found[TELNYX_WORD_CODE] * code_length >
	    TELNYX_TEXT_MAX)
		return "160 characters, with 18 for %brand%, 16 for %host% "
		       "and the code";
	return NULL;
}

static const struct setting_key sms_keys[] = {
	{ "api_key_file", CONF_SECRET_FILE, TELNYX_API_KEY, .required = true },
	{ "from", CONF_TEXT, TELNYX_FROM, false, 1, PHONE_MAX,
	    .charset = TEXT_ALNUM "+ " },
	{ "messaging_profile_id", CONF_TEXT, TELNYX_MESSAGING_PROFILE_ID, false,
	    UUID_LEN, UUID_LEN, .charset = UUID_BYTES },
	{ "text", CONF_TEXT, TELNYX_TEXT, false, 6, TELNYX_TEXT_MAX,
	    .charset = TELNYX_TEXT_BYTES, .text = TELNYX_TEXT_DEFAULT },
	{ 0 },
};

/* True for a number or short code, which need no profile as a sender. */
static bool
is_number(const char *from)
{
	const size_t len = strlen(from);

	if (from[0] == '+')
		return phone_is_valid(from);
	return text_has_only(from, TEXT_DIGITS) && len >= SHORT_CODE_MIN &&
	    len <= SHORT_CODE_MAX;
}

static const char *
sms_settings(const struct provider_conf *conf, const char **key)
{
	const char *from = conf->text[TELNYX_FROM];
	const char *profile = conf->text[TELNYX_MESSAGING_PROFILE_ID];
	const bool number = from != NULL && is_number(from);

	*key = "messaging_profile_id";
	if (profile != NULL && !uuid_is_valid(profile))
		return "the id of a messaging profile, as the vendor's portal "
		       "shows it (8-4-4-4-12 hex digits)";
	*key = "from";
	if (from == NULL && profile == NULL)
		return "from, messaging_profile_id, or both";
	if (from != NULL && !number &&
	    (strlen(from) > SENDER_MAX || from[0] == ' ' ||
		!text_has_only(from, TEXT_ALNUM " ") ||
		strpbrk(from, TEXT_LETTERS) == NULL))
		return "a number (+15551234567), a short code of 3 to 8 "
		       "digits, or a name of at most 11 letters and digits";
	if (from != NULL && !number && profile == NULL)
		return "a name together with messaging_profile_id, or a number";
	*key = "text";
	return telnyx_template_check(
	    conf->text[TELNYX_TEXT], conf->code_length);
}

const struct provider_type telnyx_sms_type = {
	.name = "telnyx-sms",
	.base_url = TELNYX_BASE_URL,
	.keys = sms_keys,
	.settings = sms_settings,
	.methods = METHOD_BIT(METHOD_SMS),
	.code_lengths = 0x7f0, /* 4 to 10 */
	.expiry_min_s = 60,
	.expiry_max_s = 600,
	.wrong_codes = 3,
	.brand_refused = TELNYX_BRAND_REFUSED,
	.again = AGAIN_REPLACE,
	.own_code = true,
};

static const struct setting_key lookup_keys[] = {
	{ "api_key_file", CONF_SECRET_FILE, TELNYX_API_KEY, .required = true },
	{ 0 },
};

const struct provider_type telnyx_lookup_type = {
	.name = "telnyx-lookup",
	.base_url = TELNYX_BASE_URL,
	.keys = lookup_keys,
};
