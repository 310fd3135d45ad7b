/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One message and its code: claimed, counted, sent, checked, taken over by a
 * second session.
 */
#ifndef TWOFA_VERIFICATION_H
#define TWOFA_VERIFICATION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "helper/dialogue/dialogue.h"
#include "helper/providers/providers.h"
#include "helper/store/store.h"
#include "lib/rules/rules.h"
#include "lib/settings/settings.h"
#include "lib/system/system.h"
#include "lib/values/values.h"
#include "lib/wire/wire.h"

/*
 * A verification at a provider, joined or started, as the dialogue sees it. The
 * files:
 *   verification.c               runs it
 *   verify_at_provider.c    with what a login may begin
 *   verify_order.c         which providers, in which order
 *   verify_begin.c         ask them one after the other
 *   verify_at_provider.c         claim at one of them
 *   verify_at_provider.c          use one that is running
 *   verify_at_provider.c       send a message
 *   own_code.c      make our own code
 *   verification.c  send the next message
 *   verify_begin.c      go on when another login used the code
 *   verify_at_provider.c      end one that cannot be joined
 *   verify_order.c        the limits and their denials
 * provider_call.c carries a single request.
 */

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
/* Vendors' clocks may be slightly behind ours, which matters most for a
 * cancel. */
#define VERIFY_MARGIN_MS 2000
/* END_BUSY: seconds until the provider drops the running one; 0 unknown. */
int64_t verify_busy_s(const struct verify *);
/* Milliseconds until another message may be sent; negative: at once. */
int64_t verify_next_message_ms(const struct verify *);
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

/*
 * What a login does to the outside world before the first prompt. The code that
 * decides what comes next only calls these, so there is one decision for two
 * uses: a login has acting steps (login.h); twofactl explain has looking
 * ones, which change and send nothing (service_inside.h).
 */

struct push;

struct login_steps {
	/* Was it out of reach a moment ago? This is only advice: if the state
	 * fails, other steps deny. */
	bool (*passed)(const struct login *, const struct provider_conf *);
	/* store_claim */
	enum store_claim (*claim)(const struct login *,
	    const struct store_key *, unsigned methods, enum method,
	    int64_t start_ms, struct store_row *);
	/* verify_take_over: end a verification that cannot be joined. */
	enum takeover (*end)(
	    struct verify *, const struct provider_conf *there);
	/* store_send_take */
	enum store_send (*take)(const struct login *,
	    const struct store_send_key *, int64_t *id, int64_t *wait_s,
	    const char **which);
	/* Nothing was sent for the claimed row: remove it, if there is one, and
	 * the message counted with it, unless that was taken. */
	void (*back)(const struct login *, const struct store_row *);
	/* verify_start: send the message. */
	enum outcome (*send)(struct verify *, enum method, bool *maybe_sent);
	/* push_send: send the push. */
	enum outcome (*push)(struct push *, bool *maybe_sent);
};

/*
 * Codes that we make and check ourselves; the provider only carries the
 * message. Only an HMAC with the host key is stored.
 */

#define OWN_CODE_VERIFIER_LEN 32

/* Random digits, all equally likely; out has room for them and a NUL, and the
 * caller wipes it. 0 or -1. */
int own_code_make(unsigned digits, char *out);

#define OWN_CODE_USER_MAX                                                      \
	(PERSON_STATE_MAX + 16) /* a name, "/enrolment" behind it */

/* HMAC(key, user, id, code). user is a valid name, or that of its enrolment,
 * and id comes from random_name, so the line feeds between them are unique. 0,
 * or -1 for a text that is too long. */
int own_code_verifier(const unsigned char key[HOST_KEY_LEN], const char *user,
    const char *id, const char *code, unsigned char out[OWN_CODE_VERIFIER_LEN]);

/* Compares in constant time. */
bool own_code_equal(const unsigned char a[OWN_CODE_VERIFIER_LEN],
    const unsigned char b[OWN_CODE_VERIFIER_LEN]);

/*
 * What the store answered at the beginning of the login. A step that needs
 * exactly what was claimed and counted then gets its answer from here, once;
 * all others ask the store. Pure, except for login_begun_ask.
 */

struct login_begun {
	struct store_begin ask;
	struct store_begun found;
	/* answers in found that no step has used yet */
	bool passed[STORE_CANDIDATES_MAX], claim, take;
};

/* ask is filled in. begin: store_begin or store_begin_look; returns its
 * result. */
int login_begun_ask(struct login_begun *, struct store *,
    int (*begin)(
	struct store *, const struct store_begin *, struct store_begun *));

/* true: out is the store's answer. false for a login that has not begun
 * (NULL). */
bool login_begun_passed(
    struct login_begun *, const char *provider, bool *passed);
bool login_begun_claim(struct login_begun *, const struct store_key *,
    unsigned methods, enum method, enum store_claim *, struct store_row *);
bool login_begun_take(struct login_begun *, const struct store_send_key *,
    enum store_send *, int64_t *id, int64_t *wait_s, const char **which);

/* The inserted row and the counted message that no step has used, so that they
 * can be given back; 0: none. Returns each once. */
void login_begun_left(struct login_begun *, int64_t *row, int64_t *send);

/*
 * How a provider sends another message for a running verification. Pure, so
 * that a decoy offers the same keys as a verification.
 */

enum another_message {
	ANOTHER_NONE = 0,
	ANOTHER_REPLACE, /* cancel if the vendor can, then start another */
	ANOTHER_START,   /* start again: the verification's next message */
	ANOTHER_STEP,    /* ask for the next of several steps now */
};

/* How another message by method `wanted` is sent, after so many messages, the
 * newest by `now`. The caller checks that record and rule allow that method. */
enum another_message another_message_how(const struct provider_conf *,
    unsigned sends, enum method now, enum method wanted);

/* Those of the methods, except now, that have a key to switch to them. */
unsigned another_message_keys(const struct provider_conf *, unsigned sends,
    enum method now, unsigned methods);

/*
 * Codes of an app that let a user in once: they are never accepted again,
 * whatever the vendor says of them. Codes and the app's secret are stored as an
 * HMAC with the host key.
 */

struct provider_type;

/* A code is valid for some minutes, but the clock may be set forward. */
#define USED_CODE_S 86400

/* The store's name for an app's secret (store_totp_attempt). 0, or -1 after a
 * log line. */
int used_code_secret(const struct settings *, const struct secret *,
    unsigned char digest[STORE_CODE_DIGEST]);

/* The store's name for a code that this type of provider accepted. It belongs
 * to a factor, not to a user, because several users may share one. 0, or -1
 * after a log line. The caller wipes. */
int used_code_name(const struct login *, const struct provider_type *,
    const char *code, struct store_code *);

/*
 * The store's key for a verification, and where a running one can be joined.
 * Pure.
 */

/* The key for a verification by this method at this provider; it points into
 * all of these. For a made-up person it uses only the name, because the number
 * could be a real person's. */
struct store_key claim_key(
    const struct login *, const struct provider_conf *, enum method);

/* The provider of a row of this user; NULL when it is no longer in the
 * settings. */
const struct provider_conf *claim_key_provider(
    const struct settings *, const struct store_row *);

/* May no code be checked in that row, since another host began or last changed
 * it? A stolen one may have put the id of another phone's there. */
bool claim_key_foreign(const struct provider_type *, const struct store_row *);

/* May the login join the row there? allowed: decision.methods. */
bool claim_key_joins(const struct settings *, const struct user_record *,
    unsigned allowed, const struct store_row *);

#endif
