/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What outlives a login: running verifications, and in the headers below all
 * the rest. Every operation is one atomic step, so that an engine may be a file
 * or a server; sqlite/ is the embedded one.
 *
 * The store keeps time: callers give durations and get the time that is left.
 * No clock change makes a row live longer, and no row survives a reboot. A row
 * from more than 30 s in the future is dead as well (the clock was set back).
 *
 * One row for each running verification, unique for each phone number. Besides,
 * an 'unknown' one keeps its own provider, but not the next one, from being
 * asked again:
 *
 *   starting --started--> running --finish--> (gone)
 *      |  \--unsent--> (gone)  |  \--spend--> spent (kept STORE_SPENT_MS)
 *      \--unknown--> unknown   \--replace--> replacing --started--> running
 *                    (kept                        |--restore--> running
 *                     STORE_UNKNOWN_MS)           |--unsent, drop--> (gone)
 *                                                 \--unknown--> unknown
 *
 * unknown --started--> running when the reply comes late and no other one was
 * started meanwhile. A replaced code keeps the count of tries.
 */
#ifndef TWOFA_STORE_H
#define TWOFA_STORE_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/values/values.h"

#define STORE_ID_MAX 64
#define STORE_PROVIDER_MAX 32 /* longest name of a provider in the settings */
#define STORE_TYPE_MAX 32     /* longest type of a provider */
#define STORE_CLASH (-2)      /* another verification has that id or number */
#define STORE_JOIN (-3)       /* the user's own has it: join that one */
#define STORE_OTHERS 2
#define STORE_SPENT_MS 60000   /* no message after wrong codes */
#define STORE_UNKNOWN_MS 60000 /* after a start without an answer */
#define STORE_CAUSE_MAX 256
#define STORE_CODE_DIGEST 32  /* of a TOTP secret, or of a code */
#define STORE_USED_MS 600000  /* store_finish repeats its answer */
#define STORE_VERIFIER_LEN 32 /* bytes of our own code's verifier */
#define STORE_VERIFIERS 2     /* the one before, and the newest */

struct store;
struct store_code;
struct store_counted;
struct store_right;

/* No operation of this process waits for others beyond this time
 * (frame_clock_ms); 0, the default: no limit. */
void store_wait_until(int64_t deadline);
/* What this process is called (session_number.h), by which others see that it
 * has died while it was starting something. 0, the default: by its session's
 * number. */
void store_process_is(int64_t process);

/* The name of a host without a name in the settings: so the machine may be
 * renamed. */
#define STORE_HOST "local"
#define STORE_HOST_MAX 64 /* longest name of a host */

/* How to ask a server, if "state" names some. It and its texts must stay until
 * store_close. */
struct store_server {
	const char *ca_file;       /* checks the server's certificate */
	const char *password_file; /* of this host's role, or ... */
	const char *cert_file, *key_file;
	unsigned connect_timeout_ms; /* of one server */
	unsigned timeout_ms;         /* of one call */
	bool single; /* it is intended that there is no standby */
	/* of twofa_operator, which is then used instead of this host's role;
	 * NULL: not used */
	const char *admin_password;
};

/* The session whose steps these are. */
struct store_session {
	const char *host; /* NULL: STORE_HOST */
	int64_t number;   /* random (session_number.h); 0: starts nothing */
	const char *keys; /* folder of host.key, which hides numbers */
	/* the uid of a service that is not root's: what it starts, sends and
	 * guesses counts separately (docs/state.md); 0: root's */
	int64_t socket;
	/* The file of the settings; must stay until store_close. A rehearsal's
	 * messages, money and guesses count separately for each file; they are
	 * forgotten with the first message of the same file once it is no
	 * rehearsal. NULL: no file. */
	const char *settings;
	bool rehearsal;
	/* The key that hides numbers instead of host.key, HOST_KEY_LEN bytes,
	 * must stay until store_close; NULL: none. */
	const unsigned char *fleet_key;
	const struct store_server *server; /* NULL: the state is a file */
};

/* where is the value of "state": the path of a database, which must belong to
 * the helper's uid, with its folder. NULL after writing cause and remedy to
 * cause[]. */
struct store *store_open(const char *where, const struct store_session *,
    char cause[STORE_CAUSE_MAX]);
void store_close(struct store *);
/* A person is being asked: the store is not used for a while, so a server can
 * serve others. */
void store_rest(struct store *);

/* The state's version (0: there is none yet), and the version that this program
 * upgrades it to or, for a server's state, needs at least. Nothing is changed.
 * 0, or -1 with cause. */
struct store_version {
	int64_t found, ours;
};
int store_version_look(const char *where, const struct store_session *,
    struct store_version *, char cause[STORE_CAUSE_MAX]);

/* The last error, for the log. */
const char *store_cause(const struct store *);

/* How it failed. */
enum store_failure {
	STORE_FAILED_OTHERWISE = 0, /* as a file does, always: denied */
	/* No server can be reached, or each one only reads now: nothing can
	 * have been done. */
	STORE_OUTAGE,
	STORE_BUSY,     /* too much at once, for longer than it was tried */
	STORE_UNKNOWN,  /* it may have been done, or not */
	STORE_SETTINGS, /* a password, certificate, schema or right is wrong */
};
/* That failed last; NULL: the last store_open of this process. */
enum store_failure store_failure(const struct store *);

/* Did only host.key fail? Then numbers cannot be looked up and nothing can be
 * sent; everything else works. */
bool store_keyless(const struct store *);

/* Ends the name under which twofactl enrols a user: no user name contains one
 * slash alone. A login may end what is begun so at its number, and never joins
 * it. */
#define STORE_ENROLMENT "/enrolment"

struct store_key {
	const char *user; /* pw_name */
	/* where a new one is sent: E.164, address, id */
	const char *receiver;
	const char *provider; /* its name in the settings */
	const char *type;     /* of that provider */
	/* other receivers of this user, whose verifications count as his; NULL:
	 * none */
	const char *other[STORE_OTHERS];
};

struct store_row {
	int64_t id;
	char request_id[STORE_ID_MAX + 1]; /* "" while starting */
	enum method method;
	int64_t age_ms; /* of its newest message */
	/* until our own deadline for the code; 0 or less: it has expired */
	int64_t left_ms;
	/* until it is over; CLAIM_SPENT: until a new one may start */
	int64_t over_ms;
	/* CLAIM_WAIT: the process that holds it (store_process_is). 0: one of
	 * another host, whose death cannot be seen; only time decides. */
	int64_t holder;
	unsigned tries;  /* wrong or undecided codes so far */
	unsigned sends;  /* messages so far */
	unsigned joined; /* sessions beside the one that started it */
	int64_t send;    /* the newest message's id in the account; 0 none */
	bool mine;       /* this session started it */
	/* of a service that is not root's, where this is; or of an enrolment,
	 * where this is none, or one of another name */
	bool apart;
	/* another host began or last changed it (a file: an own code of one):
	 * claim_key_foreign says whether it may be used here */
	bool foreign;
	/* CLAIM_ELSEWHERE, CLAIM_UNFIT: the claimed provider is blocked by a
	 * start of unknown fate */
	bool shut;
	char provider[STORE_PROVIDER_MAX + 1]; /* its provider */
	char type[STORE_TYPE_MAX + 1]; /* that provider's type; "" unknown */
};

enum store_claim {
	CLAIM_ERROR = 0, /* see store_cause */
	CLAIM_NEW,       /* a row 'starting' was written: send now */
	CLAIM_JOINED,    /* a running one was joined and counted */
	CLAIM_WAIT,      /* another session is starting or replacing it */
	CLAIM_UNKNOWN,   /* its start got no answer: treat as unknown fate */
	CLAIM_SPENT,     /* ended by wrong codes a moment ago */
	CLAIM_OTHER,     /* the number is in use by another user */
	CLAIM_ELSEWHERE, /* it runs at row's provider: claim it there to join */
	/* it runs here, but cannot be joined: by a method outside the mask,
	 * expired before its time there, apart, or foreign; end it, then claim
	 * again */
	CLAIM_UNFIT,
};

/*
 * Join or start a verification. methods: METHOD_BITs that may be joined.
 * method: for a new one; METHOD_NONE: start none, and CLAIM_NEW says that there
 * is none. start_ms: the longest time of a new one's start, which is stored
 * with it; a row 'starting' or 'replacing' for longer than its own time counts
 * as one of unknown fate, with start_ms 0 at once. Expired and outdated rows
 * are removed first. row is filled unless the number is another user's.
 */
enum store_claim store_claim(struct store *, const struct store_key *,
    unsigned methods, enum method method, int64_t start_ms, struct store_row *);

/* The result of a start, or of the message after store_replace. */
struct store_started {
	int64_t id;
	const char *request_id;
	enum method method;
	int64_t life_ms;    /* how long its code is valid */
	int64_t lasts_ms;   /* open there for longer; 0: as before */
	const char *number; /* its number; NULL: as before */
	/* for our own code: what another login joins it and checks codes with;
	 * NULL: no new one. beside: the first one stays valid too; a second one
	 * is replaced. */
	const unsigned char *verifier;
	bool beside;
	int64_t send;  /* the message's id from store_send_take */
	int64_t price; /* its price; 0 unknown */
};

/* It was accepted now. 0, or -1: here and below also when the row no longer
 * belongs to this session. STORE_CLASH: a live row has that request_id or
 * number. Then nothing is changed except the price, which is always booked.
 * STORE_JOIN: it is one of this user's, whose number was known by another key
 * of the fleet. It has this one's number now, which is gone: claim it. */
int store_started(struct store *, const struct store_started *);
/* Is this the only row with that number? 1, 0 or -1. */
int store_number_free(struct store *, int64_t id, const char *number);
/* It was surely not sent: remove the row. */
int store_unsent(struct store *, int64_t id);
/* It may have been sent, but we have no id. */
int store_unknown(struct store *, int64_t id);

/* Read the verifiers of the verification with this id. Their number; 0: none;
 * -1 failed. */
int store_verifier_get(struct store *, int64_t id, const char *request_id,
    unsigned char verifier[STORE_VERIFIERS][STORE_VERIFIER_LEN]);

/* The result of a try (store_attempt). */
enum store_try {
	TRY_ERROR = 0,
	TRY_COUNTED, /* check now, with row's id and method */
	TRY_WAIT,    /* another session is replacing it */
	TRY_EXPIRED, /* after its code's life and lasts_ms */
	TRY_FULL,    /* all tries are in use and undecided */
	TRY_SPENT,   /* ended by wrong codes, or at the provider */
	TRY_GONE,    /* used, cancelled or replaced by a new verification */
};

/* Read a running row again: another session may have sent its next message. 1;
 * 0: it is gone, or not running; -1 failed. */
int store_look(struct store *, int64_t id, struct store_row *);
/* The provider surely did not check it: take back the try, never below 0, and
 * the guess counted with it (NULL: none). 0 also when the row is gone or has
 * another id; -1 failed. */
int store_refund(struct store *, int64_t id, const char *request_id,
    const struct store_counted *);

/* A code that the provider accepted, or an approved push. */
struct store_finish {
	int64_t id;
	const char *request_id;
	/* a code that the provider might accept again, used up as well
	 * (store_once.h); NULL: it is only valid for this verification */
	const struct store_code *code;
	int64_t send;  /* the newest message's id in the account; 0 none */
	int64_t price; /* the price in the reply; 0 unknown */
};

/* The end of a verification, with all effects of a right code; its messages no
 * longer count for their owner. 1: only this session may let in; a repeated
 * call gives 1 for STORE_USED_MS without further effects. 0: another session
 * was first, the row was replaced, or the code was used before: then the row is
 * removed as well, and its messages still count. -1: failed, nothing was
 * changed. A row that was spent meanwhile, or is being replaced, can still be
 * taken, because the try was counted before. */
int store_finish(
    struct store *, const struct store_finish *, const struct store_right *);

/* Ended by wrong codes, or used: no new one for this number for this time.
 * back: a guess to take back in any case; NULL: none. 1; 0: the row is gone, or
 * has another id; -1 failed. */
int store_spend(struct store *, int64_t id, const char *request_id, int64_t ms,
    const struct store_counted *back);
/* The provider says that it is over (denied, fraud, gone): remove the row. 0
 * also when it is not running or has another id; -1 failed. */
int store_end(struct store *, int64_t id, const char *request_id);

/* Hold the row while it is cancelled or its next message is sent. alone: only
 * if this session started it and no other joined. 1 held, 0 not, -1 failed. */
int store_replace(
    struct store *, int64_t id, const char *request_id, bool alone);
/* Does this session still hold the row? A right code may have taken it
 * meanwhile. 1, 0 or -1. */
int store_holds(struct store *, int64_t id);
/* This session replaces the row by nothing: remove it. 1; 0: a right code has
 * taken it meanwhile; -1 failed. */
int store_drop(struct store *, int64_t id);
/* The cancel was refused: the old code stays valid. */
int store_restore(struct store *, int64_t id);
/* The same for another session of this host that died while it held the row. */
int store_restore_dead(struct store *, int64_t id, int64_t process);

#include "helper/state/store_guesses.h"
#include "helper/state/store_once.h"
#include "helper/state/store_outage.h"
#include "helper/state/store_remembered.h"
#include "helper/state/store_right.h"
#include "helper/state/store_sends.h"
#include "helper/state/store_status.h"

#endif
