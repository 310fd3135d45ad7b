/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A verification: one message and its code, from the claim in the store to the
 * check. Several sessions may share it. provider_call.c sends single requests.
 */
#ifndef TWOFA_VERIFICATION_H
#define TWOFA_VERIFICATION_H

#include "helper/providers/providers.h"

/* verification.c: a verification at a provider, as a challenge for the
 * dialogue. */

struct verify {
	const struct login *login;
	bool offline; /* another method may follow (STEP_INSTEAD) */

	struct provider_call x; /* call to the row's provider */
	struct store_row row;
	/* times of the row, login_now_ms (verify_load_times) */
	int64_t sent_at, expires_at, ends_at;
	int64_t age_s;    /* joined: age of the message; -1 if new */
	bool same_code;   /* the newest message repeated the code */
	int64_t retry_at; /* earliest retry after a refused message, or 0 */
	unsigned refused; /* METHOD_BITs for which the number was refused */
	bool renewed;     /* the one restart after an expiry was used */
	bool joins_only;  /* never start a verification */
	bool leaves_none; /* quit() frees the number even without a cancel */
	bool taken; /* another login used the code; no verification runs */
	int64_t again_at;    /* if taken: earliest time of a new message */
	bool number_retried; /* one other channel or provider was tried */
	enum ending end;     /* end prompt, if it ends */
	int64_t send_id;     /* id of the message in progress, or 0 */
	bool counted;        /* the message is counted, but not sent yet */
	enum store_carried carried; /* whether one may have been sent before */
	bool others_left;           /* another provider can be tried */
	bool clashed; /* the new message has the id of another verification */
	bool joins;   /* the user has another verification, to be claimed */
	struct store_guess_token guess; /* of the current check */
	/* the guess already counted for this code by another method: the next
	 * check replaces it and sets this to NULL */
	const struct store_guess_token *before;
	int64_t wait_s; /* for END_LIMIT, STEP_LOCKED; 0 if unlimited */
	bool invited;   /* wait_s is that of an open invitation */
	/* END_BUSY: when the provider drops the running one; 0 if unknown */
	int64_t busy_until;
	bool waited; /* has waited until then to end another's row */
	/* own_code types: id of the message in progress */
	char own_id[RANDOM_NAME_LEN + 1];
	bool own_code_of; /* the row's previous code stays valid */
};

/* The caller has set verify->login; verify must outlive the challenge. */
void verify_init(struct verify *, struct challenge *);

/* True if another message by this method can be sent at this provider. */
bool verify_may_send_by(const struct verify *, enum method);

/* How a provider sends another message for a running verification. Pure, so
 * that a decoy offers the same keys as a verification. */
enum verify_resend_kind {
	VERIFY_RESEND_NONE = 0,
	VERIFY_RESEND_REPLACE, /* cancel if possible, then start another */
	VERIFY_RESEND_START,   /* start again sends the next message */
	VERIFY_RESEND_STEP,    /* request the next step of a workflow */
};

/* Returns how another message by method `wanted` is sent after `sends`
 * messages, the newest by `now`. The caller checks that record and rule allow
 * `wanted`. */
enum verify_resend_kind verify_resend_how(const struct provider_conf *,
    unsigned sends, enum method now, enum method wanted);

/* Returns those of methods, except now, to which a key can switch. */
unsigned verify_resend_keys(const struct provider_conf *, unsigned sends,
    enum method now, unsigned methods);

/* verify_order.c: which providers can deliver, in which order; the limits. */

/* Returns the methods that rule, record and provider all allow. */
unsigned verify_methods(const struct verify *, const struct provider_conf *);
/* Lists the providers that can deliver, in the record's order, but with those
 * passed over at the end. Returns their number. */
size_t verify_order(const struct verify *,
    const struct provider_conf *order[SETTINGS_PROVIDERS_MAX]);
/* Moves the providers that are passed over to the end of order. */
void verify_move_passed_last(const struct login *,
    const struct provider_conf *order[SETTINGS_PROVIDERS_MAX], size_t count);
/* Passes the provider over for a while: it was unreachable. */
void verify_pass_over(const struct login *, const struct provider_conf *);
/* True if no code may be checked in the row, as another host began or changed
 * it: a compromised host may have stored the id of another phone. */
bool verify_row_is_foreign(
    const struct provider_type *, const struct store_row *);

/* Counts a message in the limits before it is sent. Returns true to send it;
 * false with the seconds to wait in wait_s, 0 if the state failed. */
bool verify_budget_take(struct verify *);
/* END_BUSY: seconds until the provider drops the running one; or 0. */
int64_t verify_number_busy_left_s(const struct verify *);
/* True if that is known, and before the deadline. */
bool verify_may_wait(const struct verify *);
/* Milliseconds until another message may be sent; 0 or less for now. */
int64_t verify_resend_wait_ms(const struct verify *);
/* Shows an end prompt with the time until a code can be sent. */
void verify_show_limit(const struct verify *);

/* The results of store_begin(). A step that needs exactly what was claimed and
 * counted there takes its result from here, once; all others call the store.
 * Pure, except for verify_batch_run. */
struct verify_batch {
	struct store_begin ask;
	struct store_begun found;
	/* results in found that no step has used yet */
	bool passed[STORE_CANDIDATES_MAX], claim, take;
};

/* The caller has filled in ask. begin: store_begin or store_begin_dry_run;
 * returns its result. */
int verify_batch_run(struct verify_batch *, struct store *,
    int (*begin)(
	struct store *, const struct store_begin *, struct store_begun *));

/* Return true with the result of store_begin() in the parameters; false if
 * they are used up, do not match, or the batch is NULL. */
bool verify_batch_passed(
    struct verify_batch *, const char *provider, bool *passed);
bool verify_batch_claim(struct verify_batch *, const struct store_key *,
    unsigned methods, enum method, enum store_claim *, struct store_row *);
bool verify_batch_send(struct verify_batch *, const struct store_send_key *,
    enum store_send *, int64_t *id, int64_t *wait_s, const char **which);

/* Sets *row and *send to the inserted row and the counted message that no step
 * has used, to be refunded, or to 0. Reports each once. */
void verify_batch_leftover(struct verify_batch *, int64_t *row, int64_t *send);

/* Returns what the user reads when such a call is slow, or NULL. */
const char *verify_slow_line(enum provider_call_kind, enum method);

/* verify_send.c, verify_join.c, verify_alert.c, verify_takeover.c: the claim
 * and the message at one provider. */

/* Fills in candidates and message for store_begin. */
void verify_fill_begin(const struct login *, struct store_begin *);

/* Longest duration in ms of a start at this provider; the outcome of an older
 * start is unknown. */
int64_t verify_start_limit_ms(const struct provider_conf *);

/* Joins a running verification; starts or ends none. Returns ASK, WAIT if this
 * login may join none, or DENY. */
enum challenge_step verify_join(struct verify *);

/* Sends a message for a new row that this session holds. Returns OUTCOME_OK if
 * the verification is running and stored. Else stores the failure; refunds the
 * message unless it may have been sent (*maybe_sent). */
enum outcome verify_start(struct verify *, enum method, bool *maybe_sent);

enum verify_takeover {
	TAKEOVER_FAILED = 0, /* the state failed; see store_cause */
	TAKEOVER_FREE,       /* the row is removed: claim again */
	TAKEOVER_MOVED, /* another session holds or removed it: claim again */
	TAKEOVER_BUSY,  /* it stays open here: try another provider */
	TAKEOVER_USED,  /* its code allowed a login meanwhile */
};

/* Notifies the user of the event, at each phone, through the first provider
 * that carries our own texts. Counts the message, unless the number was
 * changed, and logs the result. Returns false if it is not known to have been
 * sent. The store must be open. */
bool verify_alert(const struct login *, enum event);

/* Ends the user's own verification v->row, which cannot be joined, so that a
 * new one can start at the current provider. there: the provider where it runs,
 * or NULL if it is no longer in the settings. */
enum verify_takeover verify_end_unjoinable(
    struct verify *, const struct provider_conf *there);

/* verify_begin.c: tries each provider; waits for other sessions. */

/* Codes are counted before they are checked, so the right code of another login
 * may still end the user's lock. Waits as long as such a check may take.
 * Returns true if unlocked: count again. own: this login's last guess, if it
 * was wrong. id: the verification of these codes, whose end shortens the wait;
 * or 0. */
bool verify_wait_for_unlock(const struct login *,
    const struct store_guess_token *own, enum store_guess, int64_t wait_s,
    int64_t id);

#define OWN_CODE_USER_MAX                                                      \
	(OWNER_STATE_MAX + 24) /* "//desk:", a name and "/enrolment" */

/* The external effects of a login before its first prompt. A login's functions
 * perform them (login.h); those of twofactl explain change and send nothing
 * (control_inside.h), so that both run the same decisions. */

struct push;

struct verify_steps {
	/* True if the provider is passed over. This is advice: false if the
	 * state fails, as other steps deny then. */
	bool (*passed)(const struct login *, const struct provider_conf *);
	/* store_claim */
	enum store_claim (*claim)(const struct login *,
	    const struct store_key *, unsigned methods, enum method,
	    int64_t start_ms, struct store_row *);
	/* verify_end_unjoinable */
	enum verify_takeover (*end)(
	    struct verify *, const struct provider_conf *there);
	/* store_send_take */
	enum store_send (*take)(const struct login *,
	    const struct store_send_key *, int64_t *id, int64_t *wait_s,
	    const char **which);
	/* Nothing was sent for the claimed row: removes the row, if any, and
	 * its counted message unless a step has taken it. */
	void (*back)(const struct login *, const struct store_row *);
	/* verify_start */
	enum outcome (*send)(struct verify *, enum method, bool *maybe_sent);
	/* push_send */
	enum outcome (*push)(struct push *, bool *maybe_sent);
};

#endif
