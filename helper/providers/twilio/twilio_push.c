/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Twilio Verify v2, push: a challenge to the user's app, and its answer;
 * enrolment of an app by a token, and the list of enrolled apps.
 *
 * Vendor's document: twilio_verify_v2 (OpenAPI), operations CreateChallenge,
 * FetchChallenge, CreateAccessToken and ListFactor. A challenge cannot be
 * cancelled, so its ExpirationDate is the end of the login's wait.
 */
#include "helper/providers/twilio/twilio.h"

#include <time.h>

#define TTL_S "300"       /* CreateAccessToken, Ttl: the maximum */
#define FACTORS_A_PAGE 50 /* PageSize of Twilio's ListFactor */
#define INVALID_PARAMETER 60200
#define LIFE_MAX_S 3600 /* CreateChallenge, ExpirationDate */
#define MESSAGE_MAX 256 /* Details.Message */
#define VALUE_MAX 128   /* of a text in Details.Fields, HiddenDetails */
#define TOKEN_BYTES TEXT_ALNUM "-_.~+/="

_Static_assert(FACTORS_A_PAGE == ENROLMENT_FACTORS_MAX, "a page fits");

static void
twilio_token_request(const struct provider_ctx *ctx, struct http_request *req)
{
	provider_put_request(ctx,
	    "POST " TWILIO_SERVICE
	    "/AccessTokens Identity=%identity%&FactorType=push",
	    twilio_value, req);
	/* the name shown by the app; nothing personal */
	if (ctx->host[0] != '\0')
		http_put_form(req, "FactorFriendlyName", ctx->host);
	http_put_form(req, "Ttl", TTL_S);
}

static enum outcome
twilio_token_reply(struct provider_ctx *ctx)
{
	struct enrolment *e = ctx->enrolment;
	struct twilio_answer a;

	twilio_read_reply(ctx, &a);
	e->token[0] = '\0';
	if ((ctx->reply->status != 200 && ctx->reply->status != 201) ||
	    a.code != 0 || !twilio_service_matches(ctx))
		return twilio_start_error(ctx, &a);
	if (json_equals(ctx->json, "factor_type", "push") &&
	    json_equals(ctx->json, "entity_identity", ctx->identity) &&
	    json_text(ctx->json, "token", e->token, sizeof(e->token)) ==
		JSON_OK &&
	    text_has_only(e->token, TOKEN_BYTES))
		return OUTCOME_OK;
	explicit_bzero(e->token, sizeof(e->token));
	return OUTCOME_TRANSIENT;
}

static void
factor_path(char path[32], size_t n, const char *name)
{
	(void)snprintf(path, 32, "factors.%zu.%s", n, name);
}

static bool
is_enrolled(const struct provider_ctx *ctx, size_t n)
{
	const char *service = ctx->conf->text[TWILIO_SERVICE_SID];
	char status[32], type[32], identity[32], owner[32];

	factor_path(status, n, "status");
	factor_path(type, n, "factor_type");
	factor_path(identity, n, "identity");
	factor_path(owner, n, "service_sid");
	return service != NULL && json_equals(ctx->json, status, "verified") &&
	    json_equals(ctx->json, type, "push") &&
	    json_equals(ctx->json, identity, ctx->identity) &&
	    json_equals(ctx->json, owner, service);
}

/* Reads the whole list. Returns -1 if it is not a list. */
static int
read_factor_list(const struct provider_ctx *ctx, struct enrolment *e)
{
	char path[32], *sid;
	enum json_result has;

	for (size_t n = 0; n <= FACTORS_A_PAGE; n++) {
		if (e->factors == ENROLMENT_FACTORS_MAX)
			return 0;
		sid = e->factor[e->factors];
		factor_path(path, n, "sid");
		has = json_text(ctx->json, path, sid, sizeof(e->factor[0]));
		if (has != JSON_OK)
			return has == JSON_ABSENT ? 0 : -1;
		if (twilio_sid_is_valid(sid, "YF") && is_enrolled(ctx, n))
			e->factors++;
	}
	return -1;
}

static enum outcome
twilio_factors_reply(struct provider_ctx *ctx)
{
	struct twilio_answer a;

	twilio_read_reply(ctx, &a);
	ctx->enrolment->factors = 0;
	/* an identity exists only with a factor */
	if (ctx->reply->status == 404)
		return OUTCOME_OK;
	if (ctx->reply->status != 200 || a.code != 0)
		return twilio_start_error(ctx, &a);
	return read_factor_list(ctx, ctx->enrolment) == 0 ? OUTCOME_OK
							  : OUTCOME_TRANSIENT;
}

static void
form_object(struct http_request *req, const char *name,
    const char *const key[2], const char *first, const char *second)
{
	struct http_request json = { .body_len = 0 };
	char text[2][VALUE_MAX + 1];

	text_copy_ascii(text[0], sizeof(text[0]), first);
	text_copy_ascii(text[1], sizeof(text[1]), second);
	http_put_json(&json, "{%s:%s,%s:%s}", key[0], text[0], key[1], text[1]);
	http_put_form(req, name, json.body);
}

/* Details.Fields: the key occurs in the form once for each JSON object. */
static void
form_field(struct http_request *req, const char *label, const char *value)
{
	static const char *const keys[] = { "label", "value" };

	if (value[0] != '\0')
		form_object(req, "Details.Fields", keys, label, value);
}

/* Returns false if the end cannot be written as a time or the vendor would not
 * accept life_s. */
static bool
find_end(const struct provider_ctx *ctx, struct tm *end)
{
	time_t wall;

	if (ctx->wall <= 0 || ctx->wall > INT64_MAX - LIFE_MAX_S ||
	    ctx->life_s <= 0 || ctx->life_s > LIFE_MAX_S)
		return false;
	wall = (time_t)(ctx->wall + ctx->life_s);
	return gmtime_r(&wall, end) != NULL;
}

static void
twilio_push_start_request(
    const struct provider_ctx *ctx, struct http_request *req)
{
	static const char *const hidden[] = { "ip", "login" };
	char time[DAY_TIME_MAX], message[MESSAGE_MAX + 1], text[64];
	struct tm end;

	if (ctx->method != METHOD_PUSH || !find_end(ctx, &end))
		return;
	provider_put_request(ctx,
	    "POST " TWILIO_ENTITY "/Challenges FactorSid=%factor%",
	    twilio_value, req);
	PRINT_TO(message, "%s: sign in to %s?", ctx->brand, ctx->host);
	http_put_form(req, "Details.Message", message);
	form_field(req, "Host", ctx->host);
	form_field(req, "Account", ctx->user);
	form_field(req, "Service", ctx->service);
	form_field(req, "Address", ctx->address);
	day_time_text(ctx->wall, time);
	form_field(req, "Time", time);
	form_field(req, "Number", ctx->push_digits);
	/* details that the app may log, but does not show */
	form_object(req, "HiddenDetails", hidden, ctx->address, ctx->nonce);
	(void)strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%SZ", &end);
	http_put_form(req, "ExpirationDate", text);
}

static enum outcome
twilio_push_start_reply(struct provider_ctx *ctx)
{
	struct twilio_answer a;

	twilio_read_reply(ctx, &a);
	if (!twilio_reply_is_success(ctx, &a)) {
		/* only the end depends on the clock of this host */
		if (a.code == INVALID_PARAMETER &&
		    strstr(a.message, "ExpirationDate") != NULL)
			PRINT_APPEND(
			    ctx->detail, " (is this host's clock right?)");
		return twilio_start_error(ctx, &a);
	}
	if (strcmp(a.status, "pending") != 0 ||
	    !twilio_sid_is_valid(a.sid, "YC") ||
	    !twilio_challenge_matches(ctx, "push"))
		return OUTCOME_TRANSIENT;
	memcpy(ctx->request_id, a.sid, sizeof(a.sid));
	return OUTCOME_OK;
}

/* Error replies. Poll again if the error may pass; otherwise end, because the
 * challenge existed a second ago. */
static enum outcome
poll_error(struct provider_ctx *ctx, const struct twilio_answer *a)
{
	const enum outcome o = twilio_check_error(ctx, a);

	if (o == OUTCOME_THROTTLE || o == OUTCOME_TRANSIENT ||
	    o == OUTCOME_STALLED) {
		ctx->told.per_number = false;
		return OUTCOME_TRANSIENT;
	}
	/* "not found" does not mean expired: the user may have rejected the
	 * push */
	if (o == OUTCOME_EXPIRED && ctx->reply->status != 404)
		return OUTCOME_EXPIRED;
	/* a push has no code */
	ctx->told.wrong_codes = ctx->told.unevaluated = false;
	return OUTCOME_DENY;
}

/* All conditions for OUTCOME_OK. A rejection counts at any time. */
static enum outcome
twilio_poll_reply(struct provider_ctx *ctx)
{
	struct twilio_answer a;

	twilio_read_reply(ctx, &a);
	if (!twilio_reply_is_success(ctx, &a) || ctx->reply->status != 200)
		return poll_error(ctx, &a);
	if (!twilio_sid_is_valid(ctx->request_id, "YC") ||
	    strcmp(a.sid, ctx->request_id) != 0 ||
	    !twilio_challenge_matches(ctx, "push"))
		return OUTCOME_DENY;
	if (strcmp(a.status, "denied") == 0) {
		ctx->told.refused = true;
		return OUTCOME_DENY;
	}
	if (strcmp(a.status, "expired") == 0 || ctx->past_deadline)
		return OUTCOME_EXPIRED;
	if (strcmp(a.status, "pending") == 0)
		return OUTCOME_LATER;
	return strcmp(a.status, "approved") == 0 ? OUTCOME_OK : OUTCOME_DENY;
}

const struct provider_ops twilio_push_ops = {
	.type = &twilio_push_type,
	.value = twilio_value,
	.auth = twilio_set_auth,
	.call = {
		[CALL_START] = { twilio_push_start_request, twilio_push_start_reply, NULL },
		[CALL_POLL] = { NULL, twilio_poll_reply,
		    "GET " TWILIO_ENTITY "/Challenges/%challenge%" },
		[CALL_TOKEN] = { twilio_token_request, twilio_token_reply, NULL },
		[CALL_FACTORS] = { NULL, twilio_factors_reply,
		    "GET " TWILIO_ENTITY "/Factors?PageSize=" TEXT_NUMBER(FACTORS_A_PAGE) },
		[CALL_PROBE] = { NULL, twilio_probe_reply, TWILIO_PROBE },
	},
};
