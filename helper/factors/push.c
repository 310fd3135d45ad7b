/* SPDX-License-Identifier: BSD-2-Clause */
/* An open push: asks for the answer and acts on it. */
#include "helper/factors/push.h"

#include <string.h>

#include "helper/dialogue/dialogue.h"
#include "helper/factors/push_send.h"
#include "lib/system/system.h"

/* Every second at first, when most people answer; then less often. */
#define POLL_FIRST_MS 1000
#define POLL_FIRST_FOR_MS 10000
#define POLL_MS 2500

static int64_t
now(const struct push *p)
{
	return login_now(p->login);
}

/* The last poll is at the end, so that a late denial is seen. */
static void
schedule(struct push *p)
{
	int64_t at = now(p);

	p->due =
	    at + (at - p->began < POLL_FIRST_FOR_MS ? POLL_FIRST_MS : POLL_MS);
	if (p->due > p->ends)
		p->due = p->ends;
}

/* Act at once, because the attacker may leave before typing anything. All
 * remembered logins end: one of them may be the attacker's. */
static void
refused(struct push *p)
{
	const struct login *l = p->login;

	p->state = PUSH_REFUSED;
	log_mend("ALERT: %s denied a push on the phone (service %s, from %s): "
		 "somebody else may know the password; nothing more for %s "
		 "from there for %d min",
	    login_shown(l), l->env->facts->service, l->source, login_shown(l),
	    PUSH_REFUSED_S / 60);
	if (store_refuse(l->store,
		&(struct store_refusal){ l->user, l->source, PUSH_REFUSED_S,
		    p->row.id, p->name }) != 0)
		log_mend("%s", store_cause(l->store));
	login_deny(l, VERDICT_MAXTRIES, REASON_PUSH_DENIED);
}

static void
failed(struct push *p, enum reason why)
{
	p->state = PUSH_FAILED;
	p->why = why;
}

/* The meaning of a reply. Without a usable answer it is not expired: the person
 * may have denied it. */
static void
judge(struct push *p, enum outcome o, bool late)
{
	switch (o) {
	case OUTCOME_OK:
		p->state = late ? PUSH_EXPIRED : PUSH_APPROVED;
		return;
	case OUTCOME_LATER:
		p->state = late ? PUSH_EXPIRED : PUSH_OPEN;
		return;
	case OUTCOME_EXPIRED:
		p->state = PUSH_EXPIRED;
		return;
	case OUTCOME_TRANSIENT:
	case OUTCOME_THROTTLE:
	case OUTCOME_STALLED:
		p->unheard = late;
		if (late)
			failed(p, outcome_reason(o));
		return;
	case OUTCOME_DENY:
		if (p->x.ctx.refused)
			refused(p);
		else
			failed(p, REASON_ENDED);
		return;
	case OUTCOME_WRONG:
	case OUTCOME_INFLIGHT:
	case OUTCOME_NUMBER:
	case OUTCOME_FRAUD:
	case OUTCOME_CONFIG:
	case OUTCOME_ACCOUNT:
	case OUTCOME_COUNT:
		break;
	}
	failed(p, outcome_reason(o));
}

static void
poll_once(struct push *p)
{
	int64_t before = frame_clock_ms();
	bool maybe_sent = false;
	enum outcome o;

	if (p->decoy) {
		p->state = now(p) < p->ends ? PUSH_OPEN : PUSH_EXPIRED;
		p->due = p->ends;
		return;
	}
	p->x.ctx.past_deadline = now(p) >= p->ends;
	o = provider_call_run(&p->x, CALL_POLL, NULL, &maybe_sent);
	p->login->result->check_ms = frame_clock_ms() - before;
	judge(p, o, now(p) >= p->ends);
	schedule(p);
}

/* No answer can come any more. */
static bool
is_over(const struct push *p)
{
	return p->state == PUSH_REFUSED || p->state == PUSH_FAILED;
}

int64_t
push_tick(struct push *p)
{
	int64_t left;

	if (p->state == PUSH_OPEN && now(p) >= p->due)
		poll_once(p);
	if (p->state != PUSH_OPEN)
		return is_over(p) ? CHALLENGE_OVER : CHALLENGE_QUIET;
	left = p->due - now(p);
	return left > 0 ? left : 0;
}

/* Meanwhile wrong codes or a denial elsewhere may have locked this user. */
static enum challenge_step
approved(struct push *p)
{
	const struct login *l = p->login;
	struct store_right right;

	switch (store_guess_look(l->store, l->user, l->source, &p->wait_s)) {
	case GUESS_OPEN:
		break;
	case GUESS_SHUT:
		p->wait_s = 0;
		return STEP_LOCKED;
	case GUESS_LOCKED:
		return STEP_LOCKED;
	case GUESS_ERROR:
		return login_state_failed(l);
	}
	if (frame_clock_ms() >= l->env->deadline)
		return login_deny(l, VERDICT_DENY, REASON_DEADLINE);
	right = login_right(l, METHOD_PUSH, p->x.p->name);
	switch (store_finish(l->store,
	    &(struct store_finish){ .id = p->row.id, .request_id = p->name },
	    &right)) {
	case 1:
		p->state = PUSH_NONE;
		push_named(p);
		return STEP_RIGHT;
	case 0:
		return login_deny(l, VERDICT_DENY, REASON_USED);
	}
	return login_state_failed(l);
}

static enum challenge_step
expired(struct push *p)
{
	p->state = PUSH_NONE;
	p->why = REASON_EXPIRED;
	/* elsewhere the next prompt says enough */
	if (environment_shows_text(p->login->env))
		login_say(p->login, words_push_expired());
	if (p->decoy)
		return STEP_INSTEAD;
	log_notice("%s did not answer the push in %lld s",
	    login_shown(p->login), (long long)(p->ends - p->began) / 1000);
	store_end(p->login->store, p->row.id, p->name);
	return STEP_INSTEAD;
}

static enum challenge_step
over(struct push *p)
{
	if (p->state == PUSH_REFUSED) { /* result and log have it */
		ending_say(p->login, words_push_refused());
		return STEP_DENY;
	}
	ending_say(p->login, words_push_failed());
	return login_deny(p->login, VERDICT_DENY, p->why);
}

enum challenge_step
push_look(struct push *p)
{
	if (p->state == PUSH_OPEN)
		poll_once(p);
	switch (p->state) {
	case PUSH_OPEN:
		p->early = true;
		return STEP_ASK;
	case PUSH_APPROVED:
		return approved(p);
	case PUSH_EXPIRED:
		return expired(p);
	case PUSH_REFUSED:
	case PUSH_FAILED:
		return over(p);
	case PUSH_NONE:
		break;
	}
	return STEP_INSTEAD;
}

bool
push_forbids(struct push *p)
{
	if (p->state == PUSH_OPEN)
		poll_once(p);
	return p->state == PUSH_REFUSED ||
	    (p->state == PUSH_FAILED && !p->unheard);
}

bool
push_waits(const struct push *p)
{
	return p->state == PUSH_OPEN || p->state == PUSH_APPROVED;
}

void
push_view(const struct push *p, struct challenge_view *v)
{
	int64_t left = p->ends - now(p);

	v->method = METHOD_PUSH;
	v->age_s = -1;
	memcpy(v->push_digits, p->x.ctx.push_digits, sizeof(v->push_digits));
	v->push_s = left > 0 ? (left + 999) / 1000 : 0;
	v->push_early = p->early;
}
