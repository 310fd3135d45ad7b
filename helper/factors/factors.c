/* SPDX-License-Identifier: BSD-2-Clause */
/* All factors of a user, for the dialogue. */
#include "helper/factors/factors.h"

#include <string.h>

#include "helper/dialogue/dialogue.h"
#include "helper/factors/recovery_check.h"
#include "helper/verification/verification.h"
#include "lib/rules/rules.h"
#include "lib/system/system.h"

/* The first prompt says why no other way is there. */
static enum challenge_step
begin_offline(struct factors *f)
{
	f->why = END_OFFLINE;
	f->instead = true;
	if (f->use_totp || f->use_recovery)
		return factors_next(f);
	ending_say(f->login, words_ending(END_OFFLINE));
	return login_deny(f->login, VERDICT_DENY, REASON_STORE_OUTAGE);
}

static enum challenge_step
factors_begin(void *ctx)
{
	struct factors *f = ctx;

	if (f->locked && !f->untold)
		return factors_locked(f);
	return f->login->offline ? begin_offline(f) : factors_next(f);
}

/* A factor without a provider names none in the log. */
static void
forget_provider(struct factors *f)
{
	struct login_result *result = f->login->result;

	result->provider[0] = result->request[0] = '\0';
}

static enum challenge_step
app_check(struct factors *f, const char *code)
{
	enum challenge_step step;

	f->login->result->method = METHOD_TOTP;
	if (f->untold) /* any code is wrong, and nothing is counted */
		return app_code_decoy(&f->app);
	if (f->app.at == NULL)
		forget_provider(f);
	step = app_code_check(&f->app, code);
	if (f->app.answered)
		f->reached = true;
	if (step != STEP_LOCKED)
		return step;
	f->untold = f->login->alike;
	return f->untold ? app_code_decoy(&f->app)
			 : factors_shut(f, f->app.wait_s);
}

static enum challenge_step
factors_look(void *ctx)
{
	struct factors *f = ctx;

	return factors_push_step(f, push_look(&f->push));
}

/* A denial on the phone counts before any code, however fast the code was
 * typed. */
static enum challenge_step
factors_check(void *ctx, const char *code)
{
	struct factors *f = ctx;

	if (push_forbids(&f->push))
		return factors_look(f);
	if (f->active == METHOD_TOTP)
		return app_check(f, code);
	factors_mark_offline(f);
	return factors_phone_step(f, f->phone.check(f->phone.ctx, code));
}

/* As many calls as recovery_check makes: the salts, and the claim. */
static bool
recovery_seems(const struct login *l)
{
	return login_seem(l) && (l->offline || login_seem(l));
}

static enum challenge_step
factors_recover(void *ctx, const char *code)
{
	struct factors *f = ctx;
	const struct login *l = f->login;
	unsigned left = 0;
	bool no;

	if (!f->use_recovery)
		return STEP_NO_RECOVERY;
	if (l->store == NULL)
		return recovery_seems(l)
		    ? STEP_NO_RECOVERY
		    : login_deny(l, VERDICT_DENY, login_state_reason(l->seems));
	/* asked only for the alert and what follows; the code proves the
	 * owner */
	no = push_forbids(&f->push);
	switch (recovery_check(l, code, &left)) {
	case 1:
		log_notice("%s used a %s code, %u left%s%s%s", login_shown(l),
		    l->offline ? "break-glass" : "recovery", left,
		    left < 3 ? ": run twofactl recovery-codes " : "",
		    left < 3 && l->offline ? "--local " : "",
		    left < 3 ? login_shown(l) : "");
		l->result->method = METHOD_RECOVERY;
		forget_provider(f);
		return STEP_RIGHT;
	case 0:
		l->result->tries++;
		return no ? factors_look(f) : STEP_NO_RECOVERY;
	}
	return login_deny(l, VERDICT_DENY, login_state_reason(l->store));
}

/* Key p: a new push, or back to the one that is still open. */
static enum challenge_step
another_push(struct factors *f)
{
	f->by_key = true;
	f->from = f->active;
	if (f->push.state == PUSH_NONE)
		return factors_open_push(f);
	f->active = METHOD_PUSH;
	return f->push.state == PUSH_OPEN ? STEP_ASK : factors_look(f);
}

/* A key: for the app, a push, or the phone with this method. r asks for the
 * phone's own method, or for the phone. */
static enum challenge_step
factors_another_message(void *ctx, enum method method)
{
	struct factors *f = ctx;

	if (method == METHOD_TOTP && f->active != METHOD_TOTP) {
		f->active = METHOD_TOTP;
		return STEP_ASK;
	}
	if (method == METHOD_PUSH && f->active != METHOD_PUSH)
		return another_push(f);
	if (push_forbids(&f->push))
		return factors_look(f);
	if (!f->phone_open || f->active != METHOD_NONE)
		return factors_open_phone(f);
	factors_mark_offline(f);
	return factors_phone_step(
	    f, f->phone.another_message(f->phone.ctx, method));
}

static void
factors_quit(void *ctx)
{
	struct factors *f = ctx;

	if (f->phone_open)
		f->phone.quit(f->phone.ctx);
}

/* A push that was denied, or answered in an unknown way, ends the login. One
 * whose answer could not be learnt ends only its own prompt. */
static int64_t
factors_tick(void *ctx)
{
	struct factors *f = ctx;
	int64_t due = push_tick(&f->push);

	if (due == CHALLENGE_OVER && f->push.unheard &&
	    f->active != METHOD_PUSH)
		return CHALLENGE_QUIET;
	return due;
}

/* Is p useful at this prompt? */
static bool
push_key(const struct factors *f)
{
	return push_waits(&f->push) || factors_can_push(f);
}

/* A prompt for another factor than the phone. */
static void
view_other(const struct factors *f, struct challenge_view *v)
{
	memset(v, 0, sizeof(*v));
	v->method = f->active;
	v->age_s = -1;
	v->why = f->why;
	v->locked_s = f->locked_s;
	if (f->instead && f->why == END_BUSY)
		v->resend_s = verify_busy_s(&f->verify);
	if (f->instead && f->why == END_LIMIT)
		v->resend_s = f->verify.wait_s;
	v->refused = f->refused;
	if (f->active == METHOD_TOTP) {
		v->code_length = app_code_length(&f->app);
		v->next_s = f->app.next_s;
		v->can_resend = f->use_phone;
		v->tries_left = app_code_left(&f->app);
	}
	if (f->active == METHOD_PUSH) {
		push_view(&f->push, v);
		v->can_resend = f->use_phone;
	}
	if (f->locked && !f->untold)
		return;
	if (f->use_totp && f->active != METHOD_TOTP)
		v->keys |= METHOD_BIT(METHOD_TOTP);
	if (push_key(f) && f->active != METHOD_PUSH)
		v->keys |= METHOD_BIT(METHOD_PUSH);
}

static void
factors_view(void *ctx, struct challenge_view *v)
{
	struct factors *f = ctx;

	if (f->active != METHOD_NONE) {
		view_other(f, v);
		return;
	}
	f->phone.view(f->phone.ctx, v);
	if (f->use_totp)
		v->keys |= METHOD_BIT(METHOD_TOTP);
	if (push_key(f))
		v->keys |= METHOD_BIT(METHOD_PUSH);
}

bool
factors_hide_lock(const struct factors *f)
{
	return f->locked &&
	    (f->login->alike || !f->login->env->conf->tell_locked);
}

static void
init_parts(struct factors *f)
{
	f->verify.login = f->push.login = f->app.login = f->login;
	verify_init(&f->verify, &f->phone);
	app_code_init(&f->app);
}

static void
init_ways(struct factors *f, unsigned recovery_left)
{
	const struct login *l = f->login;
	const struct factor_choice ways =
	    factor_choice(l->env->conf, l->record, l->decision, recovery_left);

	f->use_phone = ways.phone;
	f->use_totp = ways.app;
	f->use_recovery = ways.recovery;
	f->use_push = ways.push;
	f->push.others = factor_choice_others(&ways);
}

static void
drive(struct factors *f, struct challenge *c)
{
	*c = (struct challenge){ .ctx = f,
		.begin = factors_begin,
		.check = factors_check,
		.another_message = factors_another_message,
		.recover = factors_recover,
		.quit = factors_quit,
		.view = factors_view,
		.tick = factors_tick,
		.look = factors_look };
}

void
factors_made_up(struct factors *f, bool recovery, struct challenge *c)
{
	init_parts(f);
	init_ways(f, recovery ? 1 : 0);
	f->untold = true;
	drive(f, c);
}

void
factors_init(struct factors *f, struct challenge *c)
{
	const struct store_begun *found = &f->login->begun->found;

	init_parts(f);
	init_ways(f, found->recovery_left);
	f->locked = found->lock != GUESS_OPEN;
	f->locked_s = found->lock_s;
	f->refused = found->refused;
	drive(f, c);
}
