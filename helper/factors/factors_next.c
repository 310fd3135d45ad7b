/* SPDX-License-Identifier: BSD-2-Clause */
/* Which factor comes next when one has failed or ended. */
#include "helper/factors/factors.h"

#include <string.h>

#include "helper/dialogue/dialogue.h"
#include "lib/rules/rules.h"
#include "lib/system/system.h"

bool
factors_can_push(const struct factors *f)
{
	return f->use_push && !f->pushed &&
	    push_in_time(f->login->env, f->push.others);
}

enum challenge_step
factors_locked(struct factors *f)
{
	const struct login *l = f->login;
	char prompt[TEXT_PROMPT_MAX];

	if (f->use_recovery) {
		f->active = METHOD_RECOVERY;
		return STEP_LOCKED;
	}
	log_notice("%s is locked, and has no recovery code that the rule "
		   "allows: twofactl unlock %s",
	    login_shown(l), login_shown(l));
	if (f->refused)
		words_push_locked(prompt, sizeof(prompt), f->locked_s);
	else
		words_locked(prompt, sizeof(prompt), f->locked_s);
	ending_show(l, prompt);
	return login_deny(l, VERDICT_MAXTRIES, REASON_LOCKED);
}

enum challenge_step
factors_shut(struct factors *f, int64_t locked_s)
{
	const struct login *l = f->login;

	f->locked = true;
	f->locked_s = locked_s;
	f->refused = store_guess_refused(l->store, l->user, l->source) == 1;
	return factors_locked(f);
}

enum method
factors_first(const struct login *l, unsigned recovery_left)
{
	struct factor_choice ways =
	    factor_choice(l->env->conf, l->record, l->decision, recovery_left);

	ways.push =
	    ways.push && push_in_time(l->env, factor_choice_others(&ways));
	return factor_choice_next(&ways);
}

/* METHOD_NONE: try the phone, even if that will probably fail. */
static enum method
next_method(const struct factors *f)
{
	const struct factor_choice ways = { .record = f->login->record,
		.allowed = f->login->decision->methods,
		.phone = f->use_phone,
		.app = f->use_totp,
		.recovery = f->use_recovery,
		.push = factors_can_push(f),
		.instead = f->instead };

	return factor_choice_next(&ways);
}

static enum challenge_step
take_up(struct factors *f, enum method method)
{
	if (method == METHOD_PUSH)
		return factors_open_push(f);
	if (method == METHOD_NONE)
		return factors_open_phone(f);
	f->active = method;
	return f->instead ? STEP_INSTEAD : STEP_ASK;
}

void
factors_mark_offline(struct factors *f)
{
	f->verify.offline = f->use_totp || f->use_recovery ||
	    push_waits(&f->push) ||
	    (reach_listed(f->login->record, METHOD_PUSH) &&
		factors_can_push(f));
}

enum challenge_step
factors_next(struct factors *f)
{
	return take_up(f, next_method(f));
}

enum challenge_step
factors_open_phone(struct factors *f)
{
	enum challenge_step step = STEP_ASK;

	factors_mark_offline(f);
	if (!f->phone_open)
		step = f->phone.begin(f->phone.ctx);
	f->phone_open = step == STEP_ASK;
	if (step == STEP_ASK)
		f->active = METHOD_NONE;
	return factors_phone_step(f, step);
}

enum challenge_step
factors_open_push(struct factors *f)
{
	enum challenge_step step;

	f->pushed = true;
	if (!login_seem(f->login))
		return login_deny(f->login, VERDICT_DENY,
		    login_state_reason(f->login->seems));
	step = f->untold ? push_decoy(&f->push) : push_begin(&f->push);
	if (step == STEP_ASK) {
		f->active = METHOD_PUSH;
		f->reached = true;
	}
	return factors_push_step(f, step);
}

static enum challenge_step
admit(const struct factors *f)
{
	log_mend("every provider is out of reach: %s is let in without a "
		 "code (on_outage = allow)",
	    login_shown(f->login));
	return STEP_ADMIT;
}

/* The push was the only factor. */
static enum challenge_step
no_push_left(struct factors *f)
{
	const struct login *l = f->login;
	enum reason why = f->push.why;
	char prompt[TEXT_PROMPT_MAX];

	if (f->push.wait_s > 0 && why == REASON_LIMIT) {
		words_push_limit(prompt, sizeof(prompt), f->push.wait_s);
		ending_show(l, prompt);
		return login_deny(l, VERDICT_MAXTRIES, why);
	}
	/* shown already where text appears without a prompt */
	if (why != REASON_EXPIRED) {
		words_push_none(prompt, sizeof(prompt), why);
		ending_show(l, prompt);
	} else if (!environment_shows_text(l->env)) {
		ending_say(l, words_push_expired());
	}
	return login_deny(l, VERDICT_DENY, why);
}

/* True for a factor without a message: it works in an outage too, and a key
 * that asks for the phone must not avoid it. */
static bool
has_own(const struct factors *f)
{
	return f->use_totp || f->use_recovery;
}

/* The push could not be sent or was not answered. If all providers are out and
 * there is no phone to try, on_outage decides. */
static enum challenge_step
after_push(struct factors *f)
{
	const struct login *l = f->login;
	const bool all = f->push.outage && !f->use_phone && !f->reached;
	enum method next;

	if (!f->push.outage || f->push.unasked)
		f->reached = true;
	if (f->by_key) {
		f->active = f->from;
		return STEP_ASK;
	}
	if (all && !f->push.unasked && l->decision->on_outage == OUTAGE_ALLOW &&
	    !has_own(f))
		return admit(f);
	if (all && l->decision->on_outage == OUTAGE_DENY)
		return no_push_left(f);
	next = next_method(f);
	if (next == METHOD_NONE && !f->use_phone)
		return no_push_left(f);
	return take_up(f, next);
}

enum challenge_step
factors_push_step(struct factors *f, enum challenge_step step)
{
	if (step == STEP_INSTEAD)
		return after_push(f);
	if (step == STEP_LOCKED)
		return factors_shut(f, f->push.wait_s);
	return step;
}

/* The phone has failed: what else is there? A push that can still be approved
 * goes on. After too many wrong codes no new push is sent to the owner. */
static enum challenge_step
instead(struct factors *f, enum ending why)
{
	const struct login *l = f->login;
	enum method next;

	f->why = why;
	f->instead = true;
	f->phone_open = false;
	f->use_phone = false;
	if (push_waits(&f->push)) {
		f->by_key = false; /* there is no prompt to go back to */
		f->active = METHOD_PUSH;
		return STEP_INSTEAD;
	}
	if (why != END_SPENT && reach_listed(l->record, METHOD_PUSH) &&
	    factors_can_push(f))
		return factors_open_push(f);
	f->pushed = true;
	next = next_method(f);
	if (next != METHOD_NONE)
		return take_up(f, next);
	if (why == END_LIMIT)
		verify_tell_limit(&f->verify);
	else
		ending_say(l, words_ending(why));
	return login_deny(l,
	    why == END_SPENT || why == END_LIMIT ? VERDICT_MAXTRIES
						 : VERDICT_DENY,
	    ending_reason(why));
}

/* Every provider of codes is out of reach. A push provider counts, too. */
static enum challenge_step
phone_out(struct factors *f)
{
	const bool push =
	    reach_listed(f->login->record, METHOD_PUSH) && factors_can_push(f);

	if (f->reached || has_own(f))
		return instead(f, END_NOT_SENT);
	if (!push)
		return admit(f);
	f->use_phone = false;
	return factors_open_push(f);
}

enum challenge_step
factors_phone_step(struct factors *f, enum challenge_step step)
{
	if (step == STEP_ADMIT)
		return phone_out(f);
	if (step == STEP_INSTEAD) {
		f->reached = true;
		return instead(f, f->verify.end);
	}
	if (step == STEP_LOCKED)
		return factors_shut(f, f->verify.wait_s);
	return step;
}
