/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The store's count of wrong codes, over all services, providers, methods and
 * processes. Part of the interface of store.h; each operation is one atomic
 * step. After the clock was set back, a lock lasts for its full time from now.
 * A service that is not root's (store_session.socket) has its own rows: a lock
 * of the user over all sources holds there as well, but guesses there neither
 * count in that total nor clear it.
 */
#ifndef TWOFA_STORE_GUESSES_H
#define TWOFA_STORE_GUESSES_H

#include <stdbool.h>
#include <stdint.h>

#include "helper/state/store.h"
#include "lib/values/values.h"

#define STORE_ACCOUNT_MAX 64 /* longest name of a shared account */

/* From now on the user is one of the people of this account, named at the
 * prompt. The account's total is counted, locks and is cleared together with
 * the person's own; at a service that is not root's it only locks. */
void store_guess_account(struct store *, const char *account);

/* What one count has changed, so that exactly that can be taken back: nothing
 * that a right code has cleared since, and no later lock. series and lock
 * identify it; only the store uses them. */
struct store_guess_token {
	bool counted, locked_source, locked_total, locked_account;
	int64_t series_source, series_total, series_account;
	int64_t lock_source, lock_total, lock_account;
	bool alone; /* over host_hour: it counts for this host alone */
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
	GUESS_SHUT,   /* 100 without a right one: locked until unlock */
};

/*
 * Count a guess before its code is checked. The guess that reaches a limit is
 * still checked, and locks afterwards; after a lock has ended, each further one
 * locks again for twice the time. With any number of processes, no more guesses
 * than the limit come out as GUESS_OPEN without a right code between them.
 * source is not "".
 */
enum store_guess store_guess_take(struct store *, const char *user,
    const char *source, const struct store_guess_limits *,
    struct store_guess_token *, int64_t *wait_s);

/* The same without counting. A lock from the clock's future begins now, so that
 * it ends even without further guesses; otherwise nothing is written. */
enum store_guess store_guess_look(
    struct store *, const char *user, const char *source, int64_t *wait_s);

/*
 * The user denied a push on the phone: lock the user at this source for at
 * least this time, as after wrong codes; the lock ends like any other. In the
 * same step the user's remembered logins are forgotten and the push's row is
 * removed. 0 or -1.
 */
struct store_refusal {
	const char *user, *source;
	int64_t seconds;
	int64_t id; /* of the push */
	const char *request_id;
};
int store_refuse(struct store *, const struct store_refusal *);
/* Is the present lock of this user at this source from such a denial? 1, 0 or
 * -1. */
int store_guess_refused(struct store *, const char *user, const char *source);

/* The code was surely not checked: take back this count, once. 0 or -1. */
int store_guess_refund(struct store *, const struct store_counted *);

/* Set this source and the total back to 0, as after a right code
 * (store_right.h). 0 or -1. */
int store_guess_right(struct store *, const char *user, const char *source);

/*
 * A try of a phone's code counts as a guess of the user and as a try of its
 * verification, in one atomic step that waits for the disk once.
 */
struct store_attempt {
	/* the guess, as in store_guess_take */
	const char *user, *source;
	const struct store_guess_limits *limits;
	/* the verification */
	int64_t id;
	unsigned tries; /* the most tries */
	/* an earlier guess for the same code, or NULL: this one replaces it, so
	 * that the first cannot lock out the second; if this one is not
	 * counted, the earlier one stays */
	const struct store_counted *back;
};

struct store_attempted {
	enum store_guess guess;
	struct store_guess_token token;
	int64_t wait_s;
	/* Set when the guess is GUESS_OPEN; else TRY_ERROR, and row is
	 * empty. */
	enum store_try tried;
	struct store_row row;
};

/* true: both are counted, check the code now. false: neither is, and out says
 * why: the guess when it is not GUESS_OPEN, else the try. */
bool store_attempt(
    struct store *, const struct store_attempt *, struct store_attempted *out);

#endif
