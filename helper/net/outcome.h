/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a provider's reply means for a login: the classes of providers.md
 * section 2.1. Zero is the class that refuses.
 */
#ifndef TWOFA_NET_OUTCOME_H
#define TWOFA_NET_OUTCOME_H

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
	OUTCOME_COUNT, /* not an outcome */
};

/* "deny", "ok", ...: for reason= in the log. */
const char *outcome_name(enum outcome);

#endif
