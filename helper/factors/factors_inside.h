/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Parts of a user's factors, for the files of this room: an app's code and a
 * push, each by itself, and what a login without questions needs of the rest.
 */
#ifndef TWOFA_FACTORS_INSIDE_H
#define TWOFA_FACTORS_INSIDE_H

#include "helper/factors/factors.h"

/* app_code.c */

/* login is set. Who checks the codes of this user's app? */
void app_code_init(struct app_code *);

/* Count, check and use up: RIGHT, WRONG, USED, LOCKED, DENY. */
enum challenge_step app_code_check(struct app_code *, const char *code);

/* Count a WRONG code whose guess was replaced by a later check's: false, after
 * a log line, when that failed. */
bool app_code_recount(struct app_code *);

/* The same in a decoy: any code is wrong, and no provider is asked, but it
 * takes as long. WRONG, or DENY at the limit. */
enum challenge_step app_code_decoy(struct app_code *);

unsigned app_code_length(const struct app_code *);
unsigned app_code_seconds_left(const struct app_code *);

/* push.c */

/* push_begin that looks the same, but sends nothing and is never approved. */
enum challenge_step push_decoy(struct push *);

/* As in struct challenge. OVER: denied on the phone, or failed. */
int64_t push_tick(struct push *);

/* The result: RIGHT, once; ASK: none yet; INSTEAD: no answer in time; LOCKED;
 * DENY. */
enum challenge_step push_poll(struct push *);

/* Ask once more at once. True: the person denied it, or the answer is unknown:
 * send and check nothing more. */
bool push_was_denied(struct push *);

/* It can still be approved. */
bool push_is_open(const struct push *);

void push_view(const struct push *, struct challenge_view *);

/* Is there time for a new one? others: as in struct push. */
bool push_has_time(const struct environment *, bool others);

/* factors.c */

/* factors_init for a made-up login with a made-up record: it has no store, no
 * code is right, nothing is sent or counted. The caller puts a decoy in place
 * of phone. recovery: such a user has codes left. */
void factors_decoy(struct factors *, bool recovery, struct challenge *);

/* The result of the phone's or the push's step for the whole login. */
enum challenge_step factors_phone_step(struct factors *, enum challenge_step);

/* After the checks of a code, which ended so: has a lock begun? Then a line
 * says so, once. */
void factors_show_lock(struct factors *, enum challenge_step);
/* Only recovery codes are left, because of the lock in f; because of a new
 * lock. */
enum challenge_step factors_locked(struct factors *);

/* True when a push can be started now. */
bool factors_may_push(const struct factors *);

/* Is it a code of this user's that the rule accepts? Then use it up. The store
 * gives salts and hashes and the comparison is done here, so the code never
 * leaves this host. code: normalised (values.h). It is not counted as a guess,
 * because 80 bits cannot be guessed. 1: used by this login, *left are left; 0:
 * not one of them, or another login was faster; -1 failed, after a log line. */
int factors_recovery(const struct login *, const char *code,
    struct store_recovery *used, unsigned *left);

#endif
