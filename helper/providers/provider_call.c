/* SPDX-License-Identifier: BSD-2-Clause */
/* One call to a provider: the request, the meaning of its reply, fail-over, and
 * the simulated call of a decoy. */
#include "helper/providers/providers.h"

#include <errno.h>

#define RESEND_LEFT_MS 5000 /* time that a second send needs */
/* A login may log that many failures of its calls, and after them, up to twice
 * as many lines in all, its owner's refusals. */
#define LINES_MAX 8
_Static_assert(PROVIDER_NONCE_LEN == RANDOM_NAME_LEN, "a nonce fits");

/* Some vendors resend under the same id: a decoy's is made from its name, so
 * that it stays the same. */
static enum outcome
decoy_send_code(struct provider_call *x)
{
	char name[RANDOM_NAME_LEN + 1];

	if (x->p->type->again == AGAIN_SAME)
		PRINT_TO(x->ctx.request_id, "%c%s%s%.*s", STORE_OWN_ID,
		    x->env->decoy_person,
		    x->ctx.method == METHOD_EMAIL ? "@" : "",
		    (int)x->ctx.phone_at, "++");
	else if (system_random_name(name) == 0)
		PRINT_TO(x->ctx.request_id, "%c%s", STORE_OWN_ID, name);
	else
		return OUTCOME_CONFIG;
	return OUTCOME_OK;
}

/* Values of the last reply must not count for the next one. */
static void
clear_reply(struct provider_ctx *ctx)
{
	ctx->told = (struct provider_call_facts){ 0 };
	ctx->detail[0] = '\0';
}

struct slow {
	const struct environment *env;
	const char *line; /* or NULL */
};

/* Simulated call of a decoy: takes as long, but sends nothing. A start is
 * accepted, a code is wrong, a push is not answered. */
static enum outcome
decoy_call(struct provider_call *x, enum provider_call_kind call)
{
	(void)login_env_imitate_call(x->env,
	    provider_call_sends(call) ? LATENCY_START : LATENCY_CHECK,
	    provider_call_slow_line(x, call));
	x->reply.fate = HTTP_REPLIED;
	x->reply.status = 200;
	x->reply.len = 0;
	clear_reply(&x->ctx);
	if (call == CALL_START)
		return decoy_send_code(x);
	if (call == CALL_POLL)
		return OUTCOME_LATER;
	if (call == CALL_CANCEL || call == CALL_NEXT)
		return OUTCOME_OK;
	if (call != CALL_CHECK)
		return OUTCOME_CONFIG;
	/* some vendors end the verification after the last one */
	x->ctx.told.wrong_codes =
	    x->p->type->ends_itself && x->tries >= x->p->type->wrong_codes;
	return x->ctx.told.wrong_codes ? OUTCOME_DENY : OUTCOME_WRONG;
}

const char *
provider_list_credential_keys(
    const struct provider_conf *p, char out[PROVIDER_CREDENTIALS_MAX])
{
	out[0] = '\0';
	for (const struct setting_key *k = p->type->keys; k->key != NULL; k++) {
		const char *file = k->kind == CONF_TEXT && k->required
		    ? ""
		    : provider_key_file(p, k);

		if (file != NULL)
			PRINT_BEHIND(out, PROVIDER_CREDENTIALS_MAX,
			    "%s%s%s%s%s", out[0] != '\0' ? ", " : "", k->key,
			    file[0] != '\0' ? " (" : "", file,
			    file[0] != '\0' ? ")" : "");
	}
	return out;
}

static struct http *
open_http(const struct settings *conf, const struct provider_conf *p,
    char cause[HTTP_CAUSE_MAX])
{
	const struct http_peer peer = { .base_url = p->base_url,
		.ca_file = p->ca_file,
		.ca_path = p->ca_path,
		.proxy = p->proxy == NULL ? conf->proxy : "",
		.proxy_user = conf->proxy_user,
		.proxy_password = &conf->proxy_password,
		.connect_timeout_ms = p->connect_timeout_ms,
		.timeout_ms = p->timeout_ms };
	struct http *http = http_open(&peer);

	if (http == NULL)
		snprintf(cause, HTTP_CAUSE_MAX,
		    "libcurl could not be set up: %s%s", strerror(errno),
		    errno == ELIBACC ? "; install libcurl.so.4, 7.87 or later"
				     : "");
	return http;
}

#define DECLARE(X) extern const struct provider_ops X##_ops;
PROVIDER_TYPES(DECLARE)
#undef DECLARE

#define LIST(X) &X##_ops,
static const struct provider_ops *const ops_of_types[] = { PROVIDER_TYPES(
    LIST) };
#undef LIST

const struct provider_ops *
provider_ops(const struct provider_type *type)
{
	static const struct provider_ops none;

	for (size_t i = 0; i < COUNT_OF(ops_of_types); i++)
		if (ops_of_types[i]->type == type)
			return ops_of_types[i];
	return &none;
}

static const struct provider_wire http_wire = { open_http, http_start,
	http_run_started, http_next_finished, http_close_idle, http_close };

const struct provider_wire *
provider_wire(const struct provider_conf *p)
{
	const struct provider_wire *own = provider_ops(p->type)->wire;

	return own != NULL ? own : &http_wire;
}

static void
wire_send(const struct provider_wire *wire, struct http *http,
    const struct http_request *req, int64_t deadline, struct http_reply *reply)
{
	int64_t slow_at =
	    req->slow != NULL ? frame_clock_ms() + req->slow_ms : INT64_MAX;

	if (!wire->start(http, req, deadline, reply))
		return;
	while (wire->next_finished(http) == NULL) {
		if (frame_clock_ms() >= slow_at) {
			slow_at = INT64_MAX;
			req->slow(req->slow_ctx);
		}
		(void)wire->run_started(http, NULL, 0, slow_at);
	}
}

/* Opens the provider's connection at its first request. */
static void
connections_send(void *ctx, const struct provider_conf *p,
    const struct http_request *req, int64_t deadline, struct http_reply *reply)
{
	struct provider_connections *c = ctx;
	struct http **http = &c->http[p - c->conf->provider];
	const struct provider_wire *wire = provider_wire(p);
	char cause[HTTP_CAUSE_MAX];

	if (*http == NULL)
		*http = wire->open(c->conf, p, cause);
	if (*http != NULL) {
		wire_send(wire, *http, req, deadline, reply);
		return;
	}
	memset(reply, 0, sizeof(*reply));
	reply->fate = HTTP_LOCAL;
	PRINT_TO(reply->cause, "%s", cause);
}

void
provider_connections_init(struct provider_connections *c,
    const struct settings *conf, struct connection *t)
{
	memset(c, 0, sizeof(*c));
	c->conf = conf;
	t->ctx = c;
	t->send = connections_send;
}

void
provider_connections_close(struct provider_connections *c)
{
	for (size_t i = 0; i < SETTINGS_PROVIDERS_MAX; i++)
		if (c->http[i] != NULL)
			provider_wire(&c->conf->provider[i])->close(c->http[i]);
}

bool
provider_has_call(
    const struct provider_type *type, enum provider_call_kind call)
{
	return provider_ops(type)->call[call].reply != NULL;
}

bool
provider_call_sends(enum provider_call_kind call)
{
	return call == CALL_START || call == CALL_NEXT;
}

int64_t
provider_life_ms(const struct provider_conf *p, enum method method)
{
	int64_t life_ms = p->expiry_ms;

	if (p->type->life_ms != NULL && p->type->life_ms(p, method) > life_ms)
		life_ms = p->type->life_ms(p, method);
	return life_ms;
}

static const char *const call_names[] = {
	[CALL_START] = "start",
	[CALL_CHECK] = "check",
	[CALL_CANCEL] = "cancel",
	[CALL_NEXT] = "next",
	[CALL_POLL] = "poll",
	[CALL_LOOKUP] = "lookup",
	[CALL_TOKEN] = "token",
	[CALL_FACTORS] = "factors",
	[CALL_REGISTER] = "register",
	[CALL_PROBE] = "probe",
};
_Static_assert(COUNT_OF(call_names) == CALL_PROBE + 1, "a word each");

void
provider_call_set_pointers(struct provider_call *x)
{
	x->ctx.open = &x->open;
	x->ctx.token = x->token;
	x->token[0] = '\0';
}

void
provider_call_init(struct provider_call *x, const struct environment *env,
    const struct provider_conf *p, const struct user_record *record,
    const struct decision *decision)
{
	const struct facts *f = env->facts;

	memset(x, 0, offsetof(struct provider_call, reply.body) + 1);
	x->env = env;
	x->p = p;
	x->polled = OUTCOME_LATER;
	admission_address(f->service, f->rhost, f->ssh_addr, x->address);
	x->ctx.conf = p;
	x->ctx.brand = decision != NULL ? decision->brand : "";
	x->ctx.language =
	    record->language != NULL ? record->language : env->conf->language;
	x->ctx.phone = record->phone;
	x->ctx.phone_at = (unsigned)record->phone_at;
	x->ctx.receiver = record->receiver;
	x->ctx.email = record->email;
	x->ctx.identity = record->push_identity;
	/* a type with push and TOTP needs no totp_factor */
	x->ctx.factor = (p->type->methods & METHOD_BIT(METHOD_PUSH)) == 0
	    ? record->totp_factor
	    : record->push_factor;
	x->ctx.account = reach_account(record, p);
	x->ctx.host = env->host != NULL ? env->host : "";
	x->ctx.user = f->user;
	x->ctx.service = f->service;
	x->ctx.address = x->address;
	x->ctx.desk =
	    decision != NULL && (decision->methods & METHODS_DESK) != 0;
	provider_call_set_pointers(x);
}

/* True if no message of ours is needed, or text is it. */
static bool
has_text(enum provider_call_kind call, const struct provider_ctx *ctx,
    char text[TEXT_TEMPLATE_SIZE])
{
	return call != CALL_START || !ctx->conf->type->own_code ||
	    ((ctx->event != EVENT_NONE ||
		 provider_code_is_valid(ctx->conf, ctx->code)) &&
		text_template_fill(ctx->conf->text[TELNYX_TEXT], ctx, text) ==
		    0);
}

int
provider_ops_build(const struct provider_ops *ops, enum provider_call_kind call,
    struct provider_ctx *ctx, const char *code, struct http_request *req)
{
	char text[TEXT_TEMPLATE_SIZE] = "";

	memset(req, 0, sizeof(*req));
	req->failed = true;
	ctx->typed = code;
	ctx->text = text;
	if (has_text(call, ctx, text)) {
		if (ops->call[call].text != NULL)
			provider_put_request(
			    ctx, ops->call[call].text, ops->value, req);
		else if (ops->call[call].request != NULL)
			ops->call[call].request(ctx, req);
	}
	ctx->typed = ctx->text = NULL;
	explicit_bzero(text, sizeof(text));
	if (!req->failed && ops->auth != NULL)
		ops->auth(ctx, req);
	return req->failed ? -1 : 0;
}

enum outcome
provider_ops_read_reply(const struct provider_ops *ops,
    enum provider_call_kind call, struct provider_ctx *ctx,
    const struct http_reply *reply)
{
	struct json *json = json_parse(reply->body, reply->len);
	enum outcome o;

	if (call == CALL_START || call == CALL_REGISTER)
		ctx->request_id[0] = '\0'; /* until the reply sets it */
	if (call == CALL_LOOKUP)
		memset(ctx->lookup, 0, sizeof(*ctx->lookup));
	ctx->reply = reply;
	ctx->json = json;
	o = ops->call[call].reply(ctx);
	ctx->reply = NULL;
	ctx->json = NULL;
	json_free(json);
	return o;
}

/* A shortage or stop of this host and a refused certificate are never an
 * outage. */
static enum outcome
read_outcome(
    struct provider_call *x, enum provider_call_kind call, bool *maybe_sent)
{
	enum outcome o = OUTCOME_DENY;

	*maybe_sent = false;
	if (x->reply.stalled) {
		*maybe_sent = !x->reads && x->reply.fate == HTTP_UNKNOWN;
		return OUTCOME_STALLED;
	}
	switch (x->reply.fate) {
	case HTTP_REPLIED:
		o = provider_ops_read_reply(
		    provider_ops(x->p->type), call, &x->ctx, &x->reply);
		if (o == OUTCOME_OK && x->reply.again &&
		    (call <= CALL_CHECK || call == CALL_POLL)) {
			PRINT_TO(x->ctx.detail,
			    "repeats the reply to an earlier request");
			*maybe_sent = call == CALL_START;
			return *maybe_sent ? OUTCOME_TRANSIENT : OUTCOME_DENY;
		}
		*maybe_sent = !x->reads && o == OUTCOME_TRANSIENT;
		return o;
	case HTTP_UNKNOWN:
		*maybe_sent = !x->reads;
		return OUTCOME_TRANSIENT;
	/* such as 407: wrong settings of the proxy or of this host */
	case HTTP_PROXY:
		return x->reply.status >= 300 && x->reply.status < 500
		    ? OUTCOME_CONFIG
		    : OUTCOME_TRANSIENT;
	case HTTP_NOT_SENT:
		return OUTCOME_TRANSIENT;
	case HTTP_CERTIFICATE:
	case HTTP_LOCAL:
		return OUTCOME_CONFIG;
	}
	return o;
}

/* A failing poll is repeated each second: log it once. */
static bool
is_expected(
    const struct provider_call *x, enum provider_call_kind call, enum outcome o)
{
	if (call == CALL_POLL && o == x->polled)
		return true;
	return o == OUTCOME_OK || o == OUTCOME_WRONG || o == OUTCOME_LATER;
}

/* Counts a line for this login, if it may have one more. All logins share the
 * lines that the listener writes for a provider broker in a second: one
 * worker's failing calls must not crowd out those of others. */
static bool
may_log(struct provider_call *x, bool refusal)
{
	if (x->lines >= (refusal ? 2 : 1) * LINES_MAX)
		return false;
	x->lines++;
	return true;
}

/* For admins, who find the vendor's words in the log. */
static const char *
call_meaning(enum provider_call_kind call, enum outcome o)
{
	if (o == OUTCOME_TRANSIENT)
		return "the provider failed";
	if (call == CALL_REGISTER && o == OUTCOME_NUMBER)
		return "the provider refuses the number or the email address";
	return reason_text(outcome_reason(o))->sentence;
}

/* The text comes from the vendor, or from libcurl with parts of what the server
 * sent: quoted, so that it cannot add keys to the line. */
static void
log_call(struct provider_call *x, enum provider_call_kind call, enum outcome o)
{
	const bool quiet =
	    is_expected(x, call, o) || !may_log(x, x->ctx.told.refused);
	const bool replied = x->reply.fate == HTTP_REPLIED;
	struct logline why = { 0 };
	char keys[PROVIDER_CREDENTIALS_MAX], shown[256];

	if (replied)
		logline_put_quoted_value(&why, "vendor", x->ctx.detail);
	else
		logline_put_quoted_value(&why, "cause", x->reply.cause);
	if (quiet) {
		log_debug("provider %s: %s: %s:%s", x->p->name,
		    call_names[call], outcome_name(o), why.text);
	} else if (replied) {
		PRINT_TO(shown, "provider %s: %s: %s; see the log", x->p->name,
		    call_names[call], call_meaning(call, o));
		log_problem_shown_as(shown, "provider %s: %s: %s:%s",
		    x->p->name, call_names[call], outcome_name(o), why.text);
	} else
		log_problem("provider %s: %s: %s:%s", x->p->name,
		    call_names[call], outcome_name(o), why.text);
	if (o == OUTCOME_CONFIG && replied && !quiet)
		/* on its own line, as the vendor's text may fill the other */
		log_problem("provider %s: the vendor rejects its settings; "
			    "check in %s: %s",
		    x->p->name, x->env->facts->conf,
		    provider_list_credential_keys(x->p, keys));
}

int
provider_call_build(struct provider_call *x, enum provider_call_kind call,
    const char *code, struct http_request *req)
{
	clear_reply(&x->ctx);
	x->ctx.wall = login_env_wall_s(x->env);
	if (system_random_name(x->ctx.nonce) != 0 ||
	    provider_ops_build(
		provider_ops(x->p->type), call, &x->ctx, code, req) != 0) {
		explicit_bzero(req, sizeof(*req));
		if (may_log(x, false))
			log_problem("provider %s: %s: the request could not be "
				    "built; check its settings",
			    x->p->name, call_names[call]);
		x->reply.fate = HTTP_LOCAL;
		return -1;
	}
	x->reads = req->reads;
	req->answer = !req->reads && (call == CALL_CHECK || call == CALL_POLL);
	req->repeats = req->reads || call == CALL_POLL ||
	    x->p->type->own_code || x->p->type->by_authy_id;
	return 0;
}

enum outcome
provider_call_read_reply(
    struct provider_call *x, enum provider_call_kind call, bool *maybe_sent)
{
	const enum outcome o = read_outcome(x, call, maybe_sent);

	/* the request before may have rung a phone (radius: begin): as if the
	 * code was compared, or calls without time for one would ring it
	 * uncounted */
	x->challenged |= call == CALL_CHECK && x->ctx.told.more;
	*maybe_sent |= x->challenged && x->reply.fate != HTTP_REPLIED;
	if (!x->ctx.told.more)
		log_call(x, call, o);
	if (call == CALL_POLL && !x->ctx.told.more)
		x->polled = o;
	explicit_bzero(x->reply.body, x->reply.len);
	return o;
}

const char *
provider_call_slow_line(
    const struct provider_call *x, enum provider_call_kind call)
{
	return x->slow != NULL ? x->slow(call, x->ctx.method) : NULL;
}

static void
show_slow(void *ctx)
{
	const struct slow *slow = ctx;

	login_env_show_wait(slow->env, slow->line);
}

static provider_transport *transport;

void
provider_call_set_transport(provider_transport *function)
{
	transport = function;
}

static enum outcome
run_once(struct provider_call *x, enum provider_call_kind call,
    const char *code, bool *maybe_sent)
{
	struct slow slow = { x->env, provider_call_slow_line(x, call) };
	struct http_request req;
	enum outcome o;

	*maybe_sent = false;
	if (transport != NULL) {
		clear_reply(&x->ctx);
		return transport(x, call, code, maybe_sent);
	}
	x->challenged = false;
	do {
		if (provider_call_build(x, call, code, &req) != 0)
			return OUTCOME_CONFIG;
		req.slow = slow.line != NULL ? show_slow : NULL;
		req.slow_ctx = &slow;
		req.slow_ms = LOGIN_SLOW_MS;
		x->env->connection->send(x->env->connection->ctx, x->p, &req,
		    x->env->deadline, &x->reply);
		explicit_bzero(&req, sizeof(req));
		o = provider_call_read_reply(x, call, maybe_sent);
	} while (x->ctx.told.more);
	return o;
}

bool
provider_call_proves_reachable(const struct provider_call *x)
{
	return x->reply.fate == HTTP_REPLIED && x->reply.status < 500 &&
	    !x->ctx.told.internal;
}

static bool
had_its_timeout(const struct provider_call *x)
{
	const int64_t begun = frame_clock_ms() - x->reply.took_ms;

	return x->env->deadline - begun >= x->p->timeout_ms;
}

bool
provider_call_was_silent(const struct provider_call *x, enum outcome o)
{
	/* silence for less than the timeout proves nothing */
	return o == OUTCOME_TRANSIENT && !provider_call_proves_reachable(x) &&
	    had_its_timeout(x);
}

bool
provider_call_was_hurried(const struct provider_call *x)
{
	return x->reply.fate != HTTP_REPLIED && !had_its_timeout(x);
}

bool
provider_call_is_outage(const struct provider_call *x, enum outcome o)
{
	return provider_call_was_silent(x, o) && !x->reply.unresolved;
}

enum outcome
provider_call_run(struct provider_call *x, enum provider_call_kind call,
    const char *code, bool *maybe_sent)
{
	enum outcome o;
	int64_t wait;

	if (x->env->decoy_person != NULL) {
		*maybe_sent = x->throttled = false;
		return decoy_call(x, call);
	}
	o = run_once(x, call, code, maybe_sent);
	x->throttled = o == OUTCOME_THROTTLE;
	/* Throttling means that nothing was done. Calls that can wait, or are
	 * repeated anyway, are not tried again here. */
	if (!x->throttled ||
	    (call != CALL_START && call != CALL_CHECK && call != CALL_NEXT &&
		call != CALL_REGISTER))
		return o;
	wait = x->reply.retry_after_s * 1000;
	if (frame_clock_ms() + wait + RESEND_LEFT_MS > x->env->deadline ||
	    !x->env->pause(x->env->ctx, wait))
		return o;
	return run_once(x, call, code, maybe_sent);
}
