/* SPDX-License-Identifier: BSD-2-Clause */
/* The legacy Authy API: users, codes, pushes, the probe. What replies mean:
 * docs/provider-outcomes.md, "Authy". */
#include "helper/providers/twilio/twilio.h"

#include <time.h>

/* Common to all replies of the legacy Authy API. */

/* The members that are judged or logged; "" and false when absent or of a type
 * that the vendor does not use. */
struct authy_reply {
	bool readable; /* one strict JSON object */
	bool success;  /* true, or the text "true" */
	bool ignored;  /* true, or the text "true": nothing was sent */
	char code[16]; /* error_code */
	char token[32];
	char text[512]; /* message */
};

/* true, or the text "true"; the vendor uses both. */
static bool
authy_true(const struct json *json, const char *path)
{
	bool value = false;

	if (json_bool(json, path, &value) == JSON_OK)
		return value;
	return json_equals(json, path, "true");
}

/* The outcome of the row with this error code, else otherwise. */
static enum outcome
authy_outcome(const struct provider_row *rows, const struct authy_reply *a,
    enum outcome otherwise)
{
	rows = provider_row_find(rows, a->code);
	return rows->codes != NULL ? rows->outcome : otherwise;
}

static void
authy_detail(struct provider_ctx *ctx, const struct http_reply *reply,
    const struct authy_reply *a)
{
	if (a->code[0] != '\0')
		provider_set_detail(
		    ctx, reply->status, "error_code", a->code, a->text);
	else if (a->token[0] != '\0')
		provider_set_detail(
		    ctx, reply->status, "token", a->token, a->text);
	else
		provider_set_detail(ctx, reply->status, "success",
		    a->success ? "true" : "", a->text);
}

static void
authy_read(struct provider_ctx *ctx, const struct http_reply *reply,
    const struct json *json, struct authy_reply *a)
{
	memset(a, 0, sizeof(*a));
	a->readable = json != NULL;
	a->success = authy_true(json, "success");
	a->ignored = authy_true(json, "ignored");
	/* a code that is no text must not look like "", which is no error */
	if (a->readable &&
	    json_text(json, "error_code", a->code, sizeof(a->code)) == JSON_BAD)
		memcpy(a->code, "?", 2);
	JSON_TO(a->token, json, "token");
	JSON_TO(a->text, json, "message");
	authy_detail(ctx, reply, a);
}

#define DIGITS "0123456789"

/* True for digits, not longer than an id. */
static bool
id_valid(const char *id)
{
	return text_has_only(id, DIGITS) && strlen(id) <= AUTHY_ID_MAX;
}

/* An empty request with the key of ctx->conf; failed when the user's id has
 * other characters than digits. */
static void
authy_begin(const struct provider_ctx *ctx, enum http_method method,
    const char *path, struct http_request *req)
{
	http_request_init(req, method, path);
	req->auth_header = "X-Authy-API-Key"; /* not in the visible query */
	req->auth_secret = &ctx->conf->secret[AUTHY_API_KEY];
	if (req->auth_secret->len == 0 || !id_valid(ctx->authy_id))
		req->failed = true;
}

/* The vendor writes a user's id as a number here and as a text there; "" when
 * there is none. */
static void
read_id(const struct json *json, const char *path, char id[AUTHY_ID_MAX + 1])
{
	char text[24] = "";
	int64_t number;

	if (json_integer(json, path, &number) == JSON_OK)
		(void)snprintf(text, sizeof(text), "%lld", (long long)number);
	else
		JSON_TO(text, json, path);
	(void)snprintf(id, AUTHY_ID_MAX + 1, "%.16s",
	    id_valid(text) && text[0] != '0' ? text : "");
}

/* Does Authy accept our key? Vendor's document: Authy API, "User Status"; an
 * unknown user is error 60026, which comes only after the key was accepted. */

/* 60026: there is no such user */
static const struct provider_row authy_probe_rows[] = {
	{ OUTCOME_CONFIG, "60001" },
	{ OUTCOME_THROTTLE, "60003" },
	{ OUTCOME_OK, "60026" },
	{ OUTCOME_DENY, NULL },
};

static int
probe_request(const struct provider_ctx *ctx, struct http_request *req)
{
	struct provider_ctx anybody = *ctx;

	anybody.authy_id = "1";
	authy_begin(&anybody, HTTP_GET, "/protected/json/users/1/status", req);
	return http_request_status(req);
}

static enum outcome
probe_reply(struct provider_ctx *ctx, const struct http_reply *reply,
    const struct json *json)
{
	struct authy_reply a;

	authy_read(ctx, reply, json, &a);
	if (reply->status == 200 && a.readable && a.success)
		return OUTCOME_OK;
	return authy_outcome(
	    authy_probe_rows, &a, outcome_from_http_start(reply->status));
}

/*
 * OneTouch, the push of the legacy Authy API.
 *
 * Vendor's document: Authy API, "Push Authentications", approval requests. An
 * answer counts only for our own request and our user.
 */

#define PATH_MAX_LEN 128
#define VALUE_MAX 120 /* the vendor's own client cuts texts at 200 */

static void
form_detail(struct http_request *req, const char *label, const char *value)
{
	char name[32], cut[VALUE_MAX + 1];

	if (value[0] == '\0')
		return;
	(void)snprintf(name, sizeof(name), "details[%s]", label);
	(void)snprintf(cut, sizeof(cut), "%.*s", VALUE_MAX, value);
	http_put_form(req, name, cut);
}

/* In UTC, because the phone may be in any time zone. */
static void
form_time(struct http_request *req, int64_t wall)
{
	const time_t t = (time_t)wall;
	struct tm tm;
	char text[32];

	if (gmtime_r(&t, &tm) == NULL ||
	    strftime(text, sizeof(text), "%Y-%m-%d %H:%M:%S UTC", &tm) == 0)
		req->failed = true;
	else
		form_detail(req, "Time", text);
}

static int
push_request(const struct provider_ctx *ctx, struct http_request *req)
{
	char path[PATH_MAX_LEN], message[VALUE_MAX + 1], life[24];

	PRINT_TO(path, "/onetouch/json/users/%.16s/approval_requests",
	    ctx->authy_id);
	authy_begin(ctx, HTTP_POST, path, req);
	PRINT_TO(message, "%s: sign in to %.64s?", ctx->brand, ctx->host);
	http_put_form(req, "message", message);
	form_detail(req, "Number", ctx->push_digits);
	form_detail(req, "Host", ctx->host);
	form_detail(req, "Account", ctx->user);
	form_detail(req, "Service", ctx->service);
	form_detail(req, "Address", ctx->address);
	form_time(req, ctx->wall);
	if (ctx->conf->text[AUTHY_LOGO] != NULL) {
		http_put_form(req, "logos[][res]", "default");
		http_put_form(req, "logos[][url]", ctx->conf->text[AUTHY_LOGO]);
	}
	/* 0 would be a request that never ends */
	if (ctx->life_s <= 0)
		req->failed = true;
	(void)snprintf(life, sizeof(life), "%lld", (long long)ctx->life_s);
	http_put_form(req, "seconds_to_expire", life);
	return http_request_status(req);
}

static int
authy_poll_request(const struct provider_ctx *ctx, struct http_request *req)
{
	char path[PATH_MAX_LEN];

	if (!uuid_is_valid(ctx->request_id))
		return http_request_invalidate(req);
	PRINT_TO(path, "/onetouch/json/approval_requests/%s", ctx->request_id);
	authy_begin(ctx, HTTP_GET, path, req);
	return http_request_status(req);
}

static bool
is_our_request(const struct provider_ctx *ctx, const struct json *json)
{
	char user[AUTHY_ID_MAX + 1];

	read_id(json, "approval_request._authy_id", user);
	return json_equals(json, "approval_request.uuid", ctx->request_id) &&
	    uuid_is_valid(ctx->request_id) && user[0] != '\0' &&
	    strcmp(user, ctx->authy_id) == 0;
}

static enum outcome
judge_status(struct provider_ctx *ctx, const char *status)
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

/* Reading can be repeated without harm: ask again after a failure, throttling
 * or a reply without status. */
static enum outcome
judge_failure(struct provider_ctx *ctx, const struct http_reply *reply,
    const struct json *json)
{
	struct authy_reply a;
	enum outcome o = outcome_from_http_check(reply->status);

	authy_read(ctx, reply, json, &a);
	if (strcmp(a.code, "60003") == 0 || o == OUTCOME_THROTTLE)
		return OUTCOME_TRANSIENT;
	return o;
}

/* All conditions for a yes. */
static enum outcome
authy_poll_reply(struct provider_ctx *ctx, const struct http_reply *reply,
    const struct json *json)
{
	char status[32];

	JSON_TO(status, json, "approval_request.status");
	if (reply->status != 200 || status[0] == '\0')
		return judge_failure(ctx, reply, json);
	provider_set_detail(ctx, 200, "status", status, "");
	if (!authy_true(json, "success") || !is_our_request(ctx, json))
		return OUTCOME_DENY;
	return judge_status(ctx, status);
}

/*
 * The legacy Authy API: builds requests, reads replies.
 *
 * Vendor's documents: Authy API, "One-Time Passwords", "Push Authentications"
 * and "Return and Error Codes". A token belongs to a user of the vendor's, not
 * to a verification, so authy_id is used as its id. Token and user id become
 * parts of a path, so both must be digits. Without force=true the vendor sends
 * nothing to users who have the app, and accepts any token of a user who has
 * never entered one.
 */

static int
send_request(
    const struct provider_ctx *ctx, const char *way, struct http_request *req)
{
	char path[PATH_MAX_LEN];

	PRINT_TO(
	    path, "/protected/json/%s/%.16s?force=true", way, ctx->authy_id);
	authy_begin(ctx, HTTP_GET, path, req);
	return http_request_status(req);
}

static int
start_request(const struct provider_ctx *ctx, struct http_request *req)
{
	if (ctx->method == METHOD_PUSH)
		return push_request(ctx, req);
	if (ctx->method == METHOD_SMS)
		return send_request(ctx, "sms", req);
	if (ctx->method == METHOD_VOICE)
		return send_request(ctx, "call", req);
	return http_request_invalidate(req);
}

/* The verification must belong to our user; for the app's token it is empty at
 * first. */
static bool
id_fits(const struct provider_ctx *ctx)
{
	if (ctx->method == METHOD_TOTP && ctx->request_id[0] == '\0')
		return true;
	return strcmp(ctx->request_id, ctx->authy_id) == 0;
}

static int
authy_check_request(
    const struct provider_ctx *ctx, const char *code, struct http_request *req)
{
	char path[PATH_MAX_LEN];

	if (!id_fits(ctx) || !provider_code_is_valid(ctx->conf, code))
		return http_request_invalidate(req);
	PRINT_TO(path, "/protected/json/verify/%.10s/%.16s?force=true", code,
	    ctx->authy_id);
	authy_begin(ctx, HTTP_GET, path, req);
	explicit_bzero(path, sizeof(path));
	return http_request_status(req);
}

/* Error codes of all calls except the token check. 60000 comes also with HTTP
 * 503: a suspended user, or a call that the account does not have. This must
 * not count as an outage. 60026: there is no such user; 60027: the number or,
 * at the registration, the address. */
static const struct provider_row authy_start_rows[] = {
	{ OUTCOME_ACCOUNT, "60000" },
	{ OUTCOME_CONFIG, "60001 60002 60004 60026" },
	{ OUTCOME_THROTTLE, "60003" },
	{ OUTCOME_NUMBER, "60027 60033 60082 60083" },
	{ OUTCOME_DENY, NULL },
};

/* The vendor identifies a code by its user alone, so that is our id. A message
 * that it ignored despite force=true is an error of the account's settings. */
static enum outcome
judge_sent(struct provider_ctx *ctx, const struct authy_reply *a)
{
	if (a->ignored)
		return OUTCOME_CONFIG;
	if (!id_valid(ctx->authy_id))
		return OUTCOME_TRANSIENT;
	PRINT_TO(ctx->request_id, "%s", ctx->authy_id);
	return OUTCOME_OK;
}

/* Did it do what it was asked for? Else what that means. */
static bool
authy_done(struct provider_ctx *ctx, const struct http_reply *reply,
    const struct json *json, struct authy_reply *a, enum outcome *otherwise)
{
	authy_read(ctx, reply, json, a);
	*otherwise = authy_outcome(
	    authy_start_rows, a, outcome_from_http_start(reply->status));
	return reply->status == 200 && a->success && a->code[0] == '\0';
}

static enum outcome
start_reply(struct provider_ctx *ctx, const struct http_reply *reply,
    const struct json *json)
{
	struct authy_reply a;
	enum outcome otherwise;

	if (!authy_done(ctx, reply, json, &a, &otherwise))
		return otherwise;
	return ctx->method == METHOD_PUSH
	    ? provider_read_id(ctx, json, "approval_request.uuid")
	    : judge_sent(ctx, &a);
}

/* A new user, or the one who has this number already. Vendor's document: Authy
 * API, "Users", Add a User. A message with a link to the app would cost
 * money. */

static int
register_request(const struct provider_ctx *ctx, struct http_request *req)
{
	struct provider_ctx anybody = *ctx;
	char country[8];
	size_t len;

	if (!phone_is_valid(ctx->phone) || !email_is_valid(ctx->email))
		return http_request_invalidate(req);
	len = phone_country_len(ctx->phone);
	anybody.authy_id = "1"; /* there is none yet */
	authy_begin(&anybody, HTTP_POST, "/protected/json/users/new", req);
	PRINT_TO(country, "%.*s", (int)len, ctx->phone + 1);
	http_put_form(req, "user[email]", ctx->email);
	http_put_form(req, "user[cellphone]", ctx->phone + 1 + len);
	http_put_form(req, "user[country_code]", country);
	http_put_form(req, "send_install_link_via_sms", "false");
	return http_request_status(req);
}

static enum outcome
register_reply(struct provider_ctx *ctx, const struct http_reply *reply,
    const struct json *json)
{
	struct authy_reply a;
	enum outcome otherwise;

	if (!authy_done(ctx, reply, json, &a, &otherwise))
		return otherwise;
	read_id(json, "user.id", ctx->request_id);
	return ctx->request_id[0] != '\0' ? OUTCOME_OK : OUTCOME_TRANSIENT;
}

/* HTTP 401 means a wrong token or a wrong API key. Only a reply that names the
 * token counts as a wrong token. */
static bool
authy_wrong(const struct http_reply *reply, const struct authy_reply *a)
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
	{ OUTCOME_DENY, NULL },
};

static enum outcome
check_reply(struct provider_ctx *ctx, const struct http_reply *reply,
    const struct json *json)
{
	struct authy_reply a;

	authy_read(ctx, reply, json, &a);
	/* all conditions; success is a text here, a bool would mean the same */
	if (reply->status == 200 && strcmp(a.token, "is valid") == 0 &&
	    a.success && a.code[0] == '\0')
		return OUTCOME_OK;
	if (authy_wrong(reply, &a))
		return ctx->past_deadline ? OUTCOME_EXPIRED : OUTCOME_WRONG;
	return authy_outcome(authy_check_rows, &a,
	    reply->status == 401 || (reply->status == 200 && a.readable)
		? OUTCOME_DENY
		: outcome_from_http_check(reply->status));
}

const struct provider_ops authy_ops = {
	.type = &authy_type,
	.check_request = authy_check_request,
	.call = {
		[CALL_START] = { start_request, start_reply },
		[CALL_CHECK] = { NULL, check_reply },
		[CALL_POLL] = { authy_poll_request, authy_poll_reply },
		[CALL_REGISTER] = { register_request,
		    register_reply },
		[CALL_PROBE] = { probe_request, probe_reply },
	},
};
