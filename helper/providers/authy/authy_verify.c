/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The legacy Authy API: builds requests, reads replies.
 *
 * Vendor's documents: Authy API, "One-Time Passwords", "Push Authentications"
 * and "Return and Error Codes". A token belongs to a user of the vendor's, not
 * to a verification, so authy_id is used as its id. Token and user id become
 * parts of a path, so both must be digits. Without force=true the vendor sends
 * nothing to users who have the app, and accepts any token of a user who has
 * never entered one.
 */
#include "helper/providers/authy/authy.h"

#include <stdio.h>
#include <string.h>

#include "helper/net/net.h"
#include "helper/providers/authy/authy_push.h"
#include "helper/providers/authy/authy_reply.h"
#include "helper/providers/providers.h"

#define DIGITS "0123456789"
#define PATH_MAX_LEN 128

static int
send_request(
    const struct provider_ctx *ctx, const char *way, struct http_request *req)
{
	char path[PATH_MAX_LEN];

	(void)snprintf(path, sizeof(path),
	    "/protected/json/%s/%.16s?force=true", way, ctx->authy_id);
	authy_begin(ctx, HTTP_GET, path, req);
	return req->failed ? -1 : 0;
}

static int
start_request(const struct provider_ctx *ctx, struct http_request *req)
{
	if (ctx->method == METHOD_PUSH)
		return authy_push_request(ctx, req);
	if (ctx->method == METHOD_SMS)
		return send_request(ctx, "sms", req);
	if (ctx->method == METHOD_VOICE)
		return send_request(ctx, "call", req);
	memset(req, 0, sizeof(*req));
	req->failed = true;
	return -1;
}

/* The verification must belong to our user; for the app's token it is empty at
 * first. */
static bool
id_fits(const struct provider_ctx *ctx)
{
	if (ctx->method == METHOD_TOTP && ctx->request_id[0] == '\0')
		return true;
	return strcmp(ctx->request_id, ctx->authy_id) == 0;
}

static int
check_request(
    const struct provider_ctx *ctx, const char *code, struct http_request *req)
{
	char path[PATH_MAX_LEN];

	if (!id_fits(ctx) || code[strspn(code, DIGITS)] != '\0' ||
	    strlen(code) != ctx->conf->code_length) {
		memset(req, 0, sizeof(*req));
		req->failed = true;
		return -1;
	}
	(void)snprintf(path, sizeof(path),
	    "/protected/json/verify/%.10s/%.16s?force=true", code,
	    ctx->authy_id);
	authy_begin(ctx, HTTP_GET, path, req);
	explicit_bzero(path, sizeof(path));
	return req->failed ? -1 : 0;
}

/* Error codes of all calls except the token check. */
static const struct authy_row start_rows[] = {
	/* also with HTTP 503: a suspended user, or a call that the account does
	 * not have. This must not count as an outage. */
	{ "60000", OUTCOME_ACCOUNT },
	{ "60001", OUTCOME_CONFIG },
	{ "60002", OUTCOME_CONFIG },
	{ "60003", OUTCOME_THROTTLE },
	{ "60004", OUTCOME_CONFIG },
	{ "60026", OUTCOME_CONFIG }, /* no such user */
	{ "60033", OUTCOME_NUMBER },
	{ "60082", OUTCOME_NUMBER },
	{ "60083", OUTCOME_NUMBER },
	{ NULL, OUTCOME_DENY },
};

/* The vendor identifies a code by its user alone, so that is our id. A message
 * that it ignored despite force=true is an error of the account's settings. */
static enum outcome
judge_sent(struct provider_ctx *ctx, const struct authy_reply *a)
{
	if (a->ignored)
		return OUTCOME_CONFIG;
	if (!authy_id_valid(ctx->authy_id))
		return OUTCOME_TRANSIENT;
	(void)snprintf(
	    ctx->request_id, sizeof(ctx->request_id), "%s", ctx->authy_id);
	return OUTCOME_OK;
}

static enum outcome
start_reply(struct provider_ctx *ctx, const struct http_reply *reply)
{
	struct authy_reply a;

	authy_read(reply, &a);
	ctx->request_id[0] = '\0';
	authy_detail(ctx, reply, &a);
	if (reply->status != 200 || !a.success || a.code[0] != '\0')
		return authy_outcome(
		    start_rows, &a, outcome_of_http_start(reply->status));
	return ctx->method == METHOD_PUSH ? authy_push_started(ctx, reply)
					  : judge_sent(ctx, &a);
}

/* All conditions for a yes. In this one reply success is a text; a bool would
 * mean the same. */
static bool
accepted(const struct http_reply *reply, const struct authy_reply *a)
{
	return reply->status == 200 && strcmp(a->token, "is valid") == 0 &&
	    a->success && a->code[0] == '\0';
}

/* HTTP 401 means a wrong token or a wrong API key. Only a reply that names the
 * token counts as a wrong token. */
static bool
wrong(const struct http_reply *reply, const struct authy_reply *a)
{
	if (reply->status != 401 || a->success ||
	    strcmp(a->token, "is valid") == 0)
		return false;
	if (a->code[0] == '\0')
		return strcmp(a->token, "is invalid") == 0;
	return strcmp(a->code, "60019") == 0 || strcmp(a->code, "60020") == 0;
}

/* With any other 401 the token may have been checked: DENY counts as a try,
 * CONFIG would not. */
static const struct authy_row check_rows[] = {
	{ "60001", OUTCOME_CONFIG },
	{ "60003", OUTCOME_THROTTLE },
	{ NULL, OUTCOME_DENY },
};

static enum outcome
check_reply(struct provider_ctx *ctx, const struct http_reply *reply)
{
	struct authy_reply a;

	authy_read(reply, &a);
	authy_detail(ctx, reply, &a);
	if (accepted(reply, &a))
		return OUTCOME_OK;
	if (wrong(reply, &a))
		return ctx->past_deadline ? OUTCOME_EXPIRED : OUTCOME_WRONG;
	return authy_outcome(check_rows, &a,
	    reply->status == 401 || (reply->status == 200 && a.readable)
		? OUTCOME_DENY
		: outcome_of_http_check(reply->status));
}

const struct provider_ops authy_ops = {
	.type = &authy_type,
	.start_request = start_request,
	.start_reply = start_reply,
	.check_request = check_request,
	.check_reply = check_reply,
	.poll_request = authy_poll_request,
	.poll_reply = authy_poll_reply,
	.probe_request = authy_probe_request,
	.probe_reply = authy_probe_reply,
};
