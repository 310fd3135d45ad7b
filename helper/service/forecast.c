/* SPDX-License-Identifier: BSD-2-Clause */
/* What an enrolled user meets first. */
#include "helper/service/forecast.h"

#include <string.h>

#include "helper/dialogue/ending.h"
#include "helper/verification/claim_key.h"
#include "lib/rules/reach.h"

static const char *const names[PLAN_ASKS] = {
	[PLAN_ASK_NOTHING] = "denied",
	[PLAN_ASK_REMEMBERED] = "remembered",
	[PLAN_ASK_SEND] = "send",
	[PLAN_ASK_JOIN] = "join",
	[PLAN_ASK_WAIT] = "wait",
	[PLAN_ASK_PUSH] = "push",
	[PLAN_ASK_APP] = "app",
	[PLAN_ASK_RECOVERY] = "recovery",
	[PLAN_ASK_HIDDEN] = "hidden",
	[PLAN_ASK_ADMITTED] = "admitted",
};

/* State of a simulated login. A factor that was tried is not tried again. */
struct walk {
	const struct settings *conf;
	const struct decision *decision;
	const struct forecast_state *state;
	struct factor_choice ways;
	bool offline; /* another factor can take the phone's place */
	/* who is passed over is out of reach; in that case: one was asked, one
	 * could not be, and something else than an outage was met */
	bool outage, tried, shut, reached;
	struct forecast_asked out;
};

/* What became of the phone. */
enum phone {
	PHONE_DENIED = 0, /* out has the reason */
	PHONE_ASKED,
	PHONE_NEXT,    /* no answer came from there: the next provider */
	PHONE_OUT,     /* out of reach: the next one */
	PHONE_ADMIT,   /* all are, and that admits */
	PHONE_INSTEAD, /* another factor, if there is one */
};

const char *
forecast_name(enum forecast ask)
{
	return names[ask];
}

static struct forecast_asked
denied(struct walk *w, enum reason reason)
{
	w->out.ask = PLAN_ASK_NOTHING;
	w->out.reason = reason;
	w->out.at = NULL;
	return w->out;
}

static struct forecast_asked
asked(struct walk *w, enum forecast ask)
{
	w->out.ask = ask;
	return w->out;
}

/* The phone is of no use. */
static enum phone
given_up(struct walk *w, enum reason reason)
{
	if (w->offline)
		return PHONE_INSTEAD;
	denied(w, reason);
	return PHONE_DENIED;
}

static bool
out_of_reach(const struct walk *w, const struct provider_conf *p)
{
	return w->outage && w->state->passed[p - w->conf->provider];
}

static enum phone
sent(struct walk *w, const struct provider_conf *p, enum ending *why)
{
	const struct forecast_send *code = &w->state->code;

	switch (code->answer) {
	case SEND_TAKEN:
		if (out_of_reach(w, p)) {
			w->tried = true;
			return PHONE_OUT;
		}
		w->out.at = p;
		w->out.method = reach_preferred(w->ways.record,
		    reach_methods(w->conf, w->ways.record, w->ways.allowed, p));
		asked(w, PLAN_ASK_SEND);
		return PHONE_ASKED;
	case SEND_WAIT:
		w->out.wait_s = code->wait_s > 0 ? code->wait_s : 1;
		w->out.which = code->which;
		*why = END_LIMIT;
		return given_up(w, ending_reason(END_LIMIT));
	case SEND_ERROR:
		break;
	}
	denied(w, REASON_STATE);
	return PHONE_DENIED;
}

static enum phone
joined(struct walk *w, size_t i)
{
	const struct store_row *row = &w->state->row[i];
	const int64_t age = row->age_ms;

	w->out.at = &w->conf->provider[i];
	w->out.method = row->method;
	w->out.age_s = age < 0 ? 0 : age / 1000;
	asked(w, PLAN_ASK_JOIN);
	return PHONE_ASKED;
}

static enum phone phone_at(
    struct walk *, const struct provider_conf *, bool there, enum ending *);

/* It runs at another provider: there, if rule and record allow that one; else
 * it is ended. */
static enum phone
elsewhere(struct walk *w, size_t i, bool there, enum ending *why)
{
	const struct store_row *row = &w->state->row[i];

	if (!claim_key_joins(w->conf, w->ways.record, w->ways.allowed, row))
		return row->shut ? PHONE_NEXT
				 : sent(w, &w->conf->provider[i], why);
	if (!there)
		return phone_at(w, claim_key_provider(w->conf, row), true, why);
	*why = END_BUSY;
	return given_up(w, ending_reason(END_BUSY));
}

static enum phone
phone_at(
    struct walk *w, const struct provider_conf *p, bool there, enum ending *why)
{
	const size_t i = (size_t)(p - w->conf->provider);
	const struct store_row *row = &w->state->row[i];

	switch (w->state->claim[i]) {
	case CLAIM_NEW:
		return sent(w, p, why);
	case CLAIM_UNFIT: /* it is ended first */
		return row->shut ? PHONE_NEXT : sent(w, p, why);
	case CLAIM_JOINED:
		return joined(w, i);
	case CLAIM_WAIT:
		w->out.at = p;
		asked(w, PLAN_ASK_WAIT);
		return PHONE_ASKED;
	case CLAIM_UNKNOWN:
		return PHONE_NEXT;
	case CLAIM_SPENT:
		w->out.wait_s = (row->over_ms + 999) / 1000;
		*why = END_SPENT;
		return given_up(w, ending_reason(END_SPENT));
	case CLAIM_ELSEWHERE:
		return elsewhere(w, i, there, why);
	case CLAIM_OTHER:
		*why = END_BUSY;
		return given_up(w, ending_reason(END_BUSY));
	case CLAIM_ERROR:
		break;
	}
	denied(w, REASON_STATE);
	return PHONE_DENIED;
}

/* Where the last message's fate is unknown nothing was tried, so that is no
 * outage that could admit. */
static enum phone
nobody(struct walk *w, enum ending *why)
{
	*why = END_NOT_SENT;
	if (w->tried && !w->shut && w->decision->on_outage == OUTAGE_ALLOW)
		return PHONE_ADMIT;
	if (w->decision->on_outage != OUTAGE_DENY)
		return given_up(w, REASON_TRANSIENT);
	denied(w, REASON_TRANSIENT);
	return PHONE_DENIED;
}

static enum phone
phone(struct walk *w, enum ending *why)
{
	const struct user_record *r = w->ways.record;
	const struct provider_conf *order[CONFIG_PROVIDERS_MAX];
	const size_t count =
	    reach_order(w->conf, r, w->ways.allowed, w->state->passed, order);
	enum phone result;

	if (count == 0) {
		denied(w,
		    r->phone[0] != '\0' &&
			    !policy_number_allowed(w->conf, r->phone)
			? REASON_PREFIX
			: REASON_NO_METHOD);
		return PHONE_DENIED;
	}
	for (size_t n = 0; n < count; n++) {
		result = phone_at(w, order[n], false, why);
		if (result == PHONE_OUT)
			continue;
		if (result != PHONE_NEXT)
			return result;
		w->shut = true;
		if (!w->conf->failover_after_unknown)
			break;
	}
	return nobody(w, why);
}

static struct forecast_asked take_up(struct walk *, enum method);

/* None came about: what else is there? outage: since all who ask are out of
 * reach. */
static struct forecast_asked
no_push(struct walk *w, enum reason reason, bool outage)
{
	const enum method next = factor_choice_next(&w->ways);
	const bool all = outage && !w->ways.phone && !w->reached;

	if (!outage)
		w->reached = true;
	if (all && w->decision->on_outage == OUTAGE_ALLOW &&
	    !factor_choice_own(&w->ways))
		return asked(w, PLAN_ASK_ADMITTED);
	if (all && w->decision->on_outage == OUTAGE_DENY)
		return denied(w, reason);
	if (next == METHOD_NONE && !w->ways.phone)
		return denied(w, reason);
	return take_up(w, next);
}

/* It is free there: do the limits allow one? */
static struct forecast_asked
push_at(struct walk *w, const struct provider_conf *p)
{
	const struct forecast_send *push = &w->state->push;

	switch (push->answer) {
	case SEND_TAKEN:
		w->out.at = p;
		return asked(w, PLAN_ASK_PUSH);
	case SEND_WAIT:
		w->out.wait_s = push->wait_s;
		w->out.which = push->which;
		return no_push(w, REASON_LIMIT, false);
	case SEND_ERROR:
		break;
	}
	return denied(w, REASON_STATE);
}

static struct forecast_asked
open_push(struct walk *w)
{
	const struct provider_conf *order[CONFIG_PROVIDERS_MAX];
	const size_t count = reach_push(
	    w->conf, w->ways.record, w->ways.allowed, w->state->passed, order);

	size_t out = 0;

	w->ways.push = false;
	w->offline = factor_choice_own(&w->ways);
	for (size_t n = 0; n < count; n++) {
		const enum store_claim claim =
		    w->state->push_claim[order[n] - w->conf->provider];

		if (claim == CLAIM_ERROR)
			return denied(w, REASON_STATE);
		if (claim == CLAIM_NEW && out_of_reach(w, order[n]) &&
		    w->state->push.answer == SEND_TAKEN) {
			out++;
			continue;
		}
		if (claim == CLAIM_NEW)
			return push_at(w, order[n]);
		if (claim != CLAIM_UNKNOWN || !w->conf->failover_after_unknown)
			break;
	}
	if (count > 0 && out == count)
		return no_push(w, ending_reason(END_NOT_SENT), true);
	return no_push(w, REASON_PUSH_OPEN, false);
}

static struct forecast_asked
instead(struct walk *w, enum ending why)
{
	enum method next;

	w->ways.phone = false;
	w->ways.instead = true;
	if (why != END_SPENT && w->ways.push &&
	    reach_listed(w->ways.record, METHOD_PUSH))
		return open_push(w);
	w->ways.push = false;
	next = factor_choice_next(&w->ways);
	return next == METHOD_NONE ? denied(w, ending_reason(why))
				   : take_up(w, next);
}

/* Every provider of codes is out of reach. One of pushes counts as well. */
static struct forecast_asked
phone_out(struct walk *w)
{
	if (w->reached || factor_choice_own(&w->ways))
		return instead(w, END_NOT_SENT);
	if (!w->ways.push || !reach_listed(w->ways.record, METHOD_PUSH))
		return asked(w, PLAN_ASK_ADMITTED);
	w->ways.phone = false;
	return open_push(w);
}

static struct forecast_asked
open_phone(struct walk *w)
{
	enum ending why = END_NOT_SENT;
	const enum phone result = phone(w, &why);

	if (result == PHONE_ADMIT)
		return phone_out(w);
	if (result != PHONE_INSTEAD)
		return w->out;
	w->reached = true;
	return instead(w, why);
}

static struct forecast_asked
take_up(struct walk *w, enum method method)
{
	if (method == METHOD_NONE)
		return open_phone(w);
	if (method == METHOD_PUSH)
		return open_push(w);
	if (method == METHOD_RECOVERY)
		return asked(w, PLAN_ASK_RECOVERY);
	w->out.at = w->ways.app_at;
	return asked(w, PLAN_ASK_APP);
}

static struct forecast_asked
locked(struct walk *w)
{
	w->out.wait_s = w->state->lock == GUESS_LOCKED ? w->state->locked_s : 0;
	w->out.reason = REASON_LOCKED;
	if (!w->conf->tell_locked)
		return asked(w, PLAN_ASK_HIDDEN);
	return asked(
	    w, w->ways.recovery ? PLAN_ASK_RECOVERY : PLAN_ASK_NOTHING);
}

static struct forecast_asked
ask(const struct settings *conf, const struct user_record *record,
    const struct decision *decision, const struct forecast_state *state,
    bool outage)
{
	struct walk w = { .conf = conf,
		.decision = decision,
		.state = state,
		.outage = outage,
		.out = { .which = "" } };

	if (decision->remember_minutes > 0 && state->remembered)
		return asked(&w, PLAN_ASK_REMEMBERED);
	w.ways = factor_choice(conf, record, decision, state->recovery_left);
	w.offline = factor_choice_offline(&w.ways);
	switch (state->lock) {
	case GUESS_OPEN:
		return take_up(&w, factor_choice_next(&w.ways));
	case GUESS_LOCKED:
	case GUESS_SHUT:
		return locked(&w);
	case GUESS_ERROR:
		break;
	}
	return denied(&w, REASON_STATE);
}

struct forecast_asked
forecast(const struct settings *conf, const struct user_record *record,
    const struct decision *decision, const struct forecast_state *state)
{
	struct forecast_asked a = ask(conf, record, decision, state, false);

	a.passed = (a.ask == PLAN_ASK_SEND || a.ask == PLAN_ASK_PUSH) &&
	    state->passed[a.at - conf->provider];
	if (a.passed)
		a.outage = ask(conf, record, decision, state, true).ask;
	return a;
}
