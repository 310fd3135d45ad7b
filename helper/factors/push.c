/* SPDX-License-Identifier: BSD-2-Clause */
/* A push, or a page on which the user approves: decides whether to send one,
 * sends it and polls for the answer. */
#include "helper/factors/factors_inside.h"

#include <sys/random.h>

#include "helper/dialogue/dialogue.h"

#define PUSH_LIFE_MAX_S 120
#define PUSH_LIFE_ALONE_S 60 /* without a key for a code during the push */
#define PUSH_LIFE_MIN_S 10   /* less is too short to find a phone */
/* time of the login kept after the push: to reply, to type a code, and to have
 * a code sent first if no key offers that earlier */
#define PUSH_REST_S 5
#define PUSH_REST_CODE_S 20
#define PUSH_REST_ALONE_S 25
/* poll interval: short at first, when most users answer */
#define POLL_FIRST_MS 1000
#define POLL_FIRST_FOR_MS 10000
#define POLL_MS 2500
/* a provider that says when to poll, and then fails, is polled ever later */
#define WAIT_MAX_MS 60000
#define DECOY_POLL_MS 6000 /* as by the default of RFC 8628 */

static void
push_named(const struct push *p)
{
	struct login_result *r = p->login->result;

	r->method = reach_approval(p->x.p);
	snprintf(r->provider, sizeof(r->provider), "%s", p->x.p->name);
	memcpy(r->request, p->x.ctx.request_id, sizeof(p->x.ctx.request_id));
}

static enum outcome
push_opened(struct push *p)
{
	const struct login *l = p->login;
	const int64_t at = login_now_ms(l);
	const struct store_started to = { .id = p->row.id,
		.request_id = p->name,
		.method = METHOD_PUSH,
		.life_ms = p->ends - at,
		.send = p->send };

	push_named(p);
	p->began = at;
	p->wait_ms = p->x.ctx.told.next_ms;
	p->due = at + (p->wait_ms > 0 ? p->wait_ms : POLL_FIRST_MS);
	if (p->due > p->ends)
		p->due = p->ends;
	PRINT_TO(p->page, "%s", p->x.ctx.told.page);
	PRINT_TO(p->user_code, "%s", p->x.ctx.told.user_code);
	p->state = PUSH_OPEN;
	p->row.method = METHOD_PUSH;
	if (store_row_set_started(l->store, &to) == 0)
		return OUTCOME_OK;
	p->state = PUSH_NONE;
	store_row_mark_unknown(l->store, p->row.id);
	login_deny_store_failure(l);
	return OUTCOME_DENY;
}

enum outcome
push_send(struct push *p, bool *maybe_sent)
{
	const struct login *l = p->login;
	int64_t before = frame_clock_ms();
	enum outcome o;

	o = provider_call_run(&p->x, CALL_START, NULL, maybe_sent);
	l->result->start_ms = frame_clock_ms() - before;
	if (o == OUTCOME_OK && reach_approval(p->x.p) == METHOD_PAGE &&
	    p->x.ctx.told.page[0] == '\0') {
		/* started, but nothing that could be shown */
		o = OUTCOME_CONFIG;
		*maybe_sent = true;
	}
	if (o == OUTCOME_OK)
		return push_opened(p);
	p->maybe_sent |= *maybe_sent;
	if (!p->maybe_sent)
		store_send_refund(l->store, p->send);
	/* Without a receipt the state broker would refuse the next provider's
	 * push, if it were not counted on its own. */
	if (!p->maybe_sent || p->x.lost)
		p->send = 0;
	if (*maybe_sent)
		store_row_mark_unknown(l->store, p->row.id);
	else
		store_row_remove_unsent(l->store, p->row.id);
	if (provider_call_was_silent(&p->x, o))
		verify_pass_over(l, p->x.p);
	return o;
}

static int64_t
now(const struct push *p)
{
	return login_now_ms(p->login);
}

/* Locks at once, because an attacker may disconnect before typing anything. All
 * the user's remembered logins end, as an attacker may hold one of them. */
static void
push_refused(struct push *p)
{
	const struct login *l = p->login;

	p->state = PUSH_REFUSED;
	log_problem(
	    "%sALERT: %s denied a push on the phone (service %s, from %s): "
	    "somebody else may know the password; nothing more for %s "
	    "from there for %d min",
	    logline_event_prefix(EVENT_PUSH_DENIED, l->user),
	    login_display_name(l), l->env->facts->service, l->source,
	    login_display_name(l), STORE_REFUSED_S / 60);
	if (store_guess_lock_after_refusal(l->store,
		&(struct store_refusal){ l->user, l->source, STORE_REFUSED_S,
		    p->row.id, p->name }) != 0)
		log_problem("%s", store_cause(l->store));
	login_deny(l, VERDICT_MAXTRIES, REASON_PUSH_DENIED);
}

/* A colleague's mistake, or somebody who was talked into it: it counts like a
 * wrong code. */
static void
push_approved_by_other(struct push *p)
{
	const struct login *l = p->login;

	p->state = PUSH_OTHER;
	p->why = REASON_WRONG_ACCOUNT;
	if (store_guess_take(l->store, l->user, l->source,
		&l->env->conf->guesses, &p->guess, &p->wait_s) == GUESS_ERROR)
		log_problem("%s", store_cause(l->store));
}

static void
push_failed(struct push *p, enum reason why)
{
	p->state = PUSH_FAILED;
	p->why = why;
}

/* Sets the state by a poll's outcome. A late poll without a usable reply is a
 * failure, not an expiry: the user may have denied the push. */
static void
push_judge(struct push *p, enum outcome o, bool late)
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
			push_failed(p, outcome_reason(o));
		return;
	case OUTCOME_DENY:
		if (p->x.ctx.told.refused)
			push_refused(p);
		else if (p->x.ctx.told.other)
			push_approved_by_other(p);
		else
			push_failed(
			    p, p->x.ctx.told.weak ? REASON_WEAK : REASON_ENDED);
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
	push_failed(p, outcome_reason(o));
}

static void
poll_once(struct push *p)
{
	int64_t before = frame_clock_ms(), at;
	enum outcome o;

	if (p->decoy) {
		p->state = now(p) < p->ends ? PUSH_OPEN : PUSH_EXPIRED;
		p->due = p->wait_ms > 0 ? now(p) + p->wait_ms : p->ends;
		if (p->due > p->ends)
			p->due = p->ends;
		return;
	}
	p->x.ctx.past_deadline = now(p) >= p->ends;
	o = provider_call_run(&p->x, CALL_POLL, NULL, &(bool){ false });
	p->login->result->check_ms = frame_clock_ms() - before;
	at = now(p);
	push_judge(p, o, at >= p->ends);
	if (p->x.ctx.told.next_ms > 0)
		p->wait_ms = p->x.ctx.told.next_ms;
	else if (p->wait_ms < WAIT_MAX_MS / 2)
		p->wait_ms *= 2;
	p->due = at +
	    (p->wait_ms > 0                             ? p->wait_ms
		    : at - p->began < POLL_FIRST_FOR_MS ? POLL_FIRST_MS
							: POLL_MS);
	/* the last one is at the end, to see a late denial */
	if (p->due > p->ends)
		p->due = p->ends;
}

/* Polls now, or once the provider takes another poll. False if the user has
 * left meanwhile. */
static bool
poll_when_due(struct push *p)
{
	const int64_t left = p->due - now(p);

	if (p->wait_ms > 0 && left > 0 && !login_pause(p->login, left))
		return false;
	poll_once(p);
	return true;
}

int64_t
push_tick(struct push *p)
{
	int64_t left;

	if (p->state == PUSH_OPEN && now(p) >= p->due)
		poll_once(p);
	if (p->state != PUSH_OPEN)
		return p->state >= PUSH_REFUSED ? CHALLENGE_OVER
						: CHALLENGE_QUIET;
	left = p->due - now(p);
	return left > 0 ? left : 0;
}

/* Checks again for a lock, which wrong codes or a denial elsewhere can cause.
 */
static enum challenge_step
approved(struct push *p)
{
	const struct login *l = p->login;
	struct store_right right;
	const enum store_guess guess =
	    store_guess_look(l->store, l->user, l->source, &p->wait_s, NULL);

	if (guess == GUESS_ERROR)
		return login_deny_store_failure(l);
	if (guess == GUESS_LOCKED_OUT)
		p->wait_s = 0;
	if (guess != GUESS_OPEN)
		return STEP_LOCKED;
	if (frame_clock_ms() >= l->env->deadline)
		return login_deny(l, VERDICT_DENY, REASON_DEADLINE);
	right =
	    login_right_code_effects(l, reach_approval(p->x.p), p->x.p->name);
	switch (store_row_finish(l->store,
	    &(struct store_finish){ .id = p->row.id, .request_id = p->name },
	    &right)) {
	case 1:
		p->state = PUSH_NONE;
		push_named(p);
		return STEP_RIGHT;
	case 0:
		return login_deny(l, VERDICT_DENY, REASON_USED);
	}
	return login_deny_store_failure(l);
}

static enum challenge_step
push_expired(struct push *p)
{
	p->state = PUSH_NONE;
	p->why = REASON_EXPIRED;
	/* without such text the next prompt says enough */
	if (login_env_text_is_immediate(p->login->env))
		login_show_line(p->login, words_push_expired);
	if (p->decoy)
		return STEP_INSTEAD;
	log_notice("%s did not answer the push in %lld s",
	    login_display_name(p->login),
	    (long long)(p->ends - p->began) / 1000);
	store_row_remove_ended(p->login->store, p->row.id, p->name);
	return STEP_INSTEAD;
}

/* It cannot be redeemed any more, so the user may be asked again at once. */
static void
push_page_over(const struct push *p)
{
	if (p->page[0] != '\0')
		store_row_remove_ended(p->login->store, p->row.id, p->name);
}

void
push_end(struct push *p)
{
	if (p->state == PUSH_OPEN && !p->decoy)
		push_page_over(p);
	explicit_bzero(&p->x.open, sizeof(p->x.open));
}

enum challenge_step
push_poll(struct push *p)
{
	if (p->state == PUSH_OPEN && !poll_when_due(p))
		return login_deny(p->login, VERDICT_DENY, REASON_PEER_GONE);
	switch (p->state) {
	case PUSH_OPEN:
		p->early = true;
		return STEP_ASK;
	case PUSH_APPROVED:
		return approved(p);
	case PUSH_EXPIRED:
		return push_expired(p);
	case PUSH_REFUSED: /* push_refused() has set the result */
		ending_show_text(p->login, words_push_refused);
		return STEP_DENY;
	case PUSH_OTHER:
		push_page_over(p);
		ending_show_text(p->login, words_push_other);
		return login_deny(p->login, VERDICT_MAXTRIES, p->why);
	case PUSH_FAILED:
		push_page_over(p);
		ending_show_text(p->login,
		    p->why == REASON_WEAK ? words_push_weak
					  : words_push_failed);
		return login_deny(p->login, VERDICT_DENY, p->why);
	case PUSH_NONE:
		break;
	}
	return STEP_INSTEAD;
}

bool
push_was_denied(struct push *p)
{
	if (p->state == PUSH_OPEN && !poll_when_due(p))
		push_failed(p, REASON_PEER_GONE);
	return p->state == PUSH_REFUSED || p->state == PUSH_OTHER ||
	    (p->state == PUSH_FAILED && !p->unheard);
}

bool
push_is_open(const struct push *p)
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
	v->page = p->page;
	v->user_code = p->user_code;
	v->push_s = left > 0 ? (left + 999) / 1000 : 0;
	v->push_early = p->early;
}

/* At most half of the remaining time if a code can follow without a key. */
static int64_t
life_s(const struct environment *env, bool others)
{
	const bool alone = login_env_text_is_immediate(env);
	const int64_t most = alone ? PUSH_LIFE_ALONE_S : PUSH_LIFE_MAX_S;
	const int64_t left = (env->deadline - frame_clock_ms()) / 1000;
	int64_t life = left - PUSH_REST_S;

	if (others)
		life = left - (alone ? PUSH_REST_ALONE_S : PUSH_REST_CODE_S);
	if (others && alone && life > left / 2)
		life = left / 2;
	return life < most ? life : most;
}

bool
push_has_time(const struct environment *env, bool others)
{
	return life_s(env, others) >= PUSH_LIFE_MIN_S;
}

/* Makes a number from 10 to 99, uniformly: bytes from 180 are skipped. */
static int
digits_make(char out[3])
{
	unsigned char byte;

	do {
		if (getrandom(&byte, 1, 0) != 1)
			return -1;
	} while (byte >= 180);
	snprintf(out, 3, "%u", 10u + byte % 90u);
	return 0;
}

/* No push is possible, and another provider would not help. This is not an
 * outage. */
static enum challenge_step
push_give_up(struct push *p, enum reason why)
{
	p->outage = false;
	p->why = why;
	return STEP_INSTEAD;
}

/* Without host.key only a push fails: codes of apps and recovery codes work. */
static enum challenge_step
push_state_failed(struct push *p)
{
	const struct login *l = p->login;

	if (!store_is_keyless(l->store))
		return login_deny_store_failure(l);
	log_problem("%s", store_cause(l->store));
	return push_give_up(p, REASON_STATE);
}

/* A user has one open push at most, over all providers and logins. The
 * candidate has no methods, so that the push is never joined. */
static struct store_candidate
candidate(const struct login *l, const struct provider_conf *at,
    const char *counted_as)
{
	return (struct store_candidate){ .key = { .user = l->user,
					     .receiver = counted_as,
					     .provider = at->name,
					     .type = at->type->name },
		.method = METHOD_PUSH,
		.start_ms = verify_start_limit_ms(at) };
}

static struct store_send_key
message_key(const struct login *l, const char *counted_as)
{
	return (struct store_send_key){ .user = l->user,
		.counted_as = counted_as,
		.source = login_counting_source(l),
		.push = true,
		.office = l->office };
}

void
push_fill_begin(const struct login *l, char counted_as[OWNER_PUSH_MAX],
    struct store_begin *ask)
{
	const struct provider_conf *order[SETTINGS_PROVIDERS_MAX];

	owner_write_push(l->user, l->env->facts->socket_uid, counted_as);
	ask->count = reach_push_order(
	    l->env->conf, l->record, l->decision->methods, order);
	for (size_t n = 0; n < ask->count; n++)
		ask->candidate[n] = candidate(l, order[n], counted_as);
	ask->message = message_key(l, counted_as);
}

/* Counts the push before it is sent, once for all providers of a login. Returns
 * TAKEN, or why it may not be sent. */
static enum store_send
push_take(struct push *p)
{
	const struct login *l = p->login;
	const struct store_send_key key = message_key(l, p->counted_as);
	const char *which = "";
	enum store_send sent;

	if (p->send != 0)
		return SEND_TAKEN;
	sent = l->steps->take(l, &key, &p->send, &p->wait_s, &which);
	p->invited = sent == SEND_WAIT && strcmp(which, ITEM_INVITED) == 0;
	if (sent == SEND_WAIT)
		login_log_limit(l, "pushes", p->wait_s, which);
	return sent;
}

/* No push may be sent there now. unknown: an earlier push, which cannot be
 * polled, may be on the phone. Returns WAIT to try the next provider. */
static enum challenge_step
busy(struct push *p, bool unknown)
{
	const enum challenge_step end = push_give_up(p, REASON_PUSH_OPEN);

	return unknown && p->login->env->conf->failover_after_unknown
	    ? STEP_WAIT
	    : end;
}

/* The provider did not accept the push. Returns WAIT to try the next one. */
static enum challenge_step
not_opened(struct push *p, enum outcome o, bool maybe_sent)
{
	const struct login *l = p->login;

	if (store_failure(l->store) == STORE_UNKNOWN)
		return login_deny_store_failure(l);
	if (o == OUTCOME_DENY || o == OUTCOME_FRAUD)
		return login_deny(l, VERDICT_DENY, outcome_reason(o));
	p->why = outcome_reason(o);
	if (!provider_call_was_silent(&p->x, o))
		p->outage = false;
	if (!provider_call_is_outage(&p->x, o))
		p->unasked = true;
	/* a provider that refuses its own start is a fault to be repaired: no
	 * other one may be weaker */
	return !p->x.ctx.told.per_number &&
		provider_may_fail_over(l->env->conf, o, maybe_sent, false)
	    ? STEP_WAIT
	    : STEP_INSTEAD;
}

/* This session holds the row: counts the push, then sends it. */
static enum challenge_step
push_claimed(struct push *p)
{
	const struct login *l = p->login;
	bool maybe_sent = false;
	enum store_send sent;
	enum outcome o;

	if (!login_pause(l, 0)) {
		l->steps->back(l, &p->row);
		return login_deny(l, VERDICT_DENY, REASON_PEER_GONE);
	}
	sent = push_take(p);
	if (sent != SEND_TAKEN) {
		l->steps->back(l, &p->row);
		return sent == SEND_WAIT ? push_give_up(p, REASON_LIMIT)
					 : push_state_failed(p);
	}
	p->x.ctx.life_s = life_s(l->env, p->others);
	p->ends = login_now_ms(l) + p->x.ctx.life_s * 1000;
	o = l->steps->push(p, &maybe_sent);
	return o == OUTCOME_OK ? STEP_ASK : not_opened(p, o, maybe_sent);
}

/* Tries one provider. Returns WAIT to try the next one. */
static enum challenge_step
begin_at(struct push *p, const struct provider_conf *at)
{
	const struct login *l = p->login;
	const struct store_candidate c = candidate(l, at, p->counted_as);
	enum store_claim claim;

	provider_call_init(&p->x, l->env, at, l->record, l->decision);
	p->x.slow = verify_slow_line;
	p->x.ctx.method = METHOD_PUSH;
	if (!push_has_time(l->env, p->others))
		return push_give_up(p, REASON_DEADLINE);
	if (digits_make(p->x.ctx.push_digits) != 0 ||
	    system_random_name(p->name) != 0)
		return login_deny(l, VERDICT_DENY, REASON_NO_RANDOM);
	p->name[0] = STORE_OWN_ID;
	claim = l->steps->claim(
	    l, &c.key, c.methods, c.method, c.start_ms, &p->row);
	if (claim == CLAIM_NEW)
		return push_claimed(p);
	return claim == CLAIM_ERROR ? push_state_failed(p)
				    : busy(p, claim == CLAIM_UNKNOWN);
}

enum challenge_step
push_begin(struct push *p)
{
	const struct provider_conf *order[SETTINGS_PROVIDERS_MAX];
	const struct login *l = p->login;
	const size_t count = reach_push_order(
	    l->env->conf, l->record, l->decision->methods, order);
	enum challenge_step step = STEP_WAIT;
	size_t n = 0;

	verify_move_passed_last(l, order, count);
	owner_write_push(l->user, l->env->facts->socket_uid, p->counted_as);
	p->why = REASON_NO_METHOD;
	p->outage = count > 0;
	p->early = p->unheard = p->decoy = p->unasked = p->invited = false;
	p->maybe_sent = false;
	p->page[0] = p->user_code[0] = '\0';
	p->send = 0;
	while (n < count && step == STEP_WAIT)
		step = begin_at(p, order[n++]);
	if (step == STEP_ASK || step == STEP_DENY)
		return step;
	/* not an outage of all: some were not asked */
	if (n < count)
		p->outage = false;
	p->state = PUSH_NONE;
	log_notice(
	    "no push for %s: %s", login_display_name(l), reason_word(p->why));
	return STEP_INSTEAD;
}

/* Shows what the first provider would. False if the settings do not say what
 * that is: then another factor is shown. */
static bool
imitate_page(struct push *p)
{
	const struct provider_conf *order[SETTINGS_PROVIDERS_MAX];
	unsigned char random[PROVIDER_USER_CODE_MAX];
	const struct login *l = p->login;

	if (reach_push_order(
		l->env->conf, l->record, l->decision->methods, order) == 0)
		return true;
	p->wait_ms = order[0]->type->account != NULL ? DECOY_POLL_MS : 0;
	return reach_approval(order[0]) != METHOD_PAGE ||
	    (order[0]->type->decoy_page != NULL &&
		getrandom(random, sizeof(random), 0) == sizeof(random) &&
		order[0]->type->decoy_page(
		    order[0], random, p->page, p->user_code));
}

enum challenge_step
push_begin_decoy(struct push *p)
{
	const struct login *l = p->login;

	if (!imitate_page(p)) {
		p->why = REASON_NO_METHOD;
		return STEP_INSTEAD;
	}
	if (digits_make(p->x.ctx.push_digits) != 0)
		return login_deny(l, VERDICT_DENY, REASON_NO_RANDOM);
	if (!login_env_imitate_call(l->env, LATENCY_START, words_asking_phone))
		return login_deny(l, VERDICT_DENY, REASON_PEER_GONE);
	p->decoy = true;
	p->state = PUSH_OPEN;
	p->began = login_now_ms(l);
	p->ends = p->began + life_s(l->env, p->others) * 1000;
	p->due = p->wait_ms > 0 ? p->began + p->wait_ms : p->ends;
	return STEP_ASK;
}
