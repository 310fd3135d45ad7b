/* SPDX-License-Identifier: BSD-2-Clause */
/* Starts a push: which provider, whether it is allowed, what to do after a
 * failure. */
#include "helper/factors/push.h"

#include <stdio.h>
#include <string.h>
#include <sys/random.h>

#include "helper/providers/providers.h"
#include "helper/store/store.h"
#include "helper/verification/verification.h"
#include "lib/rules/rules.h"
#include "lib/system/system.h"

/* If no prompt is open meanwhile, at most half of the login's time. */
static int64_t
life_s(const struct environment *env, bool others)
{
	const bool alone = environment_shows_text(env);
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
push_in_time(const struct environment *env, bool others)
{
	return life_s(env, others) >= PUSH_LIFE_MIN_S;
}

/* 10 to 99, all equally likely. */
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

/* No push is possible, and another provider would not help. This is no
 * outage. */
static enum challenge_step
give_up(struct push *p, enum reason why)
{
	p->outage = false;
	p->why = why;
	return STEP_INSTEAD;
}

/* An app's code and a recovery code work without host.key. */
static enum challenge_step
state_failed(struct push *p)
{
	const struct login *l = p->login;

	if (!store_keyless(l->store))
		return login_state_failed(l);
	log_mend("%s", store_cause(l->store));
	return give_up(p, REASON_STATE);
}

void
push_counted_as(
    const char *user, int64_t socket_uid, char out[PUSH_COUNTED_MAX])
{
	if (socket_uid != 0)
		snprintf(out, PUSH_COUNTED_MAX, "push:sock:%lld:%s",
		    (long long)socket_uid, user);
	else
		snprintf(out, PUSH_COUNTED_MAX, "push:%s", user);
}

/* A user has only one open push, over all providers and logins. It is never
 * joined: no method is allowed to. */
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
		.source = login_counted_from(l),
		.push = true,
		.office = l->office };
}

void
push_candidates(const struct login *l, char counted_as[PUSH_COUNTED_MAX],
    struct store_begin *ask)
{
	const struct provider_conf *order[CONFIG_PROVIDERS_MAX];

	push_counted_as(l->user, l->env->facts->socket_uid, counted_as);
	ask->count =
	    reach_push(l->env->conf, l->record, l->decision->methods, order);
	for (size_t n = 0; n < ask->count; n++)
		ask->candidate[n] = candidate(l, order[n], counted_as);
	ask->message = message_key(l, counted_as);
}

static enum store_claim
claim(struct push *p)
{
	const struct login *l = p->login;
	char counted_as[PUSH_COUNTED_MAX];
	struct store_candidate c;

	push_counted_as(l->user, l->env->facts->socket_uid, counted_as);
	c = candidate(l, p->x.p, counted_as);
	return l->steps->claim(
	    l, &c.key, c.methods, c.method, c.start_ms, &p->row);
}

/* Counted before it is sent, once for all providers of a login. TAKEN, or why
 * it is not allowed. */
static enum store_send
take(struct push *p)
{
	const struct login *l = p->login;
	char counted_as[PUSH_COUNTED_MAX];
	struct store_send_key key;
	const char *which = "";
	enum store_send sent;

	if (p->send != 0)
		return SEND_TAKEN;
	push_counted_as(l->user, l->env->facts->socket_uid, counted_as);
	key = message_key(l, counted_as);
	sent = l->steps->take(l, &key, &p->send, &p->wait_s, &which);
	if (sent == SEND_WAIT)
		login_log_limit(l, "pushes", p->wait_s, which);
	return sent;
}

/* No push may be sent there now. CLAIM_UNKNOWN: one may be on the phone whose
 * answer cannot be asked for. */
static enum challenge_step
busy(struct push *p, bool unknown)
{
	const enum challenge_step end = give_up(p, REASON_PUSH_OPEN);

	return unknown && p->login->env->conf->failover_after_unknown
	    ? STEP_WAIT
	    : end;
}

/* It was not accepted. WAIT: ask the next provider. */
static enum challenge_step
not_opened(struct push *p, enum outcome o, bool maybe_sent)
{
	const struct login *l = p->login;

	if (o == OUTCOME_DENY || o == OUTCOME_FRAUD)
		return login_deny(l, VERDICT_DENY, outcome_reason(o));
	p->why = outcome_reason(o);
	if (!provider_call_silent(&p->x, o))
		p->outage = false;
	if (!provider_call_outage(&p->x, o))
		p->unasked = true;
	return failover_allowed(
		   l->env->conf, o, maybe_sent, p->x.ctx.per_number)
	    ? STEP_WAIT
	    : STEP_INSTEAD;
}

static enum challenge_step
start(struct push *p)
{
	const struct login *l = p->login;
	bool maybe_sent = false;
	enum outcome o;

	p->x.ctx.life_s = life_s(l->env, p->others);
	p->ends = login_now(l) + p->x.ctx.life_s * 1000;
	o = l->steps->push(p, &maybe_sent);
	return o == OUTCOME_OK ? STEP_ASK : not_opened(p, o, maybe_sent);
}

/* The row is ours: count, then send. */
static enum challenge_step
claimed(struct push *p)
{
	const struct login *l = p->login;

	if (!login_pause(l, 0)) {
		l->steps->back(l, &p->row);
		return login_deny(l, VERDICT_DENY, REASON_PEER_GONE);
	}
	switch (take(p)) {
	case SEND_TAKEN:
		return start(p);
	case SEND_WAIT:
		l->steps->back(l, &p->row);
		return give_up(p, REASON_LIMIT);
	case SEND_ERROR:
		break;
	}
	l->steps->back(l, &p->row);
	return state_failed(p);
}

/* Try one provider. WAIT: try the next one. */
static enum challenge_step
begin_at(struct push *p, const struct provider_conf *at)
{
	const struct login *l = p->login;

	provider_call_aim(&p->x, l->env, at, l->record, l->decision);
	p->x.ctx.method = METHOD_PUSH;
	if (!push_in_time(l->env, p->others))
		return give_up(p, REASON_DEADLINE);
	if (digits_make(p->x.ctx.push_digits) != 0 || random_name(p->name) != 0)
		return login_deny(l, VERDICT_DENY, REASON_NO_RANDOM);
	switch (claim(p)) {
	case CLAIM_NEW:
		return claimed(p);
	case CLAIM_UNKNOWN:
		return busy(p, true);
	case CLAIM_JOINED:
	case CLAIM_WAIT:
	case CLAIM_SPENT:
	case CLAIM_OTHER:
	case CLAIM_ELSEWHERE:
	case CLAIM_UNFIT:
		return busy(p, false);
	case CLAIM_ERROR:
		break;
	}
	return state_failed(p);
}

static size_t
providers(const struct push *p,
    const struct provider_conf *order[CONFIG_PROVIDERS_MAX])
{
	const struct login *l = p->login;
	const size_t count =
	    reach_push(l->env->conf, l->record, l->decision->methods, order);

	verify_passed_last(l, order, count);
	return count;
}

enum challenge_step
push_begin(struct push *p)
{
	const struct provider_conf *order[CONFIG_PROVIDERS_MAX];
	const size_t count = providers(p, order);
	enum challenge_step step = STEP_WAIT;
	size_t n = 0;

	p->why = REASON_NO_METHOD;
	p->outage = count > 0;
	p->early = p->unheard = p->decoy = p->unasked = false;
	p->send = 0;
	while (n < count && step == STEP_WAIT)
		step = begin_at(p, order[n++]);
	if (step == STEP_ASK || step == STEP_DENY)
		return step;
	/* while one of them was not asked, it is no outage of all */
	if (n < count)
		p->outage = false;
	p->state = PUSH_NONE;
	log_notice(
	    "no push for %s: %s", login_shown(p->login), reason_word(p->why));
	return STEP_INSTEAD;
}

enum challenge_step
push_decoy(struct push *p)
{
	const struct login *l = p->login;
	struct latency_span start = { 0 };

	if (digits_make(p->x.ctx.push_digits) != 0)
		return login_deny(l, VERDICT_DENY, REASON_NO_RANDOM);
	latency_read(l->env->conf->state_dir, LATENCY_START, &start);
	if (!login_pause(l, latency_like(&start)))
		return login_deny(l, VERDICT_DENY, REASON_PEER_GONE);
	p->decoy = true;
	p->state = PUSH_OPEN;
	p->began = login_now(l);
	p->due = p->ends = p->began + life_s(l->env, p->others) * 1000;
	return STEP_ASK;
}
