/* SPDX-License-Identifier: BSD-2-Clause */

#include "helper/providers/providers.h"

static const enum reason providers_reasons[] = {
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
_Static_assert(COUNT_OF(providers_reasons) == OUTCOME_COUNT, "reasons");

/* Outcomes that do not end a login. */
static const char *const others[OUTCOME_COUNT] = {
	[OUTCOME_OK] = "ok",
	[OUTCOME_WRONG] = "wrong",
	[OUTCOME_LATER] = "later",
};

const char *
outcome_name(enum outcome o)
{
	if ((unsigned)o >= OUTCOME_COUNT)
		return "?";
	return others[o] != NULL ? others[o]
				 : reason_word(providers_reasons[o]);
}

enum reason
outcome_reason(enum outcome o)
{
	if ((unsigned)o >= OUTCOME_COUNT || providers_reasons[o] == REASON_NONE)
		return REASON_DENY;
	return providers_reasons[o];
}

/* The rows that start and check share; unknown: the outcome for any other
 * status. */
static enum outcome
http_row(long status, enum outcome refused, enum outcome unknown)
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
	return http_row(status, OUTCOME_CONFIG, OUTCOME_TRANSIENT);
}

enum outcome
outcome_from_http_check(long status)
{
	return http_row(status, OUTCOME_DENY, OUTCOME_DENY);
}
