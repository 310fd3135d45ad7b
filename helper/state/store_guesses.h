/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The store's account of wrong codes, over all services, providers, methods and
 * processes. Part of the interface of store.h; each operation is one atomic
 * step. Where the clock was set back, a lock lasts as long as it was made for,
 * from now. A service that is not root's (store_session.socket) has rows of its
 * own: what locks the user over all sources locks there as well, but a guess
 * there neither counts in that total nor clears it.
 */
#ifndef TWOFA_STORE_GUESSES_H
#define TWOFA_STORE_GUESSES_H

#include <stdbool.h>
#include <stdint.h>

#include "helper/state/store.h"
#include "lib/values/limits.h"

#define STORE_ACCOUNT_MAX 64 /* longest name of an account */

/* The user of all steps to come is one of the people of this account, named at
 * the prompt: its total of wrong codes counts, locks and is cleared with the
 * person's own, which at a service that is not root's locks alone. */
void store_guess_account(struct store *, const char *account);

/* What one count caused, so that exactly that can be taken back: nothing that
 * a right code has cleared since, no lock that a later count has made. series
 * and lock name them; for the store's own use. */
struct store_guess_token {
	bool counted, locked_source, locked_total, locked_account;
	int64_t series_source, series_total, series_account;
	int64_t lock_source, lock_total, lock_account;
};

/* A guess that was counted. */
struct store_counted {
	const char *user, *source;
	const struct store_guess_token *token;
};

enum store_guess {
	GUESS_ERROR = 0,
	GUESS_OPEN,   /* counted: check the code now */
	GUESS_LOCKED, /* not counted; *wait_s until the lock ends */
	GUESS_SHUT,   /* 100 without a right one: until unlock */
};

/*
 * Count a guess before its code is checked. The one that reaches a limit is
 * still checked, and locks from then on; after a lock ended each further one
 * locks again, doubled. Whatever the number of processes, no more than the
 * limit come out as GUESS_OPEN without a right code between them. source is
 * not "".
 */
enum store_guess store_guess_take(struct store *, const char *user,
    const char *source, const struct store_guess_limits *,
    struct store_guess_token *, int64_t *wait_s);

/* The same look without counting. A lock made in the clock's future begins now,
 * so that it ends though nobody guesses; else nothing is written. */
enum store_guess store_guess_look(
    struct store *, const char *user, const char *source, int64_t *wait_s);

/*
 * The user said no to a push on the phone: nothing for this user at this
 * source, for so long at least, as if wrong codes had locked it; what ends a
 * lock ends this one. No login of this user is remembered any more, and the
 * push's row goes, all in one step. 0 or -1.
 */
struct store_refusal {
	const char *user, *source;
	int64_t seconds;
	int64_t id; /* of the push */
	const char *request_id;
};
int store_refuse(struct store *, const struct store_refusal *);
/* Does such a denial lock this user at this source now? 1, 0 or -1. */
int store_guess_refused(struct store *, const char *user, const char *source);

/* Certainly not evaluated: take back what this count did. 0 or -1. Once. */
int store_guess_refund(struct store *, const struct store_counted *);

/* This source and the total begin at 0 again, as after a right code
 * (store_right.h). 0 or -1. */
int store_guess_right(struct store *, const char *user, const char *source);

/*
 * Trying a phone code: counted as a guess of the user and as a try of its
 * verification, in one atomic step with one wait for the disk.
 */
struct store_attempt {
	/* the guess, as for store_guess_take */
	const char *user, *source;
	const struct store_guess_limits *limits;
	/* the verification */
	int64_t id;
	unsigned tries; /* how many there may be */
	/* a guess that was counted for the same code, or NULL: this one takes
	 * its place, so that it is not locked out by it; else that one stays */
	const struct store_counted *back;
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
