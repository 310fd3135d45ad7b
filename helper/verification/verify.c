/* SPDX-License-Identifier: BSD-2-Clause */
/* A running verification: check a code, send another message, give up. */
#include "helper/verification/verify.h"

#include <stdio.h>
#include <string.h>

#include "helper/store/store.h"
#include "helper/verification/claim_key.h"
#include "helper/verification/used_code.h"
#include "lib/system/system.h"
#include "lib/values/values.h"

static enum challenge_step
verify_begin(void *ctx)
{
	return verify_open(ctx);
}

/* Expired by our own clock too: one new start in this login. */
static enum challenge_step
renew(struct verify *v)
{
	if (v->renewed || v->joins_only)
		return verify_give_up(
		    v, VERDICT_DENY, REASON_EXPIRED, END_TIMEOUT);
	v->renewed = true;
	store_end(v->login->store, v->row.id, v->row.request_id);
	return verify_reopen(v);
}

/* 1: the code lets this session in; 0: it was used already; -1. */
static int
finish(struct verify *v, const struct store_code *code)
{
	const struct store_right right =
	    login_right(v->login, v->row.method, v->x.p->name);

	/* the vendor's charge, if the reply has it, maybe for another login's
	 * message */
	return store_finish(v->login->store,
	    &(struct store_finish){ .id = v->row.id,
		.request_id = v->row.request_id,
		.code = code,
		.send = v->row.send,
		.price = v->x.ctx.price > 0 ? v->x.ctx.price : 0 },
	    &right);
}

/* This vendor also accepts an app's code in place of the message's. A code that
 * let a user in, by the app or here, is used up. */
static int
finish_there(struct verify *v, const char *code)
{
	struct store_code used;
	int finished = -1;

	if (!v->x.p->type->by_authy_id)
		return finish(v, NULL);
	if (used_code_name(v->login, v->x.p->type, code, &used) == 0)
		finished = finish(v, &used);
	explicit_bzero(&used, sizeof(used));
	return finished;
}

/* What to give back if this check should not count. */
static struct store_counted
counted(const struct verify *v)
{
	return (struct store_counted){ v->login->user, v->login->source,
		&v->guess };
}

/* The code is right, but another login has used it: not a guess. */
static enum challenge_step
used(struct verify *v)
{
	const struct store_counted back = counted(v);

	store_guess_refund(v->login->store, &back);
	return verify_taken(v);
}

/* The provider accepts the code. Only the session that takes the row is let
 * in. */
static enum challenge_step
right(struct verify *v, const char *code)
{
	switch (finish_there(v, code)) {
	case 1:
		return STEP_RIGHT;
	case 0:
		return used(v);
	}
	return verify_state_failed(v, END_DENIED);
}

/* Send no new message for this time. */
static int
spend(struct verify *v, int64_t ms, const struct store_counted *back)
{
	v->wait_s = (ms + 999) / 1000;
	return store_spend(
	    v->login->store, v->row.id, v->row.request_id, ms, back);
}

static enum challenge_step
wrong(struct verify *v)
{
	const bool last = v->row.tries >= verify_tries(v);

	if (last)
		spend(v, verify_spent_ms(v), NULL);
	/* a vendor may call a used code wrong; the guess still counts */
	if (verify_taken_meanwhile(v, last ? VERIFY_SETTLE_MS : 0))
		return verify_taken(v);
	if (!last)
		return STEP_WRONG;
	return verify_deny(v, VERDICT_MAXTRIES, REASON_WRONG_CODES, END_SPENT);
}

/*
 * The provider has ended it. The row is marked as spent rather than removed: so
 * no login joins it, no new message is sent at once, and a session whose right
 * code was accepted a moment ago can still take it. A row with another id was
 * replaced and stays.
 */
static enum challenge_step
over(struct verify *v, enum outcome o)
{
	const struct store_counted back = counted(v);
	const bool locked = o == OUTCOME_DENY && v->x.ctx.wrong_codes;
	int64_t ms = v->x.ctx.unevaluated ? VERIFY_USED_MS : STORE_SPENT_MS;
	bool taken;
	int spent;

	/* the vendor keeps the number locked */
	if (v->x.ctx.wrong_codes && !v->x.p->type->ends_itself)
		ms = verify_spent_ms(v);
	spent = spend(v, ms, v->x.ctx.unevaluated && !locked ? &back : NULL);
	if (locked)
		return verify_deny(
		    v, VERDICT_MAXTRIES, REASON_WRONG_CODES, END_SPENT);
	taken = v->x.ctx.unevaluated &&
	    verify_taken_meanwhile(v, VERIFY_USED_MS - VERIFY_SETTLE_MS);
	if (spent == 0 || (spent == 1 && taken))
		return verify_taken(v);
	return verify_deny(v, VERDICT_DENY,
	    o == OUTCOME_DENY ? REASON_ENDED : outcome_reason(o), END_DENIED);
}

/* The code was surely not checked, so the try does not count. */
static enum challenge_step
unevaluated(struct verify *v, enum outcome o)
{
	const struct store_counted back = counted(v);

	store_refund(v->login->store, v->row.id, v->row.request_id, &back);
	return verify_deny(v, VERDICT_DENY, outcome_reason(o), END_DENIED);
}

static enum challenge_step
judge_check(struct verify *v, enum outcome o, bool maybe_sent, const char *code)
{
	switch (o) {
	case OUTCOME_OK:
		return right(v, code);
	case OUTCOME_WRONG:
		return wrong(v);
	case OUTCOME_EXPIRED:
		return renew(v);
	case OUTCOME_DENY:
	case OUTCOME_FRAUD:
		return over(v, o);
	case OUTCOME_THROTTLE:
	case OUTCOME_CONFIG:
	case OUTCOME_ACCOUNT:
		return unevaluated(v, o);
	case OUTCOME_TRANSIENT:
	case OUTCOME_STALLED:
		if (!maybe_sent)
			return unevaluated(v, o);
		break;
	case OUTCOME_INFLIGHT:
	case OUTCOME_NUMBER:
	case OUTCOME_LATER:
	case OUTCOME_COUNT:
		break;
	}
	return verify_deny(v, VERDICT_DENY, outcome_reason(o), END_DENIED);
}

static enum challenge_step
check_counted(struct verify *v, const char *code)
{
	const struct login *l = v->login;
	int64_t before = frame_clock_ms();
	bool maybe_sent = false;
	enum outcome o;

	l->result->tries++;
	l->result->method = v->row.method;
	memcpy(
	    l->result->request, v->row.request_id, sizeof(v->x.ctx.request_id));
	verify_take_id(v);
	v->x.tries = v->row.tries;
	if (v->x.p->type->own_code && l->env->stranger == NULL)
		o = verify_own_check(v, code);
	else
		o = provider_call_run(&v->x, CALL_CHECK, code, &maybe_sent);
	l->result->check_ms = frame_clock_ms() - before;
	/* a time of 0 is left out, and then decoys would be slower than real
	 * logins */
	if (o == OUTCOME_OK || o == OUTCOME_WRONG)
		verify_remember(
		    v, 0, l->result->check_ms > 0 ? l->result->check_ms : 1);
	return judge_check(v, o, maybe_sent, code);
}

/* This verification accepts no more codes. */
static enum challenge_step
untried(struct verify *v, enum store_try tried)
{
	switch (tried) {
	case TRY_EXPIRED:
		return renew(v);
	case TRY_FULL:
	case TRY_SPENT:
		return verify_deny(
		    v, VERDICT_MAXTRIES, REASON_SPENT, END_SPENT);
	case TRY_GONE:
		return verify_taken(v);
	case TRY_WAIT:
		return verify_deny(
		    v, VERDICT_DENY, REASON_DEADLINE, END_TIMEOUT);
	case TRY_ERROR:
	case TRY_COUNTED:
		break;
	}
	return verify_state_failed(v, END_DENIED);
}

static enum challenge_step
verify_check(void *ctx, const char *code)
{
	struct verify *v = ctx;
	struct store_attempted a;

	if (v->taken)
		return verify_again(v);
	if (verify_count_try(v, &a)) {
		v->before = NULL;
		v->guess = a.token;
		/* its message is not the one that the person was told of */
		if (claim_key_foreign(v->x.p->type, &a.row))
			return used(v);
		v->row = a.row;
		verify_row_times(v);
		return check_counted(v, code);
	}
	v->wait_s = a.wait_s;
	switch (a.guess) {
	case GUESS_OPEN:
		return untried(v, a.tried);
	case GUESS_SHUT:
		v->wait_s = 0;
		return STEP_LOCKED;
	case GUESS_LOCKED:
		return STEP_LOCKED;
	case GUESS_ERROR:
		break;
	}
	return verify_state_failed(v, END_DENIED);
}

static enum challenge_step
challenge_another_message(void *ctx, enum method method)
{
	return verify_next_message(ctx, method);
}

static void
challenge_quit(void *ctx)
{
	verify_quit(ctx);
}

/* The receiver of the newest message. */
static void
receiver_mask(const struct verify *v, char out[CHALLENGE_RECEIVER_MAX])
{
	const struct login *l = v->login;

	if (v->row.method == METHOD_EMAIL)
		email_mask(l->record->email, out);
	else if (l->record->phone[0] != '\0')
		phone_mask(l->record->phone, out);
	else
		snprintf(out, CHALLENGE_RECEIVER_MAX, "your phone");
}

static void
verify_view(void *ctx, struct challenge_view *view)
{
	const struct verify *v = ctx;
	int64_t wait = verify_next_message_ms(v);
	bool in_time = frame_clock_ms() + wait < v->login->env->deadline;

	memset(view, 0, sizeof(*view));
	receiver_mask(v, view->receiver);
	view->method = v->row.method;
	view->code_length = v->x.p->code_length;
	view->age_s = v->age_s;
	view->same_code = v->same_code;
	view->resend_s = wait > 0 ? (wait + 999) / 1000 : 0;
	view->none_sent = v->taken;
	view->can_resend =
	    in_time && (v->taken || verify_next_message_by(v, v->row.method));
	view->keys = in_time && !v->taken ? verify_next_message_keys(v) : 0;
	view->why = v->end;
	view->locked_s = v->wait_s;
	view->tries_left =
	    verify_tries(v) > v->row.tries ? verify_tries(v) - v->row.tries : 0;
}

void
verify_init(struct verify *v, struct challenge *c)
{
	v->age_s = -1;
	*c = (struct challenge){ .ctx = v,
		.begin = verify_begin,
		.check = verify_check,
		.another_message = challenge_another_message,
		.quit = challenge_quit,
		.view = verify_view };
}
