/* SPDX-License-Identifier: BSD-2-Clause */
/* Parts of a verification, for the files of this room. */
#ifndef TWOFA_VERIFICATION_INSIDE_H
#define TWOFA_VERIFICATION_INSIDE_H

#include "helper/verification/verification.h"

/* verify_order.c: what is claimed, counted and denied. */

/* Of these methods, the first one in the record. */
enum method verify_preferred(const struct verify *, unsigned methods);
/* The present provider was out of reach. */
void verify_pass_over(const struct verify *);

/* The store's key for a verification by this method at this provider; it points
 * into all of these. For a made-up person it uses only the name, because the
 * number could be a real person's. */
struct store_key verify_key(
    const struct login *, const struct provider_conf *, enum method);
/* The provider of a row of this user; NULL when it is no longer in the
 * settings. */
const struct provider_conf *verify_key_provider(
    const struct settings *, const struct store_row *);
/* May the login join the row there? allowed: decision.methods. Pure. */
bool verify_key_may_join(const struct settings *, const struct user_record *,
    unsigned allowed, const struct store_row *);

/* The limits' key for the first message of a login. */
struct store_send_key verify_message_key(const struct login *);
/* The message was surely not sent: take it back. */
void verify_budget_refund(struct verify *);
/* How long no new message is sent once the tries are used up. */
int64_t verify_spent_ms(const struct verify *);

/* Vendors' clocks may be slightly behind ours, which matters most for a
 * cancel. */
#define VERIFY_MARGIN_MS 2000

/* Deny with a reason and the last words. */
enum challenge_step verify_deny(
    struct verify *, enum frame_verdict, enum reason why, enum ending);
/* The same after the store failed (see the log). If a message was to be sent
 * and only host.key failed: verify_give_up. */
enum challenge_step verify_state_failed(struct verify *, enum ending);
/* The phone cannot be used now: INSTEAD when another method can follow, else
 * like verify_deny. */
enum challenge_step verify_give_up(
    struct verify *, enum frame_verdict, enum reason why, enum ending);

/* verify_at_provider.c: at the present provider. */

/* Use this provider from now on; the log line names it. */
void verify_set_provider(struct verify *, const struct provider_conf *);
/* store_claim at the present provider, repeated while another session is
 * starting one there. receiver: the method whose receiver is claimed. */
enum store_claim verify_claim(
    struct verify *, unsigned methods, enum method receiver, enum method begin);
/* Show that the row was joined. */
void verify_show_joined(struct verify *);
/* After TAKEOVER_BUSY, if a service that is not root's started it: such a
 * service must not get root's logins denied, so wait until the vendor drops it.
 * false: the time is unknown, too long, or the person has left. */
bool verify_wait_until_free(const struct verify *);
/* True when a code of the row can be checked at the present provider. */
bool verify_may_check(const struct verify *);

/* To be called right after the row was read. */
void verify_load_times(struct verify *);
/* Set the next request to the row: its id, its method, and whether its code has
 * expired by our own clock. */
void verify_load_request(struct verify *);

/* A message is on its way: store what others need to join. 0, -1, or
 * STORE_CLASH: another verification has its id or number, STORE_JOIN: one of
 * this user's. */
int verify_save_sent(struct verify *, enum method, int64_t expires_at);
/* Send a message for the row that this session holds. OK: it is running and
 * stored. Else the row is as it was; with maybe_sent, the provider may have
 * sent it nevertheless. */
enum outcome verify_send_next(struct verify *, enum method, bool *maybe_sent);

/* Store real times for decoys; a time of 0 is left out. */
void verify_add_latency(
    const struct verify *, int64_t start_ms, int64_t check_ms);

/* verify_begin.c: one provider after the other; sessions that share one. */

/* Find a provider that sends a code, or join: ASK, ADMIT, INSTEAD, DENY. As
 * struct challenge has it. */
enum challenge_step verify_open(void *verify);

/* verify_open at the present provider only, after an expiry: RENEWED, INSTEAD,
 * DENY. */
enum challenge_step verify_reopen(struct verify *);
/* Another login used this row's code: TAKEN, INSTEAD, DENY. */
enum challenge_step verify_reopen_taken(struct verify *);
/* After TAKEN, join or start another: ASK; WAIT: none is running, and it is too
 * early; INSTEAD, DENY. */
enum challenge_step verify_reopen_again(struct verify *);

/* How long a row stays that is gone at the provider, so that the session with
 * the right code can take it. It must also be enough if a helper was killed. */
#define VERIFY_USED_MS 5000
/* The time from a vendor's answer until its result is in the store. */
#define VERIFY_SETTLE_MS 1000

/* How many codes may be tried on one verification. */
unsigned verify_tries(const struct verify *);
/* Count the code against the user and this verification, and read its present
 * id. Waits while another session replaces it, and while others use the last
 * tries, one of which may be right. True: check it now; false: out says why
 * not. */
bool verify_count_try(const struct verify *, struct store_attempted *out);
/* Does another session that shares this verification take or replace it within
 * ms? */
bool verify_was_taken(const struct verify *, int64_t ms);

/* Only an HMAC with the host key is stored of a code that we make. */
enum outcome own_code_check(const struct verify *, const char *code);

/* Random digits, all equally likely; out has room for them and a NUL, and the
 * caller wipes it. 0 or -1. */
int own_code_make(unsigned digits, char *out);

/* A used code of an app is valid for some minutes, but the clock may be set
 * forward. */
#define USED_CODE_S 86400

#endif
