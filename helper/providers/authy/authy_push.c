/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * OneTouch, the push of the legacy Authy API.
 *
 * Vendor's document: Authy API, "Push Authentications", approval requests. An
 * answer counts only for our own request and our user.
 */
#include "helper/providers/authy/authy_push.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "helper/net/net.h"
#include "helper/providers/authy/authy.h"
#include "helper/providers/authy/authy_reply.h"
#include "helper/providers/providers.h"
#include "lib/values/values.h"

#define PATH_MAX_LEN 128
#define VALUE_MAX 120 /* the vendor's own client cuts texts at 200 */

static void
form_detail(struct http_request *req, const char *label, const char *value)
{
	char name[32], cut[VALUE_MAX + 1];

	if (value[0] == '\0')
		return;
	(void)snprintf(name, sizeof(name), "details[%s]", label);
	(void)snprintf(cut, sizeof(cut), "%.*s", VALUE_MAX, value);
	http_form(req, name, cut);
}

/* In UTC, because the phone may be in any time zone. */
static void
form_time(struct http_request *req, int64_t wall)
{
	const time_t t = (time_t)wall;
	struct tm tm;
	char text[32];

	if (gmtime_r(&t, &tm) == NULL ||
	    strftime(text, sizeof(text), "%Y-%m-%d %H:%M:%S UTC", &tm) == 0)
		req->failed = true;
	else
		form_detail(req, "Time", text);
}

int
authy_push_request(const struct provider_ctx *ctx, struct http_request *req)
{
	char path[PATH_MAX_LEN], message[VALUE_MAX + 1], life[24];

	(void)snprintf(path, sizeof(path),
	    "/onetouch/json/users/%.16s/approval_requests", ctx->authy_id);
	authy_begin(ctx, HTTP_POST, path, req);
	(void)snprintf(message, sizeof(message), "%s: sign in to %.64s?",
	    ctx->brand, ctx->host);
	http_form(req, "message", message);
	form_detail(req, "Number", ctx->push_digits);
	form_detail(req, "Host", ctx->host);
	form_detail(req, "Account", ctx->user);
	form_detail(req, "Service", ctx->service);
	form_detail(req, "Address", ctx->address);
	form_time(req, ctx->wall);
	/* 0 would be a request that never ends */
	if (ctx->life_s <= 0)
		req->failed = true;
	(void)snprintf(life, sizeof(life), "%lld", (long long)ctx->life_s);
	http_form(req, "seconds_to_expire", life);
	return req->failed ? -1 : 0;
}

enum outcome
authy_push_started(struct provider_ctx *ctx, const struct http_reply *reply)
{
	struct json *json = json_parse(reply->body, reply->len);
	char id[UUID_LEN + 1];
	enum outcome o = OUTCOME_TRANSIENT;

	if (json != NULL &&
	    json_text(json, "approval_request.uuid", id, sizeof(id)) ==
		JSON_OK &&
	    uuid_valid(id)) {
		memcpy(ctx->request_id, id, sizeof(id));
		o = OUTCOME_OK;
	}
	json_free(json);
	return o;
}

int
authy_poll_request(const struct provider_ctx *ctx, struct http_request *req)
{
	char path[PATH_MAX_LEN];

	if (!uuid_valid(ctx->request_id)) {
		memset(req, 0, sizeof(*req));
		req->failed = true;
		return -1;
	}
	(void)snprintf(path, sizeof(path),
	    "/onetouch/json/approval_requests/%s", ctx->request_id);
	authy_begin(ctx, HTTP_GET, path, req);
	return req->failed ? -1 : 0;
}

/* The vendor's id of a user is a number here; other replies write such numbers
 * as texts. */
static bool
is_our_user(const struct provider_ctx *ctx, const struct json *json)
{
	static const char path[] = "approval_request._authy_id";
	char text[CONFIG_AUTHY_ID_MAX + 8];
	int64_t number;

	if (json_integer(json, path, &number) == JSON_OK)
		(void)snprintf(text, sizeof(text), "%lld", (long long)number);
	else if (json_text(json, path, text, sizeof(text)) != JSON_OK)
		return false;
	return authy_id_valid(ctx->authy_id) &&
	    strcmp(text, ctx->authy_id) == 0;
}

static bool
is_our_request(const struct provider_ctx *ctx, const struct json *json)
{
	char id[UUID_LEN + 1];

	return json_text(json, "approval_request.uuid", id, sizeof(id)) ==
	    JSON_OK &&
	    uuid_valid(id) && strcmp(id, ctx->request_id) == 0 &&
	    is_our_user(ctx, json);
}

static enum outcome
judge_status(struct provider_ctx *ctx, const char *status)
{
	if (strcmp(status, "approved") == 0)
		return ctx->past_deadline ? OUTCOME_EXPIRED : OUTCOME_OK;
	if (strcmp(status, "pending") == 0)
		return OUTCOME_LATER;
	if (strcmp(status, "expired") == 0)
		return OUTCOME_EXPIRED;
	ctx->refused = strcmp(status, "denied") == 0;
	return OUTCOME_DENY;
}

/* Reading can be repeated without harm: ask again after a failure, throttling
 * or a reply without status. */
static enum outcome
judge_failure(struct provider_ctx *ctx, const struct http_reply *reply)
{
	struct authy_reply a;
	enum outcome o = outcome_of_http_check(reply->status);

	authy_read(reply, &a);
	authy_detail(ctx, reply, &a);
	if (strcmp(a.code, "60003") == 0 || o == OUTCOME_THROTTLE)
		return OUTCOME_TRANSIENT;
	return o;
}

/* All conditions for a yes. */
static enum outcome
judge_answer(struct provider_ctx *ctx, const struct json *json,
    const struct http_reply *reply)
{
	char status[32];

	(void)json_text(
	    json, "approval_request.status", status, sizeof(status));
	if (status[0] == '\0')
		return judge_failure(ctx, reply);
	detail_set(ctx, 200, "status", status, "");
	if (!authy_true(json, "success") || !is_our_request(ctx, json))
		return OUTCOME_DENY;
	return judge_status(ctx, status);
}

enum outcome
authy_poll_reply(struct provider_ctx *ctx, const struct http_reply *reply)
{
	struct json *json = json_parse(reply->body, reply->len);
	enum outcome o;

	if (reply->status != 200 || json == NULL)
		o = judge_failure(ctx, reply);
	else
		o = judge_answer(ctx, json, reply);
	json_free(json);
	return o;
}
