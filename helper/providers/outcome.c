/* SPDX-License-Identifier: BSD-2-Clause */
/* The names of the outcomes, and what a bare HTTP status means. */
#include "helper/providers/outcome.h"

static const char *const names[] = {
	[OUTCOME_DENY] = "deny",
	[OUTCOME_OK] = "ok",
	[OUTCOME_WRONG] = "wrong",
	[OUTCOME_EXPIRED] = "expired",
	[OUTCOME_INFLIGHT] = "inflight",
	[OUTCOME_THROTTLE] = "throttle",
	[OUTCOME_NUMBER] = "number",
	[OUTCOME_FRAUD] = "fraud",
	[OUTCOME_CONFIG] = "config",
	[OUTCOME_ACCOUNT] = "account",
	[OUTCOME_TRANSIENT] = "transient",
	[OUTCOME_LATER] = "later",
	[OUTCOME_STALLED] = "stalled",
};
_Static_assert(sizeof(names) / sizeof(names[0]) == OUTCOME_COUNT, "names");

const char *
outcome_name(enum outcome o)
{
	if ((unsigned)o >= OUTCOME_COUNT)
		return "?";
	return names[o];
}

/* The rows that both calls share; unknown is what any other status means. */
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
outcome_of_http_start(long status)
{
	return http_row(status, OUTCOME_CONFIG, OUTCOME_TRANSIENT);
}

enum outcome
outcome_of_http_check(long status)
{
	return http_row(status, OUTCOME_DENY, OUTCOME_DENY);
}
