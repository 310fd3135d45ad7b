/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The limits of a verification: its messages, how long none may be sent, and
 * its end when they are used up or for another reason.
 */
#include "helper/verification/verify.h"

#include <string.h>

#include "helper/dialogue/dialogue.h"
#include "helper/verification/login_steps.h"
#include "lib/system/system.h"

struct store_send_key
verify_message_key(const struct login *l)
{
	return (struct store_send_key){ .user = l->user,
		.counted_as = l->env->stranger != NULL
		    ? l->user
		    : verify_counted_as(l->record),
		.source = login_counted_from(l),
		.office = l->office };
}

bool
verify_budget_take(struct verify *v)
{
	const struct login *l = v->login;
	struct store_send_key key = verify_message_key(l);
	const char *which = "";

	key.carried = v->carried;
	if (v->counted)
		return true;
	v->wait_s = 0;
	v->send_id = 0;
	switch (l->steps->take(l, &key, &v->send_id, &v->wait_s, &which)) {
	case SEND_TAKEN:
		v->counted = true;
		return true;
	case SEND_WAIT:
		login_log_limit(l, "codes", v->wait_s, which);
		return false;
	case SEND_ERROR:
		break;
	}
	return false;
}

void
verify_budget_refund(struct verify *v)
{
	if (v->send_id != 0)
		store_send_refund(v->login->store, v->send_id);
	v->send_id = 0;
	v->counted = false;
}

/* Until the provider drops it: before that, it would refuse another one or send
 * the same code. */
int64_t
verify_spent_ms(const struct verify *v)
{
	const int64_t over =
	    v->ends_at > v->expires_at ? v->ends_at : v->expires_at;
	const int64_t open_ms = over - login_now(v->login);

	return v->x.p->type->own_code || open_ms < STORE_SPENT_MS
	    ? STORE_SPENT_MS
	    : open_ms;
}

/* Counted from the start's reply. */
int64_t
verify_next_message_ms(const struct verify *v)
{
	const int64_t now = login_now(v->login);
	int64_t resend = v->sent_at + VERIFY_MARGIN_MS +
	    policy_resend_wait(v->login->env->conf, v->row.sends) * 1000 - now;

	if (v->taken)
		return v->again_at - now;
	return v->retry_at - now > resend ? v->retry_at - now : resend;
}

int64_t
verify_busy_s(const struct verify *v)
{
	const int64_t left = v->busy_until - login_now(v->login);

	return v->busy_until != 0 && left > 0 ? (left + 999) / 1000 : 0;
}

enum challenge_step
verify_deny(struct verify *v, enum frame_verdict verdict, enum reason why,
    enum ending end)
{
	char spent[TEXT_PROMPT_MAX];

	v->end = end;
	words_spent(
	    spent, sizeof(spent), v->wait_s, v->login->env->facts->service);
	ending_say(v->login, end == END_SPENT ? spent : words_ending(end));
	return login_deny(v->login, verdict, why);
}

enum challenge_step
verify_state_failed(struct verify *v, enum ending end)
{
	const enum reason why = login_state_reason(v->login->store);

	log_mend("%s", store_cause(v->login->store));
	/* an app's code and a recovery code work without a number */
	if (end == END_NOT_SENT && store_keyless(v->login->store))
		return verify_give_up(v, VERDICT_DENY, why, end);
	return verify_deny(v, VERDICT_DENY, why, end);
}

void
verify_tell_limit(const struct verify *v)
{
	char prompt[TEXT_PROMPT_MAX];

	words_limit(prompt, sizeof(prompt), v->wait_s,
	    strcmp(v->login->env->facts->service, "sshd") == 0);
	ending_show(v->login, prompt);
}

enum challenge_step
verify_give_up(struct verify *v, enum frame_verdict verdict, enum reason why,
    enum ending end)
{
	char prompt[TEXT_PROMPT_MAX];

	if (!v->offline && end == END_LIMIT) {
		verify_tell_limit(v);
		return login_deny(v->login, verdict, why);
	}
	if (!v->offline && end == END_BUSY && verify_busy_s(v) > 0) {
		words_busy(prompt, sizeof(prompt), verify_busy_s(v),
		    v->login->env->facts->service);
		ending_show(v->login, prompt);
		return login_deny(v->login, verdict, why);
	}
	if (!v->offline)
		return verify_deny(v, verdict, why, end);
	v->end = end;
	return STEP_INSTEAD;
}
