/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Another login used the code of the verification that this one has: it goes on
 * with one that runs meanwhile, or with a message of its own, no sooner than
 * one that r asks for.
 */
#include "helper/state/store_look.h"
#include "helper/verification/claim_key.h"
#include "helper/verification/verify.h"

/* Is there none that could be joined? Who else begins one meanwhile is joined
 * there, or has its message sent a little sooner. */
static bool
none_runs(const struct verify *v)
{
	const struct login *l = v->login;
	const unsigned methods = verify_methods(v, v->x.p);
	const struct store_key key =
	    claim_key(l->user, l->record, v->x.p, verify_preferred(v, methods));
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
	step = verify_again(v);
	return step == STEP_ASK || step == STEP_WAIT ? STEP_TAKEN : step;
}
