/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * OpenID Connect with the device flow (RFC 8628), which the user approves on a
 * page of the identity provider, or with CIBA (Core 1.0, poll mode), which asks
 * the user's phone: the start, and the polls for its answer, of which only a
 * valid ID token of the user's account is a yes. A request cannot be cancelled:
 * its secret is wiped, so it cannot be redeemed.
 */
#include "helper/providers/oidc/oidc.h"

#define INTERVAL_S 5      /* RFC 8628, 3.2: the default */
#define INTERVAL_MAX_S 30 /* more would leave a login no second poll */
#define WAIT_MAX_S 60
#define EXPIRES_MIN_S 30
#define WORD_MAX 64
#define ASSERTION_LIFE_S 60
#define BINDING_MAX 20 /* some refuse longer messages, and blanks */
#define HOST_BYTES TEXT_ALNUM ".-"

/* The words of both flows for the same things, by oidc_is_ciba(). */
static const struct {
	const char *grant, *secret;
} flows[] = {
	[false] = { "urn:ietf:params:oauth:grant-type:device_code",
	    "device_code" },
	[true] = { "urn:openid:params:grant-type:ciba", "auth_req_id" },
};

/* The client's key signs each request's own token (RFC 7523, 3; OpenID Connect
 * Core 1.0, 9), so that no secret is sent. */
static void
put_assertion(struct oidc_memory *m, const struct provider_ctx *ctx,
    struct http_request *req)
{
	const struct provider_conf *p = ctx->conf;
	char claims[JWT_CLAIMS_MAX], token[HTTP_TOKEN_MAX + 1];

	PRINT_TO(claims,
	    "{\"iss\":\"%s\",\"sub\":\"%s\",\"aud\":\"%s\",\"jti\":\"%s\","
	    "\"iat\":%lld,\"exp\":%lld}",
	    p->text[OIDC_CLIENT_ID], p->text[OIDC_CLIENT_ID],
	    m->document.issuer, ctx->nonce, (long long)ctx->wall,
	    (long long)ctx->wall + ASSERTION_LIFE_S);
	req->failed |= http_auth_make_jwt(&p->key, p->text[OIDC_CLIENT_KEY_ID],
			   claims, token) != 0;
	http_put_form(req, "client_assertion_type",
	    "urn:ietf:params:oauth:client-assertion-type:jwt-bearer");
	http_put_form(req, "client_assertion", token);
	explicit_bzero(token, sizeof(token));
}

/* Credentials, and a form with them if the client has none for the header. */
static void
put_client(struct oidc_memory *m, const struct provider_ctx *ctx,
    struct http_request *req, bool names_client)
{
	const char *auth = ctx->conf->text[OIDC_CLIENT_AUTH];

	if (strcmp(auth, "basic") == 0) {
		req->auth_user = m->user;
		req->auth_secret = &m->secret;
		req->failed |=
		    !oidc_encode_client(m, ctx->conf) || m->secret.len == 0;
	}
	if (names_client || req->auth_user == NULL)
		http_put_form(
		    req, "client_id", ctx->conf->text[OIDC_CLIENT_ID]);
	if (strcmp(auth, "post") == 0)
		http_put_form(req, "client_secret",
		    ctx->conf->secret[OIDC_CLIENT_SECRET].b);
	if (strcmp(auth, "jwt") == 0)
		put_assertion(m, ctx, req);
}

/* An enrolment asks for the account's names, which the admin compares. */
static const char *
scope_of(const struct provider_ctx *ctx)
{
	const char *scope = ctx->conf->text[OIDC_SCOPE];

	return ctx->proved != NULL && strcmp(scope, "openid") == 0
	    ? "openid profile email"
	    : scope;
}

/* The phone shows the host, and the number that the prompt shows. */
static void
put_ciba(const struct provider_ctx *ctx, struct http_request *req)
{
	const char *hint = ctx->conf->text[OIDC_HINT];
	char text[BINDING_MAX + 1];

	PRINT_TO(text, "%.*s-%s", BINDING_MAX - 3, ctx->host, ctx->push_digits);
	if (!text_has_only(text, HOST_BYTES))
		PRINT_TO(text, "%s", ctx->push_digits);
	hint = strcmp(hint, "user") == 0 ? ctx->user : ctx->account;
	http_put_form(req, "login_hint", hint);
	http_put_form(req, "binding_message", text);
	http_put_form_number(req, "requested_expiry", ctx->life_s);
	req->failed |= hint[0] == '\0';
}

static void
put_freshness(const struct provider_ctx *ctx, struct http_request *req)
{
	const long age = ctx->conf->number[OIDC_MAX_AGE];

	if (age < 0)
		return;
	http_put_form_number(req, "max_age", age);
	http_put_form(req, "prompt", "login");
}

/* RFC 8628 has neither max_age, prompt nor acr_values. Where one is refused,
 * the token alone shows how fresh the user's proof is. */
static void
start_form(struct oidc_memory *m, const struct provider_ctx *ctx,
    struct http_request *req)
{
	http_request_init_url(req, HTTP_POST, m->document.start_url);
	put_client(m, ctx, req, !m->ciba);
	http_put_form(req, "scope", scope_of(ctx));
	if (ctx->open->plain)
		return;
	(m->ciba ? put_ciba : put_freshness)(ctx, req);
	if (ctx->conf->text[OIDC_ACR] != NULL)
		http_put_form(req, "acr_values", ctx->conf->text[OIDC_ACR]);
}

static void
oidc_start_request(const struct provider_ctx *ctx, struct http_request *req)
{
	struct oidc_memory *m = oidc_memory(ctx->conf);
	struct provider_open *open = ctx->open;

	if (m == NULL || open == NULL || oidc_document_request(m, ctx, req))
		return;
	open->step = PROVIDER_CALLS;
	open->asked = ctx->wall;
	PRINT_TO(open->handle, "%s", ctx->nonce);
	open->secret[0] = '\0';
	start_form(m, ctx, req);
}

/* A document has been read: if it is usable, the call itself follows. */
static enum outcome
next_request(struct provider_ctx *ctx, enum outcome o)
{
	ctx->told.more = o == OUTCOME_OK;
	return o == OUTCOME_OK ? OUTCOME_DENY : o;
}

static void
read_oauth_error(struct provider_ctx *ctx, char word[WORD_MAX])
{
	char text[128];

	(void)json_text(ctx->json, "error", word, WORD_MAX);
	JSON_TO(text, ctx->json, "error_description");
	provider_set_detail(ctx, "error", word, text);
}

/* A refused start is asked of no other provider: what is wrong with this one
 * would lead every login to a weaker one. */
static enum outcome
start_error(struct provider_ctx *ctx)
{
	char word[WORD_MAX];

	read_oauth_error(ctx, word);
	if (ctx->reply->status >= 500 || ctx->reply->status < 300)
		return OUTCOME_TRANSIENT;
	if (strcmp(word, "invalid_request") == 0 && !ctx->open->plain &&
	    !oidc_is_ciba(ctx->conf)) {
		ctx->open->plain = true;
		return next_request(ctx, OUTCOME_OK);
	}
	ctx->told.per_number = true;
	return ctx->reply->status == 429 ? OUTCOME_THROTTLE : OUTCOME_CONFIG;
}

static int64_t
read_interval(const struct json *json)
{
	int64_t s;

	if (json_integer(json, "interval", &s) == JSON_ABSENT)
		return INTERVAL_S;
	return s >= 1 && s <= INTERVAL_MAX_S ? s : -1;
}

/* Google says verification_url. */
static bool
read_shown(struct provider_ctx *ctx)
{
	struct provider_call_facts *t = &ctx->told;
	const char *key = "verification_uri";

	if (json_text(ctx->json, key, t->page, sizeof(t->page)) == JSON_ABSENT)
		key = "verification_url";
	JSON_TO(t->page, ctx->json, key);
	JSON_TO(t->user_code, ctx->json, "user_code");
	return provider_may_show(ctx->conf, t->page, t->user_code);
}

static void
set_next(struct provider_ctx *ctx)
{
	/* servers that count in whole seconds refuse a poll at the second */
	ctx->told.next_ms = (ctx->open->wait_s + 1) * 1000;
}

static enum outcome
oidc_start_reply(struct provider_ctx *ctx)
{
	struct oidc_memory *m = oidc_memory(ctx->conf);
	struct provider_open *open = ctx->open;
	int64_t expires = 0;

	if (m == NULL || open == NULL)
		return OUTCOME_DENY;
	if (open->step == PROVIDER_READS_KEYS)
		return next_request(ctx, oidc_keys_reply(m, ctx));
	if (open->step == PROVIDER_READS_DOCUMENT)
		return next_request(ctx, oidc_document_reply(m, ctx));
	if (ctx->reply->status != 200)
		return start_error(ctx);
	provider_set_detail(ctx, "start", "unreadable", "");
	if (json_text(ctx->json, flows[m->ciba].secret, open->secret,
		sizeof(open->secret)) != JSON_OK ||
	    open->secret[0] == '\0' ||
	    json_integer(ctx->json, "expires_in", &expires) != JSON_OK)
		return OUTCOME_TRANSIENT;
	open->wait_s = read_interval(ctx->json);
	/* CIBA's is what was asked for */
	if (expires < (m->ciba ? 1 : EXPIRES_MIN_S) || open->wait_s < 0 ||
	    (!m->ciba && !read_shown(ctx))) {
		provider_set_detail(ctx, "start", "unusable",
		    "verification_uri, user_code (see page), expires_in or "
		    "interval");
		/* the phone rings: not again and again, uncounted */
		return m->ciba ? OUTCOME_TRANSIENT : OUTCOME_CONFIG;
	}
	provider_set_detail(ctx, "start", "shown", "");
	set_next(ctx);
	PRINT_TO(ctx->request_id, "%s", open->handle);
	return OUTCOME_OK;
}

/* The handle is the login's own. After a new process took the place of the one
 * that had the secret, it fits none. */
static bool
is_open(const struct provider_ctx *ctx)
{
	return ctx->open != NULL && ctx->open->secret[0] != '\0' &&
	    strcmp(ctx->open->handle, ctx->request_id) == 0;
}

static void
poll_form(struct oidc_memory *m, const struct provider_ctx *ctx,
    struct http_request *req)
{
	ctx->open->step = PROVIDER_CALLS;
	http_request_init_url(req, HTTP_POST, m->document.token_url);
	put_client(m, ctx, req, false);
	http_put_form(req, "grant_type", flows[m->ciba].grant);
	http_put_form(req, flows[m->ciba].secret, ctx->open->secret);
}

static void
oidc_poll_request(const struct provider_ctx *ctx, struct http_request *req)
{
	struct oidc_memory *m = oidc_memory(ctx->conf);

	if (m == NULL || ctx->token == NULL || !is_open(ctx))
		return;
	/* a token waits for its key */
	if (ctx->token[0] != '\0')
		oidc_keys_request(m, ctx, req);
	else
		poll_form(m, ctx, req);
}

static enum outcome
slow_down(struct provider_ctx *ctx)
{
	int64_t *wait_s = &ctx->open->wait_s;

	*wait_s += 5;
	if (ctx->reply->retry_after_s > *wait_s)
		*wait_s = ctx->reply->retry_after_s;
	if (*wait_s > WAIT_MAX_S)
		*wait_s = WAIT_MAX_S;
	set_next(ctx);
	return OUTCOME_LATER;
}

static const struct provider_row poll_words[] = {
	{ OUTCOME_LATER, "authorization_pending" },
	{ OUTCOME_EXPIRED, "expired_token" },
	{ OUTCOME_CONFIG,
	    "invalid_client unauthorized_client unsupported_grant_type "
	    "invalid_scope" },
	{ OUTCOME_DENY, NULL },
};

/* The word decides, not the status: 400 by the RFC, but 401, 403, 428 and
 * others are seen. */
static enum outcome
token_error(struct provider_ctx *ctx)
{
	char word[WORD_MAX];

	read_oauth_error(ctx, word);
	if (strcmp(word, "slow_down") == 0 ||
	    (word[0] == '\0' && ctx->reply->status == 429))
		return slow_down(ctx);
	set_next(ctx);
	if (word[0] == '\0')
		return OUTCOME_TRANSIENT;
	ctx->told.refused =
	    text_has_word("access_denied authorization_declined", word);
	return provider_outcome_from_code(poll_words, word, OUTCOME_DENY);
}

/* The account, but not by its name, so that the log of one user names no
 * other. */
static void
name_other(struct provider_ctx *ctx, const char *account)
{
	char id[USER_SUBJECT_ID_MAX + 1];

	user_subject_id(account, id);
	PRINT_TO(ctx->detail, "approved by another account (sha256 %.8s)", id);
}

static enum outcome
judge_right(struct oidc_memory *m, struct provider_ctx *ctx,
    const struct idtoken_found *found)
{
	const char *why = oidc_redeem(m, ctx->token, found->expires, ctx->wall);

	if (why != NULL) {
		provider_set_detail(ctx, "id_token", why, "");
		return OUTCOME_DENY;
	}
	if (ctx->past_deadline)
		return OUTCOME_EXPIRED;
	if (ctx->proved != NULL) {
		PRINT_TO(ctx->proved->account, "%s", found->account);
		PRINT_TO(ctx->proved->name, "%s", found->name);
		PRINT_TO(ctx->proved->email, "%s", found->email);
	}
	return OUTCOME_OK;
}

/* fetched: its key is still unknown after the keys were fetched. */
static enum outcome
judge(struct oidc_memory *m, struct provider_ctx *ctx, bool fetched)
{
	const struct provider_conf *p = ctx->conf;
	const struct idtoken_expected expected = { .issuer = m->document.issuer,
		.client = p->text[OIDC_CLIENT_ID],
		.algs = p->text[OIDC_ALGS],
		.claim = p->text[OIDC_CLAIM],
		.account = ctx->account,
		.request = ctx->open->secret,
		.amr = p->text[OIDC_AMR],
		.acr = p->text[OIDC_ACR],
		.asked = ctx->open->asked,
		.now = ctx->wall,
		.max_age_s = p->number[OIDC_MAX_AGE],
		.any_account = ctx->proved != NULL };
	struct idtoken_found found;
	const enum idtoken is =
	    idtoken_check(ctx->token, m->keys, &expected, &found);

	provider_set_detail(
	    ctx, "id_token", found.why[0] != '\0' ? found.why : "right", "");
	if (is == IDTOKEN_RIGHT)
		return judge_right(m, ctx, &found);
	if (is == IDTOKEN_NO_KEY)
		return fetched ? OUTCOME_CONFIG : next_request(ctx, OUTCOME_OK);
	ctx->told.weak = is == IDTOKEN_WEAK;
	ctx->told.other = is == IDTOKEN_OTHER;
	if (ctx->told.other)
		name_other(ctx, found.account);
	return OUTCOME_DENY;
}

/* The other tokens of the reply are not read. */
static enum outcome
read_token(struct oidc_memory *m, struct provider_ctx *ctx)
{
	if (ctx->open->step == PROVIDER_READS_KEYS) {
		const enum outcome o = oidc_keys_reply(m, ctx);

		return o == OUTCOME_OK ? judge(m, ctx, true) : o;
	}
	if (ctx->reply->status != 200)
		return token_error(ctx);
	provider_set_detail(ctx, "id_token", "absent", "");
	if (ctx->json == NULL)
		return OUTCOME_TRANSIENT;
	return json_text(ctx->json, "id_token", ctx->token,
		   PROVIDER_TOKEN_MAX + 1) == JSON_OK
	    ? judge(m, ctx, false)
	    : OUTCOME_DENY;
}

static enum outcome
oidc_poll_reply(struct provider_ctx *ctx)
{
	struct oidc_memory *m = oidc_memory(ctx->conf);
	enum outcome o;

	if (m == NULL || ctx->token == NULL || !is_open(ctx))
		return OUTCOME_DENY;
	o = read_token(m, ctx);
	if (ctx->told.more)
		return o;
	explicit_bzero(ctx->token, strlen(ctx->token));
	if (o != OUTCOME_LATER && o != OUTCOME_TRANSIENT)
		explicit_bzero(ctx->open, sizeof(*ctx->open));
	return o;
}

static const struct provider_finding probe_refused[] = {
	[PROVIDER_CALLS] = { "oidc-client", PROVIDER_PROBLEM,
	    "it refuses this client; correct client_id, client_auth and the "
	    "secret or key, or allow the client the flow" },
	[PROVIDER_READS_DOCUMENT] = { "oidc-discovery", PROVIDER_PROBLEM,
	    "its discovery document is missing or lacks what is needed; "
	    "correct base_url, or switch on the flow there" },
	[PROVIDER_READS_KEYS] = { "oidc-keys", PROVIDER_PROBLEM,
	    "its keys cannot be used; see jwks_uri in its discovery "
	    "document" },
};
_Static_assert(
    COUNT_OF(probe_refused) == PROVIDER_READS_KEYS + 1, "a row for each");
static const struct provider_finding plain = { "oidc-plain", PROVIDER_NOTE,
	"it takes no max_age or acr_values: how fresh the sign-in is rests on "
	"the token's auth_time" };

/* A start that is never shown costs nothing, and proves document, keys, client
 * and flow. One of CIBA rings a phone: an id that was never given out is polled
 * instead. */
static void
oidc_probe_request(const struct provider_ctx *ctx, struct http_request *req)
{
	struct oidc_memory *m = oidc_memory(ctx->conf);

	if (m == NULL || ctx->open == NULL || !m->ciba) {
		oidc_start_request(ctx, req);
		return;
	}
	PRINT_TO(ctx->open->secret, "%s", ctx->nonce);
	if (!oidc_document_request(m, ctx, req))
		poll_form(m, ctx, req);
}

static enum outcome
oidc_probe_reply(struct provider_ctx *ctx)
{
	struct oidc_memory *m = oidc_memory(ctx->conf);
	enum outcome o;

	if (ctx->open == NULL || m == NULL)
		return OUTCOME_DENY;
	if (!m->ciba || ctx->open->step != PROVIDER_CALLS)
		o = oidc_start_reply(ctx);
	else if (json_equals(ctx->json, "error", "invalid_grant"))
		o = OUTCOME_OK;
	else
		o = token_error(ctx);
	if (ctx->told.more)
		return o;
	if (o == OUTCOME_CONFIG)
		ctx->told.finding = &probe_refused[ctx->open->step];
	else if (o == OUTCOME_OK)
		ctx->told.finding = ctx->open->plain ? &plain : m->lacks;
	explicit_bzero(ctx->open, sizeof(*ctx->open));
	return o;
}

const struct provider_ops oidc_ops = {
	.type = &oidc_type,
	.call = {
		[CALL_START] = { oidc_start_request, oidc_start_reply, NULL },
		[CALL_POLL] = { oidc_poll_request, oidc_poll_reply, NULL },
		[CALL_PROBE] = { oidc_probe_request, oidc_probe_reply, NULL },
	},
};
