/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Sessions that share a verification: what one waits for. When another login
 * used the code, this one joins one that has started meanwhile, or sends its
 * own message, no earlier than r would allow.
 */
#include "helper/verification/verify.h"

#include <string.h>

#include "helper/store/store.h"
#include "helper/verification/claim_key.h"

#define POLL_MS 100

unsigned
verify_tries(const struct verify *v)
{
	unsigned own = v->login->env->conf->wrong_codes_per_login;
	unsigned vendor = v->x.p->type->wrong_codes;

	return own < vendor ? own : vendor;
}

/* How long to wait for other sessions; 0: not at all. */
static int64_t
worth_waiting_ms(const struct verify *v, const struct store_attempted *a)
{
	switch (a->tried) {
	case TRY_WAIT:
		return verify_start_limit_ms(v->x.p);
	case TRY_FULL: /* one may be right, or not count in the end */
		return v->x.p->timeout_ms + VERIFY_SETTLE_MS;
	case TRY_SPENT: /* others used the tries; one may be right */
		return a->row.over_ms <= VERIFY_USED_MS ? VERIFY_USED_MS
							: VERIFY_SETTLE_MS;
	case TRY_ERROR:
	case TRY_COUNTED:
	case TRY_EXPIRED:
	case TRY_GONE:
		break;
	}
	return 0;
}

/* The session was killed meanwhile: the code may still be valid. */
static bool
restored(const struct verify *v, const struct store_attempted *a)
{
	return a->tried == TRY_WAIT &&
	    login_session_dead(v->login, a->row.holder) &&
	    store_restore_dead(v->login->store, v->row.id, a->row.holder) == 0;
}

static int64_t
longest_check_ms(const struct settings *conf)
{
	int64_t ms = 0;

	for (size_t i = 0; i < conf->provider_count; i++)
		if (conf->provider[i].timeout_ms > ms)
			ms = conf->provider[i].timeout_ms;
	return ms + VERIFY_SETTLE_MS;
}

/* A lock's length is doubled each time. */
static int64_t
lock_age_s(const struct store_guess_limits *limits, int64_t wait_s)
{
	int64_t length = limits->lock_s;

	while (length < wait_s)
		length *= 2;
	return (length < STORE_LOCK_MAX_S ? length : STORE_LOCK_MAX_S) - wait_s;
}

bool
verify_lock_opens(const struct login *l, const struct store_guess_token *own,
    enum store_guess guess, int64_t wait_s, int64_t id)
{
	const struct settings *conf = l->env->conf;
	int64_t until = frame_clock_ms() + longest_check_ms(conf);
	struct store_row row;

	if (own->locked_source || own->locked_total || own->locked_account)
		return false;
	if (guess == GUESS_LOCKED)
		until -= lock_age_s(&conf->guesses, wait_s) * 1000;
	while (guess == GUESS_LOCKED || guess == GUESS_SHUT) {
		const int64_t now = frame_clock_ms();

		if (now >= until || now >= l->env->deadline ||
		    !login_pause(l, POLL_MS))
			return false;
		guess = store_guess_look(l->store, l->user, l->source, &wait_s);
		if (id != 0 && store_look(l->store, id, &row) == 0) {
			id = 0;
			if (until > now + VERIFY_SETTLE_MS)
				until = now + VERIFY_SETTLE_MS;
		}
	}
	return guess == GUESS_OPEN;
}

bool
verify_count_try(const struct verify *v, struct store_attempted *out)
{
	const struct login *l = v->login;
	const struct store_counted back = { l->user, l->source, v->before };
	const struct store_attempt a = { .user = l->user,
		.source = l->source,
		.limits = &l->env->conf->guesses,
		.id = v->row.id,
		.tries = verify_tries(v),
		.back = v->before != NULL ? &back : NULL };
	enum store_try before = TRY_ERROR;
	int64_t since = frame_clock_ms();

	while (!store_attempt(l->store, &a, out)) {
		const int64_t now = frame_clock_ms();

		if (out->tried != before)
			since = now;
		before = out->tried;
		if (out->guess == GUESS_ERROR ||
		    (out->guess != GUESS_OPEN &&
			!verify_lock_opens(
			    l, &v->guess, out->guess, out->wait_s, v->row.id)))
			return false;
		if (out->guess != GUESS_OPEN || restored(v, out))
			continue;
		if (now >= since + worth_waiting_ms(v, out) ||
		    now >= l->env->deadline || !login_pause(l, POLL_MS))
			return false;
	}
	return true;
}

bool
verify_taken_meanwhile(const struct verify *v, int64_t ms)
{
	const int64_t give_up = frame_clock_ms() + ms;
	struct store_row row;

	for (;;) {
		if (store_look(v->login->store, v->row.id, &row) < 0)
			return false;
		if (row.id == 0 ||
		    strcmp(row.request_id, v->row.request_id) != 0)
			return true;
		if ((row.mine && row.joined == 0) ||
		    frame_clock_ms() >= give_up ||
		    !login_pause(v->login, POLL_MS))
			return false;
	}
}

/* True when there is none to join. If another session starts one right after
 * this, it is joined, or only replaced a little earlier. */
static bool
none_runs(const struct verify *v)
{
	const struct login *l = v->login;
	const unsigned methods = verify_methods(v, v->x.p);
	const struct store_key key =
	    claim_key(l, v->x.p, verify_preferred(v, methods));
	struct store_row row;

	return store_claim_look(l->store, &key, methods,
		   verify_start_limit_ms(v->x.p), &row) == CLAIM_NEW;
}

enum challenge_step
verify_again(struct verify *v)
{
	const int64_t wait_ms = v->again_at - login_now(v->login);
	enum challenge_step step;

	if (wait_ms > 0 && none_runs(v)) {
		if (frame_clock_ms() + wait_ms < v->login->env->deadline)
			return STEP_WAIT;
		return verify_give_up(v, VERDICT_DENY, REASON_USED, END_DENIED);
	}
	step = verify_reopen(v);
	v->taken = step != STEP_RENEWED;
	return v->taken ? step : STEP_ASK;
}

enum challenge_step
verify_taken(struct verify *v)
{
	enum challenge_step step;

	if (v->joins_only)
		return verify_give_up(v, VERDICT_DENY, REASON_USED, END_DENIED);
	v->again_at = login_now(v->login) + verify_next_message_ms(v);
	v->taken = true;
	memset(&v->guess, 0, sizeof(v->guess));
	step = verify_again(v);
	return step == STEP_ASK || step == STEP_WAIT ? STEP_TAKEN : step;
}
