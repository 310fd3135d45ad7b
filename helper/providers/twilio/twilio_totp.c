/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Twilio Verify v2, TOTP: the code of an authenticator app whose secret the
 * vendor has. There is only a check: the first one makes a challenge, and the
 * next ones name its SID.
 *
 * Vendor's document: twilio_verify_v2 (OpenAPI), operations CreateChallenge and
 * UpdateChallenge with AuthPayload. The vendor does not promise to refuse used
 * codes, so the session does that.
 */
#include "helper/providers/twilio/twilio.h"

#include <string.h>

#include "helper/providers/providers.h"

#define CHALLENGE_EXPIRED 60323

static int
check_request(
    const struct provider_ctx *ctx, const char *code, struct http_request *req)
{
	twilio_begin_challenge(ctx, HTTP_POST, ctx->request_id, req);
	if (ctx->method != METHOD_TOTP || !twilio_code(ctx->conf, code)) {
		req->failed = true;
		return twilio_end(req);
	}
	if (ctx->request_id[0] == '\0')
		http_form(req, "FactorSid", ctx->factor);
	http_form(req, "AuthPayload", code);
	return twilio_end(req);
}

/* Is it our factor, and the challenge that the request named, if any? */
static bool
ours(const struct provider_ctx *ctx, const struct twilio_answer *a)
{
	return twilio_sid(a->sid, "YC") &&
	    (ctx->request_id[0] == '\0' ||
		strcmp(a->sid, ctx->request_id) == 0) &&
	    twilio_challenge_ours(ctx, a, "totp");
}

/* All conditions for a yes. */
static enum outcome
check_reply(struct provider_ctx *ctx, const struct http_reply *reply)
{
	struct twilio_answer a;

	twilio_read(ctx, reply, &a);
	if (!twilio_done(&a)) {
		if (a.code == CHALLENGE_EXPIRED)
			ctx->request_id[0] = '\0'; /* for a new challenge */
		return twilio_check_error(ctx, &a);
	}
	if (!ours(ctx, &a))
		return OUTCOME_DENY;
	memcpy(ctx->request_id, a.sid, sizeof(a.sid));
	if (strcmp(a.status, "approved") == 0)
		return OUTCOME_OK;
	return strcmp(a.status, "pending") == 0 ? OUTCOME_WRONG : OUTCOME_DENY;
}

const struct provider_ops twilio_totp_ops = {
	.type = &twilio_totp_type,
	.check_request = check_request,
	.check_reply = check_reply,
	.probe_request = twilio_probe_request,
	.probe_reply = twilio_probe_reply,
};
