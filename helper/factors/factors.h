/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The factors of a user: phone, app, push, recovery code, and the decoy, which
 * looks like them.
 */
#ifndef TWOFA_FACTORS_H
#define TWOFA_FACTORS_H

#include <stdbool.h>

#include "helper/session/session.h"
#include "helper/providers/providers.h"
#include "helper/store/store.h"
#include "helper/verification/verification.h"
#include "lib/rules/rules.h"
#include "lib/settings/settings.h"
#include "lib/system/system.h"
#include "lib/values/values.h"
#include "lib/wire/wire.h"

/*
 * factors.c: a user's factors as one challenge: codes by phone or address,
 * push, authenticator app and recovery codes; which of them can be asked for
 * now, and which one is. First its parts.
 */

/* The code of an authenticator app (app_code.c): checked here with the secret
 * in the user's record, or by the provider that has it. */
struct app_code {
	const struct login *login;

	const struct provider_conf *at; /* who checks; NULL: we do */
	struct provider_call x;
	unsigned wrong;  /* in this login */
	unsigned used;   /* in this login: used before, so not wrong */
	int64_t clock_s; /* the state's clock is so far ahead of this host's */
	int64_t next_s;  /* STEP_USED: until the next code; 0: it is there */
	int64_t wait_s;  /* STEP_LOCKED: how long; 0 until unlock */
	bool answered;   /* a provider did, so it is in reach */
	struct store_guess_token guess; /* the last one that was counted */
};

/* A push (push.c): the person approves or denies in an app on the phone, and we
 * ask the provider for the answer. Only this process has the provider's id of
 * it, so that no other login can use it. */
enum push_state {
	PUSH_NONE = 0, /* not started, or not possible */
	PUSH_OPEN,
	PUSH_APPROVED,
	PUSH_EXPIRED, /* no answer in time */
	PUSH_REFUSED, /* the person said no */
	PUSH_FAILED,  /* the answer is unknown */
};

struct push {
	const struct login *login;

	struct provider_call x;
	struct store_row row;
	char name[RANDOM_NAME_LEN + 1]; /* our own name for it, in the row */
	enum push_state state;
	enum reason why; /* why there is none, for the log */
	bool outage;     /* ... because all push providers are out of reach */
	bool unasked;    /* ... and the name of one was not resolved */
	bool unheard;    /* PUSH_FAILED: there was no answer until the end */
	bool others;     /* a code can be asked for instead */
	int64_t send;    /* its number in the account; 0: not counted yet */
	bool early;      /* it was asked about, and not approved yet */
	bool decoy;      /* nothing was sent: see push_decoy */
	int64_t began, ends; /* login_now_ms */
	int64_t due;         /* of the next poll */
	int64_t wait_s;      /* STEP_LOCKED */
};

struct factors {
	const struct login *login;

	struct verify verify;
	struct challenge phone; /* by verify; or a decoy, for a hidden lock */
	struct push push;
	struct app_code app;
	bool phone_open; /* it has begun and can go on */
	/* what the user has: push even if none can be started now; instead: the
	 * phone has failed */
	struct factor_choice ways;
	bool pushed; /* one was tried; only one for each login */
	bool by_key; /* ... by p, from this method */
	enum method from;
	/* METHOD_PUSH, METHOD_TOTP, METHOD_RECOVERY; else the phone */
	enum method active;
	bool reached; /* no outage of all: one answered or was not asked */
	bool locked;
	bool refused;     /* the lock comes from a denial on the phone */
	bool untold;      /* the lock is hidden, or the user made up */
	bool lock_told;   /* in the log: it began in this login */
	int64_t locked_s; /* 0: until an admin opens it */
	enum ending why;  /* the phone has failed: for this reason */
};

/* What a login asks for first, or METHOD_NONE for the phone, if the user has
 * this many recovery codes. */
enum method factors_first(const struct login *, unsigned recovery_left);

/* login is set and has begun (verification.h). */
void factors_init(struct factors *, struct challenge *);

/* Locked without being told: phone gets a decoy before it begins. */
bool factors_lock_is_hidden(const struct factors *);

/* push.c: what a login and twofactl ask of a push. */

/* The name under which a user's pushes are counted and claimed, instead of a
 * receiver; separate for services that are not root's. socket_uid: wire.h. */
#define PUSH_COUNTED_MAX (sizeof("push:sock:4294967295:") + OWNER_STATE_MAX)
void push_counting_name(
    const char *user, int64_t socket_uid, char out[PUSH_COUNTED_MAX]);

/* The provider for a first push, and the name for the count, for store_begin,
 * which points to counted_as. */
void push_candidates(const struct login *, char counted_as[PUSH_COUNTED_MAX],
    struct store_begin *);

/* login and others are set. Send a push by the first provider that accepts it:
 * ASK; INSTEAD: there is none, see why; DENY. */
enum challenge_step push_begin(struct push *);

/* Send it by x's provider, for the row that this session holds. OK: it is open
 * and stored; DENY with the result set, if it could not be stored. Else the
 * failure is stored, and the push is not counted if it was surely not sent. */
enum outcome push_send(struct push *, bool *maybe_sent);

/*
 * field_login.c: a login without questions: everything is in the text
 * behind the password (wire.h). It is one code, which is checked wherever it
 * can be, or the request for one message or one push.
 */

/* Fills the result; only RIGHT or ADMIT allows. Every denial is VERDICT_DENY,
 * so that only the log shows the difference. */
void field_login(struct factors *, const struct challenge *);

/* What a login and `twofactl explain` ask alike. */

/* The method for SMS and CALL; METHOD_NONE for all others. */
enum method field_login_method(enum one_field);
/* True when a code can be sent this way. */
bool field_login_may_send(const struct factors *, enum method);
/* Send a new code by this method only: as verify_open. */
enum challenge_step field_login_open(struct factors *, enum method);
/* After a step that reached no provider: is this user let in? ADMIT, or not. */
enum challenge_step field_login_outage(struct factors *);

/*
 * decoy.c: for somebody of whom no first factor is in evidence, or who has no
 * record. Same prompts, same times, nothing sent, nothing counted, always
 * denied. Made from HMAC(host.key, name), the files latency and shape, and
 * settings alone. It plays the phone's part; factors.c plays the rest.
 */

struct decoy {
	const struct login *login;
	struct login quiet;            /* the same for what runs behind it */
	struct challenge real;         /* ctx NULL: nothing runs behind it */
	const struct provider_conf *p; /* whose prompts it shows; NULL none */
	struct verify *twin;           /* whose part it plays; NULL: none */
	bool unreachable; /* no provider would send this record a code */
	char phone[PHONE_MAX + 1]; /* made up */
	char number[PHONE_MASK], address[EMAIL_MASK];
	enum method method;
	unsigned methods; /* the methods that it claims to have */
	unsigned tries, limit;
	unsigned there; /* tries of the verification that the vendor has */
	struct latency_span start, check;
	int64_t sent_at, expires_at;
	unsigned sends;
	bool same_code; /* the newest message repeated the code */
	bool renewed;   /* it has expired once */
};

/* Shows the prompts of this record, for the provider that would be asked first
 * and its methods. */
void decoy_set_prompts(struct decoy *, const struct user_record *,
    const struct provider_conf *, unsigned methods);

/* Let the twin's challenge run unseen: a right code there is right here; all
 * else that it says is not told. */
void decoy_set_hidden(struct decoy *, const struct challenge *);

/* Made from the typed name, which is not looked up. 0, or -1 after a log line
 * when the host key is missing: then deny. */
int decoy_init(struct decoy *, const struct login *, struct challenge *);

/* A whole made-up login, by the host's shape; decision says which methods a
 * rule allows. of: whose environment, seems, offline and result hold; the
 * result is filled: denied. */
void decoy_login(const struct login *of, const struct decision *);

#endif
