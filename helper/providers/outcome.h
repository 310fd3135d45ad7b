/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a provider's reply means for a login: one of these classes. Zero is the
 * class that refuses. docs/provider-outcomes.md has each reply that the code
 * knows, what it means, and which document says so.
 */
#ifndef TWOFA_OUTCOME_H
#define TWOFA_OUTCOME_H

#include "lib/wire/wire.h"

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
	OUTCOME_LATER, /* control calls only: not now, the old code stays */
	/* not said by a reply: this process was stopped while it waited, so the
	 * provider may be fine; never an outage */
	OUTCOME_STALLED,
	OUTCOME_COUNT, /* not an outcome */
};

/* "deny", "ok", ...: for log lines. */
const char *outcome_name(enum outcome);

/* The reason for a login that ends with this outcome: the same word. DENY for
 * OK, WRONG and LATER, which end no login, and for unknown numbers. */
enum reason outcome_reason(enum outcome);

/*
 * What an HTTP status means when the body has no code that the provider's file
 * knows: never OK. For a check, TRANSIENT denies the login like DENY, but logs
 * that the vendor failed.
 */
enum outcome outcome_of_http_start(long status);
enum outcome outcome_of_http_check(long status);

#endif
