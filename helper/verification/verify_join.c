/* SPDX-License-Identifier: BSD-2-Clause */
/* Claims a verification at one provider, and joins a running one. */
#include "helper/verification/verification_inside.h"
#include "helper/dialogue/dialogue.h"

#define CLAIM_POLL_MS 100

const char *
verify_slow_line(enum provider_call_kind kind, enum method method)
{
	if (kind == CALL_CANCEL)
		return words_ending_code;
	if (kind == CALL_CHECK)
		return words_checking;
	if (!provider_call_sends(kind))
		return NULL;
	return method == METHOD_PUSH ? words_asking_phone : words_sending;
}

void
verify_set_provider(struct verify *v, const struct provider_conf *p)
{
	const struct login *l = v->login;

	provider_call_init(&v->x, l->env, p, l->record, l->decision);
	v->x.slow = verify_slow_line;
	strncpy(l->result->provider, p->name, sizeof(l->result->provider) - 1);
}

bool
verify_wait_for_other(
    const struct login *l, int64_t ms, int64_t *slow_at, const char *line)
{
	if (frame_clock_ms() >= *slow_at) {
		*slow_at = INT64_MAX;
		if (!l->quiet)
			login_env_show_wait(l->env, line);
	}
	return login_pause(l, ms);
}

enum store_claim
verify_claim(
    struct verify *v, unsigned methods, enum method receiver, enum method begin)
{
	const struct login *l = v->login;
	const struct store_key key = verify_claim_key(l, v->x.p, receiver);
	const int64_t limit_ms = verify_start_limit_ms(v->x.p);
	int64_t start_ms = limit_ms, dead = 0;
	int64_t slow_at = frame_clock_ms() + LOGIN_SLOW_MS;
	enum store_claim c;

	for (;;) {
		c = l->steps->claim(l, &key, methods, begin, start_ms, &v->row);
		verify_load_times(v);
		if (c == CLAIM_JOINED &&
		    verify_row_is_foreign(v->x.p->type, &v->row))
			return CLAIM_UNFIT;
		if (c != CLAIM_WAIT &&
		    (c != CLAIM_OTHER ||
			!login_session_is_dead(l, v->row.holder)))
			return c;
		/* The holder was killed during the start, so the row counts as
		 * unknown at once (start_ms 0). But claim once more first: the
		 * holder may have ended its row before it died, and the row
		 * found next may have another holder. */
		start_ms = dead != 0 && v->row.holder == dead ? 0 : limit_ms;
		dead =
		    login_session_is_dead(l, v->row.holder) ? v->row.holder : 0;
		if (frame_clock_ms() >= l->env->deadline ||
		    !verify_wait_for_other(l, dead != 0 ? 0 : CLAIM_POLL_MS,
			&slow_at, words_other_start))
			return CLAIM_WAIT;
	}
}

void
verify_copy_joined_row(struct verify *v)
{
	const int64_t age = v->row.age_ms;

	v->age_s = age < 0 ? 0 : age / 1000;
	v->login->result->method = v->row.method;
	memcpy(v->login->result->request, v->row.request_id,
	    sizeof(v->row.request_id));
}

/* Joins at one provider. *there: the provider where it runs instead, or NULL.
 */
static enum store_claim
claim_at(struct verify *v, const struct provider_conf *p,
    const struct provider_conf **there)
{
	const struct login *l = v->login;
	const unsigned methods = verify_methods(v, p);
	enum store_claim c;

	*there = NULL;
	verify_set_provider(v, p);
	c = verify_claim(
	    v, methods, reach_preferred(l->record, methods), METHOD_NONE);
	if (c == CLAIM_ELSEWHERE &&
	    verify_row_may_be_joined(
		l->env->conf, l->record, l->decision->methods, &v->row))
		*there = verify_row_provider(l->env->conf, &v->row);
	return c;
}

enum challenge_step
verify_join(struct verify *v)
{
	const struct login *l = v->login;
	const struct provider_conf *order[SETTINGS_PROVIDERS_MAX], *there;
	enum store_claim c;

	if (reach_order(l->env->conf, l->record, l->decision->methods, order) ==
	    0)
		return STEP_WAIT;
	c = claim_at(v, order[0], &there);
	if (there != NULL)
		c = claim_at(v, there, &there);
	if (c == CLAIM_ERROR)
		return verify_deny_store_failure(v, END_NOT_SENT);
	if (c != CLAIM_JOINED || !verify_may_check(v)) {
		l->result->provider[0] = '\0';
		return STEP_WAIT;
	}
	verify_copy_joined_row(v);
	return STEP_ASK;
}
