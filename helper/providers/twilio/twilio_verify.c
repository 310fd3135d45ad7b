/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Twilio Verify v2: messages and calls with codes.
 *
 * Vendor's document: twilio_verify_v2 (OpenAPI), operations CreateVerification,
 * UpdateVerification and CreateVerificationCheck.
 *
 * While a verification lives, another start for the same number or address
 * sends the same code again under the same SID: AGAIN_SAME. The Service defines
 * length and life of a code; the two settings only repeat them. Not sent:
 * CustomFriendlyName (the brand), CustomCode and the like, which need a
 * permission (60204), and RiskCheck, which would switch fraud protection off.
 * Messages show the Service's own name.
 */

#include "helper/providers/twilio/twilio.h"

/* Returns the number or address of this verification, or "" if the vendor would
 * not accept it. */
static const char *
send_target(const struct provider_ctx *ctx)
{
	if (ctx->method != METHOD_EMAIL)
		return phone_is_valid(ctx->phone) ? ctx->phone : "";
	return email_is_valid(ctx->email) ? ctx->email : "";
}

static void
twilio_verify_start_request(
    const struct provider_ctx *ctx, struct http_request *req)
{
	const char *to = send_target(ctx);

	if ((METHODS_CODE & METHOD_BIT(ctx->method)) == 0 || to[0] == '\0')
		return;
	provider_put_request(
	    ctx, "POST " TWILIO_SERVICE "/Verifications", twilio_value, req);
	http_put_form(req, "To", to);
	http_put_form(req, "Channel", provider_channel(ctx->method));
	/* the vendor translates no emails */
	if (ctx->language[0] != '\0' && ctx->method != METHOD_EMAIL)
		http_put_form(req, "Locale", ctx->language);
}

/* True if the reply is about the number or address of the request and its
 * service. */
static bool
matches_target(const struct provider_ctx *ctx)
{
	const char *to = send_target(ctx);

	return twilio_service_matches(ctx) && to[0] != '\0' &&
	    json_equals(ctx->json, "to", to);
}

static bool
matches_request(const struct provider_ctx *ctx, const struct twilio_answer *a)
{
	return matches_target(ctx) &&
	    twilio_sid_is_valid(ctx->request_id, "VE") &&
	    strcmp(a->sid, ctx->request_id) == 0;
}

static enum outcome
twilio_verify_start_reply(struct provider_ctx *ctx)
{
	struct twilio_answer a;

	twilio_read_reply(ctx, &a);
	if (!twilio_reply_is_success(ctx, &a))
		return twilio_start_error(ctx, &a);
	if (strcmp(a.status, "max_attempts_reached") == 0)
		return OUTCOME_DENY;
	if (strcmp(a.status, "pending") != 0 ||
	    !twilio_sid_is_valid(a.sid, "VE") || !matches_target(ctx))
		return OUTCOME_TRANSIENT;
	memcpy(ctx->request_id, a.sid, sizeof(a.sid));
	return OUTCOME_OK;
}

/* verification.status once no code is accepted */
static bool
status_is_final(const char *status)
{
	return text_has_word("canceled deleted failed expired", status);
}

/* All conditions for OUTCOME_OK; "valid" is kept by the vendor for old clients
 * and is not used. */
static enum outcome
twilio_verify_check_reply(struct provider_ctx *ctx)
{
	struct twilio_answer a;
	enum outcome o;

	twilio_read_reply(ctx, &a);
	if (!twilio_reply_is_success(ctx, &a)) {
		o = twilio_check_error(ctx, &a);
		/* "expired" is about a challenge, not about a code */
		return o == OUTCOME_EXPIRED && !ctx->past_deadline
		    ? OUTCOME_DENY
		    : o;
	}
	if (!matches_request(ctx, &a))
		return OUTCOME_DENY;
	if (strcmp(a.status, "approved") == 0)
		return OUTCOME_OK;
	if (strcmp(a.status, "pending") == 0)
		return OUTCOME_WRONG;
	ctx->told.wrong_codes = strcmp(a.status, "max_attempts_reached") == 0;
	if (status_is_final(a.status) && ctx->past_deadline)
		return OUTCOME_EXPIRED;
	return OUTCOME_DENY;
}

static enum outcome
twilio_verify_cancel_reply(struct provider_ctx *ctx)
{
	struct twilio_answer a;

	twilio_read_reply(ctx, &a);
	if (ctx->reply->status == 404 && a.code == 20404)
		return OUTCOME_OK; /* nothing is running any more */
	if (!twilio_reply_is_success(ctx, &a) || !matches_request(ctx, &a))
		return OUTCOME_TRANSIENT;
	if (strcmp(a.status, "pending") == 0)
		return OUTCOME_LATER;
	return status_is_final(a.status) ? OUTCOME_OK : OUTCOME_TRANSIENT;
}

const struct provider_ops twilio_verify_ops = {
	.type = &twilio_verify_type,
	.value = twilio_value,
	.auth = twilio_set_auth,
	.call = {
		[CALL_START] = { twilio_verify_start_request, twilio_verify_start_reply, NULL },
		[CALL_CHECK] = { NULL, twilio_verify_check_reply,
		    "POST " TWILIO_SERVICE "/VerificationCheck "
		    "VerificationSid=%verification%&Code=%code%" },
		[CALL_CANCEL] = { NULL, twilio_verify_cancel_reply,
		    "POST " TWILIO_SERVICE "/Verifications/%verification% "
		    "Status=canceled" },
		[CALL_PROBE] = { NULL, twilio_probe_reply, TWILIO_PROBE },
	},
};
