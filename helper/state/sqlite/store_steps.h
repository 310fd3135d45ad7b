/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Parts of the store's operations that several of them need. For the files of
 * this folder alone; each runs in its caller's transaction.
 */
#ifndef TWOFA_STORE_STEPS_H
#define TWOFA_STORE_STEPS_H

#include "helper/state/store_once.h"
#include "helper/state/sqlite/engine/sqlite.h"

/* In a condition: is this column's digest one by another key? Under another key
 * each secret and code has another digest, so any may be meant. */
#define STORE_ANOTHER_KEY(column)                                              \
	STORE_KEY_OF(column) " IS NOT " STORE_KEY_OF(":" column)
#define STORE_KEY_OF(digest)                                                   \
	"substr(" digest ", " STORE_SQL(STORE_KEYED_DIGEST) " + 1)"
/* The users that a user's people are called by: ACCOUNT//NAME, and of a user
 * who is one of them USER//=ACCOUNT ('/' comes before '0'). */
#define STORE_PEOPLE_OF_USER "user > :user || '//' AND user < :user || '/0'"

/* The account of wrong codes of a user, at a source and over all of them, and
 * over all people of an account (store_guesses.c). s, user and source are
 * given. */
struct guess_row {
	int64_t series, wrong, locks, locked_at, until, refused;
};
struct guess {
	struct store *s;
	const char *user, *source;
	struct guess_row here, total, shared;
};

/* Is the account's total counted and cleared here? It locks everywhere. */
bool store_guess_shared(const struct store *);
/* Whose rows a statement is about, but for the user. */
void store_guess_bind(struct sqlite_query *, const char *source);
/* Read the rows. 0 or -1. */
int store_guess_load(struct guess *);
/* May a code be tried? LOCKED: *wait_s until that ends. */
enum store_guess store_guess_judge(const struct guess *, int64_t *wait_s);
/* Locks that were made in the clock's future begin now. 0 or -1. */
int store_guess_repair(const struct guess *);
/* The same in a transaction of its own, where there is such a lock. 0 or -1. */
int store_guess_repair_committed(const struct guess *);

/* The guess of store_attempt. */
enum store_guess store_guess_step(struct store *, const char *user,
    const char *source, const struct store_guess_limits *,
    struct store_guess_token *, int64_t *wait_s);

/* A guess that does not count. 0 or -1. */
int store_guess_refund_step(struct store *, const struct store_counted *);

/* What a denial on the phone ends. Rows, or -1. */
int store_forget_step(struct store *, const char *user);
int store_end_step(struct store *, int64_t id, const char *request_id);

/* A claim on its way (store_claim.c). keep: host.key may be made, and what is
 * done stays. All but the digests is given, as for store_claim. */
struct store_claiming {
	struct store *s;
	const struct store_key *key;
	char number[STORE_DIGEST_TEXT], other[STORE_OTHERS][STORE_DIGEST_TEXT];
	unsigned methods;
	enum method method;
	int64_t start_ms;
	bool keep;
};

/* Its digests. Before the transaction, unless host.key is read already. 0 or
 * -1. */
int store_claim_prepare(struct store_claiming *);
/* store_claim, but for the row of CLAIM_NEW, which store_claim_insert inserts:
 * 0 or -1. */
enum store_claim store_claim_step(
    const struct store_claiming *, struct store_row *);
int store_claim_insert(const struct store_claiming *, struct store_row *);

/* A message on its way (store_sends.c, store_limits.c). The first four are
 * given. */
struct store_message {
	struct store *s;
	const struct store_send_key *key;
	const struct store_send_limits *limits;
	bool keep; /* as of store_claiming */
	char number[STORE_DIGEST_TEXT];
	int64_t price;
	int64_t wait_s; /* of the limit that holds longest; 0: none holds */
	const char *which;
};

/* Its price and digest, as of store_claim_prepare. 0 or -1. */
int store_message_prepare(struct store_message *);
/* Let messages of the clock's future count as made now: else each attempt would
 * find them made now, and they would hold a limit for as long as the clock was
 * ahead. Let old ones go. round: from 0. 1; 0: commit, and again in another
 * transaction, since there are many; -1. */
int store_send_tidy(struct store *, int round);
/* Fill in wait_s and which. 0 or -1. */
int store_message_limits(struct store_message *);
/* Count it. 0 or -1. */
int store_message_insert(const struct store_message *, int64_t *id);

/* Is it passed over? A statement for several providers; as of
 * store_passed_left, by one after the other (store_providers.c). */
void store_passed_over_open(struct sqlite_query *, struct store *);
int store_passed_over_step(
    struct sqlite_query *, const char *provider, int64_t *left_ms);

/* A message's real price (store_sends.c). */
int store_send_step(struct store *, int64_t id, int64_t price);
/* The same in a transaction of its own, which refuses what cannot be a price.
 */
int store_send_price(struct store *, int64_t id, int64_t price);

/* A right code (store_right.c). recovery: of paper, which was not counted
 * before it was checked. 0 or -1. Its parts: */
int store_right_step(struct store *, const struct store_right *, bool recovery);
int store_guess_right_step(
    struct store *, const char *user, const char *source, bool recovery);
int store_passed_step(struct store *, const struct store_right *);
int store_remembered_step(struct store *, const struct store_right *);

/* An app's code (store_once.c). 1, 0 or -1. */
int store_code_step(struct store *, const struct store_code *);

/* Money (store_spend.c). */
int store_spend_tidy(struct store *);
int store_spend_add(struct store *, int64_t day, int64_t price);
/* *day and *month: spent so far. 0 or -1. */
int store_spend_read(struct store *, int64_t *day, int64_t *month);
/* When may so much more be spent? *wait_s seconds; 0: now. 0 or -1. */
int store_spend_wait_day(
    struct store *, int64_t price, int64_t limit, int64_t *wait_s);
int store_spend_wait_month(
    struct store *, int64_t price, int64_t limit, int64_t *wait_s);

#endif
