/* SPDX-License-Identifier: BSD-2-Clause */
/* Sends the user a text about an event (alert_owner). */
#include "helper/verification/verification_inside.h"

/* longest time for one call to a provider */
#define ALERT_MS 5000

static enum outcome
send_alert(struct verify *v, const struct provider_conf *p, enum event event)
{
	struct environment env = *v->login->env;
	const int64_t most = frame_clock_ms() + ALERT_MS;
	bool maybe_sent = false;
	enum outcome o;

	if (env.deadline > most)
		env.deadline = most;
	provider_call_init(
	    &v->x, &env, p, v->login->record, v->login->decision);
	v->x.ctx.method = METHOD_SMS;
	v->x.ctx.event = event;
	v->x.ctx.user = v->login->user;
	o = provider_call_run(&v->x, CALL_START, NULL, &maybe_sent);
	if (o == OUTCOME_OK)
		log_notice("%s was told of %s, by provider %s",
		    login_display_name(v->login), logline_event_word(event),
		    p->name);
	return maybe_sent ? OUTCOME_STALLED : o;
}

/* To the phone in use. */
static bool
alert_phone(const struct login *l, enum event event)
{
	struct verify v = { .login = l, .x.ctx.event = event };
	const struct provider_conf *order[SETTINGS_PROVIDERS_MAX];
	const size_t count =
	    reach_order(l->env->conf, l->record, METHOD_BIT(METHOD_SMS), order);
	enum outcome o = OUTCOME_CONFIG;

	for (size_t i = 0; i < count && o != OUTCOME_OK && o != OUTCOME_STALLED;
	     i++) {
		if (!order[i]->type->own_code)
			continue;
		/* else anybody who takes over an account could use them up */
		if (event != EVENT_NUMBER_CHANGED && !verify_budget_take(&v))
			break;
		o = send_alert(&v, order[i], event);
		/* Without a receipt the state broker would refuse the next
		 * provider's message, if it were not counted on its own. */
		v.counted = v.counted && !v.x.lost;
	}
	if (v.counted && o != OUTCOME_OK && o != OUTCOME_STALLED)
		verify_budget_refund(&v);
	if (o != OUTCOME_OK)
		log_problem("%s may not have been notified of %s "
			    "(alert_owner): that needs a phone, and a provider "
			    "that sends texts of ours",
		    login_display_name(l), logline_event_word(event));
	explicit_bzero(&v, sizeof(v));
	return o == OUTCOME_OK;
}

bool
verify_alert(const struct login *l, enum event event)
{
	bool told = true;
	size_t i = 0;

	do {
		user_record_use_phone(l->record, i);
		told = alert_phone(l, event) && told;
	} while (++i < l->record->phone_count);
	return told;
}
