/* SPDX-License-Identifier: BSD-2-Clause */
/* Choosing among a user's factors. */
#include "helper/factors.h"

#include <string.h>

#include "helper/log.h"
#include "helper/tell.h"
#include "helper/totp.h"

static enum challenge_step
state_failed(struct factors *f)
{
	log_mend("%s", store_cause(f->store));
	result_deny(f->result, VERDICT_DENY, "state");
	return STEP_DENY;
}

/* Both are shut now. A recovery code is the way round, if there is one. */
static enum challenge_step
shut(struct factors *f, int64_t locked_s)
{
	char prompt[TEXT_PROMPT_MAX];

	f->locked = true;
	f->locked_s = locked_s;
	if (f->use_recovery) {
		f->active = METHOD_RECOVERY;
		return STEP_LOCKED;
	}
	log_notice("%s is locked, and has no recovery code that the rule "
		   "allows: twofactl unlock %s",
	    f->user, f->user);
	text_locked(prompt, sizeof(prompt), locked_s);
	tell(f->env, prompt);
	result_deny(f->result, VERDICT_MAXTRIES, "locked");
	return STEP_DENY;
}

/* The phone is of no use: what else is there? */
static enum challenge_step
instead(struct factors *f)
{
	f->why = f->verify.end;
	f->phone_open = false;
	f->use_phone = false;
	f->active = f->use_totp ? METHOD_TOTP : METHOD_RECOVERY;
	return STEP_INSTEAD;
}

/* What a step of the phone means for all of them. */
static enum challenge_step
phone_step(struct factors *f, enum challenge_step step)
{
	if (step == STEP_INSTEAD)
		return instead(f);
	if (step == STEP_LOCKED)
		return shut(f, f->verify.wait_s);
	return step;
}

static enum challenge_step
open_phone(struct factors *f)
{
	enum challenge_step step = f->phone.begin(f->phone.ctx);

	f->phone_open = step == STEP_ASK;
	if (step == STEP_ASK)
		f->active = METHOD_NONE;
	return phone_step(f, step);
}

/* Does the record put the app before every channel that can be used? */
static bool
totp_first(const struct factors *f)
{
	size_t i;

	if (!f->use_totp || !f->use_phone)
		return f->use_totp;
	for (i = 0; i < f->record->channels; i++) {
		if (f->record->channel[i] == METHOD_TOTP)
			return true;
		if ((f->decision->methods &
			METHOD_BIT(f->record->channel[i])) != 0)
			return false;
	}
	return false;
}

static enum challenge_step
factors_begin(void *ctx)
{
	struct factors *f = ctx;

	if (f->locked && !f->untold)
		return shut(f, f->locked_s);
	if (totp_first(f)) {
		f->active = METHOD_TOTP;
		return STEP_ASK;
	}
	if (!f->use_phone && f->use_recovery) {
		f->active = METHOD_RECOVERY;
		return STEP_ASK;
	}
	return open_phone(f);
}

static enum challenge_step
right(struct factors *f, enum method method)
{
	f->result->method = method;
	f->result->provider[0] = f->result->request[0] = '\0';
	/* a recovery code lets its owner in, but an account that saw a hundred
	 * wrong codes, be it since this login began, is for an admin to open */
	if (method == METHOD_RECOVERY)
		store_guess_recovered(f->store, f->user, f->source);
	else
		store_guess_right(f->store, f->user, f->source);
	return STEP_RIGHT;
}

static enum challenge_step
totp_wrong(struct factors *f)
{
	f->wrong_totp++;
	if (f->wrong_totp < f->env->conf->wrong_codes_per_login)
		return STEP_WRONG;
	f->env->ui->say(f->env->ui->ctx, text_end(END_SPENT));
	result_deny(f->result, VERDICT_MAXTRIES, "wrong-codes");
	return STEP_DENY;
}

/* Counted already. A code of a used step is a wrong one. */
static enum challenge_step
totp_judge(
    struct factors *f, const char *code, const struct store_guess_token *token)
{
	int64_t step = 0;
	int match = totp_match(
	    &f->record->totp, code, f->env->wall(f->env->ctx), &step);

	if (match < 0) {
		store_guess_refund(f->store, f->user, f->source, token);
		log_mend("the TOTP secret of %s cannot be used: run "
			 "twofactl totp %s",
		    f->user, f->user);
		result_deny(f->result, VERDICT_DENY, "totp-secret");
		return STEP_DENY;
	}
	if (match == 0)
		return totp_wrong(f);
	switch (store_totp_claim(f->store, f->user, step)) {
	case 1:
		return right(f, METHOD_TOTP);
	case 0:
		return totp_wrong(f);
	}
	return state_failed(f);
}

static enum challenge_step
totp_check(struct factors *f, const char *code)
{
	struct store_guess_token token;
	int64_t wait_s = 0;

	f->result->method = METHOD_TOTP;
	if (f->untold) /* whatever the code is, and nothing counts */
		return totp_wrong(f);
	switch (store_guess_take(f->store, f->user, f->source,
	    &f->env->conf->guesses, f->env->wall(f->env->ctx), &token,
	    &wait_s)) {
	case GUESS_OPEN:
		f->result->tries++;
		return totp_judge(f, code, &token);
	case GUESS_LOCKED:
		return shut(f, wait_s);
	case GUESS_SHUT:
		return shut(f, 0);
	case GUESS_ERROR:
		break;
	}
	return state_failed(f);
}

static enum challenge_step
factors_check(void *ctx, const char *code)
{
	struct factors *f = ctx;

	if (f->active == METHOD_TOTP)
		return totp_check(f, code);
	return phone_step(f, f->phone.check(f->phone.ctx, code));
}

static enum challenge_step
factors_recover(void *ctx, const char *code)
{
	struct factors *f = ctx;
	unsigned left = 0;

	if (!f->use_recovery)
		return STEP_NO_RECOVERY;
	switch (store_recovery_claim(f->store, f->user, code, &left)) {
	case 1:
		log_notice("%s used a recovery code, %u left%s%s", f->user,
		    left, left < 3 ? ": run twofactl recovery-codes " : "",
		    left < 3 ? f->user : "");
		return right(f, METHOD_RECOVERY);
	case 0:
		f->result->tries++;
		return STEP_NO_RECOVERY;
	}
	return state_failed(f);
}

/* A key: the app, or the phone by this method. */
static enum challenge_step
factors_again(void *ctx, enum method method)
{
	struct factors *f = ctx;

	if (method == METHOD_TOTP && f->active != METHOD_TOTP) {
		f->active = METHOD_TOTP;
		return STEP_ASK;
	}
	if (!f->phone_open)
		return open_phone(f);
	if (f->active != METHOD_NONE) {
		f->active = METHOD_NONE;
		return STEP_ASK;
	}
	return phone_step(f, f->phone.again(f->phone.ctx, method));
}

static void
factors_quit(void *ctx)
{
	struct factors *f = ctx;

	if (f->phone_open)
		f->phone.quit(f->phone.ctx);
}

/* A prompt that is not the phone's. */
static void
view_other(const struct factors *f, struct challenge_view *v)
{
	unsigned limit = f->env->conf->wrong_codes_per_login;

	memset(v, 0, sizeof(*v));
	v->method = f->active;
	v->age_s = -1;
	if (f->active == METHOD_TOTP) {
		v->code_length = TOTP_DIGITS;
		v->can_resend = f->use_phone;
		v->tries_left =
		    limit > f->wrong_totp ? limit - f->wrong_totp : 0;
	} else {
		if (f->use_totp && !f->locked)
			v->keys = METHOD_BIT(METHOD_TOTP);
	}
	v->why = f->why;
	v->locked_s = f->locked_s;
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
}

static int
look_at_lock(struct factors *f)
{
	switch (store_guess_look(f->store, f->user, f->source,
	    f->env->wall(f->env->ctx), &f->locked_s)) {
	case GUESS_OPEN:
		return 0;
	case GUESS_SHUT:
		f->locked_s = 0;
		f->locked = true;
		return 0;
	case GUESS_LOCKED:
		f->locked = true;
		return 0;
	case GUESS_ERROR:
		break;
	}
	state_failed(f);
	return -1;
}

static void
init_verify(struct factors *f)
{
	f->verify.env = f->env;
	f->verify.record = f->record;
	f->verify.decision = f->decision;
	f->verify.user = f->user;
	f->verify.source = f->source;
	f->verify.store = f->store;
	f->verify.result = f->result;
	verify_init(&f->verify, &f->phone);
}

int
factors_init(struct factors *f, struct challenge *c)
{
	const unsigned methods = f->decision->methods;
	int codes = store_recovery_left(f->store, f->user);

	init_verify(f);
	if (codes < 0) {
		state_failed(f);
		return -1;
	}
	if (look_at_lock(f) != 0)
		return -1;
	f->use_totp =
	    f->record->totp.len > 0 && (methods & METHOD_BIT(METHOD_TOTP)) != 0;
	f->use_recovery =
	    codes > 0 && (methods & METHOD_BIT(METHOD_RECOVERY)) != 0;
	f->use_phone = verify_usable(&f->verify);
	f->verify.offline = f->use_totp || f->use_recovery;
	*c = (struct challenge){ .ctx = f,
		.begin = factors_begin,
		.check = factors_check,
		.again = factors_again,
		.recover = factors_recover,
		.quit = factors_quit,
		.view = factors_view };
	return 0;
}
