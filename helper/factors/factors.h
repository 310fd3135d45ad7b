/* SPDX-License-Identifier: BSD-2-Clause */
/* The factors of a user (phone, app, push, recovery code), and the decoy, which
 * shows the same prompts. */
#ifndef TWOFA_FACTORS_H
#define TWOFA_FACTORS_H

#include "helper/verification/verification.h"

/* factors.c: a user's factors as one challenge: codes by phone or address,
 * push, authenticator app and recovery codes. It chooses the one to ask for
 * now. Its parts come first. */

/* The code of an authenticator app (app_code.c): checked here with the secret
 * in the user's record, or by the provider that has the secret. */
struct app_code {
	const struct login *login;

	const struct provider_conf *at; /* checks codes; NULL: this host */
	struct provider_call x;
	unsigned wrong;  /* wrong codes in this login */
	unsigned used;   /* codes in this login that were used before */
	int64_t clock_s; /* state's clock minus this host's clock */
	int64_t resync[USER_APPS_MAX]; /* store_app_code */
	int64_t next_s; /* STEP_USED: until the next code; 0: now */
	int64_t wait_s; /* STEP_LOCKED: until it ends; 0 until unlock */
	bool answered;  /* the provider replied, so it is reachable */
	/* why it did not say whether the last code is right, or NONE */
	enum reason unheard;
	struct store_guess_token guess; /* last counted guess */
};

/* A push (push.c): the user approves or denies in an app on the phone, and the
 * provider is polled for the answer. Only this process has the provider's id of
 * the push, so that no other login can use it. */
enum push_state {
	PUSH_NONE = 0, /* not started, or not possible */
	PUSH_OPEN,
	PUSH_APPROVED,
	PUSH_EXPIRED, /* no answer in time */
	PUSH_REFUSED, /* denied on the phone */
	PUSH_OTHER,   /* approved by another account */
	PUSH_FAILED,  /* the answer is unknown */
};

struct push {
	const struct login *login;

	struct provider_call x;
	struct store_row row;
	char name[RANDOM_NAME_LEN + 1];  /* our random id, stored in the row */
	char counted_as[OWNER_PUSH_MAX]; /* by the limits, and in the row */
	enum push_state state;
	enum reason why;     /* why no push is open, for the log */
	bool outage;         /* all push providers are out of reach */
	bool unasked;        /* a failure is not known to be an outage */
	bool unheard;        /* PUSH_FAILED: no usable reply at the deadline */
	bool invited;        /* held back: an invitation is open */
	bool others;         /* a code can be asked for instead */
	int64_t send;        /* id of the counted message; 0: not counted */
	bool maybe_sent;     /* by one of the providers: it stays counted */
	bool early;          /* push_poll() found no answer yet */
	bool decoy;          /* nothing was sent: push_begin_decoy() */
	int64_t began, ends; /* login_now_ms */
	int64_t due;         /* time of the next poll */
	int64_t wait_ms;     /* between polls, if the provider says; else 0 */
	/* METHOD_PAGE: what the user opens and types there; else "" */
	char page[PROVIDER_PAGE_MAX + 1], user_code[PROVIDER_USER_CODE_MAX + 1];
	int64_t wait_s;                 /* STEP_LOCKED */
	struct store_guess_token guess; /* PUSH_OTHER: counted for it */
};

struct factors {
	const struct login *login;

	struct verify verify;
	struct challenge phone; /* verify's; a decoy's for a hidden lock */
	struct push push;
	struct app_code app;
	bool phone_open; /* has begun and can continue */
	/* available factors; push is true even if none can be started now */
	struct factor_choice ways;
	bool pushed;      /* a push was tried; one per login */
	bool by_key;      /* the push was asked for by key p, */
	enum method from; /* at the prompt of this method */
	/* METHOD_PUSH, METHOD_TOTP, METHOD_RECOVERY; NONE for the phone */
	enum method active;
	bool reached; /* not all providers are known to be out of reach */
	bool locked;
	bool refused;     /* the lock is due to a denial on the phone */
	bool untold;      /* concealed lock, or a decoy user */
	bool lock_told;   /* a lock that began in this login is logged */
	int64_t locked_s; /* 0: until twofactl unlock */
	enum ending why;  /* why the phone has failed */
};

/* Returns the method to ask for first, or METHOD_NONE for the phone, given the
 * number of recovery codes left. */
enum method factors_first_asked(const struct login *, unsigned recovery_left);

/* The caller has set login, and its batch has run (verify_batch_run). */
void factors_init(struct factors *, struct challenge *);

/* True if the lock is concealed: the caller then puts a decoy into phone. */
bool factors_lock_is_hidden(const struct factors *);

/* push.c: pushes, for a login and for twofactl explain. */

/* Fills store_begin's candidates and message for a first push. store_begin then
 * points to counted_as. */
void push_fill_begin(const struct login *, char counted_as[OWNER_PUSH_MAX],
    struct store_begin *);

/* Sends a push by the first provider that accepts it. login and others are set.
 * Returns ASK, INSTEAD if no push was sent (see why), or DENY. */
enum challenge_step push_begin(struct push *);

/* For the end of a login: a page that is still open cannot be redeemed any
 * more, so the user may be asked again at once. */
void push_end(struct push *);

/* Sends the push by x's provider, for the row that this session holds. Returns
 * OK if it is open and stored, or DENY with the result set if it could not be
 * stored. Any other failure is stored; a push known to be unsent is refunded.
 */
enum outcome push_send(struct push *, bool *maybe_sent);

/* field_login.c: a login without prompts: the text after the password (wire.h)
 * has everything. It is one code, which is checked by every factor that it
 * fits, or the request for one message or one push. */

/* Runs the login, by prompts or without. Fills the result; only a step RIGHT or
 * ADMIT allows. Denials without prompts are VERDICT_DENY; the log has the
 * reason. */
void factors_run(struct factors *, const struct challenge *);

/* Used by a login and by `twofactl explain`. */

/* Returns the method for SMS and CALL, METHOD_NONE for all others. */
enum method field_login_method(enum one_field);
/* True if a code can be sent by this method. */
bool field_login_may_send(const struct factors *, enum method);
/* Sends a new code by this method only. Returns a step as phone.begin does. */
enum challenge_step field_login_send_code(struct factors *, enum method);
/* Decides a login that reached no provider of this method: ADMIT, or another
 * step. */
enum challenge_step field_login_outage(struct factors *, enum method);

/*
 * decoy.c: for a login whose first factor is not verified, or a user without a
 * record. It has the same prompts and the same times, but on its own it sends
 * nothing, counts nothing and accepts no code. It depends on HMAC(host.key,
 * name), the files latency and shape, and settings only. It replaces the phone;
 * factors.c does the rest.
 */

struct decoy {
	const struct login *login;
	struct login quiet; /* copy of login for real: logs and shows nothing */
	struct challenge real;         /* runs hidden; ctx NULL: nothing runs */
	const struct provider_conf *p; /* its prompts are shown; or NULL */
	struct verify *twin;           /* the one replaced, or NULL */
	bool unreachable;              /* no provider can send to this record */
	/* derived from the name */
	char phone[USER_PHONES_MAX][PHONE_MAX + 1];
	size_t phone_at; /* of the number that is shown */
	char number[PHONE_MASK], address[EMAIL_MASK];
	enum method method;
	unsigned methods; /* methods that the prompts offer */
	unsigned tries, limit;
	unsigned there; /* tries of the verification at the vendor */
	int64_t sent_at, expires_at;
	unsigned sends;
	bool same_code; /* the newest message repeated the code */
	bool renewed;   /* the code has expired once */
};

/* Sets the prompts to those of this record, with the provider that would be
 * asked first and its methods. */
void decoy_set_prompts(struct decoy *, const struct user_record *,
    const struct provider_conf *, unsigned methods);

/* Runs the real challenge hidden: a right code there is right here. Its other
 * results are not shown. The caller has set the decoy's verify. */
void decoy_set_hidden(struct decoy *, const struct challenge *);

/* Derives the decoy from the typed name, which is not looked up. Returns 0, or
 * -1 after a log line if the host key is missing: the caller then denies. */
int decoy_init(struct decoy *, const struct login *, struct challenge *);

/* Runs a decoy's whole login, for a record of the host's usual shape. decision
 * has the methods that a rule allows; of has the environment, decoy_store,
 * offline and result. Fills the result. */
void decoy_login(const struct login *of, const struct decision *);

#endif
