/* SPDX-License-Identifier: BSD-2-Clause */
/* Finds what an enrolled user is asked for first, by running a login's code
 * with dry-run steps. */
#include "helper/control/control_inside.h"

#include <stdlib.h>

#include "helper/login/login.h"

/* The dry run shows no prompt, so its deadline always leaves time for a push.
 */
#define LOOKING_MS 3600000

static void
forecast_denied(struct forecast_result *out, enum reason why)
{
	out->ask = FORECAST_ASK_NOTHING;
	out->reason = why;
}

/* A running verification may have sent the code. */
static void
forecast_runs(const struct factors *f, struct forecast_result *out)
{
	const struct verify *v = &f->verify;

	out->ask = FORECAST_ASK_JOIN;
	out->at = v->x.p;
	out->method = v->row.method;
	out->age_s = v->age_s;
}

/* For a code in the field: a login tries it with the app first. */
static void
of_code(struct factors *f, const struct forecast_ops *look,
    struct forecast_result *out)
{
	forecast_denied(out, REASON_NO_CODE);
	if (f->ways.phone && verify_join(&f->verify) == STEP_ASK)
		forecast_runs(f, out);
	else if (look->waits)
		out->ask = FORECAST_ASK_WAIT;
	if (!f->ways.app)
		return;
	out->ask = FORECAST_ASK_APP;
	out->at = f->app.at;
}

static void
sends(const struct factors *f, enum method method, struct forecast_result *out)
{
	out->ask = FORECAST_ASK_SEND;
	out->at = f->verify.x.p;
	out->method = method;
}

/* For another message of the running verification, which may have to wait. */
static void
another(struct factors *f, enum method method, struct forecast_result *out)
{
	struct verify *v = &f->verify;

	if (!verify_may_send_by(v, method))
		forecast_denied(out, REASON_NO_METHOD);
	else if (verify_resend_wait_ms(v) > 0)
		forecast_runs(f, out);
	else if (verify_budget_take(v))
		sends(f, method, out);
	else
		forecast_denied(
		    out, v->wait_s > 0 ? REASON_LIMIT : REASON_STATE);
}

static void
of_message(struct factors *f, const struct forecast_ops *look,
    enum method method, struct forecast_result *out)
{
	enum challenge_step step;

	if (!field_login_may_send(f, method)) {
		forecast_denied(out, REASON_NO_METHOD);
		return;
	}
	if (verify_join(&f->verify) == STEP_ASK) {
		another(f, method, out);
		return;
	}
	step = look->waits ? STEP_WAIT : field_login_send_code(f, method);
	if (look->waits) {
		out->ask = FORECAST_ASK_WAIT;
		out->at = f->verify.x.p;
	} else if (step == STEP_ASK) {
		sends(f, method, out);
	} else if (step == STEP_ADMIT &&
	    field_login_outage(f, method) == STEP_ADMIT) {
		out->ask = FORECAST_ASK_ADMITTED;
	} else {
		forecast_denied(out,
		    step == STEP_ADMIT ? REASON_TRANSIENT
				       : look->result.reason);
	}
}

static void
forecast_push(const struct push *p, struct forecast_result *out)
{
	out->ask = FORECAST_ASK_PUSH;
	out->at = p->x.p;
	out->method = reach_approval(p->x.p);
}

static void
of_push(struct factors *f, struct forecast_result *out)
{
	enum challenge_step step = STEP_DENY;

	f->push.why = REASON_NO_METHOD;
	if (f->ways.push && f->login->decision->push_blind)
		step = push_begin(&f->push);
	forecast_denied(out, f->push.why);
	if (step != STEP_ASK)
		return;
	forecast_push(&f->push, out);
	out->reason = REASON_NONE;
}

/* For a login with one field, by the kind of its text. */
static void
forecast_field(struct factors *f, struct forecast_ops *look,
    enum one_field kind, struct forecast_result *out)
{
	if (kind == ONE_FIELD_CODE)
		of_code(f, look, out);
	else if (kind == ONE_FIELD_SMS || kind == ONE_FIELD_CALL)
		of_message(f, look, field_login_method(kind), out);
	else if (kind == ONE_FIELD_PUSH)
		of_push(f, out);
	else
		forecast_denied(out, REASON_NO_CODE);
	if (kind == ONE_FIELD_RECOVERY && f->ways.recovery)
		out->ask = FORECAST_ASK_RECOVERY;
	if (out->ask != FORECAST_ASK_NOTHING)
		out->reason = REASON_NONE;
}

static struct forecast_ops *
forecast_looking(const struct login *l)
{
	return l->env->ctx;
}

/* Unlike in a login, an error here is a failure: the forecast would be wrong.
 */
static bool
look_passed(const struct login *l, const struct provider_conf *p)
{
	bool begun = false;
	int passed;

	if (verify_batch_passed(l->begun, p->name, &begun))
		return begun;
	passed = store_provider_is_passed_over(l->store, p->name);
	if (passed < 0)
		forecast_looking(l)->failed = true;
	return passed == 1;
}

static enum store_claim
look_claim(const struct login *l, const struct store_key *key, unsigned methods,
    enum method method, int64_t start_ms, struct store_row *row)
{
	struct forecast_ops *look = forecast_looking(l);
	enum store_claim claim;

	if (!verify_batch_claim(l->begun, key, methods, method, &claim, row))
		claim =
		    store_claim_dry_run(l->store, key, methods, start_ms, row);
	if (claim == CLAIM_SPENT && method != METHOD_PUSH)
		look->wait_s = (row->over_ms + 999) / 1000;
	if (look->ended == 0 || row->id != look->ended)
		return claim;
	return row->shut ? CLAIM_UNKNOWN : CLAIM_NEW;
}

static enum verify_takeover
look_end(struct verify *v, const struct provider_conf *there)
{
	(void)there;
	forecast_looking(v->login)->ended = v->row.id;
	return TAKEOVER_FREE;
}

static enum store_send
look_take(const struct login *l, const struct store_send_key *key, int64_t *id,
    int64_t *wait_s, const char **which)
{
	struct forecast_ops *look = forecast_looking(l);
	enum store_send sent;

	if (!verify_batch_send(l->begun, key, &sent, id, wait_s, which))
		sent = store_send_look(
		    l->store, key, &l->env->conf->sends, wait_s, which);
	*id = 0;
	if (sent == SEND_WAIT) {
		look->wait_s = *wait_s;
		look->which = *which;
	}
	return sent;
}

static void
look_back(const struct login *l, const struct store_row *row)
{
	(void)l;
	(void)row;
}

static enum outcome
look_call(const struct login *l, struct provider_call *x, bool *maybe_sent)
{
	*maybe_sent = false;
	x->reply.fate = HTTP_NOT_SENT;
	return forecast_looking(l)->outage && look_passed(l, x->p)
	    ? OUTCOME_TRANSIENT
	    : OUTCOME_OK;
}

static enum outcome
look_send(struct verify *v, enum method method, bool *maybe_sent)
{
	v->counted = false;
	v->row.method = method;
	return look_call(v->login, &v->x, maybe_sent);
}

static enum outcome
look_push(struct push *p, bool *maybe_sent)
{
	return look_call(p->login, &p->x, maybe_sent);
}

static const struct verify_steps forecast_steps = {
	.passed = look_passed,
	.claim = look_claim,
	.end = look_end,
	.take = look_take,
	.back = look_back,
	.send = look_send,
	.push = look_push,
};

static void
say_nothing(void *ctx, const char *text)
{
	(void)ctx;
	(void)text;
}

static enum ui_result
ask_nobody(void *ctx, const char *prompt, int64_t deadline,
    const struct ui_idle *idle, struct ui_answer *answer)
{
	(void)ctx;
	(void)prompt;
	(void)deadline;
	(void)idle;
	(void)answer;
	return UI_GONE;
}

/* Not called: dry-run steps send nothing. A call makes the forecast fail. */
static void
send_nothing(void *ctx, const struct provider_conf *p,
    const struct http_request *request, int64_t deadline,
    struct http_reply *reply)
{
	struct forecast_ops *look = ctx;

	(void)p;
	(void)request;
	(void)deadline;
	look->failed = true;
	reply->fate = HTTP_LOCAL;
}

static bool
look_dead(void *ctx, int64_t number)
{
	const struct environment *env =
	    ((const struct forecast_ops *)ctx)->real;

	return env->dead != NULL && env->dead(env->ctx, number);
}

/* A login's only pause before its first prompt is for another session. */
static bool
look_pause(void *ctx, int64_t ms)
{
	struct forecast_ops *look = ctx;

	look->waits = ms > 0;
	return !look->waits;
}

void
forecast_ops_init(struct forecast_ops *look, const struct login *l, bool outage)
{
	static const struct ui ui = { NULL, say_nothing, ask_nobody };
	const struct environment *real = l->env;

	*look = (struct forecast_ops){ .login = *l,
		.real = real,
		.outage = outage,
		.connection = { look, send_nothing },
		.which = "" };
	login_result_init(&look->result);
	look->env = (struct environment){ .facts = real->facts,
		.conf = real->conf,
		.ui = &ui,
		.connection = &look->connection,
		.report = real->report,
		.deadline = frame_clock_ms() + LOOKING_MS,
		.ctx = look,
		.dead = look_dead,
		.pause = look_pause };
	look->login.env = &look->env;
	look->login.steps = &forecast_steps;
	look->login.result = &look->result;
}

static const char *const forecast_names[] = {
	[FORECAST_ASK_NOTHING] = "denied",
	[FORECAST_ASK_REMEMBERED] = "remembered",
	[FORECAST_ASK_SEND] = "send",
	[FORECAST_ASK_JOIN] = "join",
	[FORECAST_ASK_WAIT] = "wait",
	[FORECAST_ASK_PUSH] = "push",
	[FORECAST_ASK_APP] = "app",
	[FORECAST_ASK_RECOVERY] = "recovery",
	[FORECAST_ASK_HIDDEN] = "hidden",
	[FORECAST_ASK_ADMITTED] = "admitted",
};

_Static_assert(COUNT_OF(forecast_names) == FORECAST_ASKS, "each has its word");

const char *
forecast_name(enum forecast ask)
{
	return forecast_names[ask];
}

static void
read_factor(const struct factors *f, struct forecast_result *out)
{
	const struct verify *v = &f->verify;

	if (f->active == METHOD_PUSH) {
		forecast_push(&f->push, out);
	} else if (f->active == METHOD_TOTP) {
		out->ask = FORECAST_ASK_APP;
		out->at = f->app.at;
	} else if (f->active == METHOD_RECOVERY) {
		out->ask = FORECAST_ASK_RECOVERY;
	} else {
		out->ask = v->age_s < 0 ? FORECAST_ASK_SEND : FORECAST_ASK_JOIN;
		out->at = v->x.p;
		out->method = v->row.method;
		out->age_s = v->age_s < 0 ? 0 : v->age_s;
	}
}

static void
read_step(const struct factors *f, const struct forecast_ops *look,
    enum challenge_step step, struct forecast_result *out)
{
	if (look->waits) {
		out->ask = FORECAST_ASK_WAIT;
		out->at = f->verify.x.p;
		return;
	}
	if (step == STEP_ADMIT)
		out->ask = FORECAST_ASK_ADMITTED;
	else if (step == STEP_ASK || step == STEP_INSTEAD ||
	    step == STEP_LOCKED)
		read_factor(f, out);
	else
		out->reason = look->result.reason;
}

static void
forecast_begin(
    struct factors *f, struct forecast_ops *look, struct forecast_result *out)
{
	const char *part = look->login.env->facts->one_field;
	const enum one_field kind =
	    part != NULL ? one_field_kind_of(part) : ONE_FIELD_NONE;
	struct challenge c;

	f->login = &look->login;
	factors_init(f, &c);
	if (factors_lock_is_hidden(f))
		out->ask = FORECAST_ASK_HIDDEN;
	else if (part == NULL)
		read_step(f, look, c.begin(c.ctx), out);
	else if (!f->locked || kind == ONE_FIELD_RECOVERY ||
	    kind == ONE_FIELD_NONE) /* a lock leaves recovery codes alone */
		forecast_field(f, look, kind, out);
	out->which = look->which;
	out->wait_s = look->wait_s;
	if (!f->locked)
		return;
	if (out->reason == REASON_NONE)
		out->reason = REASON_LOCKED;
	out->wait_s = f->locked_s;
}

/* Follows login.c up to the first prompt. outage: providers that are passed
 * over are out of reach. Returns 0 or -1. */
static int
walk(const struct login *l, bool outage, struct forecast_result *out)
{
	const struct facts *facts = l->env->facts;
	unsigned char binding[STORE_REMEMBERED_LEN];
	char address[46];
	struct login_begin at;
	struct forecast_ops look;
	struct factors *f;
	bool bound;

	*out = (struct forecast_result){ .which = "", .reason = REASON_STATE };
	forecast_ops_init(&look, l, outage);
	admission_address(
	    facts->service, facts->rhost, facts->ssh_addr, address);
	bound = l->decision->remember_minutes > 0 &&
	    remembered_login_bind_if_allowed(l->env->conf, facts, l->user,
		address, l->decision->remember_key, l->record, binding);
	look.login.remember_s = l->decision->remember_minutes * INT64_C(60);
	if (login_begin(&look.login, bound ? binding : NULL, &at,
		store_begin_dry_run) != 0)
		return -1;
	f = calloc(1, sizeof(*f));
	if (f == NULL)
		return 0;
	out->reason = REASON_NONE;
	if (at.begun.found.remembered)
		out->ask = FORECAST_ASK_REMEMBERED;
	else
		forecast_begin(f, &look, out);
	free(f);
	return look.failed || reason_is_state_failure(look.result.reason) ? -1
									  : 0;
}

int
forecast(const struct login *l, struct forecast_result *out)
{
	struct forecast_result then;
	int passed = 0, rc;

	log_set_quiet(true);
	rc = walk(l, false, out);
	if (rc == 0 &&
	    (out->ask == FORECAST_ASK_SEND || out->ask == FORECAST_ASK_PUSH))
		passed = store_provider_is_passed_over(l->store, out->at->name);
	if (passed == 1) {
		rc = walk(l, true, &then);
		out->passed = true;
		out->outage = then.ask;
	}
	log_set_quiet(false);
	return passed < 0 ? -1 : rc;
}
