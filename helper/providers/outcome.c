/* SPDX-License-Identifier: BSD-2-Clause */
/* The outcomes of provider calls: names, reasons, what may follow, HTTP
 * statuses. */
#include "helper/providers/providers.h"

enum when { NEVER = 0, ALWAYS, UNLESS_SENT, UNLESS_PER_NUMBER };

static const struct {
	const char *name; /* NULL for the reason's word */
	enum reason reason;
	enum when unevaluated; /* no code was compared */
	enum when fails_over;  /* another provider may be tried */
} outcomes[] = {
	[OUTCOME_DENY] = { NULL, REASON_DENY, NEVER, NEVER },
	[OUTCOME_OK] = { "ok", REASON_DENY, NEVER, NEVER },
	[OUTCOME_WRONG] = { "wrong", REASON_DENY, NEVER, NEVER },
	[OUTCOME_EXPIRED] = { NULL, REASON_EXPIRED, ALWAYS, NEVER },
	[OUTCOME_INFLIGHT] = { NULL, REASON_INFLIGHT, NEVER, ALWAYS },
	[OUTCOME_THROTTLE] = { NULL, REASON_THROTTLE, ALWAYS,
	    UNLESS_PER_NUMBER },
	[OUTCOME_NUMBER] = { NULL, REASON_NUMBER, NEVER, ALWAYS },
	[OUTCOME_FRAUD] = { NULL, REASON_FRAUD, NEVER, NEVER },
	[OUTCOME_CONFIG] = { NULL, REASON_CONFIG, ALWAYS, ALWAYS },
	[OUTCOME_ACCOUNT] = { NULL, REASON_ACCOUNT, ALWAYS, ALWAYS },
	[OUTCOME_TRANSIENT] = { NULL, REASON_TRANSIENT, UNLESS_SENT,
	    UNLESS_SENT },
	[OUTCOME_LATER] = { "later", REASON_DENY, NEVER, NEVER },
	[OUTCOME_STALLED] = { NULL, REASON_STALLED, UNLESS_SENT, UNLESS_SENT },
};
_Static_assert(COUNT_OF(outcomes) == OUTCOME_COUNT, "each");

const char *
outcome_name(enum outcome o)
{
	if ((unsigned)o >= OUTCOME_COUNT)
		return "?";
	return outcomes[o].name != NULL ? outcomes[o].name
					: reason_word(outcomes[o].reason);
}

enum reason
outcome_reason(enum outcome o)
{
	return (unsigned)o < OUTCOME_COUNT ? outcomes[o].reason : REASON_DENY;
}

bool
outcome_is_unevaluated(enum outcome o, bool maybe_sent)
{
	const enum when when =
	    (unsigned)o < OUTCOME_COUNT ? outcomes[o].unevaluated : NEVER;

	return when == ALWAYS || (when == UNLESS_SENT && !maybe_sent);
}

bool
provider_may_fail_over(const struct settings *conf, enum outcome o,
    bool maybe_sent, bool per_number)
{
	const enum when when =
	    (unsigned)o < OUTCOME_COUNT ? outcomes[o].fails_over : NEVER;

	return when == ALWAYS || (when == UNLESS_PER_NUMBER && !per_number) ||
	    (when == UNLESS_SENT &&
		(!maybe_sent || conf->failover_after_unknown));
}

/* Statuses that start and check share; unknown is the outcome of any other
 * one. */
static enum outcome
outcome_from_status(long status, enum outcome refused, enum outcome unknown)
{
	if (status == 401 || status == 403)
		return OUTCOME_CONFIG;
	if (status == 402)
		return OUTCOME_ACCOUNT;
	if (status == 429)
		return OUTCOME_THROTTLE;
	if (status == 400 || status == 404 || status == 405 || status == 415 ||
	    status == 422)
		return refused;
	if ((status >= 200 && status < 400) || status == 408 ||
	    (status >= 500 && status < 600))
		return OUTCOME_TRANSIENT;
	return unknown;
}

enum outcome
outcome_from_http_start(long status)
{
	return outcome_from_status(status, OUTCOME_CONFIG, OUTCOME_TRANSIENT);
}

enum outcome
outcome_from_http_check(long status)
{
	return outcome_from_status(status, OUTCOME_DENY, OUTCOME_DENY);
}
