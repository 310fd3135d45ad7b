/* SPDX-License-Identifier: BSD-2-Clause */
/* The legacy Authy API: users, codes, pushes, the probe. Meaning of replies:
 * docs/provider-outcomes.md, "Authy". Vendor's documents: Authy API, "One-Time
 * Passwords", "Push Authentications", "Users" and "Return and Error Codes". A
 * token belongs to a user, not to a verification, so authy_id is used as its
 * id. Token and user id become parts of a path, so both must be digits. Without
 * force=true the vendor sends nothing to users who have the app, and accepts
 * any token of a user who has never entered one. */
#include "helper/providers/twilio/twilio.h"

#include <time.h>

#define VALUE_MAX 120 /* the vendor's client cuts texts at 200 */

/* Members of a reply; "" and false if missing or of a type that the vendor does
 * not use. */
struct authy_reply {
	bool success;  /* true, or the text "true" */
	bool ignored;  /* true, or the text "true": nothing was sent */
	char code[16]; /* error_code */
	char token[32];
	char text[512]; /* message */
};

/* true, or the text "true"; the vendor uses both. */
static bool
read_true(const struct json *json, const char *path)
{
	bool value = false;

	if (json_bool(json, path, &value) == JSON_OK)
		return value;
	return json_equals(json, path, "true");
}

static void
authy_read(struct provider_ctx *ctx, struct authy_reply *a)
{
	memset(a, 0, sizeof(*a));
	a->success = read_true(ctx->json, "success");
	a->ignored = read_true(ctx->json, "ignored");
	/* a code that is not a text must not look like "", which means no
	 * error */
	if (ctx->json != NULL &&
	    json_text(ctx->json, "error_code", a->code, sizeof(a->code)) ==
		JSON_BAD)
		memcpy(a->code, "?", 2);
	JSON_TO(a->token, ctx->json, "token");
	JSON_TO(a->text, ctx->json, "message");
	if (a->code[0] != '\0')
		provider_set_detail(ctx, "error_code", a->code, a->text);
	else if (a->token[0] != '\0')
		provider_set_detail(ctx, "token", a->token, a->text);
	else
		provider_set_detail(
		    ctx, "success", a->success ? "true" : "", a->text);
}

static bool
id_is_valid(const char *id)
{
	return text_has_only(id, TEXT_DIGITS) && strlen(id) <= AUTHY_ID_MAX;
}

static void
authy_set_auth(const struct provider_ctx *ctx, struct http_request *req)
{
	req->auth_header = "X-Authy-API-Key"; /* not in the visible query */
	req->auth_secret = &ctx->conf->secret[AUTHY_API_KEY];
	if (req->auth_secret->len == 0)
		req->failed = true;
}

/* The vendor writes a user's id as a number or as a text, depending on the
 * call; id is "" if it is missing or invalid. */
static void
read_authy_id(
    const struct json *json, const char *path, char id[AUTHY_ID_MAX + 1])
{
	char text[24] = "";
	int64_t number;

	if (json_integer(json, path, &number) == JSON_OK)
		PRINT_TO(text, "%lld", (long long)number);
	else
		JSON_TO(text, json, path);
	(void)snprintf(id, AUTHY_ID_MAX + 1, "%.16s",
	    id_is_valid(text) && text[0] != '0' ? text : "");
}

/* For "User Status": an unknown user is 60026, but only if the key was
 * accepted. */
static const struct provider_row authy_probe_rows[] = {
	{ OUTCOME_CONFIG, "60001" },
	{ OUTCOME_THROTTLE, "60003" },
	{ OUTCOME_OK, "60026" },
	{ 0 },
};

static enum outcome
authy_probe_reply(struct provider_ctx *ctx)
{
	struct authy_reply a;

	authy_read(ctx, &a);
	if (ctx->reply->status == 200 && a.success)
		return OUTCOME_OK;
	return provider_outcome_from_code(authy_probe_rows, a.code,
	    outcome_from_http_start(ctx->reply->status));
}

static void
form_detail(struct http_request *req, const char *label, const char *value)
{
	char name[32], cut[VALUE_MAX + 1];

	if (value[0] == '\0')
		return;
	PRINT_TO(name, "details[%s]", label);
	PRINT_TO(cut, "%.*s", VALUE_MAX, value);
	http_put_form(req, name, cut);
}

static void
push_request(const struct provider_ctx *ctx, struct http_request *req)
{
	char message[VALUE_MAX + 1], time[32];
	const time_t wall = (time_t)ctx->wall;
	struct tm tm;

	http_request_init(req, HTTP_POST,
	    "/onetouch/json/users/%.16s/approval_requests", ctx->account);
	PRINT_TO(message, "%s: sign in to %.64s?", ctx->brand, ctx->host);
	http_put_form(req, "message", message);
	form_detail(req, "Number", ctx->push_digits);
	form_detail(req, "Host", ctx->host);
	form_detail(req, "Account", ctx->user);
	form_detail(req, "Service", ctx->service);
	form_detail(req, "Address", ctx->address);
	/* in UTC, because the phone may be in any time zone */
	if (gmtime_r(&wall, &tm) == NULL ||
	    strftime(time, sizeof(time), "%Y-%m-%d %H:%M:%S UTC", &tm) == 0)
		req->failed = true;
	else
		form_detail(req, "Time", time);
	if (ctx->conf->text[AUTHY_LOGO] != NULL) {
		http_put_form(req, "logos[][res]", "default");
		http_put_form(req, "logos[][url]", ctx->conf->text[AUTHY_LOGO]);
	}
	/* 0 would mean a request that never ends */
	if (ctx->life_s <= 0)
		req->failed = true;
	http_put_form_number(req, "seconds_to_expire", ctx->life_s);
}

static void
authy_poll_request(const struct provider_ctx *ctx, struct http_request *req)
{
	if (uuid_is_valid(ctx->request_id) && id_is_valid(ctx->account))
		http_request_init(req, HTTP_GET,
		    "/onetouch/json/approval_requests/%s", ctx->request_id);
}

static bool
push_matches(const struct provider_ctx *ctx)
{
	char user[AUTHY_ID_MAX + 1];

	read_authy_id(ctx->json, "approval_request._authy_id", user);
	return json_equals(
		   ctx->json, "approval_request.uuid", ctx->request_id) &&
	    uuid_is_valid(ctx->request_id) && user[0] != '\0' &&
	    strcmp(user, ctx->account) == 0;
}

static enum outcome
push_outcome(struct provider_ctx *ctx, const char *status)
{
	if (strcmp(status, "approved") == 0)
		return ctx->past_deadline ? OUTCOME_EXPIRED : OUTCOME_OK;
	if (strcmp(status, "pending") == 0)
		return OUTCOME_LATER;
	if (strcmp(status, "expired") == 0)
		return OUTCOME_EXPIRED;
	ctx->told.refused = strcmp(status, "denied") == 0;
	return OUTCOME_DENY;
}

/* Reading can be repeated without harm: after a failure, throttling or a reply
 * without status, poll again. */
static enum outcome
poll_failure(struct provider_ctx *ctx)
{
	struct authy_reply a;
	enum outcome o = outcome_from_http_check(ctx->reply->status);

	authy_read(ctx, &a);
	if (strcmp(a.code, "60003") == 0 || o == OUTCOME_THROTTLE)
		return OUTCOME_TRANSIENT;
	return o;
}

/* All conditions for OUTCOME_OK: the reply must be about the request and user
 * of ctx. */
static enum outcome
authy_poll_reply(struct provider_ctx *ctx)
{
	char status[32];

	JSON_TO(status, ctx->json, "approval_request.status");
	if (ctx->reply->status != 200 || status[0] == '\0')
		return poll_failure(ctx);
	provider_set_detail(ctx, "status", status, "");
	if (!read_true(ctx->json, "success") || !push_matches(ctx))
		return OUTCOME_DENY;
	return push_outcome(ctx, status);
}

static void
authy_start_request(const struct provider_ctx *ctx, struct http_request *req)
{
	if (!id_is_valid(ctx->account))
		return;
	if (ctx->method == METHOD_PUSH)
		push_request(ctx, req);
	else if (ctx->method == METHOD_SMS || ctx->method == METHOD_VOICE)
		http_request_init(req, HTTP_GET,
		    "/protected/json/%s/%.16s?force=true",
		    provider_channel(ctx->method), ctx->account);
}

static void
authy_check_request(const struct provider_ctx *ctx, struct http_request *req)
{
	/* the verification is the user's; for the app's token "" at first */
	const bool own = strcmp(ctx->request_id, ctx->account) == 0 ||
	    (ctx->method == METHOD_TOTP && ctx->request_id[0] == '\0');

	if (id_is_valid(ctx->account) && own &&
	    provider_code_is_valid(ctx->conf, ctx->typed))
		http_request_init(req, HTTP_GET,
		    "/protected/json/verify/%.10s/%.16s?force=true", ctx->typed,
		    ctx->account);
}

/* Error codes of all calls except the token check. 60000 also comes with HTTP
 * 503, for a suspended user or a call that the account does not have: this must
 * not count as an outage. 60026: no such user; 60027: the number or, at the
 * registration, the address. */
static const struct provider_row authy_start_rows[] = {
	{ OUTCOME_ACCOUNT, "60000" },
	{ OUTCOME_CONFIG, "60001 60002 60004 60026" },
	{ OUTCOME_THROTTLE, "60003" },
	{ OUTCOME_NUMBER, "60027 60033 60082 60083" },
	{ 0 },
};

/* Returns true if the vendor did what was requested, else sets the outcome. */
static bool
call_succeeded(
    struct provider_ctx *ctx, struct authy_reply *a, enum outcome *otherwise)
{
	authy_read(ctx, a);
	*otherwise = provider_outcome_from_code(authy_start_rows, a->code,
	    outcome_from_http_start(ctx->reply->status));
	return ctx->reply->status == 200 && a->success && a->code[0] == '\0';
}

static enum outcome
authy_start_reply(struct provider_ctx *ctx)
{
	struct authy_reply a;
	enum outcome otherwise;

	if (!call_succeeded(ctx, &a, &otherwise))
		return otherwise;
	if (ctx->method == METHOD_PUSH)
		return provider_read_request_id(ctx, "approval_request.uuid");
	/* despite force=true: an error of the account's settings */
	if (a.ignored)
		return OUTCOME_CONFIG;
	if (!id_is_valid(ctx->account))
		return OUTCOME_TRANSIENT;
	/* the vendor identifies a code by its user alone */
	PRINT_TO(ctx->request_id, "%s", ctx->account);
	return OUTCOME_OK;
}

/* "Add a User": a new user, or the one who has this number already. A message
 * with a link to the app would cost money, so it is switched off. */
static void
authy_register_request(const struct provider_ctx *ctx, struct http_request *req)
{
	char country[8];
	size_t len;

	if (!phone_is_valid(ctx->phone) || !email_is_valid(ctx->email))
		return;
	len = phone_country_len(ctx->phone);
	http_request_init(req, HTTP_POST, "/protected/json/users/new");
	PRINT_TO(country, "%.*s", (int)len, ctx->phone + 1);
	http_put_form(req, "user[email]", ctx->email);
	http_put_form(req, "user[cellphone]", ctx->phone + 1 + len);
	http_put_form(req, "user[country_code]", country);
	http_put_form(req, "send_install_link_via_sms", "false");
}

static enum outcome
authy_register_reply(struct provider_ctx *ctx)
{
	struct authy_reply a;
	enum outcome otherwise;

	if (!call_succeeded(ctx, &a, &otherwise))
		return otherwise;
	read_authy_id(ctx->json, "user.id", ctx->request_id);
	return ctx->request_id[0] != '\0' ? OUTCOME_OK : OUTCOME_TRANSIENT;
}

/* HTTP 401 means a wrong token or a wrong API key. Only a reply that mentions
 * the token counts as a wrong token. */
static bool
token_is_wrong(const struct http_reply *reply, const struct authy_reply *a)
{
	if (reply->status != 401 || a->success ||
	    strcmp(a->token, "is valid") == 0)
		return false;
	if (a->code[0] == '\0')
		return strcmp(a->token, "is invalid") == 0;
	return strcmp(a->code, "60019") == 0 || strcmp(a->code, "60020") == 0;
}

/* With any other 401 the token may have been checked: DENY counts as a try,
 * CONFIG would not. */
static const struct provider_row authy_check_rows[] = {
	{ OUTCOME_CONFIG, "60001" },
	{ OUTCOME_THROTTLE, "60003" },
	{ 0 },
};

static enum outcome
authy_check_reply(struct provider_ctx *ctx)
{
	struct authy_reply a;

	authy_read(ctx, &a);
	/* all conditions; success is a text here, true would mean the same */
	if (ctx->reply->status == 200 && strcmp(a.token, "is valid") == 0 &&
	    a.success && a.code[0] == '\0')
		return OUTCOME_OK;
	if (token_is_wrong(ctx->reply, &a))
		return ctx->past_deadline ? OUTCOME_EXPIRED : OUTCOME_WRONG;
	return provider_outcome_from_code(authy_check_rows, a.code,
	    ctx->reply->status == 401 ||
		    (ctx->reply->status == 200 && ctx->json != NULL)
		? OUTCOME_DENY
		: outcome_from_http_check(ctx->reply->status));
}

const struct provider_ops authy_ops = {
	.type = &authy_type,
	.auth = authy_set_auth,
	.call = {
		[CALL_START] = { authy_start_request, authy_start_reply, NULL },
		[CALL_CHECK] = { authy_check_request, authy_check_reply, NULL },
		[CALL_POLL] = { authy_poll_request, authy_poll_reply, NULL },
		[CALL_REGISTER] = { authy_register_request, authy_register_reply, NULL },
		[CALL_PROBE] = { NULL, authy_probe_reply,
		    "GET /protected/json/users/1/status" },
	},
};
