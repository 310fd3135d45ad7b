/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Vonage's look-ups, which give advice at enrolment: Identity Insights and,
 * until the vendor ends it on 2027-02-04, Number Insight.
 *
 * Vendor's documents: Number Insight API 1.2.1 (OpenAPI), operations
 * getNumberInsightBasic, Standard and Advanced, with HTTP Basic; its "status"
 * is a number, unlike in Verify v1. For Identity Insights the vendor's guides
 * and client library (docs/provider-outcomes.md).
 */
#include "helper/providers/vonage/vonage.h"

#define IDENTITY_PATH "/identity-insights/v1/requests"

static void
insight_lookup_request(const struct provider_ctx *ctx, struct http_request *req)
{
	const char *level = vonage_insight_level(ctx->conf);

	if (level == NULL || !phone_is_valid(ctx->phone))
		return;
	http_request_init(req, HTTP_GET, "/ni/%s/json?number=%s", level,
	    ctx->phone + 1); /* E.164 without plus */
}

/* Members of a reply; "" if missing, null or of the wrong type. */
struct vonage_answer {
	bool readable;
	int64_t status;
	char number[PHONE_MAX + 1];
	char country[3];
	char network[32], valid[32], reachable[32];
	char text[512];
};

/* niCurrentCarrierProperties.network_type; then the words of Identity Insights,
 * in lower case in the vendor's library and in capitals in its guides */
static const struct provider_line insight_lines[] = {
	{ "mobile", NUMBER_MOBILE },
	{ "landline", NUMBER_LANDLINE },
	{ "landline_premium", NUMBER_PREMIUM },
	{ "landline_tollfree", NUMBER_TOLL_FREE },
	{ "virtual", NUMBER_VOIP },
	{ "pager", NUMBER_PAGER },
	{ "premium", NUMBER_PREMIUM },
	{ "tollfree", NUMBER_TOLL_FREE },
	{ "MOBILE", NUMBER_MOBILE },
	{ "LANDLINE", NUMBER_LANDLINE },
	{ "PREMIUM", NUMBER_PREMIUM },
	{ "TOLLFREE", NUMBER_TOLL_FREE },
	{ "VIRTUAL", NUMBER_VOIP },
	{ NULL, NUMBER_UNKNOWN },
};

/* A guess of the vendor ("inferred_not_valid") does not count against a
 * number. */
static enum number_facts_known
valid_from_word(const char *word)
{
	if (strcmp(word, "valid") == 0 || strcmp(word, "inferred") == 0)
		return LOOKUP_YES;
	return strcmp(word, "not_valid") == 0 ? LOOKUP_NO : LOOKUP_UNKNOWN;
}

static enum number_facts_known
reachable_from_word(const char *word)
{
	if (strcmp(word, "reachable") == 0)
		return LOOKUP_YES;
	return text_has_word(
		   "undeliverable absent bad_number blacklisted", word)
	    ? LOOKUP_NO
	    : LOOKUP_UNKNOWN;
}

static enum outcome
take_insight(const struct provider_ctx *ctx, const struct vonage_answer *a,
    struct number_facts *lookup)
{
	if (strcmp(a->number, ctx->phone + 1) != 0)
		return OUTCOME_TRANSIENT; /* about another number */
	lookup->valid = valid_from_word(a->valid);
	lookup->reachable = reachable_from_word(a->reachable);
	lookup->line = provider_line_type_from_word(insight_lines, a->network);
	provider_set_country(lookup, a->country);
	return OUTCOME_OK;
}

/* niStandardAdvancedStatus; 5: the number itself is not valid; 43 to 45:
 * incomplete, not used */
static const struct provider_row insight_rows[] = {
	{ OUTCOME_THROTTLE, "1" },
	{ OUTCOME_CONFIG, "3 4 19 999" },
	{ OUTCOME_NUMBER, "5" },
	{ OUTCOME_ACCOUNT, "9" },
	{ OUTCOME_TRANSIENT, "43 44 45" },
	{ 0 },
};

static enum outcome
insight_lookup_reply(struct provider_ctx *ctx, const struct http_reply *reply,
    const struct json *json)
{
	struct number_facts *lookup = ctx->lookup;
	enum outcome o;
	struct vonage_answer a;
	char status[24] = "";

	memset(&a, 0, sizeof(a));
	a.readable = json_integer(json, "status", &a.status) == JSON_OK;
	JSON_TO(a.number, json, "international_format_number");
	JSON_TO(a.country, json, "country_code");
	JSON_TO(a.network, json, "current_carrier.network_type");
	JSON_TO(a.valid, json, "valid_number");
	JSON_TO(a.reachable, json, "reachable");
	JSON_TO(a.text, json, "status_message");
	if (a.readable)
		PRINT_TO(status, "%lld", (long long)a.status);
	provider_set_detail(ctx, reply->status, "status", status, a.text);
	if (!a.readable)
		return outcome_from_http_start(reply->status);
	if (a.status == 0 && reply->status == 200)
		return take_insight(ctx, &a, lookup);
	o = provider_outcome_from_code(
	    insight_rows, status, outcome_from_http_start(reply->status));
	if (o == OUTCOME_NUMBER)
		lookup->valid = LOOKUP_NO;
	return o;
}

const struct provider_ops vonage_insight_ops = {
	.type = &vonage_insight_type,
	.auth = vonage_set_basic_auth,
	.call = {
		[CALL_LOOKUP] = { insight_lookup_request,
		    insight_lookup_reply },
		[CALL_PROBE] = { vonage_probe_request, vonage_probe_reply },
	},
};

/* current_carrier is for mobile numbers alone; original_carrier has the type of
 * all others. */
static void
identity_lookup_request(
    const struct provider_ctx *ctx, struct http_request *req)
{
	if (!phone_is_valid(ctx->phone))
		return;
	http_request_init(req, HTTP_POST, IDENTITY_PATH);
	http_put_json(req,
	    "{\"phone_number\":%s,\"insights\":{\"format\":{},"
	    "\"original_carrier\":{},\"current_carrier\":{}}}",
	    ctx->phone + 1);
}

/* Uses the words of Number Insight; the current carrier, else the original
 * one. */
static void
identity_read_answer(const struct json *json, struct vonage_answer *a)
{
	char number[PHONE_MAX + 1];
	bool valid;

	memset(a, 0, sizeof(*a));
	a->readable = json_bool(json, "insights.format.is_format_valid",
			  &valid) == JSON_OK;
	if (a->readable)
		PRINT_TO(a->valid, "%s", valid ? "valid" : "not_valid");
	JSON_TO(number, json, "insights.format.number_international");
	PRINT_TO(a->number, "%s", number + (number[0] == '+'));
	JSON_TO(a->country, json, "insights.format.country_code");
	JSON_TO(a->network, json, "insights.current_carrier.network_type");
	if (provider_line_type_from_word(insight_lines, a->network) ==
	    NUMBER_UNKNOWN)
		JSON_TO(
		    a->network, json, "insights.original_carrier.network_type");
}

static void
identity_detail(struct provider_ctx *ctx, const struct http_reply *reply,
    const struct json *json)
{
	char code[48], title[128];

	JSON_TO(code, json, "insights.format.status.code");
	JSON_TO(title, json, "title");
	provider_set_detail(ctx, reply->status, "format", code, title);
}

static enum outcome
identity_lookup_reply(struct provider_ctx *ctx, const struct http_reply *reply,
    const struct json *json)
{
	struct vonage_answer a;

	identity_detail(ctx, reply, json);
	identity_read_answer(json, &a);
	if (reply->status != 200 || !a.readable)
		return outcome_from_http_start(reply->status);
	if (valid_from_word(a.valid) != LOOKUP_NO)
		return take_insight(ctx, &a, ctx->lookup);
	ctx->lookup->valid = LOOKUP_NO;
	return OUTCOME_NUMBER;
}

/* A request without an insight is refused, but only after the token was
 * accepted. */
static void
identity_probe_request(const struct provider_ctx *ctx, struct http_request *req)
{
	(void)ctx;
	http_request_init(req, HTTP_POST, IDENTITY_PATH);
	http_put_json(req, "{\"phone_number\":\"0\",\"insights\":{}}");
}

static enum outcome
identity_probe_reply(struct provider_ctx *ctx, const struct http_reply *reply,
    const struct json *json)
{
	identity_detail(ctx, reply, json);
	return reply->status == 422 && json != NULL
	    ? OUTCOME_OK
	    : outcome_from_http_start(reply->status);
}

const struct provider_ops vonage_identity_ops = {
	.type = &vonage_identity_type,
	.auth = vonage_set_bearer_token,
	.call = {
		[CALL_LOOKUP] = { identity_lookup_request,
		    identity_lookup_reply },
		[CALL_PROBE] = { identity_probe_request,
		    identity_probe_reply },
	},
};
