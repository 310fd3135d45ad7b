/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The factors of a user: phone, app, push, recovery code, and the decoy, which
 * looks like them.
 */
#ifndef TWOFA_FACTORS_H
#define TWOFA_FACTORS_H

#include <stdbool.h>

#include "helper/dialogue/dialogue.h"
#include "helper/providers/providers.h"
#include "helper/store/store.h"
#include "helper/verification/verification.h"
#include "lib/rules/rules.h"
#include "lib/settings/settings.h"
#include "lib/system/system.h"
#include "lib/values/values.h"
#include "lib/wire/wire.h"

/*
 * The code of an authenticator app: checked here with the secret in the user's
 * record, or by the provider that has it.
 */

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

/* login is set. Has this user an app that the rule allows, and who checks its
 * codes? */
bool app_code_init(struct app_code *);

/* Count, check and use up: RIGHT, WRONG, USED, LOCKED, DENY. */
enum challenge_step app_code_check(struct app_code *, const char *code);

/* Count a WRONG code whose guess was replaced by a later check's: false, after
 * a log line, when that failed. */
bool app_code_recount(struct app_code *);

/* The same in a decoy: any code is wrong, and no provider is asked, but it
 * takes as long. WRONG, or DENY at the limit. */
enum challenge_step app_code_decoy(struct app_code *);

unsigned app_code_length(const struct app_code *);
unsigned app_code_left(const struct app_code *);

/*
 * A push: the person approves or denies in an app on the phone, and we ask the
 * provider for the answer. Only this process has the provider's id of it, so
 * that no other login can use it.
 */

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
	char name[NONCE_LEN + 1]; /* our own name for it, in the row */
	enum push_state state;
	enum reason why; /* why there is none, for the log */
	bool outage;     /* ... because all push providers are out of reach */
	bool unasked;    /* ... and the name of one was not resolved */
	bool unheard;    /* PUSH_FAILED: there was no answer until the end */
	bool others;     /* a code can be asked for instead */
	int64_t send;    /* its number in the account; 0: not counted yet */
	bool early;      /* it was asked about, and not approved yet */
	bool decoy;      /* nothing was sent: see push_decoy */
	int64_t began, ends; /* login_now */
	int64_t due;         /* of the next poll */
	int64_t wait_s;      /* STEP_LOCKED */
};

/* The name under which a user's pushes are counted and claimed, instead of a
 * receiver; separate for services that are not root's. socket_uid: wire.h. */
#define PUSH_COUNTED_MAX (sizeof("push:sock:4294967295:") + PERSON_STATE_MAX)
void push_counted_as(
    const char *user, int64_t socket_uid, char out[PUSH_COUNTED_MAX]);

/* The provider for a first push, and the name for the count, for store_begin,
 * which points to counted_as. */
void push_candidates(const struct login *, char counted_as[PUSH_COUNTED_MAX],
    struct store_begin *);

/* login and others are set. Send a push by the first provider that accepts it:
 * ASK; INSTEAD: there is none, see why; DENY. */
enum challenge_step push_begin(struct push *);
/* Looks the same, but sends nothing and is never approved. */
enum challenge_step push_decoy(struct push *);

/* As in struct challenge. OVER: denied on the phone, or failed. */
int64_t push_tick(struct push *);

/* The result: RIGHT, once; ASK: none yet; INSTEAD: no answer in time; LOCKED;
 * DENY. */
enum challenge_step push_look(struct push *);

/* Ask once more at once. True: the person denied it, or the answer is unknown:
 * send and check nothing more. */
bool push_forbids(struct push *);

/* It can still be approved. */
bool push_waits(const struct push *);

void push_view(const struct push *, struct challenge_view *);

/* Is there time for a new one? others: as in struct push. */
bool push_in_time(const struct environment *, bool others);

/*
 * A user's factors as one challenge: codes by phone or address, push,
 * authenticator app and recovery codes; which of them can be asked for now, and
 * which one is.
 */

struct factors {
	const struct login *login;

	struct verify verify;
	struct challenge phone; /* by verify; or a decoy, for a hidden lock */
	struct push push;
	struct app_code app;
	bool phone_open; /* it has begun and can go on */
	bool use_phone, use_totp, use_recovery;
	bool use_push;
	bool pushed; /* one was tried; only one for each login */
	bool by_key; /* ... by p, from this method */
	enum method from;
	/* METHOD_PUSH, METHOD_TOTP, METHOD_RECOVERY; else the phone */
	enum method active;
	bool reached; /* no outage of all: one answered or was not asked */
	bool locked;
	bool refused;     /* the lock comes from a denial on the phone */
	bool untold;      /* the lock is hidden, or the user made up */
	int64_t locked_s; /* 0: until an admin opens it */
	bool instead;     /* the phone has failed ... */
	enum ending why;  /* ... for this reason */
};

/* What a login asks for first, or METHOD_NONE for the phone, if the user has
 * this many recovery codes. */
enum method factors_first(const struct login *, unsigned recovery_left);

/* login is set and has begun (verification.h). */
void factors_init(struct factors *, struct challenge *);

/* The same for a made-up login with a made-up record: it has no store, no code
 * is right, nothing is sent or counted. The caller puts a decoy in place of
 * phone. recovery: such a user has codes left. */
void factors_made_up(struct factors *, bool recovery, struct challenge *);

/* Locked without being told: phone gets a decoy before it begins. */
bool factors_hide_lock(const struct factors *);

/* --- between the files of this unit --- */
/* The result of the phone's or the push's step for the whole login. */
enum challenge_step factors_phone_step(struct factors *, enum challenge_step);
/* Only recovery codes are left, because of the lock in f; because of a new
 * lock. */
enum challenge_step factors_locked(struct factors *);

/* True when a push can be started now. */
bool factors_can_push(const struct factors *);

/*
 * A login without questions: everything is in the text behind the password
 * (wire.h). It is one code, which is checked wherever it can be, or the
 * request for one message or one push.
 */

/* Fills the result; only RIGHT or ADMIT allows. Every denial is VERDICT_DENY,
 * so that only the log shows the difference. */
void one_field_login(struct factors *, const struct challenge *);

/* --- what a login and `twofactl explain` ask alike --- */

/* The method for SMS and CALL; METHOD_NONE for all others. */
enum method one_field_method(enum one_field);
/* True when a code can be sent this way. */
bool one_field_reaches(const struct factors *, enum method);
/* Send a new code by this method only: as verify_open. */
enum challenge_step one_field_open(struct factors *, enum method);
/* After a step that reached no provider: is this user let in? ADMIT, or not. */
enum challenge_step one_field_outage(struct factors *);

/* Sends a push and stores the result. */

/* Send it by x's provider, for the row that this session holds. OK: it is open
 * and stored; DENY with the result set, if it could not be stored. Else the
 * failure is stored, and the push is not counted if it was surely not sent. */
enum outcome push_send(struct push *, bool *maybe_sent);

/*
 * The decoy: for somebody of whom no first factor is in evidence, or who has no
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
void decoy_disguise(struct decoy *, const struct user_record *,
    const struct provider_conf *, unsigned methods);

/* Let the twin's challenge run unseen: a right code there is right here; all
 * else that it says is not told. */
void decoy_behind(struct decoy *, const struct challenge *);

/* Made from the typed name, which is not looked up. 0, or -1 after a log line
 * when the host key is missing: then deny. */
int decoy_init(struct decoy *, const struct login *, struct challenge *);

/* A whole made-up login, by the host's shape; decision says which methods a
 * rule allows. of: whose environment, seems, offline and result hold; the
 * result is filled: denied. */
void decoy_login(const struct login *of, const struct decision *);

/*
 * A typed recovery code. The store gives salts and hashes and the comparison is
 * done here, so the code never leaves this host.
 */

/* Is it one of this user's? Then use it up. code: normalised (values.h).
 * It is not counted as a guess, because 80 bits cannot be guessed. 1: used by
 * this login, *left are left; 0: not one of them, or another login was faster;
 * -1 failed, after a log line. */
int recovery_check(const struct login *, const char *code, unsigned *left);

#endif
