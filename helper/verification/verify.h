/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A verification at a provider, joined or started, as the dialogue sees it. The
 * files:
 *   verify.c               runs it
 *   verify_candidates.c    with what a login may begin
 *   verify_order.c         which providers, in which order
 *   verify_begin.c         ask them one after the other
 *   verify_claim.c         claim at one of them
 *   verify_join.c          use one that is running
 *   verify_message.c       send a message
 *   verify_own_code.c      make our own code
 *   verify_next_message.c  send the next message
 *   verify_together.c      go on when another login used the code
 *   verify_takeover.c      end one that cannot be joined
 *   verify_budget.c        the limits and their denials
 * provider_call.c carries a single request.
 */
#ifndef TWOFA_VERIFY_H
#define TWOFA_VERIFY_H

#include "helper/dialogue/dialogue.h"
#include "helper/providers/providers.h"
#include "helper/store/store.h"
#include "lib/rules/rules.h"
#include "lib/system/system.h"
#include "lib/wire/wire.h"

struct verify {
	const struct login *login;
	bool offline; /* another method can follow: see STEP_INSTEAD */

	struct provider_call x; /* aimed at the provider of the row */
	struct store_row row;
	/* of the row, by our own clock (verify_row_times) */
	int64_t sent_at, expires_at, ends_at;
	int64_t age_s;    /* joined: how old; -1 new */
	bool same_code;   /* the newest message sent here repeated the code */
	int64_t retry_at; /* after a refused message: not before; 0 */
	unsigned refused; /* METHOD_BITs that the number was refused for */
	bool renewed;     /* the one new start after an expiry is used */
	bool joins_only;  /* start no new one, whatever happens to a code */
	bool leaves_none; /* who quits frees the number, without a cancel too */
	bool taken;       /* another login used the code, and none is running */
	int64_t again_at; /* taken: the earliest time of a new message */
	bool number_retried; /* one other channel or provider was tried */
	enum ending end;     /* the last words if it ends */
	int64_t send_id;     /* of the message in progress; 0 none */
	bool counted;        /* it is counted, but not sent yet */
	enum store_carried carried; /* one may have been sent in this login */
	bool others_left;           /* another provider is left to ask */
	bool clashed; /* the new message has another verification's id */
	bool joins;   /* the new message is of one of the user's, to claim */
	struct store_guess_token guess; /* of the current check */
	/* of this code's check elsewhere: the next check takes its place and
	 * sets this to NULL */
	const struct store_guess_token *before;
	int64_t wait_s; /* END_LIMIT, STEP_LOCKED; 0 without end */
	/* END_BUSY: when the provider drops the running one; 0 unknown */
	int64_t busy_until;
	/* own_code types: of the message in progress */
	char own_id[NONCE_LEN + 1];
	unsigned char own_verifier[STORE_VERIFIER_LEN];
	bool own_beside; /* the row's former code is also valid */
};

/* login is set; it must outlive the challenge. */
void verify_init(struct verify *, struct challenge *);

/* By what a verification and its messages are counted: the phone, else the
 * address, else the account at authy. The three have different shapes. */
const char *verify_counted_as(const struct user_record *);

/* Who can send a first message, and that message, for store_begin. */
void verify_candidates(const struct login *, struct store_begin *);

/* --- between the files of this unit --- */

/* The limits' key for the first message of a login. */
struct store_send_key verify_message_key(const struct login *);

/* To be called right after the row was read. */
void verify_row_times(struct verify *);
/* Set the next request to the row: its id, its method, and whether its code has
 * expired by our own clock. */
void verify_take_id(struct verify *);

/* The methods that rule, record and provider have in common. */
unsigned verify_methods(const struct verify *, const struct provider_conf *);
/* Of these methods, the first one in the record. */
enum method verify_preferred(const struct verify *, unsigned methods);
/* The providers that can deliver, in the order to ask: the record's, with
 * recently unreachable ones at the end. Returns their number. */
size_t verify_order(const struct verify *,
    const struct provider_conf *order[CONFIG_PROVIDERS_MAX]);
/* Move providers that were recently out of reach to the end of such an
 * order. */
void verify_passed_last(const struct login *,
    const struct provider_conf *order[CONFIG_PROVIDERS_MAX], size_t count);
/* The present provider was out of reach. */
void verify_pass_over(const struct verify *);

/* Use this provider from now on; the log line names it. */
void verify_aim(struct verify *, const struct provider_conf *);
/* store_claim at the present provider, repeated while another session is
 * starting one there. receiver: the method whose receiver is claimed. */
enum store_claim verify_claim(
    struct verify *, unsigned methods, enum method receiver, enum method begin);
/* Show that the row was joined. */
void verify_joined(struct verify *);
/* Join a running verification: ASK; WAIT: there is none that this login may
 * join; DENY. None is started or ended. */
enum challenge_step verify_join(struct verify *);

/* Find a provider that sends a code, or join: ASK, ADMIT, INSTEAD, DENY. */
enum challenge_step verify_open(struct verify *);
/* The same at the present provider only, after an expiry: RENEWED, INSTEAD,
 * DENY. */
enum challenge_step verify_reopen(struct verify *);
/* Another login used this row's code: TAKEN, INSTEAD, DENY. */
enum challenge_step verify_taken(struct verify *);
/* After TAKEN, join or start another: ASK; WAIT: none is running, and it is too
 * early; INSTEAD, DENY. */
enum challenge_step verify_again(struct verify *);

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
/* The user is locked; but codes count before they are checked, so a right one
 * of another window may open that lock. Waits as long as such a check may take.
 * true: it is open, count again. own: the last count of this login, if that
 * code was wrong. id: of the verification that they are for, whose end ends the
 * wait; 0: none. */
bool verify_lock_opens(const struct login *,
    const struct store_guess_token *own, enum store_guess, int64_t wait_s,
    int64_t id);
/* Does another session that shares this verification take or replace it within
 * ms? */
bool verify_taken_meanwhile(const struct verify *, int64_t ms);

/* Send a message for the row that this session holds. OK: it is running and
 * stored. Else the row is as it was; with maybe_sent, the provider may have
 * sent it nevertheless. */
enum outcome verify_message(struct verify *, enum method, bool *maybe_sent);
/* The same for a new row: the failure is stored, and the message refunded if it
 * was surely not sent. */
enum outcome verify_start(struct verify *, enum method, bool *maybe_sent);
/* A message is on its way: store what others need to join. 0, -1, or
 * STORE_CLASH: another verification has its id or number, STORE_JOIN: one of
 * this user's. */
int verify_keep(struct verify *, enum method, int64_t expires_at);

/* How long no new message is sent once the tries are used up. */
int64_t verify_spent_ms(const struct verify *);

/* True when a code of the row can be checked at the present provider. */
bool verify_can_check(const struct verify *);

enum takeover {
	TAKEOVER_FAILED = 0, /* the state failed; see store_cause */
	TAKEOVER_FREE,       /* it is gone: claim again */
	TAKEOVER_MOVED,      /* another session has it: claim again */
	TAKEOVER_BUSY,       /* this provider keeps it open: ask another */
	TAKEOVER_USED,       /* its code let a user in meanwhile */
};

/* End the user's own verification v->row, which cannot be joined, so that a new
 * one can start at the present provider. It runs at the given one (NULL: no
 * longer in the settings). */
enum takeover verify_take_over(
    struct verify *, const struct provider_conf *there);

/* After TAKEOVER_BUSY, if a service that is not root's started it: such a
 * service must not get root's logins denied, so wait until the vendor drops it.
 * false: the time is unknown, too long, or the person has left. */
bool verify_wait_free(const struct verify *);

/* Own codes: make one with its id; forget the code; check one. make, beside: 0,
 * or -1 after a log line. beside: for a new message of unknown fate; the row's
 * code stays valid under its id. */
int verify_own_make(struct verify *);
int verify_own_beside(struct verify *);
void verify_own_wipe(struct verify *);
enum outcome verify_own_check(const struct verify *, const char *code);

/* True when another message by this method can be sent here. */
bool verify_next_message_by(const struct verify *, enum method);
/* The methods that a key switches to. */
unsigned verify_next_message_keys(const struct verify *);
/* Vendors' clocks may be slightly behind ours, which matters most for a
 * cancel. */
#define VERIFY_MARGIN_MS 2000
/* END_BUSY: seconds until the provider drops the running one; 0 unknown. */
int64_t verify_busy_s(const struct verify *);
/* Milliseconds until another message may be sent; negative: at once. */
int64_t verify_next_message_ms(const struct verify *);
/* SENT, WAIT, INSTEAD, DENY. */
enum challenge_step verify_next_message(struct verify *, enum method);
/* The person gives up: cancel it unless another login waits for it. Where the
 * vendor cannot, only leaves_none frees the number. */
void verify_quit(struct verify *);

/* Store real times for decoys; a time of 0 is left out. */
void verify_remember(const struct verify *, int64_t start_ms, int64_t check_ms);

/* Deny with a reason and the last words. */
enum challenge_step verify_deny(
    struct verify *, enum frame_verdict, enum reason why, enum ending);
/* The same after the store failed (see the log). If a message was to be sent
 * and only host.key failed: verify_give_up. */
enum challenge_step verify_state_failed(struct verify *, enum ending);
/* A prompt that says for how long no code is sent, and ends. */
void verify_tell_limit(const struct verify *);
/* The phone cannot be used now: INSTEAD when another method can follow, else
 * like verify_deny. */
enum challenge_step verify_give_up(
    struct verify *, enum frame_verdict, enum reason why, enum ending);

/* Count a message against the limits before it is sent. True: send it; false:
 * wait_s says when it may be sent, 0 when the state failed. */
bool verify_budget_take(struct verify *);
/* The message was surely not sent: take it back. */
void verify_budget_refund(struct verify *);

/* The longest time that a start can take at this provider: the fate of older
 * starts is unknown. */
int64_t verify_start_limit_ms(const struct provider_conf *);

#endif
