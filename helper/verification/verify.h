/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A verification at a provider, joined or begun, as the dialogue sees it.
 * verify.c runs it. verify_candidates.c says what a login may begin with,
 * verify_order.c who can be asked and in which order,
 * verify_claim.c claims at one of them, verify_join.c takes up what runs,
 * verify_begin.c asks one after the other, verify_message.c has a message sent,
 * verify_own_code.c makes the code where that is ours, verify_next_message.c
 * has the next message sent, verify_together.c goes on where another login used
 * the code, verify_takeover.c ends one that cannot be joined,
 * verify_budget.c knows the limits and says no; provider_call.c carries one
 * request.
 */
#ifndef TWOFA_VERIFY_H
#define TWOFA_VERIFY_H

#include "helper/calls/provider_call.h"
#include "helper/dialogue/challenge.h"
#include "helper/dialogue/login_context.h"
#include "helper/dialogue/words.h"
#include "helper/state/store.h"
#include "helper/state/store_begin.h"
#include "lib/rules/policy.h"
#include "lib/system/random_name.h"
#include "lib/wire/reason.h"

struct verify {
	const struct login *login;
	bool offline; /* another method can take over: see STEP_INSTEAD */

	struct provider_call x; /* aimed at the provider of the row */
	struct store_row row;
	/* of the row, by our own clock (verify_row_times) */
	int64_t sent_at, expires_at, ends_at;
	int64_t age_s;       /* joined: how old; -1 new */
	bool same_code;      /* of the newest message that was sent here */
	int64_t retry_at;    /* a refused message: not before; 0 none */
	unsigned refused;    /* METHOD_BITs that the number was refused for */
	bool renewed;        /* the one new start after an expiry is used */
	bool joins_only;     /* whatever becomes of a code, none is begun */
	bool taken;          /* another login used the row's code, none runs */
	int64_t again_at;    /* taken: no new message before */
	bool number_retried; /* the one other channel or provider is used */
	enum ending end;     /* what to say when it ends */
	int64_t send_id;     /* of the message that is being sent; 0 none */
	bool counted;        /* it is counted, and not asked for yet */
	enum store_carried carried; /* one may have been sent in this login */
	bool others_left; /* another provider can be asked after this one */
	bool clashed;     /* what was sent has another verification's id */
	struct store_guess_token guess; /* of the check on its way */
	/* of this code elsewhere: the next check's takes its place, NULL then
	 */
	const struct store_guess_token *before;
	int64_t wait_s; /* END_LIMIT, STEP_LOCKED: how long; 0 no end */
	/* END_BUSY: when the provider lets go of what runs; 0 not known */
	int64_t busy_until;
	/* own_code types: of the message that is being sent */
	char own_id[NONCE_LEN + 1];
	unsigned char own_verifier[STORE_VERIFIER_LEN];
	bool own_beside; /* the row's former code is good as well */
};

/* login is set; it must outlive the challenge. */
void verify_init(struct verify *, struct challenge *);

/* What a verification and its messages are counted by: the phone, else the
 * address, else the account at authy. Of another shape each. */
const char *verify_counted_as(const struct user_record *);

/* Who can have a first message sent, and that message, for store_begin. */
void verify_candidates(const struct login *, struct store_begin *);

/* --- between the files of this unit --- */

/* What a message is counted by that follows no other in this login. */
struct store_send_key verify_message_key(const struct login *);

/* The row was read just now. */
void verify_row_times(struct verify *);
/* Let the next request be about the row: its id, how it was sent, and whether
 * its code has expired by our own clock. */
void verify_take_id(struct verify *);

/* The methods that rule, record and provider have in common. */
unsigned verify_methods(const struct verify *, const struct provider_conf *);
/* The one of these that the record names first. */
enum method verify_preferred(const struct verify *, unsigned methods);
/* Those that can deliver, in the order in which to ask: the record's, with
 * those that were out of reach a moment ago at the end. How many. */
size_t verify_order(const struct verify *,
    const struct provider_conf *order[CONFIG_PROVIDERS_MAX]);
/* Ask last those of any such order that were out of reach a moment ago. */
void verify_passed_last(const struct login *,
    const struct provider_conf *order[CONFIG_PROVIDERS_MAX], size_t count);
/* The present provider was out of reach. */
void verify_pass_over(const struct verify *);

/* Aim at this provider, which the log line names from now on. */
void verify_aim(struct verify *, const struct provider_conf *);
/* store_claim at the present provider, until no other session is in the middle
 * of a start there. receiver: the method whose receiver is claimed. */
enum store_claim verify_claim(
    struct verify *, unsigned methods, enum method receiver, enum method begin);
/* The row was joined: tell of it. */
void verify_joined(struct verify *);
/* Join one that runs: ASK; WAIT: there is none that this login may join; DENY.
 * None is begun, and none is ended. */
enum challenge_step verify_join(struct verify *);

/* Find a provider that sends, or join: ASK, ADMIT, INSTEAD, DENY. */
enum challenge_step verify_open(struct verify *);
/* The same at the present provider alone, after an expiry: RENEWED, INSTEAD,
 * DENY. */
enum challenge_step verify_reopen(struct verify *);
/* Another login used the code of the row: TAKEN, INSTEAD, DENY. */
enum challenge_step verify_taken(struct verify *);
/* taken: join or begin another: ASK; WAIT: none runs, and it is too early;
 * INSTEAD, DENY. */
enum challenge_step verify_again(struct verify *);

/* Gone at the provider: so long a row stays, for the session whose code was
 * right to take it; less would not do for one whose helper was killed. */
#define VERIFY_USED_MS 5000
/* From a vendor's answer until the store has what comes of it. */
#define VERIFY_SETTLE_MS 1000

/* How many codes may be tried on one verification. */
unsigned verify_tries(const struct verify *);
/* Count the code against the user and against this verification, and learn its
 * present id. Waits while another session replaces it, and while others have
 * the tries that are left, one of which may be right. True: check it now;
 * false: out tells why not. */
bool verify_count_try(const struct verify *, struct store_attempted *out);
/* Does another session, which shares this verification, take or replace it
 * within ms? */
bool verify_taken_meanwhile(const struct verify *, int64_t ms);

/* Have a message sent for the row that this session holds. OK: it is running,
 * and kept so. Else the row is as it was; with maybe_sent, the provider may
 * have sent it all the same. */
enum outcome verify_message(struct verify *, enum method, bool *maybe_sent);
/* The same where there is nothing to go back to: the row's fate is stored and
 * the message refunded when it certainly was not sent. */
enum outcome verify_start(struct verify *, enum method, bool *maybe_sent);
/* A message is on its way: keep what others need to join. 0, -1, or
 * STORE_CLASH: another verification has its id or number. */
int verify_keep(struct verify *, enum method, int64_t expires_at);

/* How long nothing new is sent once its tries are used up. */
int64_t verify_spent_ms(const struct verify *);

/* Could a code of the row be asked about at the present provider? */
bool verify_can_check(const struct verify *);

enum takeover {
	TAKEOVER_FAILED = 0, /* the state; store_cause tells */
	TAKEOVER_FREE,       /* it is gone: claim again */
	TAKEOVER_MOVED,      /* another session has it: claim again */
	TAKEOVER_BUSY,       /* this provider holds it open: ask another */
	TAKEOVER_USED,       /* its code let somebody in meanwhile */
};

/* End the user's own verification, v->row, which runs there (NULL: at none of
 * the settings) and cannot be joined, so that another can begin at the present
 * provider. */
enum takeover verify_take_over(
    struct verify *, const struct provider_conf *there);

/* After TAKEOVER_BUSY, of one that a service which is not root's began: no
 * login of root's is denied for it, so wait until the vendor lets go of it.
 * false: it is not known when, there is no time, or the person has left. */
bool verify_wait_free(const struct verify *);

/* Own codes: make one, with its id; forget the code;
 * check one. make, beside: 0, or -1 after a log line. beside: it is unknown
 * whether the new one went out, so that of the row stays good, under its id. */
int verify_own_make(struct verify *);
int verify_own_beside(struct verify *);
void verify_own_wipe(struct verify *);
enum outcome verify_own_check(const struct verify *, const char *code);

/* Can another message by this method come about here? */
bool verify_next_message_by(const struct verify *, enum method);
/* The methods that a key switches to. */
unsigned verify_next_message_keys(const struct verify *);
/* The vendors' own clocks, for a cancel above all, may run a little behind
 * ours. */
#define VERIFY_MARGIN_MS 2000
/* END_BUSY: seconds until the provider lets go of what runs; 0 not known. */
int64_t verify_busy_s(const struct verify *);
/* Milliseconds until one may be asked for; negative: at once. */
int64_t verify_next_message_ms(const struct verify *);
/* SENT, WAIT, INSTEAD, DENY. */
enum challenge_step verify_next_message(struct verify *, enum method);
/* The person gives up: cancel what no other login waits for. */
void verify_quit(struct verify *);

/* Keep a real time for decoys; 0 leaves that one out. */
void verify_remember(const struct verify *, int64_t start_ms, int64_t check_ms);

/* Deny with a reason and the last words. */
enum challenge_step verify_deny(
    struct verify *, enum frame_verdict, enum reason why, enum ending);
/* The same after the store failed, which the log tells. Where a message was to
 * be sent and host.key alone failed: verify_give_up. */
enum challenge_step verify_state_failed(struct verify *, enum ending);
/* A prompt that tells for how long there are no more codes, and ends. */
void verify_tell_limit(const struct verify *);
/* The phone is of no use now: INSTEAD when another method can take over, else
 * the same as verify_deny. */
enum challenge_step verify_give_up(
    struct verify *, enum frame_verdict, enum reason why, enum ending);

/* Count a message against the limits, before it is sent. True: it may go;
 * false: wait_s says how long not, 0 when the state failed. */
bool verify_budget_take(struct verify *);
/* That one certainly was not sent. */
void verify_budget_refund(struct verify *);

/* Longest that a start can take at the present provider: older rows are of
 * unknown fate. */
int64_t verify_start_limit_ms(const struct provider_conf *);

#endif
