/* SPDX-License-Identifier: BSD-2-Clause */
/* Functions that the files of this component share. */
#ifndef TWOFA_VERIFICATION_INSIDE_H
#define TWOFA_VERIFICATION_INSIDE_H

#include "helper/verification/verification.h"

/* verify_order.c: keys of claims and limits; denials. */

/* Returns the store's key for a verification by this method at this provider,
 * with pointers into the arguments. A decoy person's has only the name, as the
 * number could belong to a real person. */
struct store_key verify_claim_key(
    const struct login *, const struct provider_conf *, enum method);
/* Returns the row's provider, or NULL if it is no longer in the settings. */
const struct provider_conf *verify_row_provider(
    const struct settings *, const struct store_row *);
/* True if the login may join the row. allowed: decision.methods. Pure. */
bool verify_row_may_be_joined(const struct settings *,
    const struct user_record *, unsigned allowed, const struct store_row *);

/* Returns the key by which the limits count this login's message. */
struct store_send_key verify_message_limit_key(const struct login *);
/* Takes back a counted message that is known not to have been sent. */
void verify_budget_refund(struct verify *);
/* Milliseconds for which no new message is sent once all tries are used. */
int64_t verify_spent_wait_ms(const struct verify *);

/* Tolerance for a provider's clock that is slow, mainly for a cancel. */
#define VERIFY_MARGIN_MS 2000

/* Shows the end prompt and denies. Returns STEP_DENY. */
enum challenge_step verify_deny(struct verify *, enum reason, enum ending);
/* Like verify_deny(), after logging a failure of the store; like
 * verify_give_up() if a message was due and only host.key failed. */
enum challenge_step verify_deny_store_failure(struct verify *, enum ending);
/* The phone cannot be used now: returns STEP_INSTEAD if another method may
 * follow, else like verify_deny(), or after a prompt with the waiting time. */
enum challenge_step verify_give_up(
    struct verify *, enum reason why, enum ending);

/* verify_join.c, verify_takeover.c, verify_send.c: at the current provider. */

/* Makes this the current provider, also for the result. */
void verify_set_provider(struct verify *, const struct provider_conf *);
/* Waits for ms, in a loop that waits for another login, and shows once, from
 * *slow_at on, what for. Returns like login_pause(). */
bool verify_wait_for_other(
    const struct login *, int64_t ms, int64_t *slow_at, const char *line);
/* Like store_claim() at the current provider, repeated while another session
 * starts one there. receiver: the method whose receiver is claimed. */
enum store_claim verify_claim(
    struct verify *, unsigned methods, enum method receiver, enum method begin);
/* Sets age_s and the result from the joined row. */
void verify_copy_joined_row(struct verify *);
/* Sets the time from which the provider ends the newest verification. */
void verify_set_busy(struct verify *, const struct provider_type *);
/* True if a code of the row can be checked at the current provider. */
bool verify_may_check(const struct verify *);

/* Computes the times of the row; call it right after the row was read. */
void verify_load_times(struct verify *);
/* Prepares the next request for the row: id, method, and whether the code has
 * expired by our own clock. */
void verify_load_request(struct verify *);

/* Stores a sent message, so that other logins can join. Returns as
 * store_row_set_started() does. */
int verify_save_sent(struct verify *, enum method, int64_t expires_at);
/* Sends a message for the row that this session holds. Returns OUTCOME_OK if it
 * is running and stored. Else the caller updates the row; *maybe_sent is true
 * if the provider may have sent the message. */
enum outcome verify_send_next(struct verify *, enum method, bool *maybe_sent);

/* Records real durations, which decoys imitate; 0 is ignored. */
void verify_add_latency(
    const struct verify *, int64_t start_ms, int64_t check_ms);

/* verify_begin.c: tries each provider; sessions that share a verification. */

/* Finds a provider that sends a code, or joins. Returns ASK, ADMIT, INSTEAD or
 * DENY, for struct challenge. */
enum challenge_step verify_send_or_join(void *verify);

/* Like verify_send_or_join(), after an expiry and at the current provider only.
 * Returns RENEWED, INSTEAD or DENY. */
enum challenge_step verify_send_or_join_here(struct verify *);
/* Another login used this row's code. Returns TAKEN, INSTEAD or DENY. */
enum challenge_step verify_handle_taken_code(struct verify *);
/* After TAKEN, joins or starts another. Returns ASK, INSTEAD, DENY, or WAIT if
 * no other can be joined and a new message is too early. */
enum challenge_step verify_restart_after_taken(struct verify *);

/* How long a row that is gone at the provider is kept, for the session with the
 * right code to take it, even if a helper was killed. */
#define VERIFY_USED_MS 5000
/* Longest time from a provider's reply until its result is stored. */
#define VERIFY_SETTLE_MS 1000

/* Returns how many codes may be tried on one verification. */
unsigned verify_max_tries(const struct verify *);
/* Counts a code as a guess of the user and a try of this verification. Waits
 * while another session replaces it or checks one of the last tries, which may
 * be right. Returns true with the row in out: check now; or false with the
 * cause in out. */
bool verify_count_try(const struct verify *, struct store_attempted *out);
/* True if another session takes or replaces this verification within ms. */
bool verify_wait_until_taken(const struct verify *, int64_t ms);

/* own_code.c: locally generated codes. */

/* Makes the code of a new message, with its id. Returns 0, or -1 after a log
 * line. */
int own_code_new(struct verify *);
/* Compares with the stored HMAC of a locally generated code. Returns
 * OUTCOME_OK, WRONG, or DENY if there is nothing to compare with. */
enum outcome own_code_check(const struct verify *, const char *code);

/* Writes uniformly random digits and a NUL. Returns 0 or -1. The caller wipes
 * out. */
int own_code_make(unsigned digits, char *out);

#endif
