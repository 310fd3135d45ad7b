/* SPDX-License-Identifier: BSD-2-Clause */
/* The outcomes of provider calls: names, reasons, HTTP statuses. */
#include "helper/providers/providers.h"

static const enum reason outcome_reasons[] = {
	[OUTCOME_DENY] = REASON_DENY,
	[OUTCOME_EXPIRED] = REASON_EXPIRED,
	[OUTCOME_INFLIGHT] = REASON_INFLIGHT,
	[OUTCOME_THROTTLE] = REASON_THROTTLE,
	[OUTCOME_NUMBER] = REASON_NUMBER,
	[OUTCOME_FRAUD] = REASON_FRAUD,
	[OUTCOME_CONFIG] = REASON_CONFIG,
	[OUTCOME_ACCOUNT] = REASON_ACCOUNT,
	[OUTCOME_TRANSIENT] = REASON_TRANSIENT,
	[OUTCOME_STALLED] = REASON_STALLED,
};
_Static_assert(COUNT_OF(outcome_reasons) == OUTCOME_COUNT, "reasons");

/* Outcomes that do not end a login. */
static const char *const other_names[OUTCOME_COUNT] = {
	[OUTCOME_OK] = "ok",
	[OUTCOME_WRONG] = "wrong",
	[OUTCOME_LATER] = "later",
};

const char *
outcome_name(enum outcome o)
{
	if ((unsigned)o >= OUTCOME_COUNT)
		return "?";
	return other_names[o] != NULL ? other_names[o]
				      : reason_word(outcome_reasons[o]);
}

enum reason
outcome_reason(enum outcome o)
{
	if ((unsigned)o >= OUTCOME_COUNT || outcome_reasons[o] == REASON_NONE)
		return REASON_DENY;
	return outcome_reasons[o];
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
