/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Telnyx Verify: builds requests, reads replies.
 *
 * Vendor's document: Telnyx API (OpenAPI), operations CreateVerificationSms,
 * CreateVerificationCall, CreateWhatsappVerification and
 * VerifyVerificationCodeById. Codes are checked by our id alone, because the
 * check by number is not tied to a verification. There is no cancel; an unused
 * code expires after timeout_secs.
 */
#include "helper/providers/telnyx/telnyx.h"

#include <stdio.h>
#include <string.h>

#include "helper/providers/providers.h"

#define DIGITS "0123456789"

/* NULL: the vendor does not have this method, or not for logins. */
static const char *
path_of(enum method method)
{
	if (method == METHOD_SMS)
		return "/v2/verifications/sms";
	if (method == METHOD_VOICE)
		return "/v2/verifications/call";
	if (method == METHOD_WHATSAPP)
		return "/v2/verifications/whatsapp";
	return NULL;
}

static int
start_request(const struct provider_ctx *ctx, struct http_request *req)
{
	const char *path = path_of(ctx->method);
	const char *profile = ctx->conf->text[TELNYX_VERIFY_PROFILE_ID];
	char seconds[24];

	telnyx_begin(ctx, HTTP_POST, path == NULL ? "" : path, req);
	if (!phone_valid(ctx->phone) || profile == NULL) {
		req->failed = true;
		return -1;
	}
	telnyx_member(req, "phone_number", ctx->phone);
	telnyx_member(req, "verify_profile_id", profile);
	(void)snprintf(seconds, sizeof(seconds), "%ld}",
	    (long)(ctx->conf->expiry_ms / 1000));
	http_json(req, ",\"timeout_secs\":");
	http_json(req, seconds);
	return req->failed ? -1 : 0;
}

static int
check_request(
    const struct provider_ctx *ctx, const char *code, struct http_request *req)
{
	char path[PROVIDER_ID_MAX + 40];

	if (!uuid_valid(ctx->request_id) ||
	    code[strspn(code, DIGITS)] != '\0' ||
	    strlen(code) != ctx->conf->code_length) {
		memset(req, 0, sizeof(*req));
		req->failed = true;
		return -1;
	}
	(void)snprintf(path, sizeof(path),
	    "/v2/verifications/%s/actions/verify", ctx->request_id);
	telnyx_begin(ctx, HTTP_POST, path, req);
	telnyx_member(req, "code", code);
	http_json(req, "}");
	return req->failed ? -1 : 0;
}

/* Is there a text of data that equals this one, byte by byte? */
static bool
data_is(const struct json *json, const char *path, const char *want)
{
	char got[64];

	return json_text(json, path, got, sizeof(got)) == JSON_OK &&
	    strcmp(got, want) == 0;
}

static enum outcome
judge_start(struct provider_ctx *ctx, const struct http_reply *reply,
    const struct json *json)
{
	char status[32], id[UUID_LEN + 1];
	enum outcome o;

	if (telnyx_refused(ctx, reply, json, NULL, outcome_of_http_start, &o))
		return o;
	(void)json_text(json, "data.status", status, sizeof(status));
	detail_set(ctx, reply->status, "status", status, "");
	if (json_text(json, "data.id", id, sizeof(id)) != JSON_OK ||
	    !uuid_valid(id) || strcmp(status, "pending") != 0 ||
	    !data_is(json, "data.phone_number", ctx->phone))
		return OUTCOME_TRANSIENT;
	memcpy(ctx->request_id, id, sizeof(id));
	return OUTCOME_OK;
}

static enum outcome
start_reply(struct provider_ctx *ctx, const struct http_reply *reply)
{
	struct json *json = json_parse(reply->body, reply->len);
	enum outcome o;

	ctx->request_id[0] = '\0';
	o = judge_start(ctx, reply, json);
	json_free(json);
	return o;
}

/* The id is gone: the code was used, has expired, or never existed. */
static const struct telnyx_row check_rows[] = {
	{ "10001", OUTCOME_CONFIG },
	{ "10002", OUTCOME_CONFIG },
	{ "10005", OUTCOME_DENY },
	{ "10016", OUTCOME_CONFIG },
	{ NULL, OUTCOME_DENY },
};

static enum outcome
refused_check(struct provider_ctx *ctx, const struct http_reply *reply,
    const struct json *json, enum outcome o)
{
	ctx->unevaluated = o == OUTCOME_DENY && reply->status == 404 &&
	    json != NULL && data_is(json, "errors.0.code", "10005");
	return ctx->unevaluated && ctx->past_deadline ? OUTCOME_EXPIRED : o;
}

/* All conditions for a yes; the id was in the path of our own request. */
static enum outcome
judge_check(struct provider_ctx *ctx, const struct http_reply *reply,
    const struct json *json)
{
	char verdict[32];
	enum outcome o;

	if (telnyx_refused(
		ctx, reply, json, check_rows, outcome_of_http_check, &o))
		return refused_check(ctx, reply, json, o);
	(void)json_text(json, "data.response_code", verdict, sizeof(verdict));
	detail_set(ctx, reply->status, "response_code", verdict, "");
	if (!uuid_valid(ctx->request_id) ||
	    !data_is(json, "data.phone_number", ctx->phone))
		return OUTCOME_DENY;
	if (strcmp(verdict, "accepted") == 0)
		return OUTCOME_OK;
	if (strcmp(verdict, "rejected") == 0)
		return ctx->past_deadline ? OUTCOME_EXPIRED : OUTCOME_WRONG;
	return OUTCOME_DENY;
}

static enum outcome
check_reply(struct provider_ctx *ctx, const struct http_reply *reply)
{
	struct json *json = json_parse(reply->body, reply->len);
	const enum outcome o = judge_check(ctx, reply, json);

	json_free(json);
	return o;
}

/* getVerifyProfile: tests the key and the profile in one call. */
static int
probe_request(const struct provider_ctx *ctx, struct http_request *req)
{
	const char *profile = ctx->conf->text[TELNYX_VERIFY_PROFILE_ID];
	char path[96];

	(void)snprintf(path, sizeof(path), "/v2/verify_profiles/%.36s",
	    profile != NULL ? profile : "");
	telnyx_begin(ctx, HTTP_GET, path, req);
	if (profile == NULL || !uuid_valid(profile))
		req->failed = true;
	return req->failed ? -1 : 0;
}

static enum outcome
probe_reply(struct provider_ctx *ctx, const struct http_reply *reply)
{
	struct json *json = json_parse(reply->body, reply->len);
	enum outcome o = OUTCOME_OK;

	if (!telnyx_refused(ctx, reply, json, NULL, outcome_of_http_start, &o))
		o = data_is(json, "data.id",
			ctx->conf->text[TELNYX_VERIFY_PROFILE_ID])
		    ? OUTCOME_OK
		    : OUTCOME_TRANSIENT;
	json_free(json);
	return o;
}

const struct provider_ops telnyx_verify_ops = {
	.type = &telnyx_verify_type,
	.start_request = start_request,
	.start_reply = start_reply,
	.check_request = check_request,
	.check_reply = check_reply,
	.probe_request = probe_request,
	.probe_reply = probe_reply,
};
