/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * How a login begins: everything that it asks the state before its first
 * prompt. Part of the interface of store.h. Everything after the first line is
 * one atomic step:
 *
 *   remembered   if so, nothing else is done
 *   locked       if so, nothing is claimed; recovery codes are counted
 *   claimed      the first candidate that is not passed over (store_claim)
 *   counted      the message of a new one (store_send_take); if a limit is
 *                reached, there is neither a row nor a message
 */
#ifndef TWOFA_STORE_BEGIN_H
#define TWOFA_STORE_BEGIN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "helper/state/store.h"

#define STORE_CANDIDATES_MAX 8

/* A provider that can send the first message: the arguments of store_claim. */
struct store_candidate {
	struct store_key key;
	unsigned methods;
	enum method method;
	int64_t start_ms;
};

struct store_begin {
	const char *user, *source;
	/* The binding of a remembered login, STORE_GRACE_LEN bytes; NULL: this
	 * login cannot be remembered. */
	const unsigned char *binding;
	const char *remembered_as; /* store_right.h; NULL: the user */
	/* In the order to ask; those that are passed over come last. 0: no
	 * message comes first, and nothing is written. */
	size_t count;
	struct store_candidate candidate[STORE_CANDIDATES_MAX];
	/* The message; ignored without candidates. */
	struct store_send_key message;
	const struct store_send_limits *limits;
	/* What other hosts' wrong codes lock here; NULL: not asked for. */
	const struct store_guess_limits *guesses;
};

struct store_begun {
	bool remembered; /* true: nothing else is filled in */
	unsigned recovery_left;
	enum store_guess
	    lock;       /* OPEN, LOCKED or SHUT, as of store_guess_look */
	int64_t lock_s; /* LOCKED: until it ends */
	bool refused;   /* LOCKED: a denial on the phone made the lock */
	/*
	 * One of the candidates was claimed, with any result. False for a
	 * locked user, and where numbers cannot be looked up (see store_keyless
	 * and store_cause).
	 */
	bool chosen;
	bool passed[STORE_CANDIDATES_MAX]; /* out of reach a moment ago */
	size_t at;                         /* which candidate */
	enum store_claim claim;
	struct store_row row;
	/* CLAIM_NEW: was the message counted? SEND_WAIT: nothing was inserted,
	 * row.id is 0. */
	enum store_send sent;
	int64_t send, wait_s; /* as from store_send_take */
	const char *which;
};

/* 0; or -1, and nothing is answered, inserted or counted. The caller must send
 * what was inserted and counted, or give it back (store_unsent,
 * store_send_refund). */
int store_begin(
    struct store *, const struct store_begin *, struct store_begun *);

/* The same answers without any change: no row, no count, no repair. */
int store_begin_look(
    struct store *, const struct store_begin *, struct store_begun *);

#endif
