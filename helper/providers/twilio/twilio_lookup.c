/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Twilio Lookup v2: what is known about a number, as advice at enrolment.
 *
 * Vendor's document: twilio_lookups_v2 (OpenAPI), operation FetchPhoneNumber.
 * "validation" is free; the vendor charges for the other packages.
 */
#include "helper/providers/twilio/twilio.h"

#include <stdio.h>
#include <string.h>

#include "helper/net/net.h"
#include "helper/providers/providers.h"
#include "lib/provider_types/provider_types.h"
#include "lib/values/values.h"

#define FIELDS_DEFAULT "line_type_intelligence"
#define NOT_FOUND 20404

static int
lookup_request(const struct provider_ctx *ctx, struct http_request *req)
{
	const char *fields = ctx->conf->text[TWILIO_FIELDS];
	char path[TWILIO_TAIL_MAX];
	size_t used;

	twilio_begin(ctx, HTTP_GET, req);
	if (!phone_valid(ctx->phone)) {
		req->failed = true;
		return twilio_end(req);
	}
	(void)snprintf(path, sizeof(path),
	    "/v2/PhoneNumbers/%%2B%s?Fields=", ctx->phone + 1);
	if (fields == NULL)
		fields = FIELDS_DEFAULT;
	for (; *fields != '\0'; fields++) {
		used = strlen(path);
		(void)snprintf(path + used, sizeof(path) - used,
		    *fields == ',' ? "%%2C" : "%c", *fields);
	}
	http_path(req, path);
	return twilio_end(req);
}

/* line_type_intelligence.type */
static const struct {
	const char *type;
	enum number_facts_line line;
} lines[] = {
	{ "mobile", LINE_MOBILE },
	{ "landline", LINE_LANDLINE },
	{ "fixedVoip", LINE_VOIP },
	{ "nonFixedVoip", LINE_VOIP },
	{ "personal", LINE_PERSONAL },
	{ "tollFree", LINE_TOLL_FREE },
	{ "premium", LINE_PREMIUM },
	{ "sharedCost", LINE_SHARED_COST },
	{ "uan", LINE_UAN },
	{ "voicemail", LINE_VOICEMAIL },
	{ "pager", LINE_PAGER },
};

/* A package with an error code is ignored, whatever else it contains. */
static bool
package_text(const struct json *json, const char *package, const char *name,
    char *out, size_t cap)
{
	char path[64];

	(void)snprintf(path, sizeof(path), "%s.error_code", package);
	out[0] = '\0';
	if (!json_null(json, path))
		return false;
	(void)snprintf(path, sizeof(path), "%s.%s", package, name);
	return json_text(json, path, out, cap) == JSON_OK;
}

static void
read_packages(const struct json *json, struct number_facts *l)
{
	char word[TWILIO_STATUS_MAX];

	if (package_text(
		json, "line_type_intelligence", "type", word, sizeof(word)))
		for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++)
			if (strcmp(lines[i].type, word) == 0)
				l->line = lines[i].line;
	if (!package_text(json, "line_status", "status", word, sizeof(word)))
		return;
	if (strcmp(word, "active") == 0 || strcmp(word, "reachable") == 0)
		l->reachable = LOOKUP_YES;
	if (strcmp(word, "inactive") == 0 || strcmp(word, "unreachable") == 0)
		l->reachable = LOOKUP_NO;
}

static void
read_country(const struct json *json, struct number_facts *l)
{
	static const char upper[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ";
	char word[sizeof(l->country)];

	(void)json_text(json, "country_code", word, sizeof(word));
	if (strlen(word) == 2 && charset_only(word, upper))
		memcpy(l->country, word, sizeof(word));
}

static enum outcome
read_found(
    struct provider_ctx *ctx, const struct json *json, struct number_facts *l)
{
	char number[PHONE_MAX + 1], why[TWILIO_STATUS_MAX];
	bool valid;

	(void)json_text(json, "phone_number", number, sizeof(number));
	if (number[0] == '\0' || strcmp(number, ctx->phone) != 0 ||
	    json_bool(json, "valid", &valid) != JSON_OK)
		return OUTCOME_TRANSIENT;
	(void)json_text(json, "validation_errors.0", why, sizeof(why));
	detail_set(ctx, 200, "valid", valid ? "true" : "false", why);
	l->valid = valid ? LOOKUP_YES : LOOKUP_NO;
	if (!valid)
		return OUTCOME_NUMBER;
	read_country(json, l);
	read_packages(json, l);
	return OUTCOME_OK;
}

static enum outcome
lookup_reply(struct provider_ctx *ctx, const struct http_reply *reply,
    struct number_facts *l)
{
	struct json *json = json_parse(reply->body, reply->len);
	enum outcome o = OUTCOME_TRANSIENT;
	struct twilio_answer a;

	memset(l, 0, sizeof(*l));
	twilio_read(ctx, reply, &a);
	if (json != NULL && reply->status == 200 && a.code == 0)
		o = read_found(ctx, json, l);
	else if (reply->status == 404)
		o = OUTCOME_NUMBER;
	else
		o = twilio_start_error(ctx, &a);
	json_free(json);
	if (reply->status == 404 && a.code == NOT_FOUND)
		l->valid = LOOKUP_NO;
	return o;
}

/* Free, because it has no Fields; the number belongs to no subscriber. */
static int
probe_request(const struct provider_ctx *ctx, struct http_request *req)
{
	twilio_begin(ctx, HTTP_GET, req);
	http_path(req, "/v2/PhoneNumbers/%2B12025550123");
	return twilio_end(req);
}

static enum outcome
probe_reply(struct provider_ctx *ctx, const struct http_reply *reply)
{
	struct twilio_answer a;

	twilio_read(ctx, reply, &a);
	if ((reply->status == 200 && a.code == 0) ||
	    (reply->status == 404 && a.code == NOT_FOUND))
		return OUTCOME_OK;
	return twilio_start_error(ctx, &a);
}

const struct provider_ops twilio_lookup_ops = {
	.type = &twilio_lookup_type,
	.lookup_request = lookup_request,
	.lookup_reply = lookup_reply,
	.probe_request = probe_request,
	.probe_reply = probe_reply,
};
