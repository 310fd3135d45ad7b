/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Parts of the store's operations that several of them need. For the files of
 * this folder alone; each runs in its caller's transaction.
 */
#ifndef TWOFA_STORE_STEPS_H
#define TWOFA_STORE_STEPS_H

#include "helper/state/sqlite/engine/sqlite.h"

/* The guess of store_attempt. */
enum store_guess store_guess_step(struct store *, const char *user,
    const char *source, const struct store_guess_limits *,
    struct store_guess_token *, int64_t *wait_s);

/* A guess that does not count. 0 or -1. */
int store_guess_refund_step(struct store *, const struct store_counted *);

/* What a denial on the phone ends. Rows, or -1. */
int store_forget_step(struct store *, const char *user);
int store_end_step(struct store *, int64_t id, const char *request_id);

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
