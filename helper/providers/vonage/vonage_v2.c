/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Vonage Verify v2: builds requests; vonage_v2_reply.c reads replies.
 *
 * Vendor's document: Verify API 1.0.1 (OpenAPI), operations newRequest,
 * checkCode, cancelRequest and nextWorkflow, with HTTP Basic or a JWT.
 */
#include "helper/providers/vonage/vonage_v2.h"

#include <stdio.h>
#include <string.h>

#include "helper/net/net.h"
#include "helper/providers/vonage/vonage.h"
#include "lib/provider_types/provider_types.h"
#include "lib/values/values.h"

#define STEPS_MAX 3      /* VerificationRequest.workflow, maxItems */
#define TOKEN_LIFE_S 300 /* allows for a clock that is slightly wrong */

/* The claims that the vendor wants; the nonce is new for each request. */
static void
sign(const struct provider_ctx *ctx, struct http_request *req)
{
	const char *n = ctx->nonce;
	char claims[JWT_CLAIMS_MAX];

	if (strlen(n) != PROVIDER_NONCE_LEN || !charset_only(n, VONAGE_HEX)) {
		req->failed = true;
		return;
	}
	(void)snprintf(claims, sizeof(claims),
	    "{\"application_id\":\"%s\",\"iat\":%lld,\"exp\":%lld,"
	    "\"jti\":\"%.8s-%.4s-%.4s-%.4s-%.12s\"}",
	    ctx->conf->text[VONAGE_V2_APPLICATION_ID], (long long)ctx->wall,
	    (long long)ctx->wall + TOKEN_LIFE_S, n, n + 8, n + 12, n + 16,
	    n + 20);
	if (jwt_rs256(&ctx->conf->key[VONAGE_V2_PRIVATE_KEY], claims,
		req->auth_token, sizeof(req->auth_token)) != 0)
		req->failed = true;
}

static void
begin(const struct provider_ctx *ctx, enum http_method method, const char *path,
    struct http_request *req)
{
	memset(req, 0, sizeof(*req));
	req->method = method;
	http_path(req, path);
	if (ctx->conf->text[VONAGE_V2_APPLICATION_ID] != NULL)
		sign(ctx, req);
	else
		vonage_basic(ctx, req);
}

/* A call about the running verification. */
static void
begin_id(const struct provider_ctx *ctx, enum http_method method,
    const char *tail, struct http_request *req)
{
	char path[HTTP_PATH_MAX];

	if (!uuid_valid(ctx->request_id)) {
		memset(req, 0, sizeof(*req));
		req->failed = true;
		return;
	}
	(void)snprintf(
	    path, sizeof(path), "/v2/verify/%s%s", ctx->request_id, tail);
	begin(ctx, method, path, req);
}

static int
end(const struct http_request *req)
{
	return req->failed ? -1 : 0;
}

static void
json_number(struct http_request *req, const char *before, long value)
{
	char text[64];

	(void)snprintf(text, sizeof(text), "%s%ld", before, value);
	http_json(req, text);
}

static void
json_member(struct http_request *req, const char *before, const char *value)
{
	http_json(req, before);
	http_json_text(req, value);
}

/* NULL: none, or one that this method does not accept. */
static const char *
sender_of(const struct provider_conf *conf, enum method method)
{
	if (method == METHOD_WHATSAPP)
		return vonage_v2_whatsapp(conf);
	if (method != METHOD_SMS)
		return NULL;
	return conf->text[VONAGE_V2_SENDER_ID] != NULL
	    ? conf->text[VONAGE_V2_SENDER_ID]
	    : conf->text[VONAGE_V2_FROM];
}

/* SMSChannel, VoiceChannel, WhatsAppChannel, MailChannel: each uses our name of
 * the method. */
static void
json_step(const struct provider_ctx *ctx, enum method method,
    struct http_request *req)
{
	const char *to = method == METHOD_EMAIL ? ctx->email : ctx->phone + 1;
	const char *sender = sender_of(ctx->conf, method);

	json_member(req, "{\"channel\":", method_name(method));
	json_member(req, ",\"to\":", to);
	if (sender != NULL)
		json_member(req, ",\"from\":", sender);
	else if (method == METHOD_WHATSAPP)
		req->failed = true;
	http_json(req, "}");
}

static void
json_workflow(const struct provider_ctx *ctx, struct http_request *req)
{
	const long workflow =
	    vonage_workflow(ctx->conf->number[VONAGE_WORKFLOW_ID], ctx->method);
	enum method method = ctx->method;

	http_json(req, ",\"workflow\":[");
	json_step(ctx, method, req);
	for (unsigned n = 1; n < STEPS_MAX; n++) {
		method = vonage_step(workflow, n);
		if (method == METHOD_NONE)
			break;
		http_json(req, ",");
		json_step(ctx, method, req);
	}
	http_json(req, "]}");
}

static bool
reachable(const struct provider_ctx *ctx)
{
	switch (ctx->method) {
	case METHOD_SMS:
	case METHOD_VOICE:
	case METHOD_WHATSAPP:
		return phone_valid(ctx->phone);
	case METHOD_EMAIL:
		return ctx->email[0] != '\0';
	case METHOD_NONE:
	case METHOD_PUSH:
	case METHOD_TOTP:
	case METHOD_RECOVERY:
	case METHOD_COUNT:
		break;
	}
	return false;
}

static int
start_request(const struct provider_ctx *ctx, struct http_request *req)
{
	const char *locale = vonage_locale(ctx->language);

	begin(ctx, HTTP_POST, "/v2/verify", req);
	if (!reachable(ctx)) {
		req->failed = true;
		return end(req);
	}
	json_member(req, "{\"brand\":", ctx->brand);
	if (locale != NULL)
		json_member(req, ",\"locale\":", locale);
	json_number(
	    req, ",\"channel_timeout\":", (long)(ctx->conf->expiry_ms / 1000));
	json_number(req, ",\"code_length\":", (long)ctx->conf->code_length);
	json_workflow(ctx, req);
	return end(req);
}

static int
check_request(
    const struct provider_ctx *ctx, const char *code, struct http_request *req)
{
	begin_id(ctx, HTTP_POST, "", req);
	if (!charset_only(code, VONAGE_DIGITS) ||
	    strlen(code) != ctx->conf->code_length) {
		req->failed = true;
		return end(req);
	}
	json_member(req, "{\"code\":", code);
	http_json(req, "}");
	return end(req);
}

static int
cancel_request(const struct provider_ctx *ctx, struct http_request *req)
{
	begin_id(ctx, HTTP_DELETE, "", req);
	return end(req);
}

static int
next_request(const struct provider_ctx *ctx, struct http_request *req)
{
	begin_id(ctx, HTTP_POST, "/next_workflow", req);
	return end(req);
}

/* Cancelling an id that does not exist is free; it is refused only after the
 * credentials were accepted. */
static int
probe_request(const struct provider_ctx *ctx, struct http_request *req)
{
	char path[64], id[UUID_LEN + 1];

	uuid_random(ctx->nonce, id);
	(void)snprintf(path, sizeof(path), "/v2/verify/%s", id);
	begin(ctx, HTTP_DELETE, path, req);
	return end(req);
}

const struct provider_ops vonage_v2_ops = {
	.type = &vonage_v2_type,
	.start_request = start_request,
	.start_reply = vonage_v2_start_reply,
	.check_request = check_request,
	.check_reply = vonage_v2_check_reply,
	.cancel_request = cancel_request,
	.cancel_reply = vonage_v2_cancel_reply,
	.next_request = next_request,
	.next_reply = vonage_v2_next_reply,
	.probe_request = probe_request,
	.probe_reply = vonage_v2_probe_reply,
};
