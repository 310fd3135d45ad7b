/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Telnyx Messages with our own code: the vendor only carries the text. We make
 * the code and check it.
 *
 * Vendor's document: Telnyx API (OpenAPI), operation SendMessage. Its 200 only
 * means that the message is queued.
 */
#include "helper/providers/telnyx/telnyx.h"

#include <string.h>

#include "helper/providers/providers.h"
#include "helper/providers/telnyx/telnyx_text.h"
#include "lib/values/values.h"

#define DIGITS "0123456789"

static int
start_request(const struct provider_ctx *ctx, struct http_request *req)
{
	const char *from = ctx->conf->text[TELNYX_FROM];
	const char *profile = ctx->conf->text[TELNYX_MESSAGING_PROFILE_ID];
	char text[TELNYX_TEXT_SIZE];

	telnyx_begin(ctx, HTTP_POST, "/v2/messages", req);
	if (ctx->method != METHOD_SMS || !phone_valid(ctx->phone) ||
	    !charset_only(ctx->code, DIGITS) ||
	    strlen(ctx->code) != ctx->conf->code_length ||
	    telnyx_text_fill(telnyx_template(ctx->conf), ctx, text) != 0) {
		req->failed = true;
		return -1;
	}
	if (from != NULL)
		telnyx_member(req, "from", from);
	if (profile != NULL)
		telnyx_member(req, "messaging_profile_id", profile);
	telnyx_member(req, "to", ctx->phone);
	telnyx_member(req, "text", text);
	explicit_bzero(text, sizeof(text));
	telnyx_member(req, "type", "SMS");
	http_json(req, "}");
	return req->failed ? -1 : 0;
}

/* Codes of the messaging API. 400xx mostly come after the reply, when it is too
 * late to see them, but the vendor may also refuse at once. */
static const struct telnyx_row start_rows[] = {
	{ "40001", OUTCOME_NUMBER }, /* landline */
	{ "40002", OUTCOME_FRAUD },
	{ "40003", OUTCOME_FRAUD },
	{ "40010", OUTCOME_CONFIG },
	{ "40011", OUTCOME_THROTTLE },
	{ "40012", OUTCOME_NUMBER },
	{ "40015", OUTCOME_FRAUD },
	{ "40016", OUTCOME_THROTTLE },
	{ "40018", OUTCOME_THROTTLE },
	{ "40020", OUTCOME_FRAUD },
	{ "40300", OUTCOME_NUMBER }, /* opted out (STOP) */
	{ "40301", OUTCOME_NUMBER },
	{ "40305", OUTCOME_CONFIG },
	{ "40306", OUTCOME_CONFIG },
	{ "40307", OUTCOME_CONFIG },
	{ "40309", OUTCOME_CONFIG },
	{ "40310", OUTCOME_NUMBER },
	{ "40312", OUTCOME_CONFIG },
	{ "40313", OUTCOME_CONFIG },
	{ "40314", OUTCOME_ACCOUNT }, /* HTTP 429, but not a throttle */
	{ "40315", OUTCOME_ACCOUNT },
	{ "40316", OUTCOME_CONFIG },
	{ "40318", OUTCOME_THROTTLE },
	{ "40319", OUTCOME_NUMBER },
	{ "40321", OUTCOME_CONFIG },
	{ "40322", OUTCOME_FRAUD },
	{ "40325", OUTCOME_CONFIG },
	{ "40329", OUTCOME_CONFIG },
	{ "40330", OUTCOME_CONFIG },
	{ "40331", OUTCOME_CONFIG },
	{ "40333", OUTCOME_ACCOUNT },
	{ NULL, OUTCOME_DENY },
};

/* OutboundMessagePayload.to[].status */
static const struct {
	const char *status;
	enum outcome outcome;
} statuses[] = {
	{ "queued", OUTCOME_OK },
	{ "sending", OUTCOME_OK },
	{ "sent", OUTCOME_OK },
	{ "delivered", OUTCOME_OK },
	{ "delivery_unconfirmed", OUTCOME_OK },
	{ "expired", OUTCOME_NUMBER },
	{ "sending_failed", OUTCOME_NUMBER },
	{ "delivery_failed", OUTCOME_NUMBER },
};

static enum outcome
outcome_of_status(const char *status)
{
	for (size_t i = 0; i < sizeof(statuses) / sizeof(statuses[0]); i++)
		if (strcmp(statuses[i].status, status) == 0)
			return statuses[i].outcome;
	return OUTCOME_TRANSIENT;
}

/* The message must go to our number alone. Otherwise another person may have
 * the code and be the one who types it. */
static enum outcome
judge_receiver(const struct provider_ctx *ctx, const struct json *json)
{
	char phone[64], other[1];

	if (json_text(json, "data.to.0.phone_number", phone, sizeof(phone)) !=
	    JSON_OK)
		return OUTCOME_TRANSIENT;
	if (strcmp(phone, ctx->phone) != 0 ||
	    json_text(json, "data.to.1", other, sizeof(other)) != JSON_ABSENT)
		return OUTCOME_DENY;
	return OUTCOME_OK;
}

static int64_t
price_of(const struct json *json)
{
	char amount[PRICE_TEXT_MAX];
	int64_t price;

	if (json_text(json, "data.cost.amount", amount, sizeof(amount)) !=
		JSON_OK ||
	    money_parse(amount, &price) != 0)
		return 0;
	return price;
}

static enum outcome
judge_start(struct provider_ctx *ctx, const struct http_reply *reply,
    const struct json *json)
{
	char status[32], id[UUID_LEN + 1];
	enum outcome o;

	if (telnyx_refused(
		ctx, reply, json, start_rows, outcome_of_http_start, &o))
		return o;
	(void)json_text(json, "data.to.0.status", status, sizeof(status));
	detail_set(ctx, reply->status, "status", status, "");
	o = judge_receiver(ctx, json);
	if (o == OUTCOME_OK)
		o = outcome_of_status(status);
	if (o != OUTCOME_OK)
		return o;
	if (json_text(json, "data.id", id, sizeof(id)) != JSON_OK ||
	    !uuid_valid(id))
		return OUTCOME_TRANSIENT;
	memcpy(ctx->request_id, id, sizeof(id));
	ctx->price = price_of(json);
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

const struct provider_ops telnyx_sms_ops = {
	.type = &telnyx_sms_type,
	.start_request = start_request,
	.start_reply = start_reply,
	.probe_request = telnyx_probe_request,
	.probe_reply = telnyx_probe_reply,
};
