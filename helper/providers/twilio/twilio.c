/* SPDX-License-Identifier: BSD-2-Clause */
/* Twilio: credentials, paths, and the members of a reply. */
#include "helper/providers/twilio/twilio.h"

#include <stdio.h>
#include <string.h>

#include "helper/net/net.h"
#include "helper/providers/providers.h"
#include "lib/values/values.h"

#define IDENTITY_MIN 8 /* NewFactor, Identity */
#define NOT_READ (-1)

bool
twilio_code(const struct provider_conf *conf, const char *code)
{
	return charset_only(code, "0123456789") &&
	    strlen(code) == conf->code_length;
}

/* Basic, with an API key or else with the account itself. */
void
twilio_begin(const struct provider_ctx *ctx, enum http_method method,
    struct http_request *req)
{
	const struct provider_conf *p = ctx->conf;
	const bool key = p->text[TWILIO_API_KEY_SID] != NULL;

	memset(req, 0, sizeof(*req));
	req->method = method;
	req->auth_user = p->text[key ? TWILIO_API_KEY_SID : TWILIO_ACCOUNT_SID];
	req->auth_secret =
	    &p->secret[key ? TWILIO_API_KEY_SECRET : TWILIO_AUTH_TOKEN];
	if (req->auth_user == NULL || req->auth_secret->len == 0)
		req->failed = true;
}

void
twilio_begin_service(const struct provider_ctx *ctx, enum http_method method,
    const char *tail, struct http_request *req)
{
	const char *service = ctx->conf->text[TWILIO_SERVICE_SID];
	char path[TWILIO_TAIL_MAX + 64];

	twilio_begin(ctx, method, req);
	if (service == NULL || !twilio_sid(service, "VA") ||
	    strlen(tail) >= TWILIO_TAIL_MAX) {
		req->failed = true;
		return;
	}
	(void)snprintf(path, sizeof(path), "/v2/Services/%s%s", service, tail);
	http_path(req, path);
}

static bool
identity_valid(const char *identity)
{
	return charset_only(identity, TWILIO_ALNUM "-") &&
	    strlen(identity) >= IDENTITY_MIN &&
	    strlen(identity) <= CONFIG_IDENTITY_MAX;
}

void
twilio_begin_challenge(const struct provider_ctx *ctx, enum http_method method,
    const char *sid, struct http_request *req)
{
	const bool fits = identity_valid(ctx->identity) &&
	    twilio_sid(ctx->factor, "YF") &&
	    (sid[0] == '\0' || twilio_sid(sid, "YC"));
	char tail[TWILIO_TAIL_MAX] = "";

	if (fits)
		(void)snprintf(tail, sizeof(tail),
		    "/Entities/%s/Challenges%s%s", ctx->identity,
		    sid[0] != '\0' ? "/" : "", sid);
	twilio_begin_service(ctx, method, tail, req);
	if (!fits)
		req->failed = true;
}

int
twilio_end(const struct http_request *req)
{
	return req->failed ? -1 : 0;
}

/* The code of the reply: none, one that no error has, or the vendor's. */
static int64_t
read_code(const struct json *json)
{
	int64_t code;

	switch (json_integer(json, "code", &code)) {
	case JSON_ABSENT:
		return 0;
	case JSON_OK:
		return code > 0 ? code : NOT_READ;
	case JSON_BAD:
		break;
	}
	return NOT_READ;
}

static bool
service_ours(const struct provider_ctx *ctx, const struct json *json)
{
	const char *ours = ctx->conf->text[TWILIO_SERVICE_SID];
	char service[CONFIG_SID_LEN + 1];

	switch (json_text(json, "service_sid", service, sizeof(service))) {
	case JSON_ABSENT:
		return true;
	case JSON_OK:
		return ours != NULL && strcmp(service, ours) == 0;
	case JSON_BAD:
		break;
	}
	return false;
}

static void
read_members(const struct provider_ctx *ctx, const struct json *json,
    struct twilio_answer *a)
{
	a->code = read_code(json);
	a->service = service_ours(ctx, json);
	(void)json_text(json, "status", a->status, sizeof(a->status));
	(void)json_text(json, "sid", a->sid, sizeof(a->sid));
	(void)json_text(json, "to", a->to, sizeof(a->to));
	(void)json_text(json, "identity", a->identity, sizeof(a->identity));
	(void)json_text(json, "factor_sid", a->factor, sizeof(a->factor));
	(void)json_text(json, "factor_type", a->type, sizeof(a->type));
	(void)json_text(json, "message", a->message, sizeof(a->message));
}

void
twilio_read(struct provider_ctx *ctx, const struct http_reply *reply,
    struct twilio_answer *a)
{
	struct json *json = json_parse(reply->body, reply->len);
	char code[24];

	memset(a, 0, sizeof(*a));
	a->http_status = reply->status;
	if (json != NULL)
		read_members(ctx, json, a);
	json_free(json);
	(void)snprintf(code, sizeof(code), "%lld", (long long)a->code);
	if (a->code > 0)
		detail_set(ctx, reply->status, "code", code, a->message);
	else
		detail_set(ctx, reply->status, "status", a->status, a->message);
}

bool
twilio_done(const struct twilio_answer *a)
{
	return (a->http_status == 200 || a->http_status == 201) &&
	    a->code == 0 && a->status[0] != '\0';
}

bool
twilio_challenge_ours(const struct provider_ctx *ctx,
    const struct twilio_answer *a, const char *type)
{
	return a->service && identity_valid(ctx->identity) &&
	    strcmp(a->identity, ctx->identity) == 0 &&
	    twilio_sid(ctx->factor, "YF") &&
	    strcmp(a->factor, ctx->factor) == 0 && strcmp(a->type, type) == 0;
}
