/* SPDX-License-Identifier: BSD-2-Clause */
/* Finds a provider that sends the code, or a verification to join, and waits
 * for sessions that share it. */
#include "helper/verification/verification_inside.h"

#include "helper/dialogue/dialogue.h"

/* Turns at one provider: each number of the user may have a verification to end
 * first, one may run elsewhere, and the last turn starts a new one. */
#define OPEN_TURNS (1 + STORE_OTHERS + 1 + 1)
#define POLL_MS 100

/* The next attempt after STEP_WAIT. After any other step there is none. */
enum next {
	NEXT_PROVIDER = 0,
	NEXT_METHOD, /* another channel here */
	NEXT_NONE,   /* the outcome is not certain */
	NEXT_AGAIN,  /* the same: the obstacle is gone */
};

struct wanted {
	unsigned methods;   /* methods that may be joined */
	enum method method; /* method of a new verification */
};

/* The result of verify_send_or_join so far, over all providers. */
struct progress {
	unsigned tried;
	bool all_transient;
	bool other; /* a failure that is not an outage */
	enum outcome last;
	enum next next;
};

static enum challenge_step
try_next(struct progress *pr, enum next next)
{
	pr->next = next;
	return STEP_WAIT;
}

static enum challenge_step
verify_begin_joined(struct verify *v)
{
	verify_copy_joined_row(v);
	return STEP_ASK;
}

/* A limit is reached, or the state failed: no provider is called. */
static enum challenge_step
limited(struct verify *v)
{
	return v->wait_s > 0 ? verify_give_up(v, REASON_LIMIT,
				   v->invited ? END_INVITED : END_LIMIT)
			     : verify_deny_store_failure(v, END_NOT_SENT);
}

static enum challenge_step
after_start(
    struct verify *v, enum outcome o, bool maybe_sent, struct progress *pr)
{
	pr->tried++;
	pr->last = o;
	if (v->joins)
		return try_next(pr, NEXT_AGAIN);
	if (o != OUTCOME_OK && maybe_sent)
		v->carried = v->x.reply.fate == HTTP_REPLIED &&
			!provider_call_proves_reachable(&v->x)
		    ? CARRIED_INSTEAD
		    : CARRIED_BESIDE;
	if (v->clashed)
		return verify_give_up(v, REASON_NUMBER_BUSY, END_BUSY);
	/* a call without its full timeout is no outage either */
	if (!provider_call_is_outage(&v->x, o) || v->x.throttled)
		pr->all_transient = false;
	if (o != OUTCOME_TRANSIENT)
		pr->other = true;
	if (o == OUTCOME_OK)
		return STEP_ASK;
	if (o == OUTCOME_NUMBER) {
		if (v->number_retried)
			return verify_give_up(v, REASON_NUMBER, END_NUMBER);
		v->number_retried = true;
		return try_next(pr, NEXT_METHOD);
	}
	if (provider_may_fail_over(
		v->login->env->conf, o, maybe_sent, v->x.ctx.told.per_number))
		return try_next(pr, NEXT_PROVIDER);
	return o == OUTCOME_TRANSIENT || o == OUTCOME_THROTTLE ||
		o == OUTCOME_STALLED
	    ? try_next(pr, NEXT_NONE)
	    : verify_deny(v, outcome_reason(o), END_NOT_SENT);
}

/* The outcome of an earlier start here is unknown. As this login did not try
 * the provider, on_outage does not apply. */
static enum challenge_step
verify_begin_shut(const struct verify *v, struct progress *pr)
{
	pr->all_transient = false;
	pr->last = OUTCOME_TRANSIENT;
	log_notice("provider %s: not asked: a request to a phone or address of "
		   "%s had no reply, and its message may be on its way; %d s "
		   "after it, another may be sent",
	    v->x.p->name, login_display_name(v->login),
	    STORE_UNKNOWN_MS / 1000);
	return try_next(pr,
	    v->login->env->conf->failover_after_unknown ? NEXT_PROVIDER
							: NEXT_NONE);
}

/* Ends the user's own verification, which cannot be joined, to start another.
 * Counts the message first, so that a limit leaves the old one usable. */
static enum challenge_step
open_instead(struct verify *v, const struct provider_conf *there,
    const struct wanted *w, struct progress *pr)
{
	const struct login *l = v->login;
	bool kept_out;

	if (v->row.shut)
		return verify_begin_shut(v, pr);
	if (!verify_budget_take(v))
		return limited(v);
	switch (l->steps->end(v, there)) {
	case TAKEOVER_FREE:
	case TAKEOVER_MOVED:
		return try_next(pr, NEXT_AGAIN);
	case TAKEOVER_BUSY:
		kept_out = v->row.apart ||
		    verify_row_is_foreign(v->x.p->type, &v->row);
		/* so that another service cannot block this login */
		if (kept_out && verify_may_wait(v)) {
			v->waited = dialogue_wait(l, v->busy_until);
			return v->waited ? try_next(pr, NEXT_AGAIN)
					 : login_deny(l, l->result->verdict,
					       REASON_PEER_GONE);
		}
		/* a later message may have a valid code */
		if (!kept_out && (w->methods & METHOD_BIT(v->row.method)) != 0)
			return verify_begin_joined(v);
		pr->all_transient = false;
		pr->other = true;
		pr->last = OUTCOME_INFLIGHT;
		return try_next(pr, NEXT_PROVIDER);
	case TAKEOVER_USED:
		return verify_deny(v, REASON_USED, END_DENIED);
	case TAKEOVER_FAILED:
		break;
	}
	return verify_deny_store_failure(v, END_NOT_SENT);
}

/* True if a verification that runs there would not say whether its code is
 * right, as that provider alone is passed over, and another is counted here. A
 * code of our own is compared on this host. */
static bool
begins_rather_here(struct verify *v, const struct provider_conf *there)
{
	const struct login *l = v->login;

	return !there->type->own_code && !v->row.shut &&
	    l->steps->passed(l, there) && !l->steps->passed(l, v->x.p) &&
	    verify_budget_take(v);
}

/* Joins a verification of this user at another provider, whatever the order; if
 * it is gone by then, the next turn starts one there. */
static enum challenge_step
open_there(struct verify *v, struct wanted *w, struct progress *pr)
{
	const struct login *l = v->login;
	const struct provider_conf *there =
	    verify_row_provider(l->env->conf, &v->row);

	if (!verify_row_may_be_joined(
		l->env->conf, l->record, l->decision->methods, &v->row) ||
	    begins_rather_here(v, there))
		return open_instead(v, there, w, pr);
	verify_set_provider(v, there);
	w->methods = verify_methods(v, there);
	w->method = reach_preferred(l->record, w->methods);
	return try_next(pr, NEXT_AGAIN);
}

/* This session holds a new row: counts the message, then sends it. */
static enum challenge_step
open_new(struct verify *v, enum method method, struct progress *pr)
{
	const struct login *l = v->login;
	bool maybe_sent = false;
	enum outcome o;

	if (!login_pause(l, 0)) {
		l->steps->back(l, &v->row);
		return login_deny(l, VERDICT_DENY, REASON_PEER_GONE);
	}
	if (!verify_budget_take(v)) {
		l->steps->back(l, &v->row);
		return limited(v);
	}
	o = l->steps->send(v, method, &maybe_sent);
	if (o != OUTCOME_OK && store_failure(l->store) == STORE_UNKNOWN)
		return verify_deny_store_failure(v, END_NOT_SENT);
	return after_start(v, o, maybe_sent, pr);
}

static enum challenge_step
open_turn(struct verify *v, struct wanted *w, struct progress *pr)
{
	switch (verify_claim(v, w->methods, w->method, w->method)) {
	case CLAIM_NEW:
		return open_new(v, w->method, pr);
	case CLAIM_JOINED:
		if (!verify_may_check(v))
			return open_instead(v, NULL, w, pr);
		return verify_begin_joined(v);
	case CLAIM_UNFIT:
		return open_instead(v, v->x.p, w, pr);
	case CLAIM_UNKNOWN:
		return verify_begin_shut(v, pr);
	case CLAIM_SPENT:
		v->wait_s = (v->row.over_ms + 999) / 1000;
		return verify_give_up(v, REASON_SPENT, END_SPENT);
	case CLAIM_ELSEWHERE:
		return open_there(v, w, pr);
	case CLAIM_OTHER:
		return verify_give_up(v, REASON_NUMBER_BUSY, END_BUSY);
	case CLAIM_WAIT:
		return verify_deny(v, REASON_DEADLINE, END_TIMEOUT);
	case CLAIM_ERROR:
		break;
	}
	return verify_deny_store_failure(v, END_NOT_SENT);
}

/* Joins or starts with one channel. If a row still blocks after all turns,
 * other sessions keep starting new ones. */
static enum challenge_step
open_by(struct verify *v, struct wanted w, struct progress *pr)
{
	enum challenge_step step;

	for (unsigned turn = 0; turn < OPEN_TURNS; turn++) {
		step = open_turn(v, &w, pr);
		if (step != STEP_WAIT || pr->next != NEXT_AGAIN)
			return step;
	}
	return verify_give_up(v, REASON_NUMBER_BUSY, END_BUSY);
}

/* Tries one provider with the preferred channel, then with another if the
 * number was refused for that one. */
static enum challenge_step
open_at(struct verify *v, const struct provider_conf *p, struct progress *pr)
{
	unsigned methods = verify_methods(v, p), left = methods;
	enum challenge_step step;
	enum method method;

	while (
	    (method = reach_preferred(v->login->record, left)) != METHOD_NONE) {
		verify_set_provider(v, p);
		step = open_by(v, (struct wanted){ methods, method }, pr);
		/* counted but not sent: this login joined, or it failed */
		if (v->counted)
			verify_budget_refund(v);
		if (step != STEP_WAIT || pr->next != NEXT_METHOD)
			return step;
		left &= ~METHOD_BIT(method);
	}
	return try_next(pr, NEXT_PROVIDER);
}

/* No provider accepted the message. In an outage on_outage decides; limits,
 * throttling, account and credentials never admit a user. */
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
		return verify_deny(v, REASON_TRANSIENT, end);
	return verify_give_up(v, outcome_reason(pr->last), end);
}

static enum challenge_step
no_method(struct verify *v)
{
	const struct login *l = v->login;

	if (l->record->phone[0] != '\0' &&
	    !reach_number_allowed(l->env->conf, l->record->phone)) {
		log_problem("the number of user %s begins with none of "
			    "allowed_prefixes",
		    login_display_name(l));
		return verify_deny(v, REASON_PREFIX, END_NUMBER);
	}
	log_problem(
	    "no provider delivers by a method that user %s and the rule "
	    "allow: see channels in the user's file, methods in the rule",
	    login_display_name(l));
	return verify_deny(v, REASON_NO_METHOD, END_NOT_SENT);
}

/* Like open_at(), once more if a verification at another provider, which is
 * gone by now, took the turn. A provider that was not asked is no part of an
 * outage. */
static enum challenge_step
open_in_turn(
    struct verify *v, const struct provider_conf *p, struct progress *pr)
{
	enum challenge_step step = open_at(v, p, pr);

	if (step == STEP_WAIT && pr->next != NEXT_NONE && v->x.p != p)
		step = open_at(v, p, pr);
	if (v->x.p != p)
		pr->all_transient = false;
	return step;
}

/* Tries each provider. Returns STEP_WAIT if no provider accepted the message.
 */
static enum challenge_step
open_each(struct verify *v, const struct provider_conf *const *order,
    size_t count, struct progress *pr)
{
	for (size_t n = 0; n < count; n++) {
		enum challenge_step step;

		v->others_left = n + 1 < count;
		step = open_in_turn(v, order[n], pr);
		if (step != STEP_WAIT)
			return step;
		if (pr->next == NEXT_NONE && v->others_left)
			pr->all_transient = false;
		if (pr->next == NEXT_NONE)
			break;
	}
	return STEP_WAIT;
}

enum challenge_step
verify_send_or_join(void *ctx)
{
	struct verify *v = ctx;
	struct progress pr = { .all_transient = true, .last = OUTCOME_DENY };
	const struct provider_conf *order[SETTINGS_PROVIDERS_MAX];
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
verify_send_or_join_here(struct verify *v)
{
	struct progress pr = { .last = OUTCOME_DENY };
	const enum challenge_step step = open_at(v, v->x.p, &pr);

	if (step != STEP_WAIT)
		return step == STEP_ASK ? STEP_RENEWED : step;
	return verify_give_up(v, outcome_reason(pr.last), END_NOT_SENT);
}

unsigned
verify_max_tries(const struct verify *v)
{
	unsigned own = v->login->env->conf->wrong_codes_per_login;
	unsigned vendor = v->x.p->type->wrong_codes;

	return own < vendor ? own : vendor;
}

/* Returns how long to wait for other sessions, or 0. */
static int64_t
worth_waiting_ms(const struct verify *v, const struct store_attempted *a)
{
	if (a->tried == TRY_WAIT)
		return verify_start_limit_ms(v->x.p);
	/* a try may be right, or be taken back */
	if (a->tried == TRY_FULL)
		return v->x.p->timeout_ms + VERIFY_SETTLE_MS;
	/* the last try of another session may be right */
	if (a->tried == TRY_SPENT)
		return a->row.over_ms <= VERIFY_USED_MS ? VERIFY_USED_MS
							: VERIFY_SETTLE_MS;
	return 0;
}

/* Makes the row running again if the session that held it was killed, as the
 * code may still be valid. True if done. */
static bool
restored(const struct verify *v, const struct store_attempted *a)
{
	return a->tried == TRY_WAIT &&
	    login_session_is_dead(v->login, a->row.holder) &&
	    store_row_restore_of_dead(
		v->login->store, v->row.id, a->row.holder) == 0;
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

/* Returns the seconds since a lock began, from the time that is left: each lock
 * is twice as long as the one before. */
static int64_t
lock_age_s(const struct limits_of_guesses *limits, int64_t wait_s)
{
	int64_t length = limits->lock_s;

	if (wait_s < 0 || wait_s > LIMITS_LOCK_MAX_S)
		return 0;
	while (length < wait_s)
		length *= 2;
	return (length < LIMITS_LOCK_MAX_S ? length : LIMITS_LOCK_MAX_S) -
	    wait_s;
}

bool
verify_wait_for_unlock(const struct login *l,
    const struct store_guess_token *own, enum store_guess guess, int64_t wait_s,
    int64_t id)
{
	const struct settings *conf = l->env->conf;
	int64_t until = frame_clock_ms() + longest_check_ms(conf);
	int64_t slow_at = frame_clock_ms() + LOGIN_SLOW_MS;
	struct store_row row;

	if (store_guess_has_locked(own))
		return false;
	if (guess == GUESS_LOCKED)
		until -= lock_age_s(&conf->guesses, wait_s) * 1000;
	while (guess == GUESS_LOCKED || guess == GUESS_LOCKED_OUT) {
		const int64_t now = frame_clock_ms();

		if (now >= until || now >= l->env->deadline ||
		    !verify_wait_for_other(
			l, POLL_MS, &slow_at, words_other_check))
			return false;
		guess = store_guess_look(
		    l->store, l->user, l->source, &wait_s, NULL);
		if (id != 0 && store_row_read(l->store, id, &row) == 0) {
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
		.tries = verify_max_tries(v),
		.back = v->before != NULL ? &back : NULL };
	enum store_try before = TRY_ERROR;
	int64_t since = frame_clock_ms(), slow_at = since + LOGIN_SLOW_MS;

	while (!store_guess_take_with_try(l->store, &a, out)) {
		const int64_t now = frame_clock_ms();

		if (out->tried != before)
			since = now;
		before = out->tried;
		if (out->guess == GUESS_ERROR ||
		    (out->guess != GUESS_OPEN &&
			!verify_wait_for_unlock(
			    l, &v->guess, out->guess, out->wait_s, v->row.id)))
			return false;
		if (out->guess != GUESS_OPEN || restored(v, out))
			continue;
		if (now >= since + worth_waiting_ms(v, out) ||
		    now >= l->env->deadline ||
		    !verify_wait_for_other(l, POLL_MS, &slow_at,
			out->tried == TRY_WAIT ? words_other_start
					       : words_other_check))
			return false;
	}
	return true;
}

bool
verify_wait_until_taken(const struct verify *v, int64_t ms)
{
	const int64_t give_up = frame_clock_ms() + ms;
	int64_t slow_at = frame_clock_ms() + LOGIN_SLOW_MS;
	struct store_row row;

	for (;;) {
		if (store_row_read(v->login->store, v->row.id, &row) < 0)
			return false;
		if (row.id == 0 ||
		    strcmp(row.request_id, v->row.request_id) != 0)
			return true;
		if ((row.mine && row.joined == 0) ||
		    frame_clock_ms() >= give_up ||
		    !verify_wait_for_other(
			v->login, POLL_MS, &slow_at, words_other_check))
			return false;
	}
}

/* True if there is no verification to join. If another session starts one right
 * afterwards, it is joined, or only replaced a little earlier. */
static bool
none_runs(const struct verify *v)
{
	const struct login *l = v->login;
	const unsigned methods = verify_methods(v, v->x.p);
	const struct store_key key =
	    verify_claim_key(l, v->x.p, reach_preferred(l->record, methods));
	struct store_row row;

	return store_claim_dry_run(l->store, &key, methods,
		   verify_start_limit_ms(v->x.p), &row) == CLAIM_NEW;
}

enum challenge_step
verify_restart_after_taken(struct verify *v)
{
	const int64_t wait_ms = v->again_at - login_now_ms(v->login);
	enum challenge_step step;

	if (wait_ms > 0 && none_runs(v)) {
		if (frame_clock_ms() + wait_ms < v->login->env->deadline)
			return STEP_WAIT;
		return verify_give_up(v, REASON_USED, END_DENIED);
	}
	step = verify_send_or_join_here(v);
	v->taken = step != STEP_RENEWED;
	return v->taken ? step : STEP_ASK;
}

enum challenge_step
verify_handle_taken_code(struct verify *v)
{
	enum challenge_step step;

	if (v->joins_only)
		return verify_give_up(v, REASON_USED, END_DENIED);
	v->again_at = login_now_ms(v->login) + verify_resend_wait_ms(v);
	v->taken = true;
	memset(&v->guess, 0, sizeof(v->guess));
	step = verify_restart_after_taken(v);
	return step == STEP_ASK || step == STEP_WAIT ? STEP_TAKEN : step;
}
