/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a provider's reply means for a login: one of these classes. Zero is the
 * class that refuses.
 */
#ifndef TWOFA_OUTCOME_H
#define TWOFA_OUTCOME_H

#include "lib/wire/reason.h"

enum outcome {
	OUTCOME_DENY = 0,
	OUTCOME_OK,
	OUTCOME_WRONG,
	OUTCOME_EXPIRED,
	OUTCOME_INFLIGHT,
	OUTCOME_THROTTLE,
	OUTCOME_NUMBER,
	OUTCOME_FRAUD,
	OUTCOME_CONFIG,
	OUTCOME_ACCOUNT,
	OUTCOME_TRANSIENT,
	OUTCOME_LATER, /* control only: not now, the old code stays */
	/* no reply says so: this process stood still while it waited for one,
	 * so whether the provider is well is unknown; never an outage */
	OUTCOME_STALLED,
	OUTCOME_COUNT, /* not an outcome */
};

/* "deny", "ok", ...: for a line in the log. */
const char *outcome_name(enum outcome);

/* What a login that ends by it is denied for: the same word. DENY for OK, WRONG
 * and LATER, by which none ends, and for what is no outcome. */
enum reason outcome_reason(enum outcome);

/*
 * What an HTTP status means when the body has no code that the provider's file
 * knows: never OK. For a check, TRANSIENT denies
 * the login just as DENY does; it only tells the log that the vendor failed.
 */
enum outcome outcome_of_http_start(long status);
enum outcome outcome_of_http_check(long status);

#endif
