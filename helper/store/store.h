/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Data that outlives a login. Every operation is one atomic step, whether the
 * backend is a file (sqlite/) or a server (postgresql/). store_backend.h is for
 * backends, store_fleet.h has what only a fleet uses.
 *
 * In all of these contracts "user" is an owner: the name under which the state
 * counts (owner_ in values.h), which is an account, ACCOUNT//PERSON, or a
 * decoy's. Functions that return -1 or an error value leave its text in
 * store_cause().
 *
 * The store keeps time: callers pass durations and get the time that is left.
 * No clock change makes a row live longer, and no row survives a reboot. A row
 * from more than 30 s in the future is dead as well (the clock was set back).
 */
#ifndef TWOFA_STORE_H
#define TWOFA_STORE_H

#include "lib/values/values.h"

/* store_process.c: ids of sessions and processes, and their limits. */

/* Returns 63 random bits that only the session knows, or -1 with errno if there
 * are no random bytes. */
int64_t store_session_id_new(void);

/* Makes an id of a process, another one at each call: pid, pid namespace and 25
 * random bits, because pids are reused. By it others see that a helper was
 * killed during a start. -1 with errno as above. */
int64_t store_process_id_new(pid_t pid);

/* True if the process is known to have ended. False where that cannot be seen,
 * for example from another container that shares the state: then its row lasts
 * as long as a start may take. */
bool store_process_is_dead(int64_t process);

/* No operation of this process waits for others beyond this time
 * (frame_clock_ms). 0, the default, is no limit. */
void store_set_deadline(int64_t deadline);
/* Sets this process's id (store_process_id_new), by which others see that it
 * died during a start. 0, the default: the session's number is used. */
void store_set_process_id(int64_t process);

/* store.c: opens the state and passes every operation on to its backend. */

/* Host name if the settings have none, so that the machine may be renamed. */
#define STORE_HOST "local"
#define STORE_HOST_MAX 64 /* longest host name */

/* Connection settings of the state servers. The struct and its texts must stay
 * valid until store_close(). */
struct store_server {
	const char *ca_file; /* verifies the server's certificate */
	/* password of this host's role, or a certificate */
	const char *password_file;
	const char *cert_file, *key_file;
	unsigned connect_timeout_ms; /* to connect to one server */
	unsigned timeout_ms;         /* for one call */
	bool single;                 /* no standby is intended */
	bool returns_busy;           /* a busy call is repeated by the caller */
	/* a user runs the service, and any number of them: has half of the
	 * connections */
	bool of_caller;
	/* password of twofa_operator, which is then used instead of this host's
	 * role; or NULL */
	const char *admin_password;
};

/* The session that performs the operations. */
struct store_session {
	const char *host; /* NULL for STORE_HOST */
	int64_t number; /* store_session_id_new(), or 0 if it starts nothing */
	const char *keys; /* folder of host.key */
	/* uid of a service that does not run as root, or 0; its verifications,
	 * messages and guesses count separately (docs/state.md) */
	int64_t socket;
	/* The settings file; must stay valid until store_close(). A rehearsal's
	 * messages, money and guesses count separately for each file; they are
	 * forgotten with the first message of the same file once the rehearsal
	 * has ended. NULL if there is no file. */
	const char *settings;
	bool rehearsal;
	/* HOST_KEY_LEN bytes used instead of host.key, which must stay valid
	 * until store_close(); or NULL. */
	const unsigned char *fleet_key;
	const struct store_server *server; /* NULL for a state file */
};

#define STORE_CAUSE_MAX 256

struct store;
struct settings;

/* where is the value of "state": a URL, or the path of a database that must
 * belong to the helper's uid, with its folder. Returns NULL after writing cause
 * and remedy to cause[]. */
struct store *store_open(const char *where, const struct store_session *,
    char cause[STORE_CAUSE_MAX]);
void store_close(struct store *);
void store_end(struct store **); /* the same, for OWNED() */
/* The store will be idle while the user is prompted: a server connection is
 * closed, a file is tidied. */
void store_enter_idle(struct store *);

/* The login that a session is for, set once, before store_begin(). All further
 * operations are limited to this user. A state broker finds out itself where
 * the login comes from, what its record says, and whether it may be so. */
struct store_bound {
	const char *user; /* as in all operations below */
	/* as in struct store_right; for a broker, whether it is NULL */
	const unsigned char *binding;
	int64_t remember_s;
	bool remember_key; /* from any address */
	const char *like;  /* decoy: owner of the template; real: NULL */
	bool caller; /* of su, whose factor is asked for, or one of who share it
		      */
	bool begins; /* store_begin() follows: that may tell of a failure */
};
/* Returns 0 or -1. */
int store_bind(struct store *, const struct store_bound *);
/* True if the state broker performs the operations (broker.h), or if the store
 * is NULL. */
bool store_is_brokered(const struct store *);

/* Schema version of the state (0 if it has no tables), and the one that this
 * program upgrades to or, on a server, needs at least. */
struct store_version {
	int64_t found, ours;
};

/* Text of the last error, for the log. */
const char *store_cause(const struct store *);

enum store_failure {
	STORE_FAILED_OTHERWISE = 0, /* any error of a file */
	/* no server can be reached, or all are read-only: nothing can have been
	 * done */
	STORE_OUTAGE,
	STORE_BUSY,     /* overloaded for longer than calls are repeated */
	STORE_UNKNOWN,  /* it may have been done or not */
	STORE_SETTINGS, /* wrong password, certificate, schema or privilege */
};
/* The kind of the last failure; NULL for that of this process's last
 * store_open(). */
enum store_failure store_failure(const struct store *);

/* True if only host.key failed: numbers cannot be looked up and nothing can be
 * sent, everything else works. */
bool store_is_keyless(const struct store *);

/*
 * Verifications. One row for each that is running, unique for a phone number.
 * An 'unknown' row blocks its own provider from being asked again, but not the
 * next one:
 *
 *   starting --started--> running --finish--> (gone)
 *      |  \--unsent--> (gone)  |  \--spend--> spent (kept STORE_SPENT_MS)
 *      \--unknown--> unknown   \--replace--> replacing --started--> running
 *                    (kept                        |--restore--> running
 *                     STORE_UNKNOWN_MS)           |--unsent, drop--> (gone)
 *                                                 \--unknown--> unknown
 *
 * unknown --started--> running if the reply comes late and no other
 * verification was started meanwhile. A replaced code keeps the count of tries.
 */

#define STORE_ID_MAX 64
/* First byte of an id that is made here: of a verification with a code of ours,
 * of a push's row, of a decoy's. No provider gives such an id. */
#define STORE_OWN_ID '.'
#define STORE_PROVIDER_MAX 32 /* longest provider name in the settings */
#define STORE_TYPE_MAX 32     /* longest provider type */
#define STORE_OTHERS 2
#define STORE_SPENT_MS 60000   /* block after wrong codes */
#define STORE_UNKNOWN_MS 60000 /* block after a start without a reply */

/* Suffix of the name that an enrolment's row has as its owner; no user name
 * contains a single slash. A login may end an enrolment's verification at its
 * number, and never joins it. */
#define STORE_ENROLMENT "/enrolment"
/* Prefixes of such a name: of an enrolment by twofactl enroll, and of a check
 * of the user's phone by the help desk. A login that enrols, and may name
 * anybody's number, ends neither of them and keeps out neither. */
#define STORE_ADMIN "//root:"
#define STORE_DESK "//desk:"

struct store_key {
	const char *user;
	/* destination of a new one: E.164, email address, or id */
	const char *receiver;
	const char *provider; /* name in the settings */
	const char *type;     /* type of that provider */
	/* other receivers whose verifications count as this user's, or NULL */
	const char *other[STORE_OTHERS];
};

struct store_row {
	int64_t id;
	char request_id[STORE_ID_MAX + 1]; /* "" while starting */
	enum method method;
	int64_t age_ms; /* of the newest message */
	/* until our own deadline for the code; 0 or less if it has expired */
	int64_t left_ms;
	/* until it ends; with CLAIM_SPENT until a new one may start */
	int64_t over_ms;
	/* CLAIM_WAIT, CLAIM_OTHER: the process that holds it
	 * (store_set_process_id), or 0 for one of another host, whose death
	 * cannot be seen: only time decides */
	int64_t holder;
	unsigned tries;  /* wrong or undecided codes so far */
	unsigned sends;  /* messages so far */
	unsigned joined; /* sessions other than the one that started it */
	int64_t send;    /* id of the newest message; 0 for none */
	bool mine;       /* this session started it */
	/* not to be joined: of a service of another uid, or of an enrolment
	 * under another name */
	bool apart;
	/* another host began or last changed it (in a file: a locally generated
	 * code of another host); verify_row_is_foreign() decides whether it may
	 * be used here */
	bool foreign;
	/* with CLAIM_ELSEWHERE or CLAIM_UNFIT: the claimed provider is blocked
	 * by an unknown row */
	bool shut;
	char provider[STORE_PROVIDER_MAX + 1]; /* its provider */
	char type[STORE_TYPE_MAX + 1];         /* "" if unknown */
};

enum store_claim {
	CLAIM_ERROR = 0, /* see store_cause */
	CLAIM_NEW,       /* a 'starting' row was written: send now */
	CLAIM_JOINED,    /* a running row was joined and counted */
	CLAIM_WAIT,      /* another session is starting or replacing the row */
	CLAIM_UNKNOWN,   /* its start got no reply: outcome unknown */
	CLAIM_SPENT,     /* ended by wrong codes less than STORE_SPENT_MS ago */
	CLAIM_OTHER,     /* another user has a verification at the number */
	CLAIM_ELSEWHERE, /* running at row's provider: claim it there to join */
	/* running here, but not joinable: method outside the mask, expired
	 * before the provider's time, apart, or foreign; end it and claim
	 * again */
	CLAIM_UNFIT,
};

/* A claim joins or starts a verification. methods: METHOD_BITs that may be
 * joined. method: of a new one; METHOD_NONE starts none, and CLAIM_NEW then
 * says that none exists. start_ms: longest duration of a new one's start, which
 * is stored; a row that is 'starting' or 'replacing' for longer than its own
 * time counts as unknown, with start_ms 0 at once. Expired rows are removed
 * first. row is filled unless another user has the number; then it has only the
 * holder of one that is starting or replacing. */
struct store_candidate {
	struct store_key key;
	unsigned methods;
	enum method method;
	int64_t start_ms;
};
/* dry_run: for a session that does not exist yet; nothing stays changed. */
enum store_claim store_claim_or_dry_run(struct store *,
    const struct store_candidate *, bool dry_run, struct store_row *);
enum store_claim store_claim(struct store *, const struct store_key *,
    unsigned methods, enum method method, int64_t start_ms, struct store_row *);
enum store_claim store_claim_dry_run(struct store *, const struct store_key *,
    unsigned methods, int64_t start_ms, struct store_row *);

#define STORE_CLASH (-2)      /* another verification has that id or number */
#define STORE_JOIN (-3)       /* join the user's own verification */
#define STORE_VERIFIER_LEN 32 /* of a locally generated code */
#define STORE_VERIFIERS 2     /* the previous and the newest */

/* The result of a start, or of the message after
 * store_row_hold_for_replacing(). */
struct store_started {
	int64_t id;
	const char *request_id;
	enum method method;
	int64_t life_ms;    /* how long the code is valid */
	int64_t lasts_ms;   /* it stays open there; 0 for unchanged */
	const char *number; /* its number, or NULL for unchanged */
	/* a locally generated code, "" for the one that the state broker made
	 * for this message; its verifier, by which other logins can check
	 * codes; or NULL */
	const char *code;
	const unsigned char *verifier;
	/* the first verifier stays valid, if the method is the same; a second
	 * is replaced */
	bool beside;
	int64_t send;  /* message id from store_send_take() */
	int64_t price; /* its price, or 0 if unknown */
};

/* The provider accepted the message. Returns 0, or -1, here and below also if
 * the row no longer belongs to this session. STORE_CLASH if a live row has that
 * request_id or number: then nothing is changed except the price, which is
 * always booked. STORE_JOIN if that row is this user's, stored under another
 * key of the fleet: it now has this row's number, and this row is gone; claim
 * it. */
int store_row_set_started(struct store *, const struct store_started *);
/* Returns 1 if no other row has that number, 0 or -1. */
int store_number_is_unclaimed(struct store *, int64_t id, const char *number);
/* Removes the row of a message that is known not to have been sent. */
int store_row_remove_unsent(struct store *, int64_t id);
/* Marks the row unknown: the message may have been sent, but there is no id. */
int store_row_mark_unknown(struct store *, int64_t id);

/* Reads the verifiers of the verification with this id. Returns their number, 0
 * for none, or -1. */
int store_row_verifiers_read(struct store *, int64_t id, const char *request_id,
    unsigned char verifier[STORE_VERIFIERS][STORE_VERIFIER_LEN]);

struct store_counted;

/* Reads a running row again, as another session may have sent its next message.
 * Returns 1, 0 if it is gone or not running, or -1. */
int store_row_read(struct store *, int64_t id, struct store_row *);
/* Takes back a try that the provider is known not to have checked, never below
 * 0, and the guess counted with it, if not NULL. Returns 0, also if the row is
 * gone or has another id, or -1. */
int store_row_refund_try(struct store *, int64_t id, const char *request_id,
    const struct store_counted *);

/* Ends the row after wrong codes or use: no new one for this number for ms.
 * back: a guess to take back in any case, or NULL. Returns 1, 0 if the row is
 * gone or has another id, or -1. */
int store_row_spend(struct store *, int64_t id, const char *request_id,
    int64_t ms, const struct store_counted *back);
/* Removes the row: the provider ended it (denied, fraud, gone). Returns 0, also
 * if it is not running or has another id, or -1. */
int store_row_remove_ended(struct store *, int64_t id, const char *request_id);

/* Holds the row while it is cancelled or its next message is sent. alone: only
 * if this session started it and no other joined. Returns 1 if held, 0 if not,
 * or -1. */
int store_row_hold_for_replacing(
    struct store *, int64_t id, const char *request_id, bool alone);
/* Returns 1 if this session still holds the row, 0 (a right code may have taken
 * it meanwhile) or -1. */
int store_row_is_held(struct store *, int64_t id);
/* Removes the row that this session holds. Returns 1, 0 if a right code has
 * taken it meanwhile, or -1. */
int store_row_remove_held(struct store *, int64_t id);
/* Makes the row running again: the cancel was refused, so the old code stays
 * valid. */
int store_row_restore(struct store *, int64_t id);
/* Like store_row_restore(), for another session of this host that died while it
 * held the row. */
int store_row_restore_of_dead(struct store *, int64_t id, int64_t process);

/*
 * Messages: their number and cost.
 *
 * Limits hold over days and reboots. After the clock was set back, entries in
 * its future count as made now: no entry is lost, and none outlasts its window.
 * Messages of a verification with a right code (store_row_finish) no longer
 * count for user, source and host.
 *
 * A message for a service that does not run as root (store_session.socket)
 * counts in other_hour of its source, and in the limits of number, host, fleet
 * and money; but not in those of the user, which root's services use.
 */

/* Each user with a right code from a source within ANSWERED_S raises the
 * source's limit by SOURCE_EACH, up to SOURCE_MOST; a user counts at
 * ANSWERED_SOURCES sources. */
#define STORE_ANSWERED_S 2592000
#define STORE_ANSWERED_SOURCES 20
#define STORE_SOURCE_EACH 5
#define STORE_SOURCE_MOST 300

/* A message to the login's next provider after one that the previous provider
 * may have sent. The limits of user and number do not stop it, as that one may
 * have been the last allowed. */
enum store_carried {
	CARRIED_NOT = 0,
	CARRIED_BESIDE, /* no reply: both may arrive, and both count */
	/* provider is out of order: only one counts for user and number */
	CARRIED_INSTEAD,
};

struct store_send_key {
	const char *user;
	const char *counted_as; /* E.164, an email address or "push:USER" */
	/* a network or a local uid (source_ in values.h); "" if unknown: no
	 * limit per source applies */
	const char *source;
	/* free of charge; counts in push_hour instead of user_hour, user_day
	 * and number_day */
	bool push;
	enum store_carried carried;
	bool office; /* from one of office_networks: office_hour is its limit */
	/* a text without a code (alert_owner), also while an invitation is open
	 */
	bool alert;
};

enum store_send {
	SEND_ERROR = 0,
	SEND_TAKEN, /* counted; *id is set */
	/* a limit is reached, or an invitation of the user is open, which no
	 * login has used yet (ITEM_INVITED): a code might go to a lost phone;
	 * *wait_s and *which are set */
	SEND_WAIT,
};

/* Counts one message in all limits, or in none; dry_run changes nothing. which:
 * the key in twofa.conf of the limit that lasts longest, a constant. */
enum store_send store_send_or_dry_run(struct store *,
    const struct store_send_key *, const struct limits_of_sends *, bool dry_run,
    int64_t *id, int64_t *wait_s, const char **which);
#define store_send_take(s, key, limits, id, wait_s, which)                     \
	store_send_or_dry_run(s, key, limits, false, id, wait_s, which)
#define store_send_look(s, key, limits, wait_s, which)                         \
	store_send_or_dry_run(                                                 \
	    s, key, limits, true, &(int64_t){ 0 }, wait_s, which)

/* Removes a message that is known not to have been sent. Returns 0 or -1. */
int store_send_refund(struct store *, int64_t id);

/* Wrong codes, over all services, providers, methods and processes. After the
 * clock was set back, a lock lasts for its full time from now. A service that
 * does not run as root (store_session.socket) has its own rows: a lock of the
 * user over all sources holds there as well, but guesses there neither count in
 * that total nor clear it. */

enum store_count {
	GUESS_SOURCE = 0, /* of the user at the source */
	GUESS_TOTAL,      /* of the user over all sources */
	GUESS_ACCOUNT,    /* of all people of a shared account */
	STORE_COUNTS,
};
/* The changes of one count, so that exactly these can be taken back: nothing
 * that a right code has cleared since, and no later lock. series and lock
 * identify it; only the store reads them. */
struct store_guess_token {
	bool counted, locked[STORE_COUNTS];
	int64_t series[STORE_COUNTS], lock[STORE_COUNTS];
	bool alone; /* over host_hour: counts for this host alone */
};
/* True if the count made a lock. */
bool store_guess_has_locked(const struct store_guess_token *);

struct store_counted {
	const char *user, *source;
	const struct store_guess_token *token;
};

enum store_guess {
	GUESS_ERROR = 0,
	GUESS_OPEN,       /* counted: check the code now */
	GUESS_LOCKED,     /* not counted; *wait_s until the lock ends */
	GUESS_LOCKED_OUT, /* locked until unlock */
};

/* Counts a guess before its code is checked. The guess that reaches a limit is
 * still checked, and locks afterwards; after a lock has ended, each further one
 * locks again for twice the time. With any number of processes, no more guesses
 * than the limit return GUESS_OPEN without a right code between them. source
 * must not be "". */
enum store_guess store_guess_take(struct store *, const char *user,
    const char *source, const struct limits_of_guesses *,
    struct store_guess_token *, int64_t *wait_s);

/* Like store_guess_take(), but counts nothing. A lock from the clock's future
 * begins now, so that it ends even without further guesses; otherwise nothing
 * is written. *refused, unless NULL: the present lock of this user at this
 * source is from a denial (store_guess_lock_after_refusal). */
enum store_guess store_guess_look(struct store *, const char *user,
    const char *source, int64_t *wait_s, bool *refused);

/* The user denied a push on the phone: locks the user at this source for at
 * least this time, as after wrong codes; the lock ends like any other. The same
 * transaction removes the push's row, and forgets the user's remembered logins,
 * of which services that do not run as root have none.
 * Returns 0 or -1. */
#define STORE_REFUSED_S 3600
struct store_refusal {
	const char *user, *source;
	int64_t seconds; /* STORE_REFUSED_S */
	int64_t id;      /* of the push */
	const char *request_id;
};
int store_guess_lock_after_refusal(
    struct store *, const struct store_refusal *);

/* Takes back a count, once, whose code is known not to have been checked.
 * Returns 0 or -1. */
int store_guess_refund(struct store *, const struct store_counted *);

/* Resets the counts of source and user, as after a right code. Returns 0 or
 * -1. */
int store_guess_reset_after_right(
    struct store *, const char *user, const char *source);

/* A shared account. Unknown names at its prompt are counted and locked like
 * those of its people, each separately while there are few: many tries must not
 * fill the disk. */

#define STORE_ACCOUNT_MAX 64 /* longest name of a shared account */
#define STORE_DECOYS_MAX 100 /* for each account */
#define STORE_DECOY_S 86400  /* how long a decoy's name is kept */

/* From now on the user is one of the people of this account. The account's
 * total is counted, locks and is cleared together with the person's own; for a
 * service that does not run as root it only locks. */
void store_guess_set_account(struct store *, const char *account);

/* Notes this name, known or not, which begins with shared. Returns 1; 0 if
 * there are now STORE_DECOYS_MAX or more of the last day, so nothing may be
 * kept under an unknown one; or -1. */
int store_decoy_note_name(struct store *, const char *own, const char *shared);

/*
 * The begin of a login: everything that it needs to know before its first
 * prompt. All but the first line is one atomic step:
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
	/* Binding of a remembered login, STORE_REMEMBERED_LEN bytes, or NULL if
	 * this login cannot be remembered. */
	const unsigned char *binding;
	const char *remembered_as; /* as in struct store_right */
	/* A remembered login ends so long after its code, or after its last
	 * use, to the hour. */
	int64_t remember_s, idle_s;
	/* In order of preference; those that are passed over come last. With 0,
	 * no message is sent first and nothing is written. */
	size_t count;
	struct store_candidate candidate[STORE_CANDIDATES_MAX];
	/* The message; ignored without candidates. */
	struct store_send_key message;
	const struct limits_of_sends *limits;
	/* Limits by which other hosts' wrong codes lock here, or NULL to ignore
	 * these. */
	const struct limits_of_guesses *guesses;
};

struct store_begun {
	bool remembered;        /* if true, nothing else is filled in */
	unsigned recovery_left; /* recovery codes; if 0, bypass codes */
	enum store_guess lock;  /* as from store_guess_look() */
	int64_t lock_s;         /* GUESS_LOCKED: until the lock ends */
	bool refused; /* GUESS_LOCKED: a denial on the phone made the lock */
	int64_t codes_at; /* twofactl self made the recovery codes; or 0 */
	/* A candidate was claimed, with any result. False for a locked user,
	 * and where numbers cannot be looked up (see store_is_keyless and
	 * store_cause). */
	bool chosen;
	bool passed[STORE_CANDIDATES_MAX]; /* recently unreachable */
	size_t at;                         /* index of the candidate */
	enum store_claim claim;
	struct store_row row;
	/* CLAIM_NEW: whether the message was counted. SEND_WAIT: nothing was
	 * inserted, row.id is 0. */
	enum store_send sent;
	int64_t send, wait_s; /* as from store_send_take() */
	const char *which;
};

/* Returns 0, or -1 with nothing answered, inserted or counted. The caller must
 * send what was inserted and counted, or refund it (store_row_remove_unsent,
 * store_send_refund). */
int store_begin(
    struct store *, const struct store_begin *, struct store_begun *);

/* Gives the answers of store_begin() without any change: no row, no count, no
 * repair. */
int store_begin_dry_run(
    struct store *, const struct store_begin *, struct store_begun *);
int store_begin_or_dry_run(struct store *, const struct store_begin *,
    bool dry_run, struct store_begun *);

/* A try of a phone's code counts as a guess of the user and as a try of its
 * verification, in one atomic step with a single disk flush. */

enum store_try {
	TRY_ERROR = 0,
	TRY_COUNTED, /* check now, with row's request_id and method */
	TRY_WAIT,    /* another session is replacing the row */
	TRY_EXPIRED, /* after the code's life_ms and lasts_ms */
	TRY_FULL,    /* all tries are used or undecided */
	TRY_SPENT,   /* ended by wrong codes, or by the provider */
	TRY_GONE,    /* used, cancelled or replaced by a new verification */
};

struct store_attempt {
	/* the guess, as for store_guess_take() */
	const char *user, *source;
	const struct limits_of_guesses *limits;
	/* the verification */
	int64_t id;
	unsigned tries; /* maximum number of tries */
	/* an earlier guess for the same code, or NULL: this one replaces it, so
	 * that the first cannot lock out the second; if this one is not
	 * counted, the earlier one stays */
	const struct store_counted *back;
};

struct store_attempted {
	enum store_guess guess;
	struct store_guess_token token;
	int64_t wait_s;
	/* Set if guess is GUESS_OPEN; otherwise TRY_ERROR, and row is empty. */
	enum store_try tried;
	struct store_row row;
};

/* Returns true if both were counted: check the code now. False if neither was;
 * out says why: guess if it is not GUESS_OPEN, else tried. */
bool store_guess_take_with_try(
    struct store *, const struct store_attempt *, struct store_attempted *out);

/*
 * The effects of a right code. Each operation that uses up a code
 * (store_row_finish, store_totp_attempt, store_code_claim,
 * store_recovery_claim) does all of this with it, or nothing. So a login that
 * is allowed always has its wrong codes cleared, is noted and is remembered,
 * and none of this happens without the code.
 *
 *   wrong codes   of this user at this source and over all sources are set
 *                 to 0. A recovery code does not clear them once
 *                 LIMITS_LOCKOUT_AT have locked the user out, even if that
 *                 was after this login began.
 *   last success  of user, service, method and provider: now
 *   remembered    replaces an older login with this binding; not after a
 *                 bypass code, which is for one login
 */

#define STORE_REMEMBERED_LEN 32 /* REMEMBERED_LOGIN_LEN of rules.h */
/* The service of all that do not run as root: their names are unproven. */
#define STORE_USER_SOCKET "user.sock"

struct store_right {
	const char *user;    /* owner of the code */
	const char *source;  /* where wrong codes are cleared */
	const char *service; /* PAM service, or NULL to note no success */
	enum method method;
	const char *provider; /* name in the settings; "" for none */
	/* STORE_REMEMBERED_LEN bytes, or NULL not to remember the login */
	const unsigned char *binding;
	int64_t remember_s, idle_s; /* as in struct store_begin */
	const char *remembered_as;  /* NULL for user */
};

#define STORE_USED_MS                                                          \
	600000 /* how long store_row_finish() repeats its answer */
#define STORE_CODE_DIGEST 32 /* bytes; of a TOTP secret or of a code */

/* Bytes of the digest itself; the rest names the key that made it. */
#define STORE_KEYED_DIGEST 24
#define STORE_OWNER_MAX 80 /* PROVIDER-TYPE:ID */

/* A code that the provider accepted and might accept again. */
struct store_code {
	char owner[STORE_OWNER_MAX]; /* a user or factor at the provider */
	unsigned char digest[STORE_CODE_DIGEST]; /* HMAC (store_mac) */
	int64_t seconds; /* how long the code counts as used */
	/* a broker gets these alone, and makes the members above itself */
	const char *typed, *provider;
};
#define STORE_CODE_RECENT_S 90 /* the app may still display it */
#define STORE_CODE_OTHER_S 600 /* no provider accepts an older one */
/* How long a code counts as used: beyond the minutes for which it is valid, as
 * the clock may be set forward. */
#define STORE_CODE_USED_S 86400
/* Uses up the code, with all effects of a right code. Returns 1 if it was new;
 * 0 if it was used, or may have been: any code of this owner whose digest has
 * another key, less than STORE_CODE_OTHER_S ago; or -1. */
int store_code_claim(
    struct store *, const struct store_code *, const struct store_right *);
/* Returns 1 if this code was used within STORE_CODE_RECENT_S, after taking back
 * the guess that was counted for it; 0 or -1. */
int store_code_was_used_recently(struct store *, const struct store_code *,
    const struct store_counted *back);

/* A code that the provider accepted, or an approved push. */
struct store_finish {
	int64_t id;
	const char *request_id;
	/* a code that the provider might accept again, used up as well; NULL if
	 * it is valid for this verification only */
	const struct store_code *code;
	int64_t send;  /* id of the newest message; 0 for none */
	int64_t price; /* price in the reply, or 0 if unknown */
	/* The verification is of an enrolment, which may name any number: its
	 * messages still count. A server reads this from the row instead. */
	bool enrols;
};

/* Ends a verification, with all effects of a right code; its messages no longer
 * count for their owner. Returns 1 if only this session may allow the login; a
 * repeated call returns 1 for STORE_USED_MS without further effects. 0 if
 * another session was first, the row was replaced, or the code was used before:
 * then the row is removed as well, and its messages still count. -1: failed,
 * nothing was changed. A row that was spent meanwhile, or is being replaced,
 * can still be taken, because the try was counted before. */
int store_row_finish(
    struct store *, const struct store_finish *, const struct store_right *);

/* Other codes that may be used only once: recovery codes and TOTP steps. Of
 * fifty logins with the same code, exactly one succeeds. */

/* A recovery code does not expire. In addition a user may have
 * RECOVERY_BYPASS_MAX bypass codes, valid for one login each; an invitation's
 * also for one enrolment, which ends it. An expired bypass code is gone for
 * good: it is valid from its creation on by the wall clock, in a file also by
 * the boot's clock, and not if the wall clock is before the release of this
 * program. */
#define STORE_BY_MAX 186 /* FRAME_BY_MAX, and a NUL */
/* A code that is left. The store never gets the code itself, nor returns a
 * hash: the caller hashes the typed code with each salt (factors.h). */
struct store_recovery {
	int64_t id;
	unsigned use;  /* bits of enum recovery_use; 0 for a recovery code */
	int64_t until; /* expiry, wall clock; in a new one, seconds from now */
	char by[STORE_BY_MAX]; /* creator, a blank, and the reason */
	unsigned char salt[RECOVERY_SALT];
	/* from the caller, of the typed code */
	unsigned char hash[RECOVERY_HASH];
};
/* Replaces a user's recovery codes by code[]: normalised ones (values.h),
 * stored as SHA-256 with a random salt each. With count 0 the user is being
 * removed, with bypass codes, remembered logins, used codes of apps but those
 * of the last minute, and last successes. bypass, unless NULL: adds one code
 * with this expiry instead, and sets its salt; with use 0 ends the bypass code
 * with that salt. Returns 0, 1 if there are RECOVERY_BYPASS_MAX already or no
 * such code exists, or -1. */
int store_recovery_set(struct store *, const char *user,
    const char *const *code, unsigned count, struct store_recovery *bypass);
#define STORE_CODES_MAX (RECOVERY_MAX + RECOVERY_BYPASS_MAX)
/* Reads a user's valid codes, without hashes. Returns their number, or -1. */
int store_recovery_list(struct store *, const char *user,
    struct store_recovery list[STORE_CODES_MAX]);
/* Compares, and uses up the code that was typed, with all effects of a right
 * code; with METHOD_NONE only ends the invitation that was typed for an
 * enrolment. Returns 1 with *left recovery codes left and *used the code; 0 if
 * no code matches, or it has expired or was used meanwhile; or -1. */
int store_recovery_claim(struct store *, const struct store_recovery *list,
    int count, const struct store_right *, struct store_recovery *used,
    unsigned *left);
/* Returns the number of recovery codes left, or -1. */
int store_recovery_count_codes(struct store *, const char *user);
/* Returns the number of users with recovery codes left, or -1. */
int64_t store_recovery_count_users(struct store *);

/* Compares like store_recovery_claim(), with invitations alone, and uses none
 * up. Returns 1 with *found, 0 or -1. */
int store_invitation_find(struct store *, const char *user,
    const struct store_recovery *typed, int count,
    struct store_recovery *found);

/* The record of a user who enrolled at a login. It counts as long as the user
 * has no file: what an admin does last holds. In a file it is encrypted by a
 * key of this host, and tied to its user and its number, which is never used
 * again; a server keeps it among the records that hosts share. */
struct store_enrolment {
	const char *user;
	/* as in a user's file; at most SECRET_MAX bytes; "" removes it from
	 * a file. NULL: the record stays, and the user gets these recovery
	 * codes in place of others, good a day later, or at once by an
	 * invitation */
	const char *text;
	const char *const *codes; /* RECOVERY_SELF normalised ones */
	const char *phone;  /* no other user's may be the same; "" for none */
	const char *phones; /* all, with commas; NULL: phone alone */
	const char *by; /* "window" or "invitation"; of a change: its proof */
	/* from store_invitation_find(): used up as well; or NULL */
	const struct store_recovery *invitation;
	/* By twofactl self: the record in the state is this one, NULL for
	 * none, and the invitation admitted a login within this hour. A
	 * server's is never NULL. */
	bool changes;
	const char *was;
	/* in a file: and it was written no later than this one
	 * (store_enrolments()), as another one may be alike; 0: whenever */
	int64_t newest;
};
enum store_enrolled {
	STORE_ENROLLED_FAILED = 0,
	STORE_ENROLLED_DONE,
	STORE_ENROLLED_BEFORE,  /* the user has a record already */
	STORE_ENROLLED_SPENT,   /* the invitation was used or has expired */
	STORE_ENROLLED_PHONE,   /* another user has that phone */
	STORE_ENROLLED_REFUSED, /* the server: not this host, or not now */
};
/* Writes the record, unless the user has one, and ends the user's remembered
 * logins; store_record_remove() removes it. Nothing is changed unless DONE. */
enum store_enrolled store_enrol(struct store *, const struct store_enrolment *);
/* Returns 1 if one of root's services admitted the user by this invitation
 * within the hour; 0 or -1. */
int store_invited_lately(
    struct store *, const char *user, const struct store_recovery *);
/* Returns 1 if a server lets this host enrol by the password alone now; 0 or
 * -1. */
int store_enrol_may(struct store *);
/* Returns the number of the newest record that was ever written, or 0; or -1.
 * For a state file. */
int64_t store_enrolments(struct store *);

/* A used step is no wrong code if the last step that this secret used is known
 * and no later than newest: then the guess does not count, step is that last
 * step (else 0) and source the one that used it ("" if unknown). The caller
 * sets newest to the step after now. */
struct store_used_step {
	int64_t newest, step;
	char source[SOURCE_MAX + 1];
};
/* A code of an authenticator app whose secret we have. */
struct store_totp_attempt {
	const struct limits_of_guesses *limits;
	/* digest of the secret, or NULL if the key is missing: then all secrets
	 * of this user are meant. Steps used under another key count for all of
	 * them, too */
	const unsigned char *secret;
	/* step of this code; 0 if the code is wrong; below 0, STORE_HOTP_STEP
	 * of the counter of a token, which belongs to the secret, not to the
	 * user
	 */
	int64_t step;
	const struct store_right *right; /* also of the guess */
	/* NULL if a used step counts as a wrong code */
	struct store_used_step *used;
	/* to take the count back if needed, or NULL */
	struct store_guess_token *token;
};
/* Counts a guess and uses up the step, with all effects of a right code, in one
 * atomic step, so that right codes never lock a user out. Returns GUESS_OPEN if
 * counted: *claimed is 1 if the step is later than every used one of this
 * secret, by any user, else 0; or 2 if the state's clock is at another step,
 * which is in used->step, and nothing was done. Any other value: nothing was
 * done; wait_s as from store_guess_take(). */
enum store_guess store_totp_attempt(struct store *,
    const struct store_totp_attempt *, int *claimed, int64_t *wait_s);

/* A code as it was typed. A state broker compares it with the secret of the
 * record that it has read itself; then only the code and attempt->used count.
 */
struct store_app_code {
	const char *code;
	/* USER_APPS_MAX of them; all secrets are compared, the first that fits
	 * is used, and the code is marked as used for the others */
	const struct user_app *app;
	/* for each the counter that would set a token right that is more than
	 * its look-ahead behind, of the code typed before in this login */
	int64_t *resync;
	int64_t wall;    /* this host's clock, seconds */
	int64_t clock_s; /* how far the state's is ahead, once they differ */
	bool never;      /* no code is right: a decoy's */
	/* secret, step and used->newest are set here */
	struct store_totp_attempt *attempt;
	/* of the secret that fits; the caller wipes it */
	unsigned char digest[STORE_CODE_DIGEST];
};
#define STORE_APP_UNUSABLE 3  /* the secret cannot be used */
#define STORE_APP_OUR_CLOCK 4 /* right by this host's clock alone */
/* Compares the code, then as store_totp_attempt(), also for a wrong one.
 * *claimed may also be one of these: then nothing was counted. */
enum store_guess store_app_attempt(struct store *, const struct settings *,
    struct store_app_code *, int *claimed, int64_t *wait_s);

/* Counters of tokens are kept as steps below those of any time. */
#define STORE_HOTP_STEP(counter) ((counter) - (INT64_C(1) << 40))
/* Reads the step of the last counter that this secret used. Returns 1, 0 if
 * none is known, or -1. */
int store_hotp_last(struct store *, const unsigned char *secret, int64_t *step);

/* Sets the counter of the token's next code, never back. Returns 1, 0 if that
 * one is used already, or -1. */
int store_hotp_set(struct store *, const struct settings *,
    const struct secret *base32, int64_t counter);
/* Returns 1 if the token's counter is known: without it no code of it is right;
 * 0 or -1. */
int store_hotp_is_known(
    struct store *, const struct settings *, const struct secret *base32);

/* Prepares for a new secret. The code of step proved it (0 if no code did) and
 * is used up as well, for any secret. Used steps stay used, because the old
 * secret may have to stay in use; only a step from the clock's future, made
 * while it was ahead, is forgotten. Returns 0 or -1. */
int store_totp_renew(struct store *, const char *user, int64_t step);

/* Remembered logins (remember_minutes). A digest says what each is bound to
 * (login.h); a right code makes one. Setting the clock back ends them: the next
 * store_begin(), of any user, removes those that were made later than now. */

/* Forgets a user's remembered logins: for a shared account those of all its
 * people, for a user also those at shared accounts; NULL for all users. Returns
 * their number, or -1. */
int store_remembered_forget(struct store *, const char *user);

/* Providers: which were recently unreachable, so that logins prefer another
 * one, and when each factor last allowed a login. This is advice: no login is
 * denied because of it. */

#define STORE_PASSED_MS 60000 /* longest time to prefer another provider */

/* Passes the provider over for this time, STORE_PASSED_MS at most. Returns 0 or
 * -1. */
int store_provider_pass_over(struct store *, const char *provider, int64_t ms);
/* Returns 1 if the provider is passed over now, with *left_ms for how much
 * longer; 0 or -1. */
int store_provider_passed_over_left(
    struct store *, const char *provider, int64_t *left_ms);
#define store_provider_is_passed_over(s, provider)                             \
	store_provider_passed_over_left(s, provider, &(int64_t){ 0 })

/* Calls row for each provider and method that ever allowed a login, sorted.
 * wall: the last time, seconds of the wall clock. Returns 0 or -1. */
int store_successes_by_provider(struct store *, void *ctx,
    void (*row)(void *ctx, const char *provider, enum method, int64_t wall));

/* Like store_successes_by_provider(), for one service on this host: for each
 * user and method, sorted. */
int store_successes_by_user(struct store *, const char *service, void *ctx,
    void (*row)(void *ctx, const char *user, enum method, int64_t wall));

/* Operations for administrators. */

/* One user and source; with source "" the user over all sources. */
struct store_status {
	const char *user, *source;
	unsigned wrong;   /* wrong codes since the last right one */
	int64_t locked_s; /* until the lock ends; 0 if not locked */
	bool shut;        /* locked out until unlock (source "" only) */
	/* with source "" only: */
	unsigned sends_hour, sends_day;
	unsigned recovery;   /* recovery codes left */
	unsigned remembered; /* remembered logins */
};

/* Calls row for each, sorted by user, source "" first; user NULL for all users
 * with data. After a shared account come its people with data (values.h).
 * Returns 0 or -1. */
int store_status_list(struct store *, const char *user, void *ctx,
    void (*row)(void *ctx, const struct store_status *));

/* Totals of the host: messages of the last hour and day, money of this day and
 * of the last 30. Returns 0 or -1. */
int store_totals_read(struct store *, unsigned *hour, unsigned *day,
    int64_t *spent_day, int64_t *spent_month);

/* Calls row for each host that shares the state and has sent a message in the
 * last day, with the messages of the last hour and day. A state file has no
 * rows. Returns 0 or -1. */
int store_hosts(struct store *, void *ctx,
    void (*row)(void *ctx, const char *host, unsigned hour, unsigned day));

/* Clears a user's locks, counts and spent verifications; for a shared account
 * those of all its people. Returns 1 if something was cleared, 0 or -1. */
int store_user_unlock(struct store *, const char *user);

/* Removes the verifications at this receiver, of all users and services, so
 * that its owner can begin one at once. Returns their number, or -1. */
int64_t store_number_release(struct store *, const char *receiver);

/* Past messages no longer count for user and number: the messages of a user
 * (and of all people of a shared account), those to any number that these went
 * to, and those to counted_as (store_send_key; "" for none). They still count
 * for money, source and host. Returns their number, or -1. */
int64_t store_sends_reset(
    struct store *, const char *user, const char *counted_as);

/* Takes as long as an operation of a login, and does nothing. Returns 0 or
 * -1. */
int store_noop(struct store *);

/* One limit for a message. */
struct store_window {
	const char *name; /* key in twofa.conf */
	unsigned limit;   /* 1 or more */
	unsigned used;
};

/* Calls row for each limit in messages that is set and applies to such a key.
 * Returns 0 or -1. */
int store_send_windows(struct store *, const struct store_send_key *,
    const struct limits_of_sends *, void *ctx,
    void (*row)(void *ctx, const struct store_window *));

/* host_key.c: the file host.key in state_dir, 32 random bytes, made once. It
 * keys the HMAC of locally generated codes, and a decoy's replies. Unless hosts
 * share another key, it also keys the HMAC of numbers and of apps' secrets and
 * codes. */

#define HOST_KEY_LEN 32

/* The key for data that all hosts of a fleet must find: fleet, HOST_KEY_LEN
 * bytes; or if NULL, dir/host.key, which is created if it is missing (with
 * O_EXCL and link, so that two helpers agree). Returns 0, or -1 with errno:
 * EPERM for a file of another owner or open to others, EBADMSG for one that is
 * not 32 bytes long, ELOOP for a symlink, EINVAL for anything but a regular
 * file, else the system call's. The caller wipes key. */
int host_key_read_shared(const char *dir, const unsigned char *fleet,
    unsigned char key[HOST_KEY_LEN]);

/* Like host_key_read_shared() without a fleet's key, but does not create the
 * file: -1 with ENOENT. */
int host_key_read_existing(const char *dir, unsigned char key[HOST_KEY_LEN]);

/* Like host_key_read_shared() with the state_dir of these settings. Returns 0,
 * or -1 after a log line. The caller wipes key. */
int store_read_host_key(const struct settings *, const unsigned char *fleet,
    unsigned char key[HOST_KEY_LEN]);

/* HMAC-SHA-256 of name with the key, and SHA-256 of text alone. If libcrypto
 * fails, the process exits and the login is denied. */
void host_key_hmac(const unsigned char key[HOST_KEY_LEN], const char *name,
    unsigned char out[32]);
void host_key_hash_text_unkeyed(const char *text, unsigned char out[32]);

/* The HMAC of name in hexadecimal. */
#define HOST_KEY_TEXT 65
void host_key_hmac_hex(const unsigned char key[HOST_KEY_LEN], const char *name,
    char out[HOST_KEY_TEXT]);

/* The HMACs that a state stores in place of a code or a secret. The last bytes
 * of the two of an app name the key, because the same code has another HMAC
 * under another key. */
enum store_mac {
	STORE_MAC_OWN_CODE = 0, /* key of this host: "USER\nID\nCODE" */
	STORE_MAC_APP_CODE,     /* shared key: "OWNER:CODE" */
	STORE_MAC_APP_SECRET,   /* shared key: the secret in base32 */
	STORE_MACS,
};
#define STORE_MAC_TEXT_MAX 512
/* Computes an HMAC under the key that enum store_mac names. A worker whose
 * state a broker keeps may not read that key, and must not call this. Returns
 * 0, or -1 after a log line if there is no key or the text is too long. The
 * caller wipes out. */
int store_mac(const struct settings *, enum store_mac, const char *text,
    unsigned char out[HOST_KEY_LEN]);

/* Returns 1 if code is the code of this row of the user
 * (store_row_verifiers_read), 0 if not, compared in constant time, by the
 * broker if there is one. STORE_CODE_GONE if there is nothing to compare with,
 * or no key, after a log line. -1: see store_cause(). */
#define STORE_CODE_GONE 2
int store_own_code_check(struct store *, const struct settings *,
    const char *user, const struct store_row *, const char *code);
/* Like store_row_set_started(); of a code of the user's message, if there is
 * one, the verifier is stored. */
int store_own_code_started(struct store *, const struct settings *,
    const char *user, const struct store_started *);

/* latency.c: the file latency, with how long recent starts and checks really
 * took, so that a decoy takes as long. It is only advice: a login continues,
 * whatever is wrong with the file. */

#define LATENCY_RING 32
#define LATENCY_MAX_MS 60000

enum latency_kind {
	LATENCY_START = 0, /* a start at a provider */
	LATENCY_CHECK,
	LATENCY_APP, /* our own check of an app's code, rounded up to ms */
	LATENCY_KINDS,
};

/* Recent real durations, in milliseconds. */
struct latency_span {
	int64_t median; /* default if unknown: 350, 250, 1 */
	int64_t least;  /* 0 if unknown */
};

/* Cannot fail: the defaults replace what is missing. */
void latency_read(const char *dir, enum latency_kind, struct latency_span *);
/* Returns a duration for a decoy: near the median, as real ones are, and never
 * below the least, because no real one was faster. */
int64_t latency_sample(const struct latency_span *);
/* Adds a duration; 0 is ignored, and so are errors. */
void latency_add(const char *dir, enum latency_kind, int64_t ms);
/* Opens the file for reading. From then on latency_add() does nothing in this
 * process: the state broker adds what it measures itself. */
void latency_keep_for_reading(const char *dir);
/* Keeps it open for adds, until latency_close(). */
void latency_keep_open(const char *dir);
void latency_close(void);

#endif
