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

#define CHALLENGE_EXPIRED 60323

static void
twilio_totp_check_request(
    const struct provider_ctx *ctx, struct http_request *req)
{
	if (ctx->method != METHOD_TOTP)
		return;
	provider_put_request(ctx,
	    ctx->request_id[0] == '\0'
		? "POST " TWILIO_ENTITY
		  "/Challenges FactorSid=%factor%&AuthPayload=%code%"
		: "POST " TWILIO_ENTITY
		  "/Challenges/%challenge% AuthPayload=%code%",
	    twilio_value, req);
}

/* All conditions for OUTCOME_OK. */
static enum outcome
twilio_totp_check_reply(struct provider_ctx *ctx)
{
	struct twilio_answer a;

	twilio_read_reply(ctx, &a);
	if (!twilio_reply_is_success(ctx, &a)) {
		if (a.code == CHALLENGE_EXPIRED)
			/* so that a new challenge is made */
			ctx->request_id[0] = '\0';
		return twilio_check_error(ctx, &a);
	}
	/* another factor, or not the challenge that the request named */
	if (!twilio_sid_is_valid(a.sid, "YC") ||
	    (ctx->request_id[0] != '\0' &&
		strcmp(a.sid, ctx->request_id) != 0) ||
	    !twilio_challenge_matches(ctx, "totp"))
		return OUTCOME_DENY;
	memcpy(ctx->request_id, a.sid, sizeof(a.sid));
	if (strcmp(a.status, "approved") == 0)
		return OUTCOME_OK;
	return strcmp(a.status, "pending") == 0 ? OUTCOME_WRONG : OUTCOME_DENY;
}

const struct provider_ops twilio_totp_ops = {
	.type = &twilio_totp_type,
	.value = twilio_value,
	.auth = twilio_set_auth,
	.call = {
		[CALL_CHECK] = { twilio_totp_check_request, twilio_totp_check_reply, NULL },
		[CALL_PROBE] = { NULL, twilio_probe_reply, TWILIO_PROBE },
	},
};
