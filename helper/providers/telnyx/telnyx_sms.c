/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Telnyx Messages: text messages with locally generated codes.
 *
 * Vendor's document: Telnyx API (OpenAPI), operation SendMessage. Its 200 only
 * means that the message is queued.
 */

#include "helper/providers/telnyx/telnyx.h"

static void
telnyx_sms_start_request(
    const struct provider_ctx *ctx, struct http_request *req)
{
	const char *from = ctx->conf->text[TELNYX_FROM];
	const char *profile = ctx->conf->text[TELNYX_MESSAGING_PROFILE_ID];

	if (ctx->method != METHOD_SMS || !phone_is_valid(ctx->phone))
		return;
	http_request_init(req, HTTP_POST, "/v2/messages");
	http_put_json(req, "{");
	if (from != NULL)
		http_put_json(req, "\"from\":%s,", from);
	if (profile != NULL)
		http_put_json(req, "\"messaging_profile_id\":%s,", profile);
	http_put_json(req, "\"to\":%s,\"text\":%s,\"type\":\"SMS\"}",
	    ctx->phone, ctx->text);
}

/* Codes of the messaging API. 400xx usually come after the reply, but the
 * vendor may also refuse at once. 40001: a landline; 40300: opted out (STOP);
 * 40314 has HTTP 429, but is no throttle. */
static const struct provider_row telnyx_sms_start_rows[] = {
	{ OUTCOME_NUMBER, "40001 40012 40300 40301 40310 40319" },
	{ OUTCOME_FRAUD, "40002 40003 40015 40020 40322" },
	{ OUTCOME_CONFIG,
	    "40010 40305 40306 40307 40309 40312 40313 40316 40321 40325 40329 "
	    "40330 40331" },
	{ OUTCOME_THROTTLE, "40011 40016 40018 40318" },
	{ OUTCOME_ACCOUNT, "40314 40315 40333" },
	{ 0 },
};

/* OutboundMessagePayload.to[].status */
static const struct provider_row statuses[] = {
	{ OUTCOME_OK, "queued sending sent delivered delivery_unconfirmed" },
	{ OUTCOME_NUMBER, "expired sending_failed delivery_failed" },
	{ 0 },
};

/* The message must go to the number of the request alone: another receiver
 * would have the code, and may be the one who types it. */
static enum outcome
check_receiver(const struct provider_ctx *ctx)
{
	char phone[64];

	if (json_text(ctx->json, "data.to.0.phone_number", phone,
		sizeof(phone)) != JSON_OK)
		return OUTCOME_TRANSIENT;
	if (strcmp(phone, ctx->phone) != 0 ||
	    !json_is_absent(ctx->json, "data.to.1"))
		return OUTCOME_DENY;
	return OUTCOME_OK;
}

static enum outcome
telnyx_sms_start_reply(struct provider_ctx *ctx)
{
	char status[32], amount[PRICE_TEXT_MAX];
	enum outcome o;

	if (telnyx_read_error(
		ctx, telnyx_sms_start_rows, outcome_from_http_start, &o))
		return o;
	JSON_TO(status, ctx->json, "data.to.0.status");
	JSON_TO(amount, ctx->json, "data.cost.amount");
	provider_set_detail(ctx, "status", status, "");
	o = check_receiver(ctx);
	if (o == OUTCOME_OK)
		o = provider_outcome_from_code(
		    statuses, status, OUTCOME_TRANSIENT);
	if (o == OUTCOME_OK)
		o = provider_read_request_id(ctx, "data.id");
	if (o == OUTCOME_OK)
		(void)money_parse(amount, &ctx->told.price);
	return o;
}

const struct provider_ops telnyx_sms_ops = {
	.type = &telnyx_sms_type,
	.auth = telnyx_set_auth,
	.call = {
		[CALL_START] = { telnyx_sms_start_request, telnyx_sms_start_reply, NULL },
		[CALL_PROBE] = { NULL, telnyx_probe_reply, TELNYX_PROBE },
	},
};
