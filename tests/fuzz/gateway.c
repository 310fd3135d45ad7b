/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Fuzz target: what http-sms makes of a body, a path, a receiver, a secret and
 * a brand. What a gateway reads must be what was meant, byte by byte: no value
 * may end its place, and begin another.
 */
#include "helper/net/net.h"
#include "helper/providers/providers.h"
#include "tests/fuzz/fuzz.h"

#define TEMPLATE_MAX 255
#define TEXT_MAX 512

static const char code[] = "135790";
static char body[TEMPLATE_MAX + 1], path[TEMPLATE_MAX + 1];
static char receiver[SETTINGS_RECEIVER_MAX + 1], brand[PROVIDER_BRAND_MAX + 1];

static int
hex(char c)
{
	return c >= '0' && c <= '9' ? c - '0'
	    : c >= 'A' && c <= 'F'  ? c - 'A' + 10
				    : -1;
}

/* A form's value or a path's part, as a server decodes it; it ends at end. */
static const char *
decoded(const char *p, const char *ends, char out[TEXT_MAX])
{
	size_t n = 0;

	for (; *p != '\0' && strchr(ends, *p) == NULL; p++) {
		must(n + 1 < TEXT_MAX, "a value that is no longer than it was");
		must(*p > 0x20 && *p < 0x7f && *p != '+' && *p != '=',
		    "escaped bytes are printable");
		out[n] = *p;
		if (*p == '%') {
			must(hex(p[1]) >= 0 && hex(p[2]) >= 0, "an escape");
			out[n] = (char)(hex(p[1]) * 16 + hex(p[2]));
			p += 2;
		}
		n++;
	}
	out[n] = '\0';
	return p;
}

static void
as_json(const struct provider_ops *ops, struct provider_ctx *ctx,
    struct provider_conf *conf)
{
	struct http_request req;
	struct json *json;
	char found[TEXT_MAX];

	conf->text[HTTP_SMS_BODY] =
	    "{\"a\":[%receiver%,{\"b\":%text%}],\"c\":%secret%,\"d\":\"e\"}";
	if (provider_ops_build(ops, CALL_START, ctx, NULL, &req) != 0)
		return;
	json = json_parse(req.body, req.body_len);
	/* settings have no byte that JSON could not hold as it is */
	must(json != NULL, "strict JSON");
	must(json_text(json, "a.0", found, sizeof(found)) == JSON_OK &&
		strcmp(found, receiver) == 0,
	    "the receiver as it was");
	must(json_text(json, "c", found, sizeof(found)) == JSON_OK &&
		strcmp(found, conf->secret[0].b) == 0,
	    "the secret as it was");
	must(json_text(json, "d", found, sizeof(found)) == JSON_OK &&
		strcmp(found, "e") == 0,
	    "what stood behind it");
	must(json_text(json, "a.1.b", found, sizeof(found)) == JSON_OK &&
		strstr(found, code) != NULL,
	    "the code in the text");
	json_free(json);
}

static void
as_form(const struct provider_ops *ops, struct provider_ctx *ctx,
    struct provider_conf *conf)
{
	struct http_request req;
	char found[TEXT_MAX];
	const char *p;

	conf->text[HTTP_SMS_BODY] = "a=%receiver%&b=%text%&c=%secret%";
	if (provider_ops_build(ops, CALL_START, ctx, NULL, &req) != 0)
		return;
	must(strncmp(req.body, "a=", 2) == 0, "the first name");
	p = decoded(req.body + 2, "&", found);
	must(strcmp(found, receiver) == 0, "the receiver as it was");
	must(strncmp(p, "&b=", 3) == 0, "the second name");
	p = decoded(p + 3, "&", found);
	must(strstr(found, code) != NULL, "the code in the text");
	must(strncmp(p, "&c=", 3) == 0, "the third name");
	p = decoded(p + 3, "&", found);
	must(*p == '\0' && strcmp(found, conf->secret[0].b) == 0,
	    "the secret as it was");
}

static void
as_path(const struct provider_ops *ops, struct provider_ctx *ctx,
    struct provider_conf *conf)
{
	struct http_request req;
	char found[TEXT_MAX];

	conf->text[HTTP_SMS_PATH] = "/bot%secret%/send";
	if (provider_ops_build(ops, CALL_START, ctx, NULL, &req) == 0) {
		must(strncmp(req.path, "/bot", 4) == 0, "the path's begin");
		must(strcmp(decoded(req.path + 4, "/?#", found), "/send") == 0,
		    "the path's end");
		must(strcmp(found, conf->secret[0].b) == 0,
		    "the secret as it was");
	}
	conf->text[HTTP_SMS_PATH] = NULL;
}

/* What settings accept can be sent, or is refused whole. */
static void
as_set(const struct provider_ops *ops, struct provider_ctx *ctx,
    struct provider_conf *conf)
{
	struct http_request req;
	const char *key = NULL;

	conf->text[HTTP_SMS_BODY] = body;
	conf->text[HTTP_SMS_PATH] = path[0] != '\0' ? path : NULL;
	if (conf->type->settings(conf, &key) != NULL) {
		must(key != NULL, "the key to name");
		return;
	}
	must(provider_by_receiver(conf) == (strstr(body, "%phone%") == NULL),
	    "either phone or receiver");
	if (provider_ops_build(ops, CALL_START, ctx, NULL, &req) != 0) {
		must(req.failed, "refused whole");
		return;
	}
	must(req.path[0] == '/' && strchr(req.path, ' ') == NULL,
	    "a path is one");
	must(strlen(req.body) == req.body_len && strstr(req.body, code) != NULL,
	    "the code is sent");
	must(strstr(req.body, "%text%") == NULL ||
		strstr(receiver, "%text%") != NULL ||
		strstr(brand, "%text%") != NULL ||
		strstr(conf->secret[0].b, "%text%") != NULL,
	    "no word is left");
}

/* As settings have it: printable, or what is left of it. */
static void
take(struct fuzz_bytes *b, char *out, size_t max)
{
	char *to = out;

	(void)fuzz_take(b, out, max);
	for (const char *from = out; *from != '\0'; from++)
		if (*from >= 0x20 && *from < 0x7f)
			*to++ = *from;
	*to = '\0';
}

int
LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
	struct fuzz_bytes b = { data, size };
	struct provider_conf conf = { .type = &http_sms_type,
		.text = { [TELNYX_TEXT] = TELNYX_TEXT_DEFAULT },
		.base_url = "https://sms.example.org",
		.code_length = sizeof(code) - 1 };
	const struct provider_ops *ops = provider_ops(&http_sms_type);
	struct provider_ctx ctx = { .conf = &conf,
		.brand = brand,
		.phone = "+447700900000",
		.receiver = receiver,
		.host = "web1",
		.method = METHOD_SMS };

	memcpy(ctx.code, code, sizeof(code));
	take(&b, receiver, SETTINGS_RECEIVER_MAX);
	(void)fuzz_take(&b, brand, PROVIDER_BRAND_MAX);
	take(&b, conf.secret[0].b, SECRET_MAX);
	conf.secret[0].len = strlen(conf.secret[0].b);
	take(&b, path, TEMPLATE_MAX);
	take(&b, body, TEMPLATE_MAX);
	as_json(ops, &ctx, &conf);
	as_form(ops, &ctx, &conf);
	as_path(ops, &ctx, &conf);
	as_set(ops, &ctx, &conf);
	return 0;
}
