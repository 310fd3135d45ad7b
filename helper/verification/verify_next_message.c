/* SPDX-License-Identifier: BSD-2-Clause */
/* The next message of a running verification, or the verification's end. */
#include "helper/verification/verify.h"

#include <string.h>

#include "helper/verification/another_message.h"
#include "helper/verification/claim_key.h"
#include "lib/rules/rules.h"
#include "lib/system/system.h"

/* When to ask again after a refusal or without an answer. */
#define VERIFY_RETRY_S 30

static enum another_message
how_by(const struct verify *v, enum method m)
{
	if ((verify_methods(v, v->x.p) & ~v->refused & METHOD_BIT(m)) == 0)
		return ANOTHER_NONE;
	return another_message_how(v->x.p, v->row.sends, v->row.method, m);
}

bool
verify_next_message_by(const struct verify *v, enum method m)
{
	return how_by(v, m) != ANOTHER_NONE;
}

unsigned
verify_next_message_keys(const struct verify *v)
{
	return another_message_keys(v->x.p, v->row.sends, v->row.method,
	    verify_methods(v, v->x.p) & ~v->refused);
}

/* Nothing was started: the old code stays valid, and the message does not
 * count. */
static enum challenge_step
not_yet(struct verify *v, int64_t wait_s)
{
	verify_budget_refund(v);
	v->retry_at = login_now(v->login) + wait_s * 1000;
	return STEP_WAIT;
}

/* A vendor with one verification for each number must cancel the old one
 * first. */
static bool
cancelled(struct verify *v)
{
	bool maybe_sent = false;

	verify_take_id(v);
	return provider_ops(v->x.p->type)->cancel_request == NULL ||
	    provider_call_run(&v->x, CALL_CANCEL, NULL, &maybe_sent) ==
	    OUTCOME_OK;
}

/* End here if the provider blocks it or has ended it. */
static enum challenge_step
ended(struct verify *v, enum outcome o)
{
	/* for AGAIN_SAME a DENY means wrong codes: it stays locked */
	const bool locked =
	    o == OUTCOME_DENY && v->x.p->type->again == AGAIN_SAME;

	store_spend(v->login->store, v->row.id, v->row.request_id,
	    locked ? verify_spent_ms(v) : STORE_SPENT_MS, NULL);
	return verify_deny(v, VERDICT_DENY,
	    o == OUTCOME_DENY ? REASON_ENDED : outcome_reason(o), END_NOT_SENT);
}

/* No other message, but nothing is lost: the old code is still valid. A message
 * that may have been sent stays counted. */
static enum challenge_step
old_stays(struct verify *v, enum method m, enum outcome o, bool maybe_sent)
{
	const struct login *l = v->login;
	int64_t left_s = (v->expires_at - login_now(l) + 999) / 1000;

	/* sent, but it cannot be stored: another session's right code took the
	 * row */
	if (o == OUTCOME_DENY && maybe_sent && !v->clashed)
		return verify_deny(v, VERDICT_DENY, REASON_USED, END_DENIED);
	store_restore(l->store, v->row.id);
	if (v->clashed)
		return verify_give_up(
		    v, VERDICT_DENY, REASON_NUMBER_BUSY, END_BUSY);
	if (maybe_sent)
		v->send_id = 0;
	if (o == OUTCOME_DENY || o == OUTCOME_FRAUD) {
		verify_budget_refund(v);
		return ended(v, o);
	}
	if (o == OUTCOME_NUMBER)
		v->refused |= METHOD_BIT(m);
	/* the vendor's own limit on messages of one verification */
	if (o == OUTCOME_THROTTLE && v->x.ctx.per_number &&
	    left_s > VERIFY_RETRY_S)
		return not_yet(v, left_s);
	return not_yet(v, VERIFY_RETRY_S);
}

static enum challenge_step
message_replace(struct verify *v, enum method m)
{
	const struct login *l = v->login;
	const bool can_cancel =
	    provider_ops(v->x.p->type)->cancel_request != NULL;
	bool maybe_sent = false;
	enum outcome o;

	if (!cancelled(v)) {
		store_restore(l->store, v->row.id);
		return not_yet(v, VERIFY_RETRY_S);
	}
	/* "gone" may also mean that another session's code was right */
	if (store_holds(l->store, v->row.id) != 1) {
		verify_budget_refund(v);
		return verify_taken(v);
	}
	if (can_cancel)
		o = verify_start(v, m, &maybe_sent);
	else
		o = verify_message(v, m, &maybe_sent);
	v->same_code = false;
	if (o == OUTCOME_OK)
		return STEP_SENT;
	if (!can_cancel && !maybe_sent)
		return old_stays(v, m, o, false);
	if (!can_cancel) /* the newest code counts; its id is unknown */
		store_unknown(l->store, v->row.id);
	if (v->clashed)
		return verify_give_up(
		    v, VERDICT_DENY, REASON_NUMBER_BUSY, END_BUSY);
	/* as with a first message: after a block nothing else is tried */
	if (o == OUTCOME_FRAUD || o == OUTCOME_DENY)
		return verify_deny(
		    v, VERDICT_DENY, outcome_reason(o), END_NOT_SENT);
	return verify_give_up(v, VERDICT_DENY, outcome_reason(o), END_NOT_SENT);
}

static enum challenge_step
message_same(struct verify *v, enum method m)
{
	bool maybe_sent = false;
	enum outcome o = verify_message(v, m, &maybe_sent);

	return o == OUTCOME_OK ? STEP_SENT : old_stays(v, m, o, maybe_sent);
}

/* A step may bring a new code with its own time. */
static enum challenge_step
message_step(struct verify *v, enum method m)
{
	bool maybe_sent = false;
	enum outcome o;

	verify_take_id(v);
	v->x.ctx.method = m;
	v->x.ctx.sends = v->row.sends;
	v->same_code = false;
	o = provider_call_run(&v->x, CALL_NEXT, NULL, &maybe_sent);
	if (o != OUTCOME_OK)
		return old_stays(v, m, o, maybe_sent);
	if (verify_keep(v, m, login_now(v->login) + v->x.p->expiry_ms) == 0)
		return STEP_SENT;
	return verify_deny(v, VERDICT_DENY, REASON_USED, END_DENIED);
}

/* Another session may have sent the next message since. 1; 0: the row is gone,
 * or not running; -1. */
static int
row_renew(struct verify *v)
{
	struct store_row row;
	const int found = store_look(v->login->store, v->row.id, &row);

	if (found == 1 && claim_key_foreign(v->x.p->type, &row))
		return 0;
	if (found == 1) {
		v->row = row;
		verify_row_times(v);
	}
	return found;
}

/* It was asked for in time, and replaces no other message. */
static enum challenge_step
message_first(struct verify *v)
{
	v->taken = true;
	v->again_at = login_now(v->login);
	return verify_again(v);
}

enum challenge_step
verify_next_message(struct verify *v, enum method method)
{
	const struct login *l = v->login;
	enum another_message how;
	int found;

	if (v->taken)
		return verify_again(v);
	if (verify_next_message_ms(v) > 0)
		return STEP_WAIT;
	found = row_renew(v);
	if (found == 0)
		return message_first(v);
	if (found < 0)
		return not_yet(v, VERIFY_RETRY_S);
	how = how_by(v, method);
	if (how == ANOTHER_NONE || verify_next_message_ms(v) > 0)
		return STEP_WAIT;
	if (!verify_budget_take(v)) {
		if (v->wait_s > 0)
			return not_yet(v, v->wait_s);
		return verify_state_failed(v, END_NOT_SENT);
	}
	/* another session may be sending one, or has: its code is on its way */
	if (store_replace(l->store, v->row.id, v->row.request_id, false) != 1)
		return not_yet(v, VERIFY_RETRY_S);
	/* the address may also belong to another user who is using it now */
	if (store_number_free(l->store, v->row.id,
		reach_receiver(l->record, v->x.p, method)) != 1) {
		store_restore(l->store, v->row.id);
		v->refused |= METHOD_BIT(method);
		return not_yet(v, VERIFY_RETRY_S);
	}
	v->clashed = v->counted = false;
	switch (how) {
	case ANOTHER_STEP:
		return message_step(v, method);
	case ANOTHER_START:
		return message_same(v, method);
	case ANOTHER_NONE:
	case ANOTHER_REPLACE:
		break;
	}
	return message_replace(v, method);
}

void
verify_quit(struct verify *v)
{
	const struct login *l = v->login;
	const struct provider_type *type = v->x.p->type;

	if ((provider_ops(type)->cancel_request == NULL && !type->own_code &&
		!v->leaves_none) ||
	    store_replace(l->store, v->row.id, v->row.request_id, true) != 1)
		return;
	if (cancelled(v))
		store_unsent(l->store, v->row.id);
	else
		store_restore(l->store, v->row.id);
}
