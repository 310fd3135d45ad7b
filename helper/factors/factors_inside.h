/* SPDX-License-Identifier: BSD-2-Clause */
/* Parts of a user's factors, for the files of this component only: an app's
 * code, a push, and the steps that a login without prompts shares. */
#ifndef TWOFA_FACTORS_INSIDE_H
#define TWOFA_FACTORS_INSIDE_H

#include "helper/factors/factors.h"

/* app_code.c */

/* Chooses the checker of the app's codes. The caller has set login. */
void app_code_init(struct app_code *);

/* Counts, checks and uses up a code. Returns RIGHT, WRONG, USED, LOCKED or
 * DENY. */
enum challenge_step app_code_check(struct app_code *, const char *code);

/* Counts a WRONG code whose guess was replaced by a later check's. Returns
 * false after a log line if that failed. */
bool app_code_recount(struct app_code *);

/* Like app_code_check() for a decoy: takes as long, but any code is wrong and
 * no provider is asked. Returns WRONG, or DENY at the limit. */
enum challenge_step app_code_check_decoy(struct app_code *);

/* The digits of a code, and in *other those of other apps of the user, or 0. */
unsigned app_code_length(const struct app_code *, unsigned *other);
/* Returns the number of codes that may still be tried in this login. */
unsigned app_code_tries_left(const struct app_code *);

/* push.c */

/* Like push_begin(), but sends nothing and is never approved. */
enum challenge_step push_begin_decoy(struct push *);

/* As tick in struct challenge; OVER if denied on the phone or failed. */
int64_t push_tick(struct push *);

/* Polls once. Returns RIGHT (only once), ASK if not answered yet, INSTEAD if
 * not answered in time, LOCKED or DENY. */
enum challenge_step push_poll(struct push *);

/* Polls at once. Returns true if the push was denied or its answer is unknown:
 * the caller then sends and checks nothing more. */
bool push_was_denied(struct push *);

bool push_is_open(const struct push *);

void push_view(const struct push *, struct challenge_view *);

/* True if the login has time for a new push; others as in struct push. */
bool push_has_time(const struct environment *, bool others);

/* factors.c */

/* Like factors_init() for a decoy's login, without a store: no code of a factor
 * is right, nothing is sent or counted. The caller puts a decoy into phone.
 * recovery is true if the prompts offer recovery codes. */
void factors_init_decoy(struct factors *, bool recovery, struct challenge *);

/* Maps the result of a phone's step to the step of the whole login. */
enum challenge_step factors_phone_step(struct factors *, enum challenge_step);

/* Logs, once, a lock that began with the last check of a code; step is that
 * check's result. */
void factors_log_lock(struct factors *, enum challenge_step);
/* Returns LOCKED if the user has recovery codes, the only factor that a lock
 * leaves; else DENY after the end prompt. */
enum challenge_step factors_handle_lock(struct factors *);

/* Uses up a recovery or bypass code that the rule accepts. Returns 1 with *left
 * recovery codes left; 0 if no code matches or another login used it first; or
 * -1 after a log line. code is normalised (values.h). Only its hashes are given
 * to the store, so it never leaves this host. It is not counted as a guess, as
 * 80 bits cannot be guessed. */
int factors_use_recovery_code(const struct login *, const char *code,
    struct store_recovery *used, unsigned *left);

#endif
