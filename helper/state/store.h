/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What outlives a login: running verifications, and by the headers below all
 * the rest. Every operation is one atomic step, so that a networked store can
 * stand behind this interface later; sqlite/ is the embedded one.
 *
 * The store keeps time: durations go in, and what is left of them comes out. No
 * clock change makes a row live longer, and no row survives a reboot. A row
 * from more than 30 s in the future is dead as well (machine set back).
 *
 * One row per running verification, unique per phone number. Beside it, one
 * that is 'unknown' keeps its own provider from being asked again, not the
 * next one:
 *
 *   starting --started--> running --finish--> (gone)
 *      |  \--unsent--> (gone)  |  \--spend--> spent (kept STORE_SPENT_MS)
 *      \--unknown--> unknown   \--replace--> replacing --started--> running
 *                    (kept                        |--restore--> running
 *                     STORE_UNKNOWN_MS)           |--unsent, drop--> (gone)
 *                                                 \--unknown--> unknown
 *
 * unknown --started--> running when the reply comes late after all and nobody
 * has begun another meanwhile. A replaced code keeps the count of tries.
 */
#ifndef TWOFA_STORE_H
#define TWOFA_STORE_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/values/method.h"

#define STORE_ID_MAX 64
#define STORE_PROVIDER_MAX 32 /* longest name of a provider in the settings */
#define STORE_TYPE_MAX 32     /* longest type of a provider */
#define STORE_CLASH (-2)      /* another verification has that id or number */
#define STORE_OTHERS 2
#define STORE_SPENT_MS 60000   /* after wrong codes: no new message so long */
#define STORE_UNKNOWN_MS 60000 /* after a start without an answer */
#define STORE_CAUSE_MAX 256
#define STORE_USED_MS 600000  /* so long store_finish says so again */
#define STORE_VERIFIER_LEN 32 /* bytes that a code of our own is checked by */
#define STORE_VERIFIERS 2     /* the one before, and the newest */

struct store;
struct store_code;
struct store_counted;
struct store_right;

/* No operation of this process waits for others beyond that time
 * (frame_clock_ms); 0, as at first: there is no such time. */
void store_wait_until(int64_t deadline);

/* A host that the settings do not name, in a state of its own: another name of
 * the machine is no other host. */
#define STORE_HOST "local"
#define STORE_HOST_MAX 64 /* longest name of a host */

/* How a server is asked, where "state" names some. It and its texts must stay
 * until store_close. */
struct store_server {
	const char *ca_file;       /* who may say which server it is */
	const char *password_file; /* of this host's role, or ... */
	const char *cert_file, *key_file;
	unsigned connect_timeout_ms; /* of one server */
	unsigned timeout_ms;         /* of one call */
	bool single; /* there is no standby, and that is meant */
	/* of twofa_operator, who then asks in this host's place; NULL: this
	 * host does */
	const char *admin_password;
};

/* Whose steps these are. */
struct store_session {
	const char *host; /* NULL: STORE_HOST */
	int64_t number;   /* random (session_number.h); 0: begins nothing */
	const char *keys; /* folder of host.key, which hides numbers */
	/* of a service that is not root's, its uid: what it begins, sends and
	 * guesses counts apart (docs/state.md); 0: root's */
	int64_t socket;
	/* The file of the settings; it must stay until store_close. What a
	 * rehearsal sends, spends and guesses counts apart, for each file. It
	 * is forgotten with the first message of the same file's once that is
	 * no rehearsal. NULL: no file's. */
	const char *settings;
	bool rehearsal;
	/* The key that hides numbers in the place of host.key, HOST_KEY_LEN
	 * bytes, which must stay until store_close; NULL: none. */
	const unsigned char *fleet_key;
	const struct store_server *server; /* NULL: the state is a file */
};

/* where is what the setting "state" says: the path of a database, which the
 * helper's own uid must own, and its folder. NULL after writing the cause and
 * the remedy to cause[]. */
struct store *store_open(const char *where, const struct store_session *,
    char cause[STORE_CAUSE_MAX]);
void store_close(struct store *);
/* Nothing is asked of it for a while, since a person is: a server has others to
 * serve. */
void store_rest(struct store *);

/* Of which version the state is (0: there is none yet), and of which this
 * program makes it, or, where it is a server's, needs it at least; nothing is
 * changed. 0, or -1 with cause. */
struct store_version {
	int64_t found, ours;
};
int store_version_look(const char *where, const struct store_session *,
    struct store_version *, char cause[STORE_CAUSE_MAX]);

/* What failed last, for the log. */
const char *store_cause(const struct store *);

/* Is it host.key alone that failed? Then numbers cannot be told apart, so
 * nothing can be sent; all else works. */
bool store_keyless(const struct store *);

struct store_key {
	const char *user; /* pw_name */
	/* what a new one is asked for: E.164, address, id */
	const char *receiver;
	const char *provider; /* its name in the settings */
	const char *type;     /* of that provider */
	/* what else this user can be reached by: one of his own that runs for
	 * such is his as well; NULL: none */
	const char *other[STORE_OTHERS];
};

struct store_row {
	int64_t id;
	char request_id[STORE_ID_MAX + 1]; /* "" while starting */
	enum method method;
	int64_t age_ms;  /* of its newest message */
	int64_t left_ms; /* until our own deadline of the code; 0 or less:
			  * it has expired */
	int64_t over_ms; /* until it is over; CLAIM_SPENT: until a new one
			  * may begin */
	/* CLAIM_WAIT: number of the session that is at it. 0: it is another
	 * host's, of whose death no pid tells; time alone decides. */
	int64_t holder;
	unsigned tries;  /* wrong or undecided codes so far */
	unsigned sends;  /* messages so far */
	unsigned joined; /* sessions beside the one that started it */
	int64_t send;    /* the newest message's id in the account; 0 none */
	bool mine;       /* this session started it */
	bool apart;      /* of a service that is not root's, where this is */
	bool foreign;    /* its code is another host's own, not to be checked
			  * here */
	bool shut;       /* CLAIM_ELSEWHERE, CLAIM_UNFIT: a start of unknown
			  * fate keeps the provider shut that was claimed */
	char provider[STORE_PROVIDER_MAX + 1]; /* where it runs */
	char type[STORE_TYPE_MAX + 1]; /* of what type that was; "" not kept */
};

enum store_claim {
	CLAIM_ERROR = 0, /* store_cause tells */
	CLAIM_NEW,       /* a row 'starting' was written: send now */
	CLAIM_JOINED,    /* a running one was taken up, joined was counted */
	CLAIM_WAIT,      /* another session is starting or replacing it */
	CLAIM_UNKNOWN,   /* its start got no answer: treat as unknown fate */
	CLAIM_SPENT,     /* ended by wrong codes a moment ago */
	CLAIM_OTHER,     /* the number is in use by another user */
	CLAIM_ELSEWHERE, /* it runs at row's provider: claim it there to join */
	CLAIM_UNFIT,     /* it runs here, by a method outside the mask, with a
			  * code that has expired before its time there, or
			  * apart, or foreign: end it, then claim again */
};

/*
 * Take up or begin a verification. methods: METHOD_BITs that may be joined.
 * method: what a new one will be sent by; METHOD_NONE: none is begun, and
 * CLAIM_NEW says that none is there. start_ms: the longest that a new
 * one's start takes, and is kept with it; a row 'starting' or 'replacing' that
 * is older than its own counts as one of unknown fate, with start_ms 0 at once.
 * Expired and out-dated rows are removed first. row is filled unless the number
 * is another user's.
 */
enum store_claim store_claim(struct store *, const struct store_key *,
    unsigned methods, enum method method, int64_t start_ms, struct store_row *);

/* What came of a start, or of the message after store_replace. */
struct store_started {
	int64_t id;
	const char *request_id;
	enum method method;
	int64_t life_ms;  /* so long its code is good */
	int64_t lasts_ms; /* the provider holds it open longer; 0: as before */
	const char *number; /* it was asked for by this one; NULL: as before */
	/* of a code that is our own: what another login joins and checks it by;
	 * NULL: none is new. beside: the first one that is there stays good, a
	 * second one gives its place. */
	const unsigned char *verifier;
	bool beside;
	int64_t send;  /* the id that store_send_take gave it */
	int64_t price; /* what it has cost; 0 not known */
};

/* It was accepted now. 0, or -1: here and below also when the row is no longer
 * this session's to change. STORE_CLASH: a row that is not over has that
 * request_id or number. Then nothing was changed but the price, which is booked
 * in any case. */
int store_started(struct store *, const struct store_started *);
/* Has no other row than this one that number? 1, 0 or -1. */
int store_number_free(struct store *, int64_t id, const char *number);
/* It certainly was not sent: the row goes. */
int store_unsent(struct store *, int64_t id);
/* It may have been sent, but we hold no id. */
int store_unknown(struct store *, int64_t id);

/* Read the verifiers of the verification with this id. How many; 0: there is
 * none; -1 failed. */
int store_verifier_get(struct store *, int64_t id, const char *request_id,
    unsigned char verifier[STORE_VERIFIERS][STORE_VERIFIER_LEN]);

/* What comes of a try (store_attempt). */
enum store_try {
	TRY_ERROR = 0,
	TRY_COUNTED, /* check now, with row's id and method */
	TRY_WAIT,    /* another session is replacing it */
	TRY_EXPIRED, /* past its code's life, and lasts_ms */
	TRY_FULL,    /* as many are counted as there may be, and undecided */
	TRY_SPENT,   /* ended by wrong codes, or at the provider */
	TRY_GONE,    /* used, cancelled or replaced by a new verification */
};

/* Read a running one's row again: another session may have had its next
 * message sent. 1; 0: it is gone, or not running; -1 failed. */
int store_look(struct store *, int64_t id, struct store_row *);
/* The provider certainly did not evaluate it: the try does not count, never
 * below 0, nor does the guess that was counted with it (NULL: none was). 0 also
 * when the row is gone or has another id; -1 failed. */
int store_refund(struct store *, int64_t id, const char *request_id,
    const struct store_counted *);

/* A code that the provider called right, or a push that was approved. */
struct store_finish {
	int64_t id;
	const char *request_id;
	/* a code that the provider might accept again, used up as well
	 * (store_once.h); NULL: it is of this verification alone */
	const struct store_code *code;
	int64_t send;  /* the newest message's id in the account; 0 none */
	int64_t price; /* what that one has cost, by the reply; 0 not known */
};

/* The end of a verification, with all that a right code brings with it; its
 * messages do not count for their owner any more. 1: this session alone may
 * let in, and is told so again for STORE_USED_MS, without doing anything twice;
 * 0: another was first, or the row was replaced, or the code was used before:
 * then the row goes as well, and its messages go on counting; -1: failed,
 * nothing was changed. A row that was spent meanwhile, or is being replaced,
 * can still be taken: the try was counted before. */
int store_finish(
    struct store *, const struct store_finish *, const struct store_right *);

/* Ended by wrong codes, or used: no new one for this number for so long.
 * back: a guess that does not count, whatever became of the row; NULL: none. 1;
 * 0: the row is gone, or has another id by now; -1 failed. */
int store_spend(struct store *, int64_t id, const char *request_id, int64_t ms,
    const struct store_counted *back);
/* The provider said that it is over (denied, fraud, gone): the row goes. 0
 * also when it is not running or has another id; -1 failed. */
int store_end(struct store *, int64_t id, const char *request_id);

/* Hold the row while it is cancelled or its next message is sent. alone: only
 * when this session started it and none joined. 1 held, 0 not, -1 failed. */
int store_replace(
    struct store *, int64_t id, const char *request_id, bool alone);
/* Is the row still held by this session? A right code may have taken it
 * meanwhile. 1, 0 or -1. */
int store_holds(struct store *, int64_t id);
/* Nothing comes in the place of the row that this session replaces: it goes. 1;
 * 0: a right code has taken it meanwhile; -1 failed. */
int store_drop(struct store *, int64_t id);
/* The cancel was refused: the old code stays. */
int store_restore(struct store *, int64_t id);
/* The same for another session of this host, which has died while it held the
 * row. */
int store_restore_dead(struct store *, int64_t id, int64_t session);

#include "helper/state/store_guesses.h"
#include "helper/state/store_once.h"
#include "helper/state/store_remembered.h"
#include "helper/state/store_right.h"
#include "helper/state/store_sends.h"
#include "helper/state/store_status.h"

#endif
