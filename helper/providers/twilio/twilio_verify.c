/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Twilio Verify v2, codes: builds requests, reads replies.
 *
 * Vendor's document: twilio_verify_v2 (OpenAPI), operations CreateVerification,
 * UpdateVerification and CreateVerificationCheck.
 *
 * While a verification lives, another start for the same number or address
 * sends the same code again under the same SID: AGAIN_SAME. The Service defines
 * length and life of a code; our two settings only repeat them. Not sent:
 * CustomFriendlyName (the brand), CustomCode and the like, which need a
 * permission (60204), and RiskCheck, which would switch fraud protection off.
 * Messages show the Service's own name.
 */

#include "helper/providers/twilio/twilio.h"

/* CreateVerification, Channel. */
static const struct {
	enum method method;
	const char *channel;
} channels[] = {
	{ METHOD_SMS, "sms" },
	{ METHOD_VOICE, "call" },
	{ METHOD_WHATSAPP, "whatsapp" },
	{ METHOD_EMAIL, "email" },
};

static const char *
channel_of(enum method method)
{
	for (size_t i = 0; i < COUNT_OF(channels); i++)
		if (channels[i].method == method)
			return channels[i].channel;
	return NULL;
}

/* The number or address of this verification; "" when there is none that the
 * vendor would accept. */
static const char *
target(const struct provider_ctx *ctx)
{
	const char *at = strchr(ctx->email, '@');

	if (ctx->method != METHOD_EMAIL)
		return phone_is_valid(ctx->phone) ? ctx->phone : "";
	if (at == NULL || strchr(at + 1, '@') != NULL)
		return "";
	for (const char *p = ctx->email; *p != '\0'; p++)
		if (*p <= ' ' || *p > '~')
			return "";
	return ctx->email;
}

static int
twilio_verify_start_request(
    const struct provider_ctx *ctx, struct http_request *req)
{
	const char *channel = channel_of(ctx->method);
	const char *to = target(ctx);

	twilio_request_service(ctx, HTTP_POST, "/Verifications", req);
	if (channel == NULL || to[0] == '\0')
		return http_request_invalidate(req);
	http_put_form(req, "To", to);
	http_put_form(req, "Channel", channel);
	/* the vendor translates no emails */
	if (ctx->language[0] != '\0' && ctx->method != METHOD_EMAIL)
		http_put_form(req, "Locale", ctx->language);
	return http_request_status(req);
}

static int
twilio_verify_check_request(
    const struct provider_ctx *ctx, const char *code, struct http_request *req)
{
	twilio_request_service(ctx, HTTP_POST, "/VerificationCheck", req);
	if (!twilio_sid(ctx->request_id, "VE") ||
	    !provider_code_is_valid(ctx->conf, code))
		return http_request_invalidate(req);
	http_put_form(req, "VerificationSid", ctx->request_id);
	http_put_form(req, "Code", code);
	return http_request_status(req);
}

static int
cancel_request(const struct provider_ctx *ctx, struct http_request *req)
{
	char tail[TWILIO_TAIL_MAX];

	if (!twilio_sid(ctx->request_id, "VE"))
		return http_request_invalidate(req);
	PRINT_TO(tail, "/Verifications/%s", ctx->request_id);
	twilio_request_service(ctx, HTTP_POST, tail, req);
	http_put_form(req, "Status", "canceled");
	return http_request_status(req);
}

/* Is the reply about our number or address and our service? */
static bool
of_target(const struct provider_ctx *ctx, const struct twilio_answer *a)
{
	const char *to = target(ctx);

	return a->service && to[0] != '\0' && strcmp(a->to, to) == 0;
}

static bool
twilio_verify_ours(
    const struct provider_ctx *ctx, const struct twilio_answer *a)
{
	return of_target(ctx, a) && twilio_sid(ctx->request_id, "VE") &&
	    strcmp(a->sid, ctx->request_id) == 0;
}

static enum outcome
twilio_verify_start_reply(struct provider_ctx *ctx,
    const struct http_reply *reply, const struct json *json)
{
	struct twilio_answer a;

	twilio_read(ctx, reply, json, &a);
	if (!twilio_is_success(&a))
		return twilio_start_error(ctx, &a);
	if (strcmp(a.status, "max_attempts_reached") == 0)
		return OUTCOME_DENY;
	if (strcmp(a.status, "pending") != 0 || !twilio_sid(a.sid, "VE") ||
	    !of_target(ctx, &a))
		return OUTCOME_TRANSIENT;
	memcpy(ctx->request_id, a.sid, sizeof(a.sid));
	return OUTCOME_OK;
}

/* verification.status when it accepts no more codes */
static bool
twilio_verify_ended(const char *status)
{
	return text_has_word("canceled deleted failed expired", status);
}

/* All conditions for a yes; "valid" is kept by the vendor for old clients and
 * is not used. */
static enum outcome
twilio_verify_check_reply(struct provider_ctx *ctx,
    const struct http_reply *reply, const struct json *json)
{
	struct twilio_answer a;
	enum outcome o;

	twilio_read(ctx, reply, json, &a);
	if (!twilio_is_success(&a)) {
		o = twilio_check_error(ctx, &a);
		/* a challenge's word proves nothing about a code */
		return o == OUTCOME_EXPIRED && !ctx->past_deadline
		    ? OUTCOME_DENY
		    : o;
	}
	if (!twilio_verify_ours(ctx, &a))
		return OUTCOME_DENY;
	if (strcmp(a.status, "approved") == 0)
		return OUTCOME_OK;
	if (strcmp(a.status, "pending") == 0)
		return OUTCOME_WRONG;
	ctx->told.wrong_codes = strcmp(a.status, "max_attempts_reached") == 0;
	if (twilio_verify_ended(a.status) && ctx->past_deadline)
		return OUTCOME_EXPIRED;
	return OUTCOME_DENY;
}

static enum outcome
cancel_reply(struct provider_ctx *ctx, const struct http_reply *reply,
    const struct json *json)
{
	struct twilio_answer a;

	twilio_read(ctx, reply, json, &a);
	if (a.http_status == 404 && a.code == 20404)
		return OUTCOME_OK; /* nothing is running, as wanted */
	if (!twilio_is_success(&a) || !twilio_verify_ours(ctx, &a))
		return OUTCOME_TRANSIENT;
	if (strcmp(a.status, "pending") == 0)
		return OUTCOME_LATER;
	return twilio_verify_ended(a.status) ? OUTCOME_OK : OUTCOME_TRANSIENT;
}

const struct provider_ops twilio_verify_ops = {
	.type = &twilio_verify_type,
	.check_request = twilio_verify_check_request,
	.call = {
		[CALL_START] = { twilio_verify_start_request,
		    twilio_verify_start_reply },
		[CALL_CHECK] = { NULL, twilio_verify_check_reply },
		[CALL_CANCEL] = { cancel_request,
		    cancel_reply },
		[CALL_PROBE] = { twilio_probe_request, twilio_probe_reply },
	},
};
