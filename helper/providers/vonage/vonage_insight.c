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

static const char *
insight_value(const struct provider_ctx *ctx, const struct text_part *word)
{
	return text_part_is(word, "level")
	    ? ctx->conf->text[VONAGE_INSIGHT_LEVEL]
	    : NULL;
}

/* niCurrentCarrierProperties.network_type; then the words of Identity Insights,
 * in lower case in the vendor's library and in capitals in its guides */
static const struct provider_line insight_lines[] = {
	{ NUMBER_MOBILE, "mobile,MOBILE" },
	{ NUMBER_LANDLINE, "landline,LANDLINE" },
	{ NUMBER_PREMIUM, "landline_premium,premium,PREMIUM" },
	{ NUMBER_TOLL_FREE, "landline_tollfree,tollfree,TOLLFREE" },
	{ NUMBER_VOIP, "virtual,VIRTUAL" },
	{ NUMBER_PAGER, "pager" },
	{ NUMBER_UNKNOWN, NULL },
};

/* Takes the facts of a reply about the number of ctx. */
static enum outcome
take_insight(struct provider_ctx *ctx, const char *number, const char *network,
    const char *country_path)
{
	char country[3];

	if (strcmp(number, ctx->phone + 1) != 0)
		return OUTCOME_TRANSIENT; /* about another number */
	ctx->lookup->line =
	    provider_line_type_from_word(insight_lines, network);
	JSON_TO(country, ctx->json, country_path);
	provider_set_country(ctx->lookup, country);
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

/* A guess of the vendor ("inferred_not_valid") does not count against a
 * number. */
static enum outcome
read_insight(struct provider_ctx *ctx)
{
	char number[PHONE_MAX + 1], network[32], word[32];
	struct number_facts *lookup = ctx->lookup;
	enum outcome o;

	JSON_TO(number, ctx->json, "international_format_number");
	JSON_TO(network, ctx->json, "current_carrier.network_type");
	o = take_insight(ctx, number, network, "country_code");
	if (o != OUTCOME_OK)
		return o;
	JSON_TO(word, ctx->json, "valid_number");
	if (text_has_word("valid inferred", word))
		lookup->valid = LOOKUP_YES;
	if (strcmp(word, "not_valid") == 0)
		lookup->valid = LOOKUP_NO;
	JSON_TO(word, ctx->json, "reachable");
	if (strcmp(word, "reachable") == 0)
		lookup->reachable = LOOKUP_YES;
	if (text_has_word("undeliverable absent bad_number blacklisted", word))
		lookup->reachable = LOOKUP_NO;
	return OUTCOME_OK;
}

static enum outcome
insight_lookup_reply(struct provider_ctx *ctx)
{
	const enum outcome otherwise =
	    outcome_from_http_start(ctx->reply->status);
	char status[24] = "", text[512];
	enum outcome o;
	int64_t code;

	if (json_integer(ctx->json, "status", &code) == JSON_OK)
		PRINT_TO(status, "%lld", (long long)code);
	JSON_TO(text, ctx->json, "status_message");
	provider_set_detail(ctx, "status", status, text);
	if (strcmp(status, "0") == 0 && ctx->reply->status == 200)
		return read_insight(ctx);
	o = provider_outcome_from_code(insight_rows, status, otherwise);
	if (o == OUTCOME_NUMBER)
		ctx->lookup->valid = LOOKUP_NO;
	return o;
}

const struct provider_ops vonage_insight_ops = {
	.type = &vonage_insight_type,
	.value = insight_value,
	.auth = vonage_set_basic_auth,
	.call = {
		[CALL_LOOKUP] = { NULL, insight_lookup_reply,
		    "GET /ni/%level%/json?number=%number%" },
		[CALL_PROBE] = { NULL, vonage_probe_reply, VONAGE_PROBE },
	},
};

static void
identity_detail(struct provider_ctx *ctx)
{
	char code[48], title[128];

	JSON_TO(code, ctx->json, "insights.format.status.code");
	JSON_TO(title, ctx->json, "title");
	provider_set_detail(ctx, "format", code, title);
}

static enum outcome
identity_lookup_reply(struct provider_ctx *ctx)
{
	char number[PHONE_MAX + 1], network[32];
	enum outcome o;
	bool valid;

	identity_detail(ctx);
	if (ctx->reply->status != 200 ||
	    json_bool(ctx->json, "insights.format.is_format_valid", &valid) !=
		JSON_OK)
		return outcome_from_http_start(ctx->reply->status);
	if (!valid) {
		ctx->lookup->valid = LOOKUP_NO;
		return OUTCOME_NUMBER;
	}
	JSON_TO(number, ctx->json, "insights.format.number_international");
	JSON_TO(network, ctx->json, "insights.current_carrier.network_type");
	if (provider_line_type_from_word(insight_lines, network) ==
	    NUMBER_UNKNOWN)
		JSON_TO(network, ctx->json,
		    "insights.original_carrier.network_type");
	o = take_insight(ctx, number + (number[0] == '+'), network,
	    "insights.format.country_code");
	if (o == OUTCOME_OK)
		ctx->lookup->valid = LOOKUP_YES;
	return o;
}

static enum outcome
identity_probe_reply(struct provider_ctx *ctx)
{
	identity_detail(ctx);
	return ctx->reply->status == 422 && ctx->json != NULL
	    ? OUTCOME_OK
	    : outcome_from_http_start(ctx->reply->status);
}

const struct provider_ops vonage_identity_ops = {
	.type = &vonage_identity_type,
	.auth = vonage_set_bearer_token,
	.call = {
		/* current_carrier is for mobile numbers alone;
		 * original_carrier has the type of all others */
		[CALL_LOOKUP] = { NULL, identity_lookup_reply,
		    "POST /identity-insights/v1/requests "
		    "{\"phone_number\":%number%,\"insights\":{"
		    "\"format\":{},\"original_carrier\":{},"
		    "\"current_carrier\":{}}}" },
		/* without an insight it is refused, but only after the token
		 * was accepted */
		[CALL_PROBE] = { NULL, identity_probe_reply,
		    "POST /identity-insights/v1/requests "
		    "{\"phone_number\":\"0\",\"insights\":{}}" },
	},
};
