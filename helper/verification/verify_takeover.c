/* SPDX-License-Identifier: BSD-2-Clause */
/* Ending a user's own verification that this login cannot join. */
#include "helper/verification/verify.h"

#include <string.h>

#include "helper/verification/claim_key.h"
#include "lib/rules/rules.h"
#include "lib/system/system.h"

/* Aim at the present provider again, without values of the other one. */
static void
aim(struct verify *v, const struct provider_conf *p)
{
	const struct login *l = v->login;

	provider_call_aim(&v->x, l->env, p, l->record, l->decision);
}

/* It is too early or too late to cancel; only for "too early" the end is
 * known. */
static void
note_busy(struct verify *v, const struct provider_conf *there)
{
	const long after_s = there->type->cancel_after_s;

	v->busy_until = 0;
	if (after_s > 0)
		v->busy_until = v->sent_at + after_s * 1000 + VERIFY_MARGIN_MS;
	if (verify_busy_s(v) > 0)
		log_notice("%s has a code by other means than this login may "
			   "use, and provider %s lets go of it in %lld s: "
			   "until then it sends no other",
		    login_shown(v->login), there->name,
		    (long long)verify_busy_s(v));
}

/* A vendor with one verification for each number must cancel it first. True: it
 * is gone, or does not stand in the way of a new one. */
static bool
let_go(struct verify *v, const struct provider_conf *there, bool same)
{
	bool maybe_sent = false;
	enum outcome o;

	if (provider_ops(there->type)->cancel_request == NULL ||
	    (same && there->type->again == AGAIN_SAME && !v->row.apart))
		return true;
	aim(v, there);
	memcpy(v->x.ctx.request_id, v->row.request_id,
	    sizeof(v->x.ctx.request_id));
	v->x.ctx.method = v->row.method;
	o = provider_call_run(&v->x, CALL_CANCEL, NULL, &maybe_sent);
	if (o == OUTCOME_LATER && same)
		note_busy(v, there);
	/* the vendor may not even know an id that another host has put there */
	return o == OUTCOME_OK ||
	    (o != OUTCOME_LATER && claim_key_foreign(there->type, &v->row));
}

static enum takeover
take_over(struct verify *v, const struct provider_conf *there, bool same)
{
	const struct login *l = v->login;
	const bool gone = there == NULL || let_go(v, there, same);

	if (!gone && same) {
		store_restore(l->store, v->row.id);
		return TAKEOVER_BUSY;
	}
	/* "gone" may also mean that another session's code was right */
	switch (store_drop(l->store, v->row.id)) {
	case 1:
		break;
	case 0:
		return TAKEOVER_USED;
	default:
		return TAKEOVER_FAILED;
	}
	log_notice("%s has a code by other means than this login may use, of "
		   "twofactl enroll, or from a provider that is gone: it is "
		   "void, and another is sent",
	    login_shown(l));
	return TAKEOVER_FREE;
}

enum takeover
verify_take_over(struct verify *v, const struct provider_conf *there)
{
	const struct login *l = v->login;
	const struct provider_conf *here = v->x.p;
	enum takeover taken;

	switch (store_replace(l->store, v->row.id, v->row.request_id, false)) {
	case 1:
		break;
	case 0:
		return TAKEOVER_MOVED;
	default:
		return TAKEOVER_FAILED;
	}
	taken = take_over(v, there, there == here);
	aim(v, here);
	return taken;
}

bool
verify_wait_free(const struct verify *v)
{
	const struct login *l = v->login;
	const int64_t wait_ms = verify_busy_s(v) * 1000;

	return wait_ms > 0 && frame_clock_ms() + wait_ms < l->env->deadline &&
	    login_pause(l, wait_ms);
}

/* The settings may have changed since it started. */
bool
verify_can_check(const struct verify *v)
{
	static const char zeros[] = "0000000000";
	const size_t digits = v->x.p->code_length;
	struct provider_ctx ctx = v->x.ctx;
	struct http_request req;
	bool built;

	if (v->x.p->type->own_code || digits >= sizeof(zeros))
		return v->x.p->type->own_code;
	memcpy(ctx.request_id, v->row.request_id, sizeof(ctx.request_id));
	ctx.method = v->row.method;
	memset(&req, 0, sizeof(req));
	built = provider_ops(v->x.p->type)
		    ->check_request(
			&ctx, zeros + sizeof(zeros) - 1 - digits, &req) == 0 &&
	    !req.failed;
	explicit_bzero(&req, sizeof(req));
	return built;
}
