/* SPDX-License-Identifier: BSD-2-Clause */
/* Decides whether a login is denied. Pure. */
#include "twofactl/denial/denial.h"

#include <stdlib.h>

#define DAY_PAST 1 /* 1970-01-02: over on any day, and with any clock */

void
denial_state_add_code(struct denial_state *s, int64_t use)
{
	if ((use & RECOVERY_USE_LOGIN) == 0)
		return;
	s->codes |= METHOD_BIT(METHOD_BYPASS);
	s->invited |= (use & RECOVERY_USE_ENROL) != 0;
}

static struct admission
deny(enum reason why)
{
	return (struct admission){ .end = ADMISSION_DENY, .reason = why };
}

bool
denial_is_denied(const struct admission *a)
{
	return a->end == ADMISSION_DENY || a->end == ADMISSION_DECOY ||
	    a->end == ADMISSION_TELL || a->end == ADMISSION_ENROL;
}

static bool
has_factor(const struct settings *conf, const struct decision *d,
    const struct user_record *r)
{
	const struct factor_choice c = factor_choice(conf, r, d, 0);

	return factor_choice_has_code(&c) || c.push;
}

struct admission
denial_add_state(struct admission plan, const struct settings *conf,
    const struct decision *d, const struct denial_login *l)
{
	const struct denial_state *s = &l->state;
	const unsigned bypass = d->methods & METHOD_BIT(METHOD_BYPASS);
	const bool not_enrolled = plan.reason == REASON_UNENROLLED ||
	    plan.reason == REASON_OTHER_ACCOUNT;

	if (denial_is_denied(&plan) && not_enrolled && s->invited &&
	    bypass != 0)
		return (struct admission){ .end = ADMISSION_ON };
	if (plan.end != ADMISSION_ON)
		return plan;
	if (s->forecast)
		return s->why != REASON_NONE ? deny(s->why) : plan;
	if ((s->codes & d->methods) != 0)
		return plan;
	if (s->locked)
		return deny(REASON_LOCKED);
	/* which of several people it is decides about the factors */
	return l->found == USER_FOUND && !has_factor(conf, d, l->record)
	    ? deny(REASON_NO_METHOD)
	    : plan;
}

struct admission
denial_find(const struct settings *conf, const struct denial_login *l)
{
	const struct decision d = policy_decide(conf, l->facts);
	const enum user_result found =
	    l->found == USER_PEOPLE ? USER_FOUND : l->found;

	return denial_add_state(
	    admission_record(conf, l->facts, &d, found, l->record), conf, &d,
	    l);
}

void
denial_word(const struct admission *a, char out[DENIAL_WORD_MAX])
{
	const char *word = "require";

	if (a->end == ADMISSION_UNENROLLED)
		word = "allow-unenrolled";
	else if (a->end == ADMISSION_SKIP)
		word = "skip";
	else if (a->end == ADMISSION_OBSERVE)
		word = "observe";
	snprintf(out, DENIAL_WORD_MAX, "%s%s",
	    denial_is_denied(a) ? "deny-" : "",
	    denial_is_denied(a) ? reason_word(a->reason) : word);
}

int
denial_end_exceptions(const struct settings *conf, struct settings *out)
{
	*out = *conf;
	out->unenrolled_allow = false;
	out->rule = calloc(conf->rule_count + 1, sizeof(*out->rule));
	if (out->rule == NULL)
		return -1;
	for (size_t i = 0; i < conf->rule_count; i++) {
		struct rule *r = &out->rule[i];

		*r = conf->rule[i];
		if (settings_rule_skips_code(r) && r->until != 0)
			r->until = DAY_PAST;
		else if (r->action == ACTION_OBSERVE)
			r->action = ACTION_REQUIRE;
	}
	return 0;
}
