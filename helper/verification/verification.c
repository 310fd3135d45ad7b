/* SPDX-License-Identifier: BSD-2-Clause */
/* A running verification: checks a code, sends another message, gives up. */
#include "helper/verification/verification_inside.h"

/* wait after a refusal or without a reply */
#define VERIFY_RETRY_S 30

/* The code has expired by our own clock, too: restarts, once for each login. */
static enum challenge_step
verification_renew(struct verify *v)
{
	if (v->renewed || v->joins_only)
		return verify_give_up(v, REASON_EXPIRED, END_TIMEOUT);
	v->renewed = true;
	store_row_remove_ended(v->login->store, v->row.id, v->row.request_id);
	return verify_send_or_join_here(v);
}

/* Returns 1 if the code allows this login, 0 if it was used already, or -1. */
static int
verification_finish(struct verify *v, const struct store_code *code)
{
	const struct store_right right =
	    login_right_code_effects(v->login, v->row.method, v->x.p->name);

	/* the charge in the reply, if any, may be for the message of another
	 * login */
	return store_row_finish(v->login->store,
	    &(struct store_finish){ .id = v->row.id,
		.request_id = v->row.request_id,
		.code = code,
		.send = v->row.send,
		.price = v->x.ctx.told.price > 0 ? v->x.ctx.told.price : 0 },
	    &right);
}

/* Returns the guess to take back if this check is not to count. */
static struct store_counted
counted(const struct verify *v)
{
	return (struct store_counted){ v->login->user, v->login->source,
		&v->guess };
}

/* The code is right, but another login has used it: no guess counts. */
static enum challenge_step
used(struct verify *v)
{
	const struct store_counted back = counted(v);

	store_guess_refund(v->login->store, &back);
	return verify_handle_taken_code(v);
}

/* The provider accepts the code. Only the session that takes the row is
 * allowed. */
static enum challenge_step
right(struct verify *v, const char *code)
{
	struct store_code used_up = { .seconds = 0 };
	int ours = -1;

	/* Authy also accepts an app code in place of the message's, so each
	 * code that allowed a login is used up, wherever it was typed */
	if (!v->x.p->type->by_authy_id)
		ours = verification_finish(v, NULL);
	else if (provider_used_code_make(v->login->store, v->login->env->conf,
		     v->login->record, v->x.p, code, &used_up) == 0)
		ours = verification_finish(v, &used_up);
	explicit_bzero(&used_up, sizeof(used_up));
	return ours == 1 ? STEP_RIGHT
	    : ours == 0  ? used(v)
			 : verify_deny_store_failure(v, END_UNCHECKED);
}

static int
spend(struct verify *v, int64_t ms, const struct store_counted *back)
{
	v->wait_s = (ms + 999) / 1000;
	return store_row_spend(
	    v->login->store, v->row.id, v->row.request_id, ms, back);
}

static enum challenge_step
verification_wrong(struct verify *v)
{
	const bool last = v->row.tries >= verify_max_tries(v);

	if (last)
		spend(v, verify_spent_wait_ms(v), NULL);
	/* a provider may report a used code as wrong; the guess still counts */
	if (verify_wait_until_taken(v, last ? VERIFY_SETTLE_MS : 0))
		return verify_handle_taken_code(v);
	if (!last)
		return STEP_WRONG;
	return verify_deny(v, REASON_WRONG_CODES, END_SPENT);
}

/* The provider has ended it. The row is marked as spent rather than removed, so
 * that no login joins it, no new message is sent at once, and a session whose
 * right code was just accepted can still take it. A row with another id was
 * replaced: it is kept. */
static enum challenge_step
verification_over(struct verify *v, enum outcome o)
{
	const struct store_counted back = counted(v);
	const bool locked = o == OUTCOME_DENY && v->x.ctx.told.wrong_codes;
	int64_t ms =
	    v->x.ctx.told.unevaluated ? VERIFY_USED_MS : STORE_SPENT_MS;
	bool taken;
	int spent;

	/* the provider keeps the number locked */
	if (v->x.ctx.told.wrong_codes && !v->x.p->type->ends_itself)
		ms = verify_spent_wait_ms(v);
	spent =
	    spend(v, ms, v->x.ctx.told.unevaluated && !locked ? &back : NULL);
	if (locked)
		return verify_deny(v, REASON_WRONG_CODES, END_SPENT);
	taken = v->x.ctx.told.unevaluated &&
	    verify_wait_until_taken(v, VERIFY_USED_MS - VERIFY_SETTLE_MS);
	if (spent == 0 || (spent == 1 && taken))
		return verify_handle_taken_code(v);
	return verify_deny(v,
	    o == OUTCOME_DENY ? REASON_ENDED : outcome_reason(o), END_DENIED);
}

static enum challenge_step
judge_check(struct verify *v, enum outcome o, bool maybe_sent, const char *code)
{
	const struct store_counted back = counted(v);

	if (o == OUTCOME_OK)
		return right(v, code);
	if (o == OUTCOME_WRONG)
		return verification_wrong(v);
	if (o == OUTCOME_EXPIRED)
		return verification_renew(v);
	if (o == OUTCOME_DENY || o == OUTCOME_FRAUD)
		return verification_over(v, o);
	if (outcome_is_unevaluated(o, maybe_sent))
		store_row_refund_try(
		    v->login->store, v->row.id, v->row.request_id, &back);
	return verify_deny(v, outcome_reason(o), END_UNANSWERED);
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
	verify_load_request(v);
	v->x.tries = v->row.tries;
	if (v->x.p->type->own_code && l->env->decoy_person == NULL)
		o = own_code_check(v, code);
	else
		o = provider_call_run(&v->x, CALL_CHECK, code, &maybe_sent);
	l->result->check_ms = frame_clock_ms() - before;
	if (provider_call_was_silent(&v->x, o))
		verify_pass_over(l, v->x.p);
	/* a duration of 0 would be ignored, and decoys be slower than real
	 * logins */
	if (o == OUTCOME_OK || o == OUTCOME_WRONG)
		verify_add_latency(
		    v, 0, l->result->check_ms > 0 ? l->result->check_ms : 1);
	return judge_check(v, o, maybe_sent, code);
}

/* The try was not counted: this verification accepts no code now. */
static enum challenge_step
untried(struct verify *v, enum store_try tried)
{
	if (tried == TRY_EXPIRED)
		return verification_renew(v);
	if (tried == TRY_FULL || tried == TRY_SPENT)
		return verify_deny(v, REASON_SPENT, END_SPENT);
	if (tried == TRY_GONE)
		return verify_handle_taken_code(v);
	return tried == TRY_WAIT ? verify_deny(v, REASON_DEADLINE, END_TIMEOUT)
				 : verify_deny_store_failure(v, END_UNCHECKED);
}

static enum challenge_step
verify_check(void *ctx, const char *code)
{
	struct verify *v = ctx;
	struct store_attempted a;

	if (v->taken)
		return verify_restart_after_taken(v);
	if (verify_count_try(v, &a)) {
		v->before = NULL;
		v->guess = a.token;
		/* not the message that the prompt announced, or by a method
		 * that another login's rule accepts alone */
		if (verify_row_is_foreign(v->x.p->type, &a.row) ||
		    (v->login->decision->methods & METHOD_BIT(a.row.method)) ==
			0)
			return used(v);
		v->row = a.row;
		verify_load_times(v);
		return check_counted(v, code);
	}
	v->wait_s = a.guess == GUESS_LOCKED_OUT ? 0 : a.wait_s;
	if (a.guess == GUESS_OPEN)
		return untried(v, a.tried);
	return a.guess == GUESS_ERROR
	    ? verify_deny_store_failure(v, END_UNCHECKED)
	    : STEP_LOCKED;
}

/* True if an administrator has set a workflow of several steps and this
 * verification follows it (another channel has one step). */
static bool
on_steps(const struct provider_conf *p, unsigned sends, enum method now)
{
	const struct provider_type *type = p->type;
	enum method step;

	if (type->next_method == NULL || !provider_has_call(type, CALL_NEXT) ||
	    type->next_method(p, 1) == METHOD_NONE)
		return false;
	step = type->next_method(p, sends > 0 ? sends - 1 : 0);
	return step == METHOD_NONE || step == now;
}

enum verify_resend_kind
verify_resend_how(const struct provider_conf *p, unsigned sends,
    enum method now, enum method wanted)
{
	if ((provider_methods(p) & METHODS_CODE & METHOD_BIT(wanted)) == 0)
		return VERIFY_RESEND_NONE;
	if (on_steps(p, sends, now))
		return p->type->next_method(p, sends) == wanted
		    ? VERIFY_RESEND_STEP
		    : VERIFY_RESEND_NONE;
	return p->type->again == AGAIN_SAME ? VERIFY_RESEND_START
					    : VERIFY_RESEND_REPLACE;
}

unsigned
verify_resend_keys(const struct provider_conf *p, unsigned sends,
    enum method now, unsigned methods)
{
	static const enum method keys[] = { METHOD_VOICE, METHOD_WHATSAPP,
		METHOD_EMAIL };
	unsigned found = 0;

	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
		if ((methods & METHOD_BIT(keys[i])) != 0 && keys[i] != now &&
		    verify_resend_how(p, sends, now, keys[i]) !=
			VERIFY_RESEND_NONE)
			found |= METHOD_BIT(keys[i]);
	return found;
}

static enum verify_resend_kind
how_by(const struct verify *v, enum method m)
{
	if ((verify_methods(v, v->x.p) & ~v->refused & METHOD_BIT(m)) == 0)
		return VERIFY_RESEND_NONE;
	return verify_resend_how(v->x.p, v->row.sends, v->row.method, m);
}

bool
verify_may_send_by(const struct verify *v, enum method m)
{
	return how_by(v, m) != VERIFY_RESEND_NONE;
}

/* No message was started: the old code stays valid, no message counts. */
static enum challenge_step
not_yet(struct verify *v, int64_t wait_s)
{
	verify_budget_refund(v);
	v->retry_at = login_now_ms(v->login) + wait_s * 1000;
	return STEP_WAIT;
}

/* Cancels it if the provider can. True if another message may be sent. */
static bool
cancelled(struct verify *v)
{
	enum outcome o = OUTCOME_OK;

	verify_load_request(v);
	if (provider_has_call(v->x.p->type, CALL_CANCEL))
		o = provider_call_run(
		    &v->x, CALL_CANCEL, NULL, &(bool){ false });
	v->busy_until = 0;
	if (o == OUTCOME_LATER)
		verify_set_busy(v, v->x.p->type);
	return o == OUTCOME_OK;
}

/* The provider blocks the verification or has ended it. */
static enum challenge_step
verification_ended(struct verify *v, enum outcome o)
{
	/* with AGAIN_SAME, DENY means wrong codes: the number stays locked */
	const bool locked =
	    o == OUTCOME_DENY && v->x.p->type->again == AGAIN_SAME;

	store_row_spend(v->login->store, v->row.id, v->row.request_id,
	    locked ? verify_spent_wait_ms(v) : STORE_SPENT_MS, NULL);
	return verify_deny(v,
	    o == OUTCOME_DENY ? REASON_ENDED : outcome_reason(o), END_NOT_SENT);
}

/* No other message was accepted: the old code stays valid. A message that may
 * have been sent stays counted. */
static enum challenge_step
old_stays(struct verify *v, enum method m, enum outcome o, bool maybe_sent)
{
	const struct login *l = v->login;
	int64_t left_s = (v->expires_at - login_now_ms(l) + 999) / 1000;

	if (store_failure(l->store) == STORE_UNKNOWN)
		return verify_deny_store_failure(v, END_NOT_SENT);
	/* sent but not stored: the right code of another session took the
	 * row */
	if (o == OUTCOME_DENY && maybe_sent && !v->clashed)
		return verify_deny(v, REASON_USED, END_DENIED);
	store_row_restore(l->store, v->row.id);
	if (v->clashed)
		return verify_give_up(v, REASON_NUMBER_BUSY, END_BUSY);
	if (maybe_sent)
		v->send_id = 0;
	if (o == OUTCOME_DENY || o == OUTCOME_FRAUD) {
		verify_budget_refund(v);
		return verification_ended(v, o);
	}
	if (o == OUTCOME_NUMBER)
		v->refused |= METHOD_BIT(m);
	/* the provider's own limit on messages of one verification */
	if (o == OUTCOME_THROTTLE && v->x.ctx.told.per_number &&
	    left_s > VERIFY_RETRY_S)
		return not_yet(v, left_s);
	return not_yet(v, VERIFY_RETRY_S);
}

static enum challenge_step
message_replace(struct verify *v, enum method m)
{
	const struct login *l = v->login;
	const bool can_cancel = provider_has_call(v->x.p->type, CALL_CANCEL);
	bool maybe_sent = false;
	enum outcome o;

	if (!cancelled(v)) {
		store_row_restore(l->store, v->row.id);
		return not_yet(v, VERIFY_RETRY_S);
	}
	/* it may also be gone because another session's code was right */
	if (store_row_is_held(l->store, v->row.id) != 1) {
		verify_budget_refund(v);
		return verify_handle_taken_code(v);
	}
	if (can_cancel)
		o = verify_start(v, m, &maybe_sent);
	else
		o = verify_send_next(v, m, &maybe_sent);
	v->same_code = false;
	if (o == OUTCOME_OK)
		return STEP_SENT;
	if (store_failure(l->store) == STORE_UNKNOWN)
		return verify_deny_store_failure(v, END_NOT_SENT);
	if (!can_cancel && !maybe_sent)
		return old_stays(v, m, o, false);
	if (!can_cancel) /* the newest code is valid, but its id unknown */
		store_row_mark_unknown(l->store, v->row.id);
	if (v->clashed)
		return verify_give_up(v, REASON_NUMBER_BUSY, END_BUSY);
	/* as for a first message, nothing else is tried after a block */
	if (o == OUTCOME_FRAUD || o == OUTCOME_DENY)
		return verify_deny(v, outcome_reason(o), END_NOT_SENT);
	return verify_give_up(v, outcome_reason(o), END_NOT_SENT);
}

/* The next step of a workflow may have a new code with its own validity. */
static enum challenge_step
message_step(struct verify *v, enum method m)
{
	bool maybe_sent = false;
	enum outcome o;

	verify_load_request(v);
	v->x.ctx.method = m;
	v->x.ctx.sends = v->row.sends;
	v->same_code = false;
	o = provider_call_run(&v->x, CALL_NEXT, NULL, &maybe_sent);
	if (o != OUTCOME_OK)
		return old_stays(v, m, o, maybe_sent);
	if (verify_save_sent(
		v, m, login_now_ms(v->login) + v->x.p->expiry_ms) == 0)
		return STEP_SENT;
	return verify_deny(v, REASON_USED, END_DENIED);
}

/* Reads the row again, as another session may have sent the next message.
 * Returns 1, 0 if it is not running or not to be used, or -1. */
static int
row_renew(struct verify *v)
{
	struct store_row row;
	const int found = store_row_read(v->login->store, v->row.id, &row);

	if (found == 1 && verify_row_is_foreign(v->x.p->type, &row))
		return 0;
	if (found == 1) {
		v->row = row;
		verify_load_times(v);
	}
	return found;
}

static enum challenge_step
resend(struct verify *v, enum method method)
{
	const struct login *l = v->login;
	enum verify_resend_kind how;
	bool maybe_sent = false;
	enum outcome o;
	int found;

	if (v->taken)
		return verify_restart_after_taken(v);
	if (verify_resend_wait_ms(v) > 0)
		return STEP_WAIT;
	found = row_renew(v);
	if (found == 0) {
		/* the wait is over, and no other message is replaced */
		v->taken = true;
		v->again_at = login_now_ms(v->login);
		return verify_restart_after_taken(v);
	}
	if (found < 0)
		return not_yet(v, VERIFY_RETRY_S);
	how = how_by(v, method);
	if (how == VERIFY_RESEND_NONE || verify_resend_wait_ms(v) > 0)
		return STEP_WAIT;
	if (!verify_budget_take(v)) {
		if (v->wait_s > 0)
			return not_yet(v, v->wait_s);
		return verify_deny_store_failure(v, END_NOT_SENT);
	}
	/* another session is sending one, or has just sent it */
	if (store_row_hold_for_replacing(
		l->store, v->row.id, v->row.request_id, false) != 1)
		return not_yet(v, VERIFY_RETRY_S);
	/* another user may share the receiver and be using it now */
	if (store_number_is_unclaimed(l->store, v->row.id,
		verify_claim_key(l, v->x.p, method).receiver) != 1) {
		store_row_restore(l->store, v->row.id);
		v->refused |= METHOD_BIT(method);
		return not_yet(v, VERIFY_RETRY_S);
	}
	v->clashed = v->counted = false;
	if (how == VERIFY_RESEND_STEP)
		return message_step(v, method);
	if (how != VERIFY_RESEND_START)
		return message_replace(v, method);
	o = verify_send_next(v, method, &maybe_sent);
	return o == OUTCOME_OK ? STEP_SENT
			       : old_stays(v, method, o, maybe_sent);
}

/* Cancels it, unless another login has joined. Without a cancel, only
 * leaves_none or a locally generated code frees the number. Returns false if
 * the provider refuses to cancel. */
static bool
leave_message(struct verify *v)
{
	const struct login *l = v->login;
	const struct provider_type *type = v->x.p->type;

	if ((!provider_has_call(type, CALL_CANCEL) && !type->own_code &&
		!v->leaves_none) ||
	    store_row_hold_for_replacing(
		l->store, v->row.id, v->row.request_id, true) != 1)
		return true;
	if (cancelled(v))
		return store_row_remove_unsent(l->store, v->row.id) == 0;
	store_row_restore(l->store, v->row.id);
	return false;
}

static void
verify_quit(void *ctx)
{
	(void)leave_message(ctx);
}

static size_t
other_phone(const struct login *l)
{
	return reach_phone(l->env->conf, l->record, l->decision->methods,
	    l->record->phone_at + 1);
}

/* Uses the next phone, without what belongs to a message to the one before. */
static enum challenge_step
use_phone(struct verify *v, size_t at)
{
	const struct login *l = v->login;
	enum challenge_step step;

	user_record_use_phone(l->record, at);
	phone_mask(l->record->phone, l->result->number);
	v->row = (struct store_row){ .id = 0 };
	v->sent_at = v->expires_at = v->ends_at = v->retry_at = 0;
	v->age_s = -1;
	v->refused = 0;
	v->same_code = v->renewed = v->number_retried = v->taken = false;
	step = verify_send_or_join(v);
	return step == STEP_ASK && v->age_s < 0 ? STEP_SENT : step;
}

/* A message to the next phone is counted before this login's verification at
 * the one before ends. */
static enum challenge_step
next_phone(struct verify *v)
{
	const struct login *l = v->login;
	const size_t now = l->record->phone_at, next = other_phone(l);
	bool taken;

	if (verify_resend_wait_ms(v) > 0)
		return STEP_WAIT;
	v->carried = CARRIED_NOT;
	user_record_use_phone(l->record, next);
	taken = verify_budget_take(v);
	user_record_use_phone(l->record, now);
	if (!taken && v->wait_s > 0)
		return not_yet(v, v->wait_s);
	if (!taken)
		return verify_deny_store_failure(v, END_NOT_SENT);
	return leave_message(v) ? use_phone(v, next)
				: not_yet(v, VERIFY_RETRY_S);
}

/* Without a reply of the store, waiting would lead to nothing. */
static enum challenge_step
verify_resend(void *ctx, enum method method)
{
	struct verify *v = ctx;
	const enum challenge_step step =
	    method == CHALLENGE_NEXT_PHONE ? next_phone(v) : resend(v, method);

	return step == STEP_WAIT &&
		store_failure(v->login->store) == STORE_UNKNOWN
	    ? verify_deny_store_failure(v, END_NOT_SENT)
	    : step;
}

static void
receiver_mask(const struct verify *v, char out[CHALLENGE_RECEIVER_MAX])
{
	const struct login *l = v->login;

	if (v->row.method == METHOD_EMAIL)
		email_mask(l->record->email, out);
	else if (provider_by_receiver(v->x.p))
		out[0] = '\0';
	else if (l->record->phone[0] != '\0')
		phone_mask(l->record->phone, out);
	else
		snprintf(out, CHALLENGE_RECEIVER_MAX, "your phone");
}

static void
verify_view(void *ctx, struct challenge_view *view)
{
	const struct verify *v = ctx;
	int64_t wait = verify_resend_wait_ms(v);
	bool in_time = frame_clock_ms() + wait < v->login->env->deadline;

	memset(view, 0, sizeof(*view));
	receiver_mask(v, view->receiver);
	view->method = v->row.method;
	view->says = provider_prompt_words(v->x.p);
	view->code_length = v->x.p->code_length;
	view->age_s = v->age_s;
	view->same_code = v->same_code;
	view->resend_s = wait > 0 ? (wait + 999) / 1000 : 0;
	view->none_sent = v->taken;
	view->can_resend =
	    in_time && (v->taken || verify_may_send_by(v, v->row.method));
	view->keys = in_time && !v->taken
	    ? verify_resend_keys(v->x.p, v->row.sends, v->row.method,
		  verify_methods(v, v->x.p) & ~v->refused)
	    : 0;
	if (in_time && !v->taken &&
	    (METHODS_PHONE & METHOD_BIT(v->row.method)) != 0 &&
	    other_phone(v->login) != v->login->record->phone_at)
		view->keys |= METHOD_BIT(CHALLENGE_NEXT_PHONE);
	view->why = v->invited ? END_INVITED : v->end;
	view->locked_s = v->wait_s;
	view->tries_left = verify_max_tries(v) > v->row.tries
	    ? verify_max_tries(v) - v->row.tries
	    : 0;
}

void
verify_init(struct verify *v, struct challenge *c)
{
	v->age_s = -1;
	*c = (struct challenge){ .ctx = v,
		.begin = verify_send_or_join,
		.check = verify_check,
		.send_another = verify_resend,
		.quit = verify_quit,
		.view = verify_view };
}
