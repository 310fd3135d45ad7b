/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Parts that several of the store's operations share. Only for the files of
 * this folder; each runs in its caller's transaction.
 */
#ifndef TWOFA_STORE_STEPS_H
#define TWOFA_STORE_STEPS_H

#include "helper/state/sqlite/engine/sqlite.h"
#include "helper/store/store.h"

/* SQL: was this column's digest made with another key? Another key gives every
 * secret and code another digest, so any could be meant. */
#define STORE_ANOTHER_KEY(column)                                              \
	STORE_KEY_OF(column) " IS NOT " STORE_KEY_OF(":" column)
#define STORE_KEY_OF(digest)                                                   \
	"substr(" digest ", " STORE_SQL(STORE_KEYED_DIGEST) " + 1)"
/* SQL: the names of a shared account's people, ACCOUNT//NAME, or of a user at
 * the accounts he shares, USER//=ACCOUNT ('/' comes before '0'). */
#define STORE_PEOPLE_OF_USER "user > :user || '//' AND user < :user || '/0'"

/* The count of a user's wrong codes: at a source, over all sources, and over
 * all people of an account (store_guesses.c). s, user and source are given. */
struct guess_row {
	int64_t series, wrong, locks, locked_at, until, refused;
};
struct guess {
	struct store *s;
	const char *user, *source;
	struct guess_row here, total, shared;
};

/* Is the account's total counted and cleared here? Its lock holds
 * everywhere. */
bool store_guess_shared(const struct store *);
/* Bind everything except the user. */
void store_guess_bind(struct sqlite_query *, const char *source);
/* Read the rows. 0 or -1. */
int store_guess_load(struct guess *);
/* May a code be tried? LOCKED: *wait_s until the lock ends. */
enum store_guess store_guess_judge(const struct guess *, int64_t *wait_s);
/* Let locks from the clock's future begin now. 0 or -1. */
int store_guess_repair(const struct guess *);
/* The same in its own transaction, if there is such a lock. 0 or -1. */
int store_guess_repair_committed(const struct guess *);

/* The guess part of store_attempt. */
enum store_guess store_guess_step(struct store *, const char *user,
    const char *source, const struct store_guess_limits *,
    struct store_guess_token *, int64_t *wait_s);

/* Take back a guess that does not count. 0 or -1. */
int store_guess_refund_step(struct store *, const struct store_counted *);

/* store_remembered_get at the begin of a login, with a transaction of its own
 * only where there is something to end: what was remembered before the clock
 * was set back. binding NULL: this login cannot be remembered. keep as below.
 */
int store_remembered_begin(
    struct store *, const char *user, const unsigned char *binding, bool keep);

/* Remove what a denial on the phone ends. The number of rows, or -1. */
int store_forget_step(struct store *, const char *user);
int store_end_step(struct store *, int64_t id, const char *request_id);

/* The state of a claim (store_claim.c). keep: host.key may be made, and the
 * changes stay. The caller gives everything but the digests, as for
 * store_claim. */
struct store_claiming {
	struct store *s;
	const struct store_key *key;
	char number[STORE_DIGEST_TEXT], other[STORE_OTHERS][STORE_DIGEST_TEXT];
	unsigned methods;
	enum method method;
	int64_t start_ms;
	bool keep;
};

/* Fills in the digests. Call it before the transaction, unless host.key is read
 * already. 0 or -1. */
int store_claim_prepare(struct store_claiming *);
/* store_claim without inserting the row of CLAIM_NEW; that is done by
 * store_claim_insert: 0 or -1. */
enum store_claim store_claim_step(
    const struct store_claiming *, struct store_row *);
int store_claim_insert(const struct store_claiming *, struct store_row *);

/* Added to the kind of a message to an unknown name: nothing was sent, so it
 * counts for that name alone. */
#define STORE_KIND_UNSENT 10
#define STORE_SENT "kind < 9"
int store_unsent_kind(const struct store_send_key *);

/* The state of a message's count (store_sends.c, store_limits.c). The caller
 * gives the first four. */
struct store_message {
	struct store *s;
	const struct store_send_key *key;
	const struct store_send_limits *limits;
	bool keep; /* as in store_claiming */
	char number[STORE_DIGEST_TEXT];
	int64_t price;
	int64_t wait_s; /* of the limit that lasts longest; 0: none */
	const char *which;
};

/* Fills in price and digest, like store_claim_prepare. 0 or -1. */
int store_message_prepare(struct store_message *);
/* Set messages from the clock's future to now. Otherwise each attempt would
 * count them as new, and they would fill a limit for as long as the clock was
 * ahead. Remove old ones. round: from 0. 1; 0: commit, and call again in
 * another transaction, because there are more; -1. */
int store_send_tidy(struct store *, int round);
/* Fill in wait_s and which. 0 or -1. */
int store_message_limits(struct store_message *);
/* Count it. 0 or -1. */
int store_message_insert(const struct store_message *, int64_t *id);

/* Is it passed over? One statement for several providers, each asked as by
 * store_passed_left (store_providers.c). */
void store_passed_over_open(struct sqlite_query *, struct store *);
int store_passed_over_step(
    struct sqlite_query *, const char *provider, int64_t *left_ms);

/* A message's real price (store_sends.c). */
int store_send_step(struct store *, int64_t id, int64_t price);
/* The same in its own transaction; it refuses what cannot be a price. */
int store_send_price(struct store *, int64_t id, int64_t price);

/* The effects of a right code (store_right.c). recovery: a code on paper, which
 * was not counted before it was checked. 0 or -1. Its parts: */
int store_right_step(struct store *, const struct store_right *, bool recovery);
int store_guess_right_step(
    struct store *, const char *user, const char *source, bool recovery);
int store_passed_step(struct store *, const struct store_right *);
int store_remembered_step(struct store *, const struct store_right *);

/* Who answered rightly from where (store_answered.c). */
int store_answered_note(struct store *, const struct store_right *);
/* Raise the limit of messages of this source by who did. 0 or -1. */
int store_answered_limit(struct store *, const char *source, unsigned *limit);

/* An app's code (store_once.c). 1, 0 or -1. */
int store_code_step(struct store *, const struct store_code *);

/* Money (store_spend.c). */
int store_spend_tidy(struct store *);
int store_spend_add(struct store *, int64_t day, int64_t price);
/* *day and *month: spent so far. 0 or -1. */
int store_spend_read(struct store *, int64_t *day, int64_t *month);
/* When may this much more be spent? *wait_s seconds; 0: now. 0 or -1. */
int store_spend_wait_day(
    struct store *, int64_t price, int64_t limit, int64_t *wait_s);
int store_spend_wait_month(
    struct store *, int64_t price, int64_t limit, int64_t *wait_s);

#endif
