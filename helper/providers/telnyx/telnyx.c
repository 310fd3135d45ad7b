/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Telnyx: requests and errors of all its APIs, the probe, Lookup and Verify.
 *
 * Vendor's document: Telnyx API v2 (OpenAPI); for the probe operation
 * getMessage: an unused id is 404, but only if the key was accepted. For Verify
 * CreateVerificationSms, CreateVerificationCall, CreateWhatsappVerification and
 * VerifyVerificationCodeById: codes are checked by our id alone, because the
 * check by number is not tied to a verification. There is no cancel; an unused
 * code expires after timeout_secs. For Lookup, which gives advice at enrolment,
 * LookupNumber with type=carrier.
 */
#include "helper/providers/telnyx/telnyx.h"

#define NOT_FOUND "10005"
#define ERRORS_MAX 16 /* errors of one reply; others are ignored */

enum outcome
telnyx_probe_reply(struct provider_ctx *ctx)
{
	enum outcome o = OUTCOME_OK;

	if (telnyx_read_error(ctx, NULL, outcome_from_http_start, &o) &&
	    ctx->reply->status == 404 &&
	    json_equals(ctx->json, "errors.0.code", NOT_FOUND))
		o = OUTCOME_OK;
	return o;
}

static void
telnyx_start_request(const struct provider_ctx *ctx, struct http_request *req)
{
	const char *profile = ctx->conf->text[TELNYX_VERIFY_PROFILE_ID];

	if ((METHODS_PHONE & METHOD_BIT(ctx->method)) == 0 ||
	    !phone_is_valid(ctx->phone) || profile == NULL)
		return;
	http_request_init(req, HTTP_POST, "/v2/verifications/%s",
	    provider_channel(ctx->method));
	http_put_json(req,
	    "{\"phone_number\":%s,\"verify_profile_id\":%s,"
	    "\"timeout_secs\":%d}",
	    ctx->phone, profile, (int)(ctx->conf->expiry_ms / 1000));
}

static enum outcome
telnyx_start_reply(struct provider_ctx *ctx)
{
	char status[32];
	enum outcome o;

	if (telnyx_read_error(ctx, NULL, outcome_from_http_start, &o))
		return o;
	JSON_TO(status, ctx->json, "data.status");
	provider_set_detail(ctx, "status", status, "");
	if (strcmp(status, "pending") != 0 ||
	    !json_equals(ctx->json, "data.phone_number", ctx->phone))
		return OUTCOME_TRANSIENT;
	return provider_read_request_id(ctx, "data.id");
}

/* 10005: the id is gone, since the code was used, has expired, or never
 * existed. */
static const struct provider_row telnyx_check_rows[] = {
	{ OUTCOME_CONFIG, "10001 10002 10016" },
	{ OUTCOME_DENY, "10005" },
	{ 0 },
};

/* All conditions for OUTCOME_OK; the id was in the path of the request. */
static enum outcome
telnyx_check_reply(struct provider_ctx *ctx)
{
	char verdict[32];
	enum outcome o;

	if (telnyx_read_error(
		ctx, telnyx_check_rows, outcome_from_http_check, &o)) {
		ctx->told.unevaluated = o == OUTCOME_DENY &&
		    ctx->reply->status == 404 &&
		    json_equals(ctx->json, "errors.0.code", NOT_FOUND);
		return ctx->told.unevaluated && ctx->past_deadline
		    ? OUTCOME_EXPIRED
		    : o;
	}
	JSON_TO(verdict, ctx->json, "data.response_code");
	provider_set_detail(ctx, "response_code", verdict, "");
	if (!uuid_is_valid(ctx->request_id) ||
	    !json_equals(ctx->json, "data.phone_number", ctx->phone))
		return OUTCOME_DENY;
	if (strcmp(verdict, "accepted") == 0)
		return OUTCOME_OK;
	if (strcmp(verdict, "rejected") == 0)
		return ctx->past_deadline ? OUTCOME_EXPIRED : OUTCOME_WRONG;
	return OUTCOME_DENY;
}

static const char *
telnyx_value(const struct provider_ctx *ctx, const struct text_part *word)
{
	const char *profile = ctx->conf->text[TELNYX_VERIFY_PROFILE_ID];

	return text_part_is(word, "profile") && profile != NULL &&
		uuid_is_valid(profile)
	    ? profile
	    : NULL;
}

static enum outcome
telnyx_profile_reply(struct provider_ctx *ctx)
{
	enum outcome o;

	if (telnyx_read_error(ctx, NULL, outcome_from_http_start, &o))
		return o;
	return json_equals(ctx->json, "data.id",
		   ctx->conf->text[TELNYX_VERIFY_PROFILE_ID])
	    ? OUTCOME_OK
	    : OUTCOME_TRANSIENT;
}

const struct provider_ops telnyx_verify_ops = {
	.type = &telnyx_verify_type,
	.value = telnyx_value,
	.auth = telnyx_set_auth,
	.call = {
		[CALL_START] = { telnyx_start_request, telnyx_start_reply, NULL },
		[CALL_CHECK] = { NULL, telnyx_check_reply,
		    "POST /v2/verifications/%id%/actions/verify "
		    "{\"code\":%code%}" },
		/* getVerifyProfile: tests key and profile in one call */
		[CALL_PROBE] = { NULL, telnyx_profile_reply,
		    "GET /v2/verify_profiles/%profile%" },
	},
};

/* Carrier.type; with blanks, unlike the words of other vendors */
static const struct provider_line telnyx_lines[] = {
	{ NUMBER_LANDLINE, "fixed line" },
	{ NUMBER_MOBILE, "mobile" },
	{ NUMBER_VOIP, "voip" },
	{ NUMBER_LANDLINE_OR_MOBILE, "fixed line or mobile" },
	{ NUMBER_TOLL_FREE, "toll free" },
	{ NUMBER_PREMIUM, "premium rate" },
	{ NUMBER_SHARED_COST, "shared cost" },
	{ NUMBER_PERSONAL, "personal number" },
	{ NUMBER_PAGER, "pager" },
	{ NUMBER_UAN, "uan" },
	{ NUMBER_VOICEMAIL, "voicemail" },
	{ NUMBER_UNKNOWN, NULL },
};

static enum outcome
telnyx_lookup_reply(struct provider_ctx *ctx)
{
	struct number_facts *lookup = ctx->lookup;
	char type[32], country[sizeof(lookup->country)];
	enum outcome o;
	bool valid;

	if (telnyx_read_error(ctx, NULL, outcome_from_http_start, &o)) {
		/* +1: also for Canada if the account may not look it up */
		if (o == OUTCOME_NUMBER && strncmp(ctx->phone, "+1", 2) != 0)
			lookup->valid = LOOKUP_NO;
		return o == OUTCOME_CONFIG && ctx->reply->status == 422
		    ? OUTCOME_NUMBER
		    : o;
	}
	JSON_TO(type, ctx->json, "data.carrier.type");
	provider_set_detail(ctx, "type", type, "");
	if (!json_equals(ctx->json, "data.phone_number", ctx->phone))
		return OUTCOME_TRANSIENT;
	lookup->line = provider_line_type_from_word(telnyx_lines, type);
	/* newer replies say whether the number is valid; older ones only that
	 * it is known */
	if (json_bool(ctx->json, "data.valid_number", &valid) == JSON_OK)
		lookup->valid = valid ? LOOKUP_YES : LOOKUP_NO;
	else
		lookup->valid = lookup->line == NUMBER_UNKNOWN ? LOOKUP_UNKNOWN
							       : LOOKUP_YES;
	JSON_TO(country, ctx->json, "data.country_code");
	provider_set_country(lookup, country);
	return lookup->valid == LOOKUP_NO ? OUTCOME_NUMBER : OUTCOME_OK;
}

const struct provider_ops telnyx_lookup_ops = {
	.type = &telnyx_lookup_type,
	.auth = telnyx_set_auth,
	.call = {
		[CALL_LOOKUP] = { NULL, telnyx_lookup_reply,
		    "GET /v2/number_lookup/%phone%?type=carrier" },
		[CALL_PROBE] = { NULL, telnyx_probe_reply, TELNYX_PROBE },
	},
};

/* Codes of every API (vendor's "API Errors"), never OK or WRONG. */
static const struct provider_row common_rows[] = {
	{ OUTCOME_NUMBER, "10001 10002 10016" },
	{ OUTCOME_CONFIG,
	    "10004 10005 10006 10009 10010 10014 10015 10023 10032 10033 20001 "
	    "20002 20006" },
	{ OUTCOME_TRANSIENT, "10007 10008" },
	{ OUTCOME_THROTTLE, "10011" },
	{ OUTCOME_ACCOUNT, "20100" },
	{ 0 },
};

void
telnyx_set_auth(const struct provider_ctx *ctx, struct http_request *req)
{
	req->auth_secret = &ctx->conf->secret[TELNYX_API_KEY];
	if (req->auth_secret->len == 0)
		req->failed = true;
}

struct error {
	char code[16];
	char text[512];
};

static bool
read_error(const struct json *json, unsigned n, struct error *e)
{
	char path[32];

	memset(e, 0, sizeof(*e));
	PRINT_TO(path, "errors.%u.code", n);
	if (json_text(json, path, e->code, sizeof(e->code)) != JSON_OK)
		return false;
	PRINT_TO(path, "errors.%u.detail", n);
	if (json_text(json, path, e->text, sizeof(e->text)) == JSON_OK)
		return true;
	PRINT_TO(path, "errors.%u.title", n);
	JSON_TO(e->text, json, path);
	return true;
}

/* Takes the first known error; a fraud block takes precedence. */
static bool
read_errors(
    struct provider_ctx *ctx, const struct provider_row *own, enum outcome *out)
{
	struct error e;
	enum outcome o;
	bool any = false;

	for (unsigned i = 0; i < ERRORS_MAX && read_error(ctx->json, i, &e);
	     i++) {
		if (i == 0)
			provider_set_detail(ctx, "code", e.code, e.text);
		o = provider_outcome_from_code(
		    common_rows, e.code, OUTCOME_COUNT);
		if (own != NULL)
			o = provider_outcome_from_code(own, e.code, o);
		if (o == OUTCOME_COUNT || (any && o != OUTCOME_FRAUD))
			continue;
		any = true;
		*out = o;
		provider_set_detail(ctx, "code", e.code, e.text);
	}
	return any;
}

bool
telnyx_read_error(struct provider_ctx *ctx, const struct provider_row *own,
    enum outcome (*by_status)(long status), enum outcome *out)
{
	if (ctx->reply->status == 200 && json_is_absent(ctx->json, "errors"))
		return false;
	provider_set_detail(ctx, "code", "", "");
	if (ctx->json == NULL || !read_errors(ctx, own, out))
		*out = by_status(ctx->reply->status);
	return true;
}
