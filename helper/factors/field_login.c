/* SPDX-License-Identifier: BSD-2-Clause */
/* A login without prompts: checks the one code, or sends one message or push.
 */
#include "helper/factors/factors_inside.h"

#include "helper/dialogue/dialogue.h"

enum method
field_login_method(enum one_field kind)
{
	if (kind == ONE_FIELD_SMS)
		return METHOD_SMS;
	return kind == ONE_FIELD_CALL ? METHOD_VOICE : METHOD_NONE;
}

static size_t
providers_by(const struct factors *f, unsigned methods)
{
	const struct login *l = f->login;
	const struct provider_conf *order[SETTINGS_PROVIDERS_MAX];

	return reach_order(
	    l->env->conf, l->record, l->decision->methods & methods, order);
}

/* A decoy without any provider offers all methods, as its prompts do. */
bool
field_login_may_send(const struct factors *f, enum method method)
{
	return providers_by(f, METHOD_BIT(method)) > 0 ||
	    (f->untold && f->ways.phone && providers_by(f, METHOD_ALL) == 0);
}

static enum challenge_step
field_login_deny(const struct factors *f, enum reason why)
{
	return login_deny(f->login, VERDICT_DENY, why);
}

/* Checks a code of the app. Returns WAIT if the user has no app or its
 * codes have another length, WRONG if the app has another code. */
static enum challenge_step
try_app(struct factors *f, const struct challenge *c, const char *code)
{
	enum challenge_step step;
	unsigned other;

	if (!f->ways.app ||
	    (strlen(code) != app_code_length(&f->app, &other) &&
		strlen(code) != other))
		return STEP_WAIT;
	f->active = METHOD_TOTP;
	step = c->check(c->ctx, code);
	/* DENY at the limit of wrong codes: the phone's check still follows */
	return step == STEP_DENY && f->app.wrong > 0 ? STEP_WRONG : step;
}

/* No verification that fits is running. Takes as long as a check, because a
 * decoy cannot know whether one is running. */
static enum challenge_step
field_login_none_runs(const struct factors *f, enum challenge_step app)
{
	if (!login_env_imitate_call(f->login->env, LATENCY_CHECK, NULL))
		return field_login_deny(f, REASON_PEER_GONE);
	if (app == STEP_DENY) {
		/* who is to be looked at, by the log */
		PRINT_TO(f->login->result->provider, "%s", f->app.at->name);
		return field_login_deny(f, f->app.unheard);
	}
	return app == STEP_WRONG ? app : field_login_deny(f, REASON_NO_CODE);
}

/* The app's guess, if its code may have been compared, is replaced by this
 * check's, and counted again after a wrong code: it must not lock out a code
 * that is right here. */
static enum challenge_step
check_phone(struct factors *f, const char *code, enum challenge_step app)
{
	const bool twice =
	    app == STEP_WRONG || (app == STEP_DENY && f->app.guess.counted);
	enum challenge_step step;

	if (twice)
		f->verify.before = &f->app.guess;
	step = f->phone.check(f->phone.ctx, code);
	if (twice && f->verify.before == NULL && step != STEP_RIGHT &&
	    !app_code_recount(&f->app))
		return STEP_DENY;
	return step;
}

static enum challenge_step
try_phone(struct factors *f, const char *code, enum challenge_step app)
{
	enum challenge_step step = STEP_WAIT;

	f->verify.joins_only = true;
	if (!f->untold)
		step = verify_join(&f->verify);
	if (step == STEP_WAIT ||
	    (step == STEP_ASK && strlen(code) != f->verify.x.p->code_length))
		return field_login_none_runs(f, app);
	return step == STEP_ASK ? check_phone(f, code, app) : step;
}

static enum challenge_step
try_code(struct factors *f, const struct challenge *c, const char *code)
{
	const enum challenge_step app = try_app(f, c, code);
	const bool unheard =
	    app == STEP_DENY && f->app.unheard != REASON_NONE && f->ways.phone;

	/* the app's server has not said if it is the app's code: it may be that
	 * of a message, whose provider is asked next */
	if (unheard)
		f->login->result->reason = REASON_NONE;
	else if (app != STEP_WAIT && app != STEP_WRONG)
		return app;
	if (f->ways.phone)
		return try_phone(f, code, app);
	return app == STEP_WRONG ? app : field_login_deny(f, REASON_NO_CODE);
}

static enum challenge_step
try_recovery(
    const struct factors *f, const struct challenge *c, const char *part)
{
	char code[RECOVERY_LEN + 1];
	enum challenge_step step = STEP_NO_RECOVERY;

	if (recovery_code_normalise(part, code))
		step = c->recover(c->ctx, code);
	explicit_bzero(code, sizeof(code));
	return step == STEP_NO_RECOVERY && !f->ways.recovery
	    ? field_login_deny(f, REASON_NO_CODE)
	    : step;
}

enum challenge_step
field_login_send_code(struct factors *f, enum method method)
{
	const struct login *l = f->login;
	struct decision only = *l->decision;
	struct login narrowed = *l;
	enum challenge_step step;

	only.methods &= METHOD_BIT(method);
	narrowed.decision = &only;
	f->verify.login = &narrowed;
	step = f->phone.begin(f->phone.ctx);
	f->verify.login = l;
	return step;
}

/* Sends the running verification's next message, if that is allowed now. */
static enum challenge_step
send_another(struct factors *f, enum method method)
{
	enum challenge_step step;

	if (!verify_may_send_by(&f->verify, method))
		return field_login_deny(f, REASON_NO_METHOD);
	step = f->phone.send_another(f->phone.ctx, method);
	return step == STEP_WAIT && f->verify.wait_s > 0
	    ? field_login_deny(f, REASON_LIMIT)
	    : step;
}

enum challenge_step
field_login_outage(struct factors *f, enum method method)
{
	const struct login *l = f->login;
	const unsigned allowed = l->decision->methods;

	/* a push or another method might still reach this user: not an outage
	 * of all */
	if ((f->ways.push &&
		(l->decision->push_blind ||
		    reach_lists(l->record, METHODS_APPROVED))) ||
	    reach_has_other_provider(
		l->env->conf, l->record, allowed, allowed & METHOD_BIT(method)))
		return field_login_deny(f, REASON_TRANSIENT);
	f->ways.push = false; /* this login could not poll one */
	return factors_phone_step(f, STEP_ADMIT);
}

static enum challenge_step
send_code(struct factors *f, enum method method)
{
	enum challenge_step step = STEP_WAIT;

	if (!field_login_may_send(f, method))
		return field_login_deny(f, REASON_NO_METHOD);
	if (!f->untold)
		step = verify_join(&f->verify);
	if (step == STEP_ASK)
		return send_another(f, method);
	if (step == STEP_WAIT)
		step = field_login_send_code(f, method);
	return step == STEP_ADMIT ? field_login_outage(f, method) : step;
}

/* Needs push_blind: without a prompt, the user sees no number to compare. */
static enum challenge_step
send_push(struct factors *f)
{
	enum challenge_step step;
	int64_t due;

	if (!f->ways.push || !f->login->decision->push_blind)
		return field_login_deny(f, REASON_NO_METHOD);
	f->push.others = false;
	step = f->untold ? push_begin_decoy(&f->push) : push_begin(&f->push);
	if (step != STEP_ASK)
		return step == STEP_INSTEAD ? field_login_deny(f, f->push.why)
					    : step;
	login_leave_state(f->login);
	while ((due = push_tick(&f->push)) >= 0)
		if (!login_pause(f->login, due))
			return field_login_deny(f, REASON_PEER_GONE);
	step = push_poll(&f->push);
	return step == STEP_INSTEAD ? field_login_deny(f, f->push.why) : step;
}

static enum challenge_step
field_login_run(struct factors *f, const struct challenge *c, const char *part)
{
	const enum one_field kind = one_field_kind_of(part);
	enum challenge_step step;

	if (kind == ONE_FIELD_NONE)
		return field_login_deny(f, REASON_NO_CODE);
	if (kind == ONE_FIELD_RECOVERY)
		return try_recovery(f, c, part);
	if (f->locked && !f->untold)
		return factors_handle_lock(f);
	if (kind == ONE_FIELD_PUSH)
		return send_push(f);
	if (kind == ONE_FIELD_SMS || kind == ONE_FIELD_CALL)
		return send_code(f, field_login_method(kind));
	step = try_code(f, c, part);
	factors_log_lock(f, step);
	return step;
}

static const enum reason step_reasons[] = {
	[STEP_DENY] = REASON_DENIED,
	[STEP_ASK] = REASON_CODE_SENT,
	[STEP_RIGHT] = REASON_DENIED,
	[STEP_ADMIT] = REASON_DENIED,
	[STEP_WRONG] = REASON_WRONG_CODES,
	[STEP_USED] = REASON_CODE_USED,
	[STEP_TAKEN] = REASON_USED,
	[STEP_RENEWED] = REASON_CODE_SENT,
	[STEP_SENT] = REASON_CODE_SENT,
	[STEP_WAIT] = REASON_CODE_SENT,
	[STEP_INSTEAD] = REASON_TRANSIENT,
	[STEP_LOCKED] = REASON_LOCKED,
	[STEP_NO_RECOVERY] = REASON_WRONG_CODES,
};
_Static_assert(COUNT_OF(step_reasons) == STEP_NO_RECOVERY + 1, "each");

void
factors_run(struct factors *f, const struct challenge *c)
{
	const struct login *l = f->login;
	enum challenge_step step;

	if (l->env->facts->one_field == NULL) {
		dialogue_run(l, c);
		return;
	}
	login_confine(l);
	step = field_login_run(f, c, l->env->facts->one_field);
	if (!login_allow_step(l, step))
		login_deny(l, VERDICT_DENY, step_reasons[step]);
}
