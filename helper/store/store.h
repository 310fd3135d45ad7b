/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What outlives a login. Every operation is one atomic step, so that an engine
 * may be a file (sqlite/) or a server; store_backend.h is for engines,
 * store_fleet.h for what only a fleet asks.
 *
 * The store keeps time: callers give durations and get the time that is left.
 * No clock change makes a row live longer, and no row survives a reboot. A row
 * from more than 30 s in the future is dead as well (the clock was set back).
 */
#ifndef TWOFA_STORE_H
#define TWOFA_STORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "lib/values/values.h"

/* store_process.c: what a session and its process are called in the store. */

/* 63 random bits: who knows them is that session. -1 with errno: there are
 * no random bytes. */
int64_t store_session_id_new(void);

/* This process: pid, pid namespace and 25 random bits, because a pid is used
 * again. So others need not wait for a helper that was killed during a start.
 * -1 with errno as above. */
int64_t store_session_process(void);

/* The same for a copy of the listening helper that this process serves. */
int64_t store_session_process_of(pid_t pid);

/* True when that process has surely ended. False where that cannot be seen, for
 * example from another container that shares the state: then its row lasts as
 * long as a start can. */
bool store_session_process_is_dead(int64_t process);

/* No operation of this process waits for others beyond this time
 * (frame_clock_ms); 0, the default: no limit. */
void store_set_deadline(int64_t deadline);
/* What this process is called (store_session_process), by which others see that
 * it has died while it was starting something. 0, the default: by its session's
 * number. */
void store_set_process(int64_t process);

/* store.c: the state, opened; it passes all that follows on to its engine. */

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
	int64_t number;   /* store_session_id_new; 0: starts nothing */
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

#define STORE_CAUSE_MAX 256

struct store;
struct settings;

/* where is the value of "state": the path of a database, which must belong to
 * the helper's uid, with its folder. NULL after writing cause and remedy to
 * cause[]. */
struct store *store_open(const char *where, const struct store_session *,
    char cause[STORE_CAUSE_MAX]);
void store_close(struct store *);
/* The store is not used for a while, because a person is being asked: a server
 * can serve others, a file is tidied. */
void store_idle(struct store *);

/* Whose login this is, and what it keeps: said once, before store_begin. All
 * further steps are about this user alone. */
struct store_bound {
	const char *user;    /* as in all steps below */
	const char *source;  /* values.h */
	const char *service; /* struct store_right; NULL: no success is noted */
	/* what a right code has it remembered by; NULL: nothing */
	const unsigned char *binding;
	int64_t remember_s;
	const char *remembered_as;
	const char *account; /* store_guess_account; NULL: not shared */
	const char *like; /* whose prompts a made-up person gets; NULL: real */
	/* struct store_send_key: of its messages */
	const char *sent_from;
	bool office;
	/* where its messages may go: phone, email, push_identity, push_factor,
	 * totp_factor, authy_id and receiver of the record; "": none */
#define STORE_RECEIVERS 7
	const char *receiver[STORE_RECEIVERS];
};
/* 0, or -1: see store_cause. */
int store_bind(struct store *, const struct store_bound *);
/* Are its steps done by the state keeper (broker.h)? NULL has none: true. */
bool store_is_brokered(const struct store *);

/* The state's version (0: there is none yet), and the version that this program
 * upgrades it to or, for a server's state, needs at least. */
struct store_version {
	int64_t found, ours;
};

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
bool store_is_keyless(const struct store *);

/*
 * Verifications. One row for each running one, unique for each phone number.
 * Besides, an 'unknown' one keeps its own provider, but not the next one, from
 * being asked again:
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

#define STORE_ID_MAX 64
#define STORE_PROVIDER_MAX 32 /* longest name of a provider in the settings */
#define STORE_TYPE_MAX 32     /* longest type of a provider */
#define STORE_OTHERS 2
#define STORE_SPENT_MS 60000   /* no message after wrong codes */
#define STORE_UNKNOWN_MS 60000 /* after a start without an answer */

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
	/* CLAIM_WAIT: the process that holds it (store_set_process). 0: one of
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
	 * verify_key_is_foreign says whether it may be used here */
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

/* Join or start a verification. methods: METHOD_BITs that may be joined.
 * method: for a new one; METHOD_NONE: start none, and CLAIM_NEW says that there
 * is none. start_ms: the longest time of a new one's start, which is stored
 * with it; a row 'starting' or 'replacing' for longer than its own time counts
 * as one of unknown fate, with start_ms 0 at once. Expired and outdated rows
 * are removed first. row is filled unless the number is another user's. */
struct store_candidate {
	struct store_key key;
	unsigned methods;
	enum method method;
	int64_t start_ms;
};
/* look: for a session that does not exist yet; the step is taken back. */
enum store_claim store_claim_as(struct store *, const struct store_candidate *,
    bool look, struct store_row *);
enum store_claim store_claim(struct store *, const struct store_key *,
    unsigned methods, enum method method, int64_t start_ms, struct store_row *);
enum store_claim store_claim_dry_run(struct store *, const struct store_key *,
    unsigned methods, int64_t start_ms, struct store_row *);

#define STORE_CLASH (-2)      /* another verification has that id or number */
#define STORE_JOIN (-3)       /* the user's own has it: join that one */
#define STORE_VERIFIER_LEN 32 /* bytes of our own code's verifier */
#define STORE_VERIFIERS 2     /* the one before, and the newest */

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
int store_number_is_unclaimed(struct store *, int64_t id, const char *number);
/* It was surely not sent: remove the row. */
int store_unsent(struct store *, int64_t id);
/* It may have been sent, but we have no id. */
int store_unknown(struct store *, int64_t id);

/* Read the verifiers of the verification with this id. Their number; 0: none;
 * -1 failed. */
int store_verifier_get(struct store *, int64_t id, const char *request_id,
    unsigned char verifier[STORE_VERIFIERS][STORE_VERIFIER_LEN]);

struct store_counted;

/* Read a running row again: another session may have sent its next message. 1;
 * 0: it is gone, or not running; -1 failed. */
int store_look(struct store *, int64_t id, struct store_row *);
/* The provider surely did not check it: take back the try, never below 0, and
 * the guess counted with it (NULL: none). 0 also when the row is gone or has
 * another id; -1 failed. */
int store_refund(struct store *, int64_t id, const char *request_id,
    const struct store_counted *);

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

/*
 * Messages: who asked for how many, and what they cost.
 *
 * Limits hold over days and reboots. After the clock was set back, entries in
 * its future count as made now: none is lost, and none lasts longer than its
 * window. What was answered rightly (store_finish) no longer counts for user,
 * source and host.
 *
 * A message for a service that is not root's (store_session.socket) counts in
 * other_hour of its source, and in the limits of number, host, fleet and money;
 * but not in those of the user, so that root's services keep theirs.
 */

/* Each user who answered rightly from a source within this time raises its
 * limit by so much, up to this; a user counts at so many sources. */
#define STORE_ANSWERED_S 2592000
#define STORE_ANSWERED_SOURCES 20
#define STORE_SOURCE_EACH 5
#define STORE_SOURCE_MOST 300

/* A message to the login's next provider after one that the provider before may
 * have sent. The limits of user and number let it pass, because that one may
 * have been the last allowed. */
enum store_carried {
	CARRIED_NOT = 0,
	CARRIED_BESIDE,  /* no answer: both may arrive, and both count */
	CARRIED_INSTEAD, /* "out of order": user and number pay for one */
};

struct store_send_key {
	const char *user;       /* pw_name */
	const char *counted_as; /* E.164, an address or "push:USER" */
	/* values.h: a network, or a local uid; "": unknown, so no limit
	 * per source applies */
	const char *source;
	/* It costs nothing, and counts in push_hour instead of user_hour,
	 * user_day and number_day. */
	bool push;
	enum store_carried carried;
	bool office; /* from one of office_networks: office_hour is its limit */
};

enum store_send {
	SEND_ERROR = 0,
	SEND_TAKEN, /* counted; *id names it */
	SEND_WAIT,  /* a limit is reached; *wait_s and *which are set */
};

/* Count one message in all limits, or in none; look: or only say so. which: the
 * key in twofa.conf of the limit that lasts longest, a constant. */
enum store_send store_send_as(struct store *, const struct store_send_key *,
    const struct limits_of_sends *, bool look, int64_t *id, int64_t *wait_s,
    const char **which);
#define store_send_take(s, key, limits, id, wait_s, which)                     \
	store_send_as(s, key, limits, false, id, wait_s, which)
#define store_send_look(s, key, limits, wait_s, which)                         \
	store_send_as(s, key, limits, true, &(int64_t){ 0 }, wait_s, which)

/* The message was surely not sent. 0 or -1. */
int store_send_refund(struct store *, int64_t id);

/*
 * Wrong codes, over all services, providers, methods and processes. After the
 * clock was set back, a lock lasts for its full time from now. A service that
 * is not root's (store_session.socket) has its own rows: a lock of the user
 * over all sources holds there as well, but guesses there neither count in that
 * total nor clear it.
 */

/* What one count has changed, so that exactly that can be taken back: nothing
 * that a right code has cleared since, and no later lock. series and lock
 * identify it; only the store uses them. */
struct store_guess_token {
	bool counted, locked_source, locked_total, locked_account;
	int64_t series_source, series_total, series_account;
	int64_t lock_source, lock_total, lock_account;
	bool alone; /* over host_hour: it counts for this host alone */
};

/* A guess that was counted. */
struct store_counted {
	const char *user, *source;
	const struct store_guess_token *token;
};

enum store_guess {
	GUESS_ERROR = 0,
	GUESS_OPEN,       /* counted: check the code now */
	GUESS_LOCKED,     /* not counted; *wait_s until the lock ends */
	GUESS_LOCKED_OUT, /* 100 without a right one: locked until unlock */
};

/* Count a guess before its code is checked. The guess that reaches a limit is
 * still checked, and locks afterwards; after a lock has ended, each further one
 * locks again for twice the time. With any number of processes, no more guesses
 * than the limit come out as GUESS_OPEN without a right code between them.
 * source is not "". */
enum store_guess store_guess_take(struct store *, const char *user,
    const char *source, const struct limits_of_guesses *,
    struct store_guess_token *, int64_t *wait_s);

/* The same without counting. A lock from the clock's future begins now, so that
 * it ends even without further guesses; otherwise nothing is written. refused:
 * is the present lock of this user at this source from a denial
 * (store_refuse)? NULL: not asked. */
enum store_guess store_guess_look(struct store *, const char *user,
    const char *source, int64_t *wait_s, bool *refused);

/* The user denied a push on the phone: lock the user at this source for at
 * least this time, as after wrong codes; the lock ends like any other. In the
 * same step the user's remembered logins are forgotten and the push's row is
 * removed. 0 or -1. */
struct store_refusal {
	const char *user, *source;
	int64_t seconds;
	int64_t id; /* of the push */
	const char *request_id;
};
int store_refuse(struct store *, const struct store_refusal *);

/* The code was surely not checked: take back this count, once. 0 or -1. */
int store_guess_refund(struct store *, const struct store_counted *);

/* Set this source and the total back to 0, as after a right code. 0 or -1. */
int store_guess_right(struct store *, const char *user, const char *source);

/* A shared account. Unknown names at its prompt are counted and locked like
 * those of its people, each separately while there are few: many tries must not
 * fill the disk. */

#define STORE_ACCOUNT_MAX 64 /* longest name of a shared account */
#define STORE_DECOYS_MAX 100 /* for each account */
#define STORE_DECOY_S 86400  /* how long one is remembered */

/* From now on the user is one of the people of this account, named at the
 * prompt. The account's total is counted, locks and is cleared together with
 * the person's own; at a service that is not root's it only locks. */
void store_guess_account(struct store *, const char *account);

/* Note this name, known or not, which begins with shared. 1: there are few; 0:
 * with it there are STORE_DECOYS_MAX or more of the last day, so this login
 * may keep nothing under an unknown one; -1 failed. */
int store_decoy(struct store *, const char *own, const char *shared);

/*
 * How a login begins: everything that it asks the state before its first
 * prompt. Everything after the first line is one atomic step:
 *
 *   remembered   if so, nothing else is done
 *   locked       if so, nothing is claimed; recovery codes are counted
 *   claimed      the first candidate that is not passed over (store_claim)
 *   counted      the message of a new one (store_send_take); if a limit is
 *                reached, there is neither a row nor a message
 */

#define STORE_CANDIDATES_MAX 8

struct store_begin {
	const char *user, *source;
	/* The binding of a remembered login, STORE_REMEMBERED_LEN bytes; NULL:
	 * this login cannot be remembered. */
	const unsigned char *binding;
	const char *remembered_as; /* as in store_right; NULL: the user */
	/* In the order to ask; those that are passed over come last. 0: no
	 * message comes first, and nothing is written. */
	size_t count;
	struct store_candidate candidate[STORE_CANDIDATES_MAX];
	/* The message; ignored without candidates. */
	struct store_send_key message;
	const struct limits_of_sends *limits;
	/* What other hosts' wrong codes lock here; NULL: not asked for. */
	const struct limits_of_guesses *guesses;
};

struct store_begun {
	bool remembered;        /* true: nothing else is filled in */
	unsigned recovery_left; /* without any: those with an end */
	enum store_guess
	    lock;       /* OPEN, LOCKED or SHUT, as of store_guess_look */
	int64_t lock_s; /* LOCKED: until it ends */
	bool refused;   /* LOCKED: a denial on the phone made the lock */
	/* One of the candidates was claimed, with any result. False for a
	 * locked user, and where numbers cannot be looked up (see
	 * store_is_keyless and store_cause). */
	bool chosen;
	bool passed[STORE_CANDIDATES_MAX]; /* out of reach a moment ago */
	size_t at;                         /* which candidate */
	enum store_claim claim;
	struct store_row row;
	/* CLAIM_NEW: was the message counted? SEND_WAIT: nothing was inserted,
	 * row.id is 0. */
	enum store_send sent;
	int64_t send, wait_s; /* as from store_send_take */
	const char *which;
};

/* 0; or -1, and nothing is answered, inserted or counted. The caller must send
 * what was inserted and counted, or give it back (store_unsent,
 * store_send_refund). */
int store_begin(
    struct store *, const struct store_begin *, struct store_begun *);

/* The same answers without any change: no row, no count, no repair. */
int store_begin_dry_run(
    struct store *, const struct store_begin *, struct store_begun *);
int store_begin_as(struct store *, const struct store_begin *, bool look,
    struct store_begun *);

/*
 * A try of a phone's code counts as a guess of the user and as a try of its
 * verification, in one atomic step that waits for the disk once.
 */

/* The result of a try. */
enum store_try {
	TRY_ERROR = 0,
	TRY_COUNTED, /* check now, with row's id and method */
	TRY_WAIT,    /* another session is replacing it */
	TRY_EXPIRED, /* after its code's life and lasts_ms */
	TRY_FULL,    /* all tries are in use and undecided */
	TRY_SPENT,   /* ended by wrong codes, or at the provider */
	TRY_GONE,    /* used, cancelled or replaced by a new verification */
};

struct store_attempt {
	/* the guess, as in store_guess_take */
	const char *user, *source;
	const struct limits_of_guesses *limits;
	/* the verification */
	int64_t id;
	unsigned tries; /* the most tries */
	/* an earlier guess for the same code, or NULL: this one replaces it, so
	 * that the first cannot lock out the second; if this one is not
	 * counted, the earlier one stays */
	const struct store_counted *back;
};

struct store_attempted {
	enum store_guess guess;
	struct store_guess_token token;
	int64_t wait_s;
	/* Set when the guess is GUESS_OPEN; else TRY_ERROR, and row is
	 * empty. */
	enum store_try tried;
	struct store_row row;
};

/* true: both are counted, check the code now. false: neither is, and out says
 * why: the guess when it is not GUESS_OPEN, else the try. */
bool store_attempt(
    struct store *, const struct store_attempt *, struct store_attempted *out);

/*
 * The effects of a right code. Each step that uses up a code (store_finish,
 * store_totp_attempt, store_code_claim, store_recovery_claim) does all of this
 * together with it, or nothing. So a login that is let in always has its wrong
 * codes cleared, is noted and is remembered, and none of this happens without
 * the code.
 *
 *   wrong codes   of this user at this source and over all sources are set
 *                 to 0. A recovery code does not clear them once a hundred
 *                 have shut the account, even if that was after this login
 *                 began.
 *   last success  of user, service, method and provider: now
 *   remembered    replaces an older login with this binding
 */

#define STORE_REMEMBERED_LEN 32 /* bytes of a remembered login's binding */

/* The pointers belong to the caller and are only read. */
struct store_right {
	const char *user;    /* pw_name of the code's owner */
	const char *source;  /* values.h; where wrong codes are cleared */
	const char *service; /* PAM's; NULL: no success is noted */
	enum method method;
	const char *provider; /* its name in the settings; "": no provider */
	/* STORE_REMEMBERED_LEN bytes; NULL: do not remember it */
	const unsigned char *binding;
	int64_t remember_s;
	const char *remembered_as; /* under which name; NULL: the user's */
};

#define STORE_USED_MS 600000 /* store_finish repeats its answer */
#define STORE_CODE_DIGEST 32 /* of a TOTP secret, or of a code */

/* The length of the digest itself; the rest names the key that made it. */
#define STORE_KEYED_DIGEST 24
#define STORE_OWNER_MAX 80 /* a type, the vendor's id and a NUL */

/* A code that the provider accepted and might accept again. */
struct store_code {
	char owner[STORE_OWNER_MAX]; /* the account, or a vendor's factor */
	unsigned char digest[STORE_CODE_DIGEST]; /* with the host's key */
	int64_t seconds; /* how long it counts as used */
};
#define STORE_CODE_RECENT_S 90 /* a person may still see it */
#define STORE_CODE_OTHER_S 600 /* no vendor accepts an older one */
/* Use it up, with all effects of a right code. 1: it was new; 0: it was used,
 * or may have been: any code of this owner whose digest has another key, less
 * than STORE_CODE_OTHER_S ago; -1 failed. */
int store_code_claim(
    struct store *, const struct store_code *, const struct store_right *);
/* Was this code used within STORE_CODE_RECENT_S? Then the guess in back, which
 * was counted for it, is taken back. 1, 0 or -1. */
int store_code_recent(struct store *, const struct store_code *,
    const struct store_counted *back);

/* A code that the provider accepted, or an approved push. */
struct store_finish {
	int64_t id;
	const char *request_id;
	/* a code that the provider might accept again, used up as well; NULL:
	 * it is only valid for this verification */
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

/*
 * Other codes that may be used only once: recovery codes and TOTP steps. Of
 * fifty logins with the same code, exactly one succeeds.
 */

/* A recovery code has no end. Beside these, a user may have RECOVERY_BYPASS_MAX
 * with one, for one login each; that of an invitation also for one enrolment,
 * with which it is over. Past its end a code is gone for good: it holds from
 * its making on by the wall clock, and in a file also by the boot's, and after
 * the release. */
enum store_use {
	STORE_USE_LOGIN = 1, /* with an end: may still log in */
	STORE_USE_ENROL = 2, /* may still enrol */
	STORE_USE_BOTH = 3,
};
#define STORE_BY_MAX 186 /* FRAME_BY_MAX, and a NUL */
/* One that is left. The store never gets the code itself, and never says
 * what that would be: the caller makes the hash of the typed code with each
 * salt (factors.h). */
struct store_recovery {
	int64_t id;
	unsigned use;          /* bits; 0: it has no end */
	int64_t until;         /* wall clock; to make one, so many seconds */
	char by[STORE_BY_MAX]; /* who made it, a blank, and why */
	unsigned char salt[RECOVERY_SALT];
	unsigned char hash[RECOVERY_HASH]; /* the caller's */
};
/* Replace a user's recovery codes. code: normalised ones (values.h),
 * stored as SHA-256 with a random salt each. None: the user is removed, with
 * those that have an end, remembered logins, used codes of apps but those of
 * the last minute, and when he got in last. end: add the one code with this
 * instead. 0; 1: there are RECOVERY_BYPASS_MAX; -1. */
int store_recovery_set(struct store *, const char *user,
    const char *const *code, unsigned count, const struct store_recovery *end);
#define STORE_CODES_MAX (RECOVERY_MAX + RECOVERY_BYPASS_MAX)
/* Read a user's codes that hold, without hashes. Their number; -1 failed. */
int store_recovery_list(struct store *, const char *user,
    struct store_recovery list[STORE_CODES_MAX]);
/* Compare, and use up the code that was typed, with all effects of a right
 * code; with METHOD_NONE, end the invitation that was typed for an enrolment,
 * and no more. 1: done, *left without an end are left, and used is it; 0: it is
 * none of these, has ended, or was used meanwhile; -1 failed. */
int store_recovery_claim(struct store *, const struct store_recovery *list,
    int count, const struct store_right *, struct store_recovery *used,
    unsigned *left);
/* How many without an end are left; -1 failed. */
int store_recovery_left(struct store *, const char *user);
/* How many users have codes left; -1 failed. */
int64_t store_recovery_users(struct store *);

/* A used step is no wrong code if the last step that this secret used is known
 * and no later than newest: then the guess does not count, step is that last
 * step (else 0) and source whose login used it ("": unknown). The caller sets
 * newest, to the step after now. */
struct store_used_step {
	int64_t newest, step;
	char source[SOURCE_MAX + 1];
};
/* A code of an app whose secret we have. */
struct store_totp_attempt {
	const struct limits_of_guesses *limits;
	/* the secret's digest with the host's key; NULL when the key is
	 * missing: then all secrets of this user are meant. Steps used under
	 * another key count for all of them, too */
	const unsigned char *secret;
	int64_t step; /* the step of this code; 0: none, it is wrong */
	const struct store_right *right; /* its user and source guess, too */
	/* NULL if a used step counts as a wrong code */
	struct store_used_step *used;
	/* to take the count back if needed; may be NULL */
	struct store_guess_token *token;
};
/* Count it as a guess and use up the step, with all effects of a right code, in
 * one atomic step, so that right codes never lock a user out. GUESS_OPEN:
 * counted; *claimed is 1 when the step is later than every used one of this
 * secret, by any user, else 0; or 2: now is another step by the state's clock,
 * which used->step says, and nothing was done. Any other: nothing was done;
 * wait_s as from store_guess_take. */
enum store_guess store_totp_attempt(struct store *,
    const struct store_totp_attempt *, int *claimed, int64_t *wait_s);
/* A new secret will replace the old one. The code of step proved it (0: no code
 * did), and is used up as well, for any secret. Used steps stay used, because
 * the old secret may have to stay in use; only a step from the clock's future,
 * made while it was ahead, is forgotten. 0 or -1. */
int store_totp_renew(struct store *, const char *user, int64_t step);

/*
 * Remembered logins (remember_minutes). A digest says what each is bound to
 * (login.h); a right code makes one. Setting the clock back ends them: the next
 * store_begin, of any user, removes those that were made later than now.
 */

/* Forget a user's remembered logins; for a shared account those of all its
 * people, for a user also those at accounts that he shares; NULL: all users'.
 * Returns their number; -1 failed. */
int store_remembered_forget(struct store *, const char *user);

/*
 * What is known of providers: which were recently out of reach, so that logins
 * ask another one first, and when each factor last let a user in. It is advice:
 * no login is denied because of it.
 */

#define STORE_PASSED_MS 60000 /* how long another one is asked first */

/* Pass it over for this time, STORE_PASSED_MS at most. 0 or -1. */
int store_pass_over(struct store *, const char *provider, int64_t ms);
/* Is it passed over now? 1, 0 or -1; *left_ms: for how much longer, or 0. */
int store_passed_left(struct store *, const char *provider, int64_t *left_ms);
#define store_passed_over(s, provider)                                         \
	store_passed_left(s, provider, &(int64_t){ 0 })

/* Call row for each provider and method that ever let a user in, sorted; wall:
 * the last time, in seconds of the wall clock. 0 or -1. */
int store_successes(struct store *, void *ctx,
    void (*row)(void *ctx, const char *provider, enum method, int64_t wall));

/* The same for one service on this host: for each user and method, sorted. 0 or
 * -1. */
int store_got_in(struct store *, const char *service, void *ctx,
    void (*row)(void *ctx, const char *user, enum method, int64_t wall));

/* What an administrator can see and reset. */

/* One user and source, or with source "" the user over all sources. */
struct store_status {
	const char *user, *source;
	unsigned wrong;   /* codes since the last right one */
	int64_t locked_s; /* until the lock ends; 0 open */
	bool shut;        /* locked until unlock (source "" only) */
	/* source "" only: */
	unsigned sends_hour, sends_day;
	unsigned recovery;   /* codes left */
	unsigned remembered; /* logins */
};

/* Call row for each, sorted by user, source "" first; user NULL: all users with
 * data. After a shared account come its people with data (values.h). 0 or
 * -1. */
int store_status(struct store *, const char *user, void *ctx,
    void (*row)(void *ctx, const struct store_status *));

/* Totals of the host: messages of the last hour and day, money of this day and
 * of the last 30. 0 or -1. */
int store_totals(struct store *, unsigned *hour, unsigned *day,
    int64_t *spent_day, int64_t *spent_month);

/* Call row for each host that shares the state and has sent a message in the
 * last day, with the messages of the last hour and day. A state in a file has
 * no rows. 0 or -1. */
int store_hosts(struct store *, void *ctx,
    void (*row)(void *ctx, const char *host, unsigned hour, unsigned day));

/* Clear a user's locks, counts and spent verifications; for a shared account
 * those of all its people. 1: something was cleared; 0: nothing; -1 failed. */
int store_unlock(struct store *, const char *user);

/* Let past messages no longer count for user and number. This covers the
 * messages of a user (and of all people of a shared account), those to any
 * number that these went to, and those to counted_as (store_send_key; "":
 * none). They still count for money, source and host. Returns their number; -1
 * failed. */
int64_t store_sends_reset(
    struct store *, const char *user, const char *counted_as);

/* As much as a step of a login, and nothing is done. 0 or -1. */
int store_noop(struct store *);

/* One limit for a message. */
struct store_window {
	const char *name; /* the key in twofa.conf */
	unsigned limit;   /* 1 or more */
	unsigned used;
};

/* Call row for each limit in messages that is set and applies to such a key. 0
 * or -1. */
int store_send_windows(struct store *, const struct store_send_key *,
    const struct limits_of_sends *, void *ctx,
    void (*row)(void *ctx, const struct store_window *));

/*
 * host_key.c: two small files in state_dir. host.key: 32 random bytes, made
 * once. It keys the HMAC of our own codes, and a decoy's answers. Unless hosts
 * share another key, it also keys the HMAC of numbers and of apps' secrets and
 * codes.
 */

#define HOST_KEY_LEN 32

/* Read dir/host.key, or make it (with O_EXCL and link, so that two helpers
 * agree). 0, or -1 with errno: EPERM for a file of another owner or open to
 * others, EBADMSG for one that is not 32 bytes long, ELOOP for a symlink,
 * EINVAL for anything but a regular file, else the system call's. The caller
 * wipes. */
int host_key_read(const char *dir, unsigned char key[HOST_KEY_LEN]);

/* The same without making one: -1 with ENOENT when there is none. */
int host_key_read_existing(const char *dir, unsigned char key[HOST_KEY_LEN]);

/* The key for what hosts with a common state must all find: fleet, HOST_KEY_LEN
 * bytes, if they share one; NULL: dir's own, by host_key_read. */
int host_key_shared(const char *dir, const unsigned char *fleet,
    unsigned char key[HOST_KEY_LEN]);

/* The same of these settings, for a key's one use here, after a log line if it
 * is missing. */
int store_host_key(const struct settings *, const unsigned char *fleet,
    unsigned char key[HOST_KEY_LEN]);

/* HMAC-SHA-256 of the name with the key, and SHA-256 of the text alone. If the
 * library cannot compute it, the process ends and the login is denied. */
void host_key_hmac(const unsigned char key[HOST_KEY_LEN], const char *name,
    unsigned char out[32]);
void host_key_digest(const char *text, unsigned char out[32]);

/* How a state keeps what it must not show. _text: the name's HMAC in
 * hexadecimal. _number: that of the number's SHA-256 in hexadecimal, which was
 * stored before version 8. 0, or -1: libcrypto has no SHA-256. */
#define HOST_KEY_TEXT 65
void host_key_hmac_hex(const unsigned char key[HOST_KEY_LEN], const char *name,
    char out[HOST_KEY_TEXT]);
int host_key_number_hex(const unsigned char key[HOST_KEY_LEN],
    const char *number, char out[HOST_KEY_TEXT]);

/* What a state keeps in place of a code or a secret: their HMAC with a key of
 * this host, or of the fleet. The last bytes of the two of an app name the
 * key, because the same code has another HMAC under another key. */
enum store_mac {
	STORE_MAC_OWN_CODE = 0, /* this host's: "USER\nID\nCODE" */
	STORE_MAC_APP_CODE,     /* shared: "OWNER:CODE" */
	STORE_MAC_APP_SECRET,   /* shared: the secret in base32 */
	STORE_MACS,
};
#define STORE_MAC_TEXT_MAX 512
/* Made by the state keeper where the store is one, since a copy may not read
 * the key after its first prompt; else here. 0, or -1 after a log line: there
 * is no key, or the text is too long. The caller wipes. */
int store_mac(struct store *, const struct settings *, enum store_mac,
    const char *text, unsigned char out[HOST_KEY_LEN]);

/* Is it the code of this row of the user's, by store_verifier_get? Compared in
 * constant time; by the keeper, too. STORE_CODE_GONE: there is nothing to
 * compare with, or no key, after a log line. -1: see store_cause. */
#define STORE_CODE_GONE 2
int store_own_code_check(struct store *, const struct settings *,
    const char *user, const struct store_row *, const char *code);

/* The file latency: how long recent starts and checks really took, so that a
 * decoy takes as long. It is only advice: a login continues, whatever is wrong
 * with the file. */

#define LATENCY_RING 32
#define LATENCY_MAX_MS 60000

enum latency_kind {
	LATENCY_START = 0, /* a provider's */
	LATENCY_CHECK,
	LATENCY_APP, /* our own check of an app's code, rounded up to ms */
	LATENCY_KINDS,
};

/* Recent real times, in milliseconds. */
struct latency_span {
	int64_t median; /* a default (350, 250, 1) without any */
	int64_t least;  /* 0: none is known */
};

/* Never fails. */
void latency_read(const char *dir, enum latency_kind, struct latency_span *);
/* A time for a decoy: near the median, as real ones are, and never below the
 * least, because no real one was faster. */
int64_t latency_sample(const struct latency_span *);
/* Add a time; 0 is left out. Errors are ignored. */
void latency_add(const char *dir, enum latency_kind, int64_t ms);
/* From now on this process reads and adds without opening the file. */
void latency_keep_open(const char *dir);

#endif
