/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Common to Twilio's types: credentials, paths, errors, the probe; and Lookup.
 *
 * Vendor's documents: for errors the error dictionary, to which the vendor
 * adds: the HTTP status decides about unknown codes. For the probe
 * twilio_verify_v2 (OpenAPI), operation FetchService. For Lookup
 * twilio_lookups_v2 (OpenAPI), operation FetchPhoneNumber: "validation" is
 * free; the vendor charges for the other packages.
 */
#include "helper/providers/twilio/twilio.h"

#define INVALID_PARAMETER 60200
#define NOT_FOUND 20404
#define NOT_READ (-1)
#define IDENTITY_MIN 8 /* NewFactor, Identity */
#define FIELDS_DEFAULT "line_type_intelligence"

enum mark {
	MARK_NONE = 0,
	MARK_NUMBER,   /* sets per_number: no other provider may be asked */
	MARK_INTERNAL, /* an internal failure of the vendor */
	MARK_WRONG,    /* ended by wrong codes */
	MARK_GONE,     /* a check found nothing to compare the code with */
};

struct row {
	const char *codes; /* separated by blanks */
	enum outcome start, check;
	enum mark mark;
};

/* 60200 is NUMBER if it names the parameter To */
static const struct row twilio_rows[] = {
	{ "10001 20005 21608 60603 575001", OUTCOME_ACCOUNT, OUTCOME_ACCOUNT,
	    MARK_NONE },
	{ "20003 20008 60200 60204 60217 60220 60222 60223 60242 60318 60390 "
	  "60391 60392 68008 70051",
	    OUTCOME_CONFIG, OUTCOME_CONFIG, MARK_NONE },
	{ "20404", OUTCOME_CONFIG, OUTCOME_DENY, MARK_GONE },
	{ "20429 60207 60245 60309 60326 60328", OUTCOME_THROTTLE,
	    OUTCOME_THROTTLE, MARK_NONE },
	{ "20500", OUTCOME_TRANSIENT, OUTCOME_TRANSIENT, MARK_INTERNAL },
	{ "21211 21610 21614 60205 60436", OUTCOME_NUMBER, OUTCOME_DENY,
	    MARK_NONE },
	{ "21408 30450 60238 60410 60412 60605", OUTCOME_FRAUD, OUTCOME_FRAUD,
	    MARK_NONE },
	{ "60202 60308 60310", OUTCOME_DENY, OUTCOME_DENY, MARK_WRONG },
	{ "60203 60212 60312", OUTCOME_THROTTLE, OUTCOME_THROTTLE,
	    MARK_NUMBER },
	{ "60322", OUTCOME_TRANSIENT, OUTCOME_DENY, MARK_GONE },
	{ "60323", OUTCOME_TRANSIENT, OUTCOME_EXPIRED, MARK_NONE },
	{ "60324", OUTCOME_TRANSIENT, OUTCOME_WRONG, MARK_NONE },
};

static const struct row *
find_row(const struct twilio_answer *a)
{
	char code[24];

	PRINT_TO(code, "%lld", (long long)a->code);
	for (size_t i = 0; i < COUNT_OF(twilio_rows); i++)
		if (text_has_word(twilio_rows[i].codes, code))
			return &twilio_rows[i];
	return NULL;
}

enum outcome
twilio_start_error(struct provider_ctx *ctx, const struct twilio_answer *a)
{
	const struct row *row = find_row(a);

	if (row == NULL)
		return outcome_from_http_start(ctx->reply->status);
	ctx->told.per_number = row->mark == MARK_NUMBER;
	ctx->told.internal = row->mark == MARK_INTERNAL;
	if (a->code == INVALID_PARAMETER &&
	    provider_text_has_parameter(a->message, "To"))
		return OUTCOME_NUMBER;
	return row->start;
}

enum outcome
twilio_check_error(struct provider_ctx *ctx, const struct twilio_answer *a)
{
	const struct row *row = find_row(a);

	ctx->told.unevaluated = row != NULL && row->mark == MARK_GONE;
	if (ctx->reply->status == 404 && ctx->past_deadline &&
	    (row == NULL || row->mark == MARK_GONE))
		return OUTCOME_EXPIRED;
	if (row == NULL)
		return outcome_from_http_check(ctx->reply->status);
	ctx->told.per_number = row->mark == MARK_NUMBER;
	ctx->told.wrong_codes = row->mark == MARK_WRONG;
	return row->check;
}

enum outcome
twilio_probe_reply(struct provider_ctx *ctx)
{
	struct twilio_answer a;

	twilio_read_reply(ctx, &a);
	if (ctx->reply->status != 200 || a.code != 0)
		return twilio_start_error(ctx, &a);
	return strcmp(a.sid, ctx->conf->text[TWILIO_SERVICE_SID]) == 0
	    ? OUTCOME_OK
	    : OUTCOME_TRANSIENT;
}

void
twilio_set_auth(const struct provider_ctx *ctx, struct http_request *req)
{
	const struct provider_conf *p = ctx->conf;
	const bool key = p->text[TWILIO_API_KEY_SID] != NULL;

	req->auth_user = p->text[key ? TWILIO_API_KEY_SID : TWILIO_ACCOUNT_SID];
	req->auth_secret =
	    &p->secret[key ? TWILIO_API_KEY_SECRET : TWILIO_AUTH_TOKEN];
	if (req->auth_user == NULL || req->auth_secret->len == 0)
		req->failed = true;
}

/* True if the vendor accepts it as the identity of a factor. */
static bool
twilio_identity_is_valid(const char *identity)
{
	return text_has_only(identity, TEXT_ALNUM "-") &&
	    strlen(identity) >= IDENTITY_MIN &&
	    strlen(identity) <= PROVIDER_IDENTITY_MAX;
}

const char *
twilio_value(const struct provider_ctx *ctx, const struct text_part *word)
{
	const char *service = ctx->conf->text[TWILIO_SERVICE_SID];
	const char *fields = ctx->conf->text[TWILIO_FIELDS];
	const struct {
		const char *word, *value;
		bool valid;
	} values[] = {
		{ "service", service,
		    service != NULL && twilio_sid_is_valid(service, "VA") },
		{ "identity", ctx->identity,
		    twilio_identity_is_valid(ctx->identity) },
		{ "factor", ctx->factor,
		    twilio_sid_is_valid(ctx->factor, "YF") },
		{ "challenge", ctx->request_id,
		    twilio_sid_is_valid(ctx->request_id, "YC") &&
			twilio_sid_is_valid(ctx->factor, "YF") },
		{ "verification", ctx->request_id,
		    twilio_sid_is_valid(ctx->request_id, "VE") },
		{ "fields", fields != NULL ? fields : FIELDS_DEFAULT, true },
		/* it has no subscriber */
		{ "unused", "+12025550123", true },
	};

	for (size_t i = 0; i < COUNT_OF(values); i++)
		if (text_part_is(word, values[i].word))
			return values[i].valid ? values[i].value : NULL;
	return NULL;
}

bool
twilio_service_matches(const struct provider_ctx *ctx)
{
	const char *wanted = ctx->conf->text[TWILIO_SERVICE_SID];

	return json_is_absent(ctx->json, "service_sid") ||
	    (wanted != NULL && json_equals(ctx->json, "service_sid", wanted));
}

void
twilio_read_reply(struct provider_ctx *ctx, struct twilio_answer *a)
{
	const enum json_result found =
	    json_integer(ctx->json, "code", &a->code);
	char code[24];

	/* a body that is no JSON says nothing of a code */
	if (ctx->json != NULL && found != JSON_ABSENT && a->code <= 0)
		a->code = NOT_READ;
	JSON_TO(a->status, ctx->json, "status");
	JSON_TO(a->sid, ctx->json, "sid");
	JSON_TO(a->message, ctx->json, "message");
	PRINT_TO(code, "%lld", (long long)a->code);
	if (a->code > 0)
		provider_set_detail(ctx, "code", code, a->message);
	else
		provider_set_detail(ctx, "status", a->status, a->message);
}

bool
twilio_reply_is_success(
    const struct provider_ctx *ctx, const struct twilio_answer *a)
{
	return (ctx->reply->status == 200 || ctx->reply->status == 201) &&
	    a->code == 0 && a->status[0] != '\0';
}

bool
twilio_challenge_matches(const struct provider_ctx *ctx, const char *type)
{
	return twilio_service_matches(ctx) &&
	    twilio_identity_is_valid(ctx->identity) &&
	    json_equals(ctx->json, "identity", ctx->identity) &&
	    twilio_sid_is_valid(ctx->factor, "YF") &&
	    json_equals(ctx->json, "factor_sid", ctx->factor) &&
	    json_equals(ctx->json, "factor_type", type);
}

/* line_type_intelligence.type */
static const struct provider_line twilio_lines[] = {
	{ NUMBER_MOBILE, "mobile" },
	{ NUMBER_LANDLINE, "landline" },
	{ NUMBER_VOIP, "fixedVoip,nonFixedVoip" },
	{ NUMBER_PERSONAL, "personal" },
	{ NUMBER_TOLL_FREE, "tollFree" },
	{ NUMBER_PREMIUM, "premium" },
	{ NUMBER_SHARED_COST, "sharedCost" },
	{ NUMBER_UAN, "uan" },
	{ NUMBER_VOICEMAIL, "voicemail" },
	{ NUMBER_PAGER, "pager" },
	{ NUMBER_UNKNOWN, NULL },
};

/* A package with an error code is ignored. */
static bool
read_package(const struct json *json, const char *package, const char *name,
    char *out, size_t cap)
{
	char path[64];

	PRINT_TO(path, "%s.error_code", package);
	out[0] = '\0';
	if (!json_is_null(json, path))
		return false;
	PRINT_TO(path, "%s.%s", package, name);
	return json_text(json, path, out, cap) == JSON_OK;
}

static void
read_packages(const struct json *json, struct number_facts *l)
{
	char word[TWILIO_STATUS_MAX];

	if (read_package(
		json, "line_type_intelligence", "type", word, sizeof(word)))
		l->line = provider_line_type_from_word(twilio_lines, word);
	if (!read_package(json, "line_status", "status", word, sizeof(word)))
		return;
	if (text_has_word("active reachable", word))
		l->reachable = LOOKUP_YES;
	if (text_has_word("inactive unreachable", word))
		l->reachable = LOOKUP_NO;
}

static enum outcome
read_lookup_number(struct provider_ctx *ctx, struct number_facts *l)
{
	char number[PHONE_MAX + 1], why[TWILIO_STATUS_MAX];
	char country[sizeof(l->country)];
	bool valid;

	JSON_TO(number, ctx->json, "phone_number");
	if (number[0] == '\0' || strcmp(number, ctx->phone) != 0 ||
	    json_bool(ctx->json, "valid", &valid) != JSON_OK)
		return OUTCOME_TRANSIENT;
	JSON_TO(why, ctx->json, "validation_errors.0");
	provider_set_detail(ctx, "valid", valid ? "true" : "false", why);
	l->valid = valid ? LOOKUP_YES : LOOKUP_NO;
	if (!valid)
		return OUTCOME_NUMBER;
	JSON_TO(country, ctx->json, "country_code");
	provider_set_country(l, country);
	read_packages(ctx->json, l);
	return OUTCOME_OK;
}

static enum outcome
twilio_lookup_reply(struct provider_ctx *ctx)
{
	struct twilio_answer a;

	twilio_read_reply(ctx, &a);
	if (ctx->json != NULL && ctx->reply->status == 200 && a.code == 0)
		return read_lookup_number(ctx, ctx->lookup);
	if (ctx->reply->status != 404)
		return twilio_start_error(ctx, &a);
	if (a.code == NOT_FOUND)
		ctx->lookup->valid = LOOKUP_NO;
	return OUTCOME_NUMBER;
}

static enum outcome
lookup_probe_reply(struct provider_ctx *ctx)
{
	struct twilio_answer a;

	twilio_read_reply(ctx, &a);
	if ((ctx->reply->status == 200 && a.code == 0) ||
	    (ctx->reply->status == 404 && a.code == NOT_FOUND))
		return OUTCOME_OK;
	return twilio_start_error(ctx, &a);
}

const struct provider_ops twilio_lookup_ops = {
	.type = &twilio_lookup_type,
	.value = twilio_value,
	.auth = twilio_set_auth,
	.call = {
		[CALL_LOOKUP] = { NULL, twilio_lookup_reply,
		    "GET /v2/PhoneNumbers/%phone%?Fields=%fields%" },
		/* free without Fields */
		[CALL_PROBE] = { NULL, lookup_probe_reply,
		    "GET /v2/PhoneNumbers/%unused%" },
	},
};
