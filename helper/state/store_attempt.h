/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Trying a phone code: counted as a guess of the user and as a try of its
 * verification, in one atomic step with one wait for the disk, where
 * store_guess_take and store_try one after the other have two. Part of the
 * interface of store.h.
 */
#ifndef TWOFA_STORE_ATTEMPT_H
#define TWOFA_STORE_ATTEMPT_H

#include "helper/state/store.h"

struct store_attempt {
	/* for store_guess_take */
	const char *user, *source;
	const struct store_guess_limits *limits;
	int64_t wall;
	/* for store_try */
	int64_t id;
	unsigned tries; /* how many there may be */
	int64_t now;
};

struct store_attempted {
	enum store_guess guess;
	struct store_guess_token token;
	int64_t wait_s;
	/* When the guess is GUESS_OPEN; else TRY_ERROR, and row is empty. */
	enum store_try tried;
	struct store_row row;
};

/* true: both counted, check the code now. false: neither is, out tells why:
 * the guess when it is not GUESS_OPEN, else the try. */
bool store_attempt(
    struct store *, const struct store_attempt *, struct store_attempted *out);

#endif
