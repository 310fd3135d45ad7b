/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Texts with our own code: a vendor or a gateway only carries them. We make the
 * code and check it.
 *
 * Vendor's document of Telnyx Messages: Telnyx API (OpenAPI), operation
 * SendMessage. Its 200 only means that the message is queued.
 */

#include "helper/providers/telnyx/telnyx.h"

/* The text so far; chars counts characters as GSM-7 does. */
struct filling {
	char *out;
	size_t used, chars;
};

static int
telnyx_sms_put(struct filling *f, const char *bytes, size_t len)
{
	if (f->chars >= TELNYX_TEXT_MAX || f->used + len >= TELNYX_TEXT_SIZE)
		return -1;
	memcpy(f->out + f->used, bytes, len);
	f->used += len;
	f->out[f->used] = '\0';
	f->chars++;
	return 0;
}

/* Letters of GSM-7's basic table that take two bytes in UTF-8. */
static bool
is_gsm_pair(const char *p)
{
	static const char behind_c2[] = "\xa1\xa3\xa4\xa5\xa7\xbf";
	static const char behind_c3[] =
	    "\x84\x85\x86\x87\x89\x91\x96\x98\x9c\x9f\xa0\xa4\xa5\xa6\xa8"
	    "\xa9\xac\xb1\xb2\xb6\xb8\xb9\xbc";

	if (p[0] != '\xc2' && p[0] != '\xc3')
		return false;
	return p[1] != '\0' &&
	    strchr(p[0] == '\xc2' ? behind_c2 : behind_c3, p[1]) != NULL;
}

/* Append at most max characters of a value from outside. */
static int
put_value(struct filling *f, const char *value, size_t max)
{
	int result = 0;

	while (*value != '\0' && max-- > 0 && result == 0) {
		if (is_gsm_pair(value)) {
			result = telnyx_sms_put(f, value, 2);
			value += 2;
			continue;
		}
		result = telnyx_sms_put(f,
		    strchr(TELNYX_TEXT_BYTES, *value) != NULL ? value : "?", 1);
		/* one "?" for a whole UTF-8 character */
		for (value++; (*value & 0xc0) == 0x80;)
			value++;
	}
	return result;
}

static size_t
chars_of(const char *value)
{
	size_t n = 0;

	for (; *value != '\0'; value++)
		n += (*value & 0xc0) != 0x80;
	return n;
}

/* The room for each mention of the host once everything else is in place. */
static size_t
host_room(const char *text, const struct provider_ctx *ctx)
{
	unsigned found[TELNYX_WORD_COUNT];
	size_t rest = telnyx_text_count(text, found);

	rest += found[TELNYX_WORD_BRAND] * chars_of(ctx->brand) +
	    found[TELNYX_WORD_CODE] * strlen(ctx->code);
	if (found[TELNYX_WORD_HOST] == 0 || rest >= TELNYX_TEXT_MAX)
		return 0;
	return (TELNYX_TEXT_MAX - rest) / found[TELNYX_WORD_HOST];
}

static int
put_word(struct filling *f, enum telnyx_word w, const struct provider_ctx *ctx,
    size_t room)
{
	switch (w) {
	case TELNYX_WORD_BRAND:
		return put_value(f, ctx->brand, TELNYX_BRAND_MAX);
	case TELNYX_WORD_HOST:
		return put_value(
		    f, ctx->host[0] != '\0' ? ctx->host : "login", room);
	case TELNYX_WORD_CODE:
		return put_value(f, ctx->code, PROVIDER_CODE_MAX);
	case TELNYX_WORD_NONE:
	case TELNYX_WORD_COUNT:
		break;
	}
	return -1;
}

/* The owner must see at once what was done, for whom and where. */
static int
alert_fill(struct filling *f, const struct provider_ctx *ctx)
{
	static const char *const what[EVENT_COUNT] = {
		[EVENT_SHUT] = "too many wrong codes, so",
		[EVENT_RECOVERY_USED] = "a recovery code was used:",
		[EVENT_BYPASS_MADE] = "your help desk made a login code:",
		[EVENT_BYPASS_USED] = "a code of your help desk was used:",
		[EVENT_NUMBER_CHANGED] = "the phone number was changed:",
	};
	char text[512];

	if (what[ctx->event] == NULL)
		return -1;
	PRINT_TO(text,
	    "%.40s: %s %.24s on %.30s%s. Not you? Tell your "
	    "administrator.",
	    ctx->brand, what[ctx->event], ctx->user,
	    ctx->host[0] != '\0' ? ctx->host : "this host",
	    ctx->event == EVENT_SHUT ? " is locked" : "");
	return put_value(f, text, TELNYX_TEXT_MAX);
}

int
telnyx_text_fill(const char *text, const struct provider_ctx *ctx,
    char out[TELNYX_TEXT_SIZE])
{
	struct filling f = { .out = out };
	const size_t room = host_room(text, ctx);
	enum telnyx_word w;
	size_t len;

	out[0] = '\0';
	if (ctx->event != EVENT_NONE)
		return alert_fill(&f, ctx);
	if (telnyx_text_check(text, (unsigned)strlen(ctx->code)) != NULL)
		return -1;
	for (; *text != '\0'; text += len) {
		len = 1;
		if (*text != '%') {
			if (put_value(&f, text, 1) != 0)
				return -1;
			continue;
		}
		w = telnyx_word_at(text, &len);
		if (put_word(&f, w, ctx, room) != 0)
			return -1;
	}
	return 0;
}

static int
telnyx_sms_start_request(
    const struct provider_ctx *ctx, struct http_request *req)
{
	const char *from = ctx->conf->text[TELNYX_FROM];
	const char *profile = ctx->conf->text[TELNYX_MESSAGING_PROFILE_ID];
	char text[TELNYX_TEXT_SIZE];

	telnyx_request_init(ctx, HTTP_POST, "/v2/messages", req);
	if (ctx->method != METHOD_SMS || !phone_is_valid(ctx->phone) ||
	    (ctx->event == EVENT_NONE &&
		!provider_code_is_valid(ctx->conf, ctx->code)) ||
	    telnyx_text_fill(telnyx_template(ctx->conf), ctx, text) != 0)
		return http_request_invalidate(req);
	if (from != NULL)
		telnyx_put_member(req, "from", from);
	if (profile != NULL)
		telnyx_put_member(req, "messaging_profile_id", profile);
	telnyx_put_member(req, "to", ctx->phone);
	telnyx_put_member(req, "text", text);
	explicit_bzero(text, sizeof(text));
	telnyx_put_member(req, "type", "SMS");
	http_put_json(req, "}");
	return http_request_status(req);
}

/* Codes of the messaging API. 400xx mostly come after the reply, when it is too
 * late to see them, but the vendor may also refuse at once. 40001: a landline;
 * 40300: opted out (STOP); 40314 has HTTP 429, and is no throttle. */
static const struct provider_row telnyx_sms_start_rows[] = {
	{ OUTCOME_NUMBER, "40001 40012 40300 40301 40310 40319" },
	{ OUTCOME_FRAUD, "40002 40003 40015 40020 40322" },
	{ OUTCOME_CONFIG,
	    "40010 40305 40306 40307 40309 40312 40313 40316 40321 40325 40329 "
	    "40330 40331" },
	{ OUTCOME_THROTTLE, "40011 40016 40018 40318" },
	{ OUTCOME_ACCOUNT, "40314 40315 40333" },
	{ OUTCOME_DENY, NULL },
};

/* OutboundMessagePayload.to[].status */
static const struct provider_row statuses[] = {
	{ OUTCOME_OK, "queued sending sent delivered delivery_unconfirmed" },
	{ OUTCOME_NUMBER, "expired sending_failed delivery_failed" },
	{ OUTCOME_TRANSIENT, NULL },
};

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
telnyx_sms_start_reply(struct provider_ctx *ctx, const struct http_reply *reply,
    const struct json *json)
{
	char status[32];
	enum outcome o;

	if (telnyx_read_error(ctx, reply, json, telnyx_sms_start_rows,
		outcome_from_http_start, &o))
		return o;
	JSON_TO(status, json, "data.to.0.status");
	provider_set_detail(ctx, reply->status, "status", status, "");
	o = judge_receiver(ctx, json);
	if (o == OUTCOME_OK)
		o = provider_row_find(statuses, status)->outcome;
	if (o == OUTCOME_OK)
		o = provider_read_id(ctx, json, "data.id");
	if (o == OUTCOME_OK)
		ctx->told.price = price_of(json);
	return o;
}

const struct provider_ops telnyx_sms_ops = {
	.type = &telnyx_sms_type,
	.call = {
		[CALL_START] = { telnyx_sms_start_request,
		    telnyx_sms_start_reply },
		[CALL_PROBE] = { telnyx_probe_request, telnyx_probe_reply },
	},
};
