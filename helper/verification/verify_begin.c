/* SPDX-License-Identifier: BSD-2-Clause */
/* Finding a provider that sends the code, or a verification to join. */
#include "helper/verification/verify.h"

#include <string.h>

#include "helper/providers/providers.h"
#include "helper/verification/claim_key.h"
#include "helper/verification/login_steps.h"
#include "lib/system/system.h"

/* Turns at one provider: each number of the user may have a verification to end
 * first, one may run elsewhere, and the last turn starts the new one. */
#define OPEN_TURNS (1 + STORE_OTHERS + 1 + 1)

/* The result at one provider. */
enum opened {
	OPEN_DENY = 0,
	OPEN_ASK,
	OPEN_INSTEAD, /* the phone cannot be used, but another method can */
	OPEN_NEXT,    /* another may be asked */
	OPEN_OTHER,   /* another channel here may be tried */
	OPEN_STOP,    /* ask no other: the outcome is not certain */
	OPEN_UNFIT,   /* it has none of the methods */
	OPEN_AGAIN,   /* try again: the obstacle is gone */
};

/* What to claim at v->x's provider. */
struct wanted {
	unsigned methods;   /* these may be joined */
	enum method method; /* a new one uses this method */
};

/* The result of verify_open so far, over all providers. */
struct progress {
	unsigned tried;
	bool all_transient;
	bool other; /* a failure that is not an outage */
	enum outcome last;
};

static enum opened
joined(struct verify *v)
{
	verify_joined(v);
	return OPEN_ASK;
}

static enum opened
ended(enum challenge_step step)
{
	return step == STEP_INSTEAD ? OPEN_INSTEAD : OPEN_DENY;
}

static enum opened
deny(struct verify *v, enum frame_verdict verdict, enum reason why,
    enum ending end)
{
	return ended(verify_deny(v, verdict, why, end));
}

static enum opened
state_failed(struct verify *v)
{
	return ended(verify_state_failed(v, END_NOT_SENT));
}

static enum opened
give_up(struct verify *v, enum frame_verdict verdict, enum reason why,
    enum ending end)
{
	return ended(verify_give_up(v, verdict, why, end));
}

/* The limits come first: beyond them no provider is asked. */
static enum opened
limited(struct verify *v)
{
	if (v->wait_s > 0)
		return give_up(v, VERDICT_MAXTRIES, REASON_LIMIT, END_LIMIT);
	return state_failed(v);
}

/* How to go on after a start that was not accepted. */
static enum opened
after_start(
    struct verify *v, enum outcome o, bool maybe_sent, struct progress *pr)
{
	pr->tried++;
	pr->last = o;
	if (v->joins)
		return OPEN_AGAIN;
	if (o != OUTCOME_OK && maybe_sent)
		v->carried = v->x.reply.fate == HTTP_REPLIED &&
			!provider_call_answered(&v->x)
		    ? CARRIED_INSTEAD
		    : CARRIED_BESIDE;
	if (v->clashed)
		return give_up(v, VERDICT_DENY, REASON_NUMBER_BUSY, END_BUSY);
	/* nor when the person used up the time before asking */
	if (!provider_call_outage(&v->x, o) || v->x.throttled)
		pr->all_transient = false;
	if (o != OUTCOME_TRANSIENT)
		pr->other = true;
	if (o == OUTCOME_OK)
		return OPEN_ASK;
	if (o == OUTCOME_NUMBER) {
		if (v->number_retried)
			return give_up(
			    v, VERDICT_DENY, REASON_NUMBER, END_NUMBER);
		v->number_retried = true;
		return OPEN_OTHER;
	}
	if (failover_allowed(
		v->login->env->conf, o, maybe_sent, v->x.ctx.per_number))
		return OPEN_NEXT;
	return o == OUTCOME_TRANSIENT || o == OUTCOME_THROTTLE ||
		o == OUTCOME_STALLED
	    ? OPEN_STOP
	    : deny(v, VERDICT_DENY, outcome_reason(o), END_NOT_SENT);
}

/* The fate of an earlier start here is unknown. This login did not try it, so
 * it is no outage for on_outage. */
static enum opened
shut(const struct verify *v, struct progress *pr)
{
	pr->all_transient = false;
	pr->last = OUTCOME_TRANSIENT;
	return v->login->env->conf->failover_after_unknown ? OPEN_NEXT
							   : OPEN_STOP;
}

/* The user's own verification cannot be joined: end it and start another. The
 * message is counted first, so that a limit leaves the old one usable. */
static enum opened
open_instead(struct verify *v, const struct provider_conf *there,
    const struct wanted *w, struct progress *pr)
{
	bool kept_out;

	if (v->row.shut)
		return shut(v, pr);
	if (!verify_budget_take(v))
		return limited(v);
	switch (v->login->steps->end(v, there)) {
	case TAKEOVER_FREE:
	case TAKEOVER_MOVED:
		return OPEN_AGAIN;
	case TAKEOVER_BUSY:
		kept_out =
		    v->row.apart || claim_key_foreign(v->x.p->type, &v->row);
		if (kept_out && verify_wait_free(v))
			return OPEN_AGAIN;
		/* a later step may bring a valid code */
		if (!kept_out && (w->methods & METHOD_BIT(v->row.method)) != 0)
			return joined(v);
		pr->all_transient = false;
		pr->other = true;
		pr->last = OUTCOME_INFLIGHT;
		return OPEN_NEXT;
	case TAKEOVER_USED:
		return deny(v, VERDICT_DENY, REASON_USED, END_DENIED);
	case TAKEOVER_FAILED:
		break;
	}
	return state_failed(v);
}

/* A verification of this user at another provider is joined there, whatever the
 * order. If it is gone by then, the next turn starts one there. */
static enum opened
open_there(struct verify *v, struct wanted *w, struct progress *pr)
{
	const struct login *l = v->login;
	const struct provider_conf *there =
	    claim_key_provider(l->env->conf, &v->row);

	if (!claim_key_joins(
		l->env->conf, l->record, l->decision->methods, &v->row))
		return open_instead(v, there, w, pr);
	verify_aim(v, there);
	w->methods = verify_methods(v, there);
	w->method = verify_preferred(v, w->methods);
	return OPEN_AGAIN;
}

/* The row belongs to this session: count, then send. */
static enum opened
open_new(struct verify *v, enum method method, struct progress *pr)
{
	const struct login *l = v->login;
	bool maybe_sent = false;
	enum outcome o;

	if (!login_pause(l, 0)) {
		/* the person has left */
		l->steps->back(l, &v->row);
		return ended(login_deny(l, VERDICT_DENY, REASON_PEER_GONE));
	}
	if (!verify_budget_take(v)) {
		l->steps->back(l, &v->row);
		return limited(v);
	}
	o = l->steps->send(v, method, &maybe_sent);
	return after_start(v, o, maybe_sent, pr);
}

static enum opened
open_turn(struct verify *v, struct wanted *w, struct progress *pr)
{
	switch (verify_claim(v, w->methods, w->method, w->method)) {
	case CLAIM_NEW:
		return open_new(v, w->method, pr);
	case CLAIM_JOINED:
		if (!verify_can_check(v))
			return open_instead(v, NULL, w, pr);
		return joined(v);
	case CLAIM_UNFIT:
		return open_instead(v, v->x.p, w, pr);
	case CLAIM_UNKNOWN:
		return shut(v, pr);
	case CLAIM_SPENT:
		v->wait_s = (v->row.over_ms + 999) / 1000;
		return give_up(v, VERDICT_MAXTRIES, REASON_SPENT, END_SPENT);
	case CLAIM_ELSEWHERE:
		return open_there(v, w, pr);
	case CLAIM_OTHER:
		return give_up(v, VERDICT_DENY, REASON_NUMBER_BUSY, END_BUSY);
	case CLAIM_WAIT:
		return deny(v, VERDICT_DENY, REASON_DEADLINE, END_TIMEOUT);
	case CLAIM_ERROR:
		break;
	}
	return state_failed(v);
}

/* With one channel. What still blocks after all turns is being started again
 * and again by other sessions. */
static enum opened
open_by(struct verify *v, struct wanted w, struct progress *pr)
{
	enum opened o;

	for (unsigned turn = 0; turn < OPEN_TURNS; turn++) {
		o = open_turn(v, &w, pr);
		if (o != OPEN_AGAIN)
			return o;
	}
	return give_up(v, VERDICT_DENY, REASON_NUMBER_BUSY, END_BUSY);
}

/* One provider, with the preferred channel, then with another if the number was
 * refused for that one. */
static enum opened
open_at(struct verify *v, const struct provider_conf *p, struct progress *pr)
{
	unsigned methods = verify_methods(v, p), left = methods;
	enum opened o = OPEN_UNFIT;
	enum method method;

	while ((method = verify_preferred(v, left)) != METHOD_NONE) {
		verify_aim(v, p);
		o = open_by(v, (struct wanted){ methods, method }, pr);
		/* counted but not sent: it joined another one, or failed */
		if (v->counted)
			verify_budget_refund(v);
		if (o != OPEN_OTHER)
			return o;
		left &= ~METHOD_BIT(method);
	}
	return o == OPEN_OTHER ? OPEN_NEXT : o;
}

/* No provider accepted it. If this is an outage, on_outage decides; limits,
 * throttling, account and credentials never let a user in. */
static enum challenge_step
none_took_it(struct verify *v, const struct progress *pr)
{
	const bool outage = !pr->other && pr->last == OUTCOME_TRANSIENT;
	enum ending end = END_NOT_SENT;

	if (outage && pr->tried > 0 && pr->all_transient &&
	    v->login->decision->on_outage == OUTAGE_ALLOW)
		return STEP_ADMIT;
	/* a cancelled SIM is a lost phone, so a recovery code may follow */
	if (pr->last == OUTCOME_NUMBER)
		end = END_NUMBER;
	if (pr->last == OUTCOME_INFLIGHT)
		end = END_BUSY;
	if (outage && v->login->decision->on_outage == OUTAGE_DENY)
		return verify_deny(v, VERDICT_DENY, REASON_TRANSIENT, end);
	return verify_give_up(v, VERDICT_DENY, outcome_reason(pr->last), end);
}

static enum challenge_step
no_method(struct verify *v)
{
	const struct login *l = v->login;

	if (l->record->phone[0] != '\0' &&
	    !policy_number_allowed(l->env->conf, l->record->phone)) {
		log_mend("the number of user %s begins with none of "
			 "allowed_prefixes",
		    login_shown(l));
		return verify_deny(v, VERDICT_DENY, REASON_PREFIX, END_NUMBER);
	}
	log_mend("no provider delivers by a method that user %s and the rule "
		 "allow: see channels in the user's file, methods in the rule",
	    login_shown(l));
	return verify_deny(v, VERDICT_DENY, REASON_NO_METHOD, END_NOT_SENT);
}

/* Try one provider after the other. STEP_WAIT: none accepted it. */
static enum challenge_step
open_each(struct verify *v, const struct provider_conf *const *order,
    size_t count, struct progress *pr)
{
	for (size_t n = 0; n < count; n++) {
		v->others_left = n + 1 < count;
		switch (open_at(v, order[n], pr)) {
		case OPEN_ASK:
			return STEP_ASK;
		case OPEN_DENY:
			return STEP_DENY;
		case OPEN_INSTEAD:
			return STEP_INSTEAD;
		case OPEN_STOP:
			if (n + 1 < count)
				pr->all_transient = false;
			return STEP_WAIT;
		case OPEN_NEXT:
		case OPEN_OTHER:
		case OPEN_UNFIT:
		case OPEN_AGAIN:
			break;
		}
	}
	return STEP_WAIT;
}

enum challenge_step
verify_open(struct verify *v)
{
	struct progress pr = { .all_transient = true, .last = OUTCOME_DENY };
	const struct provider_conf *order[CONFIG_PROVIDERS_MAX];
	const size_t count = verify_order(v, order);
	enum challenge_step step;

	if (count == 0)
		return no_method(v);
	v->carried = CARRIED_NOT;
	step = open_each(v, order, count, &pr);
	v->carried = CARRIED_NOT;
	v->others_left = false;
	return step == STEP_WAIT ? none_took_it(v, &pr) : step;
}

enum challenge_step
verify_reopen(struct verify *v)
{
	struct progress pr = { .last = OUTCOME_DENY };

	switch (open_at(v, v->x.p, &pr)) {
	case OPEN_ASK:
		return STEP_RENEWED;
	case OPEN_DENY:
		return STEP_DENY;
	case OPEN_INSTEAD:
		return STEP_INSTEAD;
	case OPEN_NEXT:
	case OPEN_OTHER:
	case OPEN_STOP:
	case OPEN_UNFIT:
	case OPEN_AGAIN:
		break;
	}
	return verify_give_up(
	    v, VERDICT_DENY, outcome_reason(pr.last), END_NOT_SENT);
}
