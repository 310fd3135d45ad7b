/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One message and its code: claimed, counted, sent, checked, taken over by a
 * second session. provider_call.c carries a single request.
 */
#ifndef TWOFA_VERIFICATION_H
#define TWOFA_VERIFICATION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "helper/session/session.h"
#include "helper/providers/providers.h"
#include "helper/store/store.h"
#include "lib/settings/settings.h"
#include "lib/system/system.h"
#include "lib/values/values.h"

/*
 * verification.c: a verification at a provider, joined or started, as the
 * dialogue sees it.
 */

struct verify {
	const struct login *login;
	bool offline; /* another method can follow: see STEP_INSTEAD */

	struct provider_call x; /* aimed at the provider of the row */
	struct store_row row;
	/* of the row, by our own clock (verify_load_times) */
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
	char own_id[RANDOM_NAME_LEN + 1];
	unsigned char own_verifier[STORE_VERIFIER_LEN];
	bool own_code_of; /* the row's former code is also valid */
};

/* login is set; it must outlive the challenge. */
void verify_init(struct verify *, struct challenge *);

/* True when another message by this method can be sent here. */
bool verify_may_send_by(const struct verify *, enum method);

/* How a provider sends another message for a running verification. Pure, so
 * that a decoy offers the same keys as a verification. */
enum verify_resend_kind {
	VERIFY_RESEND_NONE = 0,
	VERIFY_RESEND_REPLACE, /* cancel if the vendor can, then start another
				*/
	VERIFY_RESEND_START, /* start again: the verification's next message */
	VERIFY_RESEND_STEP,  /* ask for the next of several steps now */
};

/* How another message by method `wanted` is sent, after so many messages, the
 * newest by `now`. The caller checks that record and rule allow that method. */
enum verify_resend_kind verify_resend_how(const struct provider_conf *,
    unsigned sends, enum method now, enum method wanted);

/* Those of the methods, except now, that have a key to switch to them. */
unsigned verify_resend_keys(const struct provider_conf *, unsigned sends,
    enum method now, unsigned methods);

/* verify_order.c: which providers can deliver, in which order; the limits. */

/* By what a verification and its messages are counted: the phone, else the
 * address, else the account at authy. The three have different shapes. */
const char *verify_counted_as(const struct user_record *);

/* The methods that rule, record and provider have in common. */
unsigned verify_methods(const struct verify *, const struct provider_conf *);
/* The providers that can deliver, in the order to ask: the record's, with
 * recently unreachable ones at the end. Returns their number. */
size_t verify_order(const struct verify *,
    const struct provider_conf *order[SETTINGS_PROVIDERS_MAX]);
/* Move providers that were recently out of reach to the end of such an
 * order. */
void verify_move_passed_last(const struct login *,
    const struct provider_conf *order[SETTINGS_PROVIDERS_MAX], size_t count);
/* May no code be checked in that row, since another host began or last changed
 * it? A stolen one may have put the id of another phone's there. */
bool verify_key_is_foreign(
    const struct provider_type *, const struct store_row *);

/* Count a message against the limits before it is sent. True: send it; false:
 * wait_s says when it may be sent, 0 when the state failed. */
bool verify_budget_take(struct verify *);
/* END_BUSY: seconds until the provider drops the running one; 0 unknown. */
int64_t verify_busy_s(const struct verify *);
/* Milliseconds until another message may be sent; negative: at once. */
int64_t verify_resend_wait_ms(const struct verify *);
/* A prompt that says for how long no code is sent, and ends. */
void verify_show_limit(const struct verify *);

/* What the store answered at the beginning of the login. A step that needs
 * exactly what was claimed and counted then gets its answer from here, once;
 * all others ask the store. Pure, except for verify_batch_run. */
struct verify_batch {
	struct store_begin ask;
	struct store_begun found;
	/* answers in found that no step has used yet */
	bool passed[STORE_CANDIDATES_MAX], claim, take;
};

/* ask is filled in. begin: store_begin or store_begin_dry_run; returns its
 * result. */
int verify_batch_run(struct verify_batch *, struct store *,
    int (*begin)(
	struct store *, const struct store_begin *, struct store_begun *));

/* true: out is the store's answer. false for a login that has not begun
 * (NULL). */
bool verify_batch_passed(
    struct verify_batch *, const char *provider, bool *passed);
bool verify_batch_claim(struct verify_batch *, const struct store_key *,
    unsigned methods, enum method, enum store_claim *, struct store_row *);
bool verify_batch_send(struct verify_batch *, const struct store_send_key *,
    enum store_send *, int64_t *id, int64_t *wait_s, const char **which);

/* The inserted row and the counted message that no step has used, so that they
 * can be given back; 0: none. Returns each once. */
void verify_batch_leftover(struct verify_batch *, int64_t *row, int64_t *send);

/* verify_at_provider.c: claim, join, take over, send. */

/* Who can send a first message, and that message, for store_begin. */
void verify_candidates(const struct login *, struct store_begin *);

/* The longest time that a start can take at this provider: the fate of older
 * starts is unknown. */
int64_t verify_start_limit_ms(const struct provider_conf *);

/* Join a running verification: ASK; WAIT: there is none that this login may
 * join; DENY. None is started or ended. */
enum challenge_step verify_join(struct verify *);

/* Send a message for a new row that this session holds. OK: it is running and
 * stored. Else the failure is stored, and the message refunded if it was surely
 * not sent; with maybe_sent, the provider may have sent it nevertheless. */
enum outcome verify_start(struct verify *, enum method, bool *maybe_sent);

enum verify_takeover {
	TAKEOVER_FAILED = 0, /* the state failed; see store_cause */
	TAKEOVER_FREE,       /* it is gone: claim again */
	TAKEOVER_MOVED,      /* another session has it: claim again */
	TAKEOVER_BUSY,       /* this provider keeps it open: ask another */
	TAKEOVER_USED,       /* its code let a user in meanwhile */
};

/* Tell the user of that event, by the first provider that can send a text of
 * ours; the message counts as any. Logs what became of it. false: none is
 * known to be sent. The store is open. */
bool verify_alert(const struct login *, enum event);

/* End the user's own verification v->row, which cannot be joined, so that a new
 * one can start at the present provider. It runs at the given one (NULL: no
 * longer in the settings). */
enum verify_takeover verify_take_over(
    struct verify *, const struct provider_conf *there);

/* verify_begin.c: ask one provider after the other; wait for other sessions. */

/* The user is locked; but codes count before they are checked, so a right one
 * of another window may open that lock. Waits as long as such a check may take.
 * true: it is open, count again. own: the last count of this login, if that
 * code was wrong. id: of the verification that they are for, whose end ends the
 * wait; 0: none. */
bool verify_wait_for_unlock(const struct login *,
    const struct store_guess_token *own, enum store_guess, int64_t wait_s,
    int64_t id);

/*
 * verify_at_provider.c: codes of an app that let a user in once: they are never
 * accepted again, whatever the vendor says of them. Codes and the app's secret
 * are stored as an HMAC with the host key.
 */

#define OWN_CODE_USER_MAX                                                      \
	(OWNER_STATE_MAX + 16) /* a name, "/enrolment" behind it */

/* The store's name for an app's secret (store_totp_attempt). 0, or -1 after a
 * log line. */
int used_code_secret_key(const struct login *, const struct secret *,
    unsigned char digest[STORE_CODE_DIGEST]);

/* The store's name for a code that this type of provider accepted. It belongs
 * to a factor, not to a user, because several users may share one. 0, or -1
 * after a log line. The caller wipes. */
int used_code_key(const struct login *, const struct provider_type *,
    const char *code, struct store_code *);

/*
 * What a login does to the outside world before the first prompt. The code that
 * decides what comes next only calls these, so there is one decision for two
 * uses: a login has acting steps (login.h); twofactl explain has looking
 * ones, which change and send nothing (control_inside.h).
 */

struct push;

struct verify_steps {
	/* Was it out of reach a moment ago? This is only advice: if the state
	 * fails, other steps deny. */
	bool (*passed)(const struct login *, const struct provider_conf *);
	/* store_claim */
	enum store_claim (*claim)(const struct login *,
	    const struct store_key *, unsigned methods, enum method,
	    int64_t start_ms, struct store_row *);
	/* verify_take_over: end a verification that cannot be joined. */
	enum verify_takeover (*end)(
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

#endif
