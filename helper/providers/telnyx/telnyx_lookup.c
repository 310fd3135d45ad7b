/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Telnyx number lookup: advice about a number, used only at enrolment.
 *
 * Vendor's document: Telnyx API (OpenAPI), operation LookupNumber with
 * type=carrier.
 */
#include "helper/providers/telnyx/telnyx.h"

#include <stdio.h>
#include <string.h>

#include "helper/providers/providers.h"
#include "lib/provider_types/provider_types.h"

static int
lookup_request(const struct provider_ctx *ctx, struct http_request *req)
{
	char path[64];

	if (!phone_valid(ctx->phone)) {
		memset(req, 0, sizeof(*req));
		req->failed = true;
		return -1;
	}
	(void)snprintf(path, sizeof(path),
	    "/v2/number_lookup/%%2B%s?type=carrier", ctx->phone + 1);
	telnyx_begin(ctx, HTTP_GET, path, req);
	return req->failed ? -1 : 0;
}

/* Carrier.type; with blanks, unlike other vendors. */
static const struct {
	const char *type;
	enum number_facts_line line;
} lines[] = {
	{ "fixed line", LINE_LANDLINE },
	{ "mobile", LINE_MOBILE },
	{ "voip", LINE_VOIP },
	{ "fixed line or mobile", LINE_LANDLINE_OR_MOBILE },
	{ "toll free", LINE_TOLL_FREE },
	{ "premium rate", LINE_PREMIUM },
	{ "shared cost", LINE_SHARED_COST },
	{ "personal number", LINE_PERSONAL },
	{ "pager", LINE_PAGER },
	{ "uan", LINE_UAN },
	{ "voicemail", LINE_VOICEMAIL },
};

static enum number_facts_line
line_of(const char *type)
{
	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++)
		if (strcmp(lines[i].type, type) == 0)
			return lines[i].line;
	return LINE_UNKNOWN;
}

static void
read_country(const struct json *json, struct number_facts *lookup)
{
	char code[3];

	if (json_text(json, "data.country_code", code, sizeof(code)) ==
		JSON_OK &&
	    strlen(code) == 2 &&
	    strspn(code, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") == 2)
		memcpy(lookup->country, code, sizeof(code));
}

/* Newer answers say whether the number is valid; older ones only show that it
 * is known. */
static enum number_facts_known
read_valid(const struct json *json, enum number_facts_line line)
{
	bool valid;

	if (json_bool(json, "data.valid_number", &valid) == JSON_OK)
		return valid ? LOOKUP_YES : LOOKUP_NO;
	return line == LINE_UNKNOWN ? LOOKUP_UNKNOWN : LOOKUP_YES;
}

static enum outcome
judge(struct provider_ctx *ctx, const struct http_reply *reply,
    const struct json *json, struct number_facts *lookup)
{
	char phone[PHONE_MAX + 1], type[32];
	enum outcome o;

	if (telnyx_refused(ctx, reply, json, NULL, outcome_of_http_start, &o)) {
		/* +1: an account that may not ask for Canada gets this as
		 * well */
		if (o == OUTCOME_NUMBER && strncmp(ctx->phone, "+1", 2) != 0)
			lookup->valid = LOOKUP_NO;
		return o;
	}
	(void)json_text(json, "data.carrier.type", type, sizeof(type));
	detail_set(ctx, reply->status, "type", type, "");
	if (json_text(json, "data.phone_number", phone, sizeof(phone)) !=
		JSON_OK ||
	    strcmp(phone, ctx->phone) != 0)
		return OUTCOME_TRANSIENT;
	lookup->line = line_of(type);
	lookup->valid = read_valid(json, lookup->line);
	read_country(json, lookup);
	return lookup->valid == LOOKUP_NO ? OUTCOME_NUMBER : OUTCOME_OK;
}

static enum outcome
lookup_reply(struct provider_ctx *ctx, const struct http_reply *reply,
    struct number_facts *lookup)
{
	struct json *json = json_parse(reply->body, reply->len);
	enum outcome o;

	memset(lookup, 0, sizeof(*lookup));
	o = judge(ctx, reply, json, lookup);
	if (o == OUTCOME_CONFIG && reply->status == 422)
		o = OUTCOME_NUMBER;
	json_free(json);
	return o;
}

const struct provider_ops telnyx_lookup_ops = {
	.type = &telnyx_lookup_type,
	.lookup_request = lookup_request,
	.lookup_reply = lookup_reply,
	.probe_request = telnyx_probe_request,
	.probe_reply = telnyx_probe_reply,
};
