/* SPDX-License-Identifier: BSD-2-Clause */
/* Ends a user's own verification that this login cannot join. */
#include "helper/verification/verification_inside.h"

/* Cancels it if the provider allows only one verification for each number. True
 * if it is gone, or does not block a new one. */
static bool
let_go(struct verify *v, const struct provider_conf *there, bool same)
{
	const struct login *l = v->login;
	enum outcome o;

	if (!provider_has_call(there->type, CALL_CANCEL) ||
	    v->row.request_id[0] == STORE_OWN_ID ||
	    (same && there->type->again == AGAIN_SAME && !v->row.apart) ||
	    (!same && l->steps->passed(l, there)))
		return true;
	/* without values of the other provider */
	provider_call_init(&v->x, l->env, there, l->record, l->decision);
	memcpy(v->x.ctx.request_id, v->row.request_id,
	    sizeof(v->x.ctx.request_id));
	v->x.ctx.method = v->row.method;
	o = provider_call_run(&v->x, CALL_CANCEL, NULL, &(bool){ false });
	/* too early or too late to cancel */
	if (o == OUTCOME_LATER && same)
		verify_set_busy(v, there->type);
	if (o == OUTCOME_LATER && same && verify_number_busy_left_s(v) > 0)
		log_notice("%s has a code by other means than this login may "
			   "use, and provider %s lets go of it in %lld s: "
			   "until then it sends no other",
		    login_display_name(l), there->name,
		    (long long)verify_number_busy_left_s(v));
	/* the provider may not know an id that another host has stored */
	return o == OUTCOME_OK ||
	    (o != OUTCOME_LATER && verify_row_is_foreign(there->type, &v->row));
}

/* A vendor may give the same reply for a verification that has ended and for
 * one that it cannot cancel yet. After the time of the latter, a row of another
 * service or enrolment is removed: its login could keep it without end. */
static bool
keeps_out(const struct verify *v)
{
	return !v->row.apart || !v->x.ctx.told.unevaluated ||
	    (!v->waited && verify_number_busy_left_s(v) > 0);
}

static enum verify_takeover
take_over(struct verify *v, const struct provider_conf *there, bool same)
{
	const struct login *l = v->login;
	const bool gone = there == NULL || let_go(v, there, same);
	int dropped;

	if (!gone && same && keeps_out(v)) {
		store_row_restore(l->store, v->row.id);
		return TAKEOVER_BUSY;
	}
	/* If it is gone, the code of another session was right there. But a row
	 * of another service or enrolment is not this login's, which goes on
	 * whatever ended it. */
	dropped = store_row_remove_held(l->store, v->row.id);
	if (dropped == 0)
		return v->row.apart ? TAKEOVER_MOVED : TAKEOVER_USED;
	if (dropped != 1)
		return TAKEOVER_FAILED;
	log_notice("%s has a code by other means than this login may use, of "
		   "twofactl enroll, or from a provider that is gone or out of "
		   "reach: it is void, and another is sent",
	    login_display_name(l));
	return TAKEOVER_FREE;
}

enum verify_takeover
verify_end_unjoinable(struct verify *v, const struct provider_conf *there)
{
	const struct login *l = v->login;
	const struct provider_conf *here = v->x.p;
	const int ours = store_row_hold_for_replacing(
	    l->store, v->row.id, v->row.request_id, false);
	enum verify_takeover taken;

	if (ours != 1)
		return ours == 0 ? TAKEOVER_MOVED : TAKEOVER_FAILED;
	taken = take_over(v, there, there == here);
	provider_call_init(&v->x, l->env, here, l->record, l->decision);
	return taken;
}

bool
verify_may_wait(const struct verify *v)
{
	const int64_t wait_ms = verify_number_busy_left_s(v) * 1000;

	return wait_ms > 0 &&
	    frame_clock_ms() + wait_ms < v->login->env->deadline;
}
