/* SPDX-License-Identifier: BSD-2-Clause */
/* State servers, which hosts share: their part in a login, time waited for
 * them, users' records, outages, health, import of a state file. Also opens the
 * state of the settings, of either kind. */
#ifndef TWOFA_STORE_FLEET_H
#define TWOFA_STORE_FLEET_H

#include "helper/store/store.h"
#include "lib/settings/settings.h"

struct login;
struct environment;

#define STORE_SEALED_MAX 1024 /* of a sealed secret, with its NUL */

/* Operations that only a fleet's state adds to a login and to twofactl's
 * requests. helper/store/postgresql implements them; only main.c includes it.
 * One login or request per process. */
struct store_fleet {
	/* Makes settings with users = "state", or with users who enrolled at a
	 * login, read records from the state,
	 * which is opened for the first one and stays open, to save a
	 * connection. All arguments must stay valid until records_end().
	 * session: as for store_open_from_settings(). */
	void (*records_begin)(
	    struct settings *, const struct facts *, int64_t session);
	void (*records_end)(struct settings *);
	/* Returns the store that was opened for a record, now the caller's, or
	 * NULL if none was. For store_open_from_settings(). */
	struct store *(*records_kept)(const struct settings *);
	/* Reads records through this open store, until called with NULL. */
	void (*records_lend)(const struct settings *, struct store *);
	/* The user is being prompted: store_enter_idle(). */
	void (*records_rest)(const struct settings *);
	/* Decrypts a secret in a record: the unseal of struct record_source. */
	int (*unseal)(const unsigned char key[SETTINGS_FLEET_KEY_LEN],
	    const char *owner, const char *text, struct secret *);

	/* Encrypts one. 0 or -1. */
	int (*seal)(const unsigned char key[SETTINGS_FLEET_KEY_LEN],
	    const char *owner, const struct secret *,
	    char out[STORE_SEALED_MAX]);

	/* A login while no server can be reached: with on_store_outage =
	 * "offline" it uses outage.db of this host. That is decided once,
	 * before the first prompt, after opening or beginning with the state
	 * failed for why. Returns true if allowed. */
	bool (*outage_may)(const struct login *, enum reason why);
	/* Opens outage.db and replaces the login's environment. Returns NULL
	 * after a log line: then deny. */
	struct store *(*outage_open)(struct login *);
	/* Ends any login whose store is closed: an allowed one gets its reason,
	 * a try is marked for the fleet. */
	void (*outage_end)(struct login *);
	/* A decoy connects to the state where a real login does, so that an
	 * outage looks alike for both. Returns REASON_NONE to continue, else
	 * the reason to end, after a log line. decoy_end() must follow in both
	 * cases. */
	enum reason (*decoy_begin)(struct login *);
	void (*decoy_end)(struct login *);
	/* Reports to this state what the host counted in an outage. session and
	 * socket_uid as in struct store_session. Failures are logged, and
	 * retried at the next contact. */
	void (*report)(struct store *, const struct settings *, int64_t session,
	    int64_t socket_uid);
	/* Notes in outage.db that a TOTP step was used in the state, so that it
	 * is not accepted in an outage. Failures are logged. */
	void (*step_used)(const struct settings *, int64_t session,
	    int64_t socket_uid, const char *user,
	    const unsigned char secret[STORE_CODE_DIGEST], int64_t step);

	/* Opens outage.db for twofactl, with on_store_outage = "deny" as well.
	 * Returns NULL with cause and remedy. */
	struct store *(*outage_store)(
	    const struct settings *, char cause[STORE_CAUSE_MAX]);
	/* Calls row for each user with data in outage.db, as
	 * store_status_list() does (source "", recovery). A missing file is not
	 * created. Returns 0, or -1 with the cause. */
	int (*outage_users)(const struct settings *, void *ctx,
	    void (*row)(void *ctx, const struct store_status *),
	    char cause[STORE_CAUSE_MAX]);

	/* Purposes that only a fleet's state serves; NULL for all others. */
	enum reason (*serve[PURPOSE_COUNT])(const struct environment *);
};

/* Called once, when the program starts. Without it, state servers are not
 * supported. */
void store_set_fleet(const struct store_fleet *);
/* NULL for a state file. */
const struct store_fleet *store_fleet(const struct settings *);
/* The same, but also for a state file with records of users who enrolled at a
 * login: its functions for records then read these. */
const struct store_fleet *store_records(const struct settings *);

/* store_process.c: how long this process waited for state servers, and for
 * which one, for the log line. Unused for a state file. */

#define STORE_SPENT_MAX 304 /* host name, '@' and server name */

struct store_wait_times {
	/* "web01@db2"; "web01@-" if no server answered; "" for a file */
	char where[STORE_SPENT_MAX];
	int64_t ms; /* -1 for a file */
};

const struct store_wait_times *store_wait_times(void);

/* For backends: this host opens its state, and has not waited yet. */
void store_wait_times_begin(const char *host);
/* Adds waited time. server: the one that answered, or NULL. */
void store_wait_times_add(const char *server, int64_t ms);

/* Users' records in the state (users = "state"). The session's fleet_key seals
 * each record (fleet_records.h). A record with a wrong seal counts as
 * unreadable, and so do all if the state has another key. */

enum store_record {
	STORE_RECORD_ERROR = 0, /* see store_cause() */
	STORE_RECORD_FOUND,
	STORE_RECORD_NONE,
	STORE_RECORD_REFUSED,   /* this host may not have it, or not now */
	STORE_RECORD_OTHER_KEY, /* the state has another fleet key */
	STORE_RECORD_OUTAGE,    /* the state is unreachable */
};

/* Reads a user's record, for a login. The caller wipes and frees text. */
enum store_record store_record_read(
    struct store *, const char *user, char **text);

#define STORE_SEAL_LEN 32

struct store_record_row {
	const char *user;
	const char *text;   /* NULL if the seal is wrong */
	const char *groups; /* comma-separated; to put, NULL for unchanged */
	int64_t at;         /* seconds since 1970 */
	const char *by;
	/* to put: seal of the present record */
	unsigned char seal[STORE_SEAL_LEN];
};

/* For administrators. Calls row for each record, sorted by user; user NULL for
 * all. Returns 0 or -1. */
int store_record_list(struct store *, const char *user, void *ctx,
    void (*row)(void *ctx, const struct store_record_row *));

/* Writes a record, replacing the one with that seal if had. Returns 1, 0 if it
 * was changed meanwhile, or -1. */
int store_record_put(struct store *, const struct store_record_row *, bool had);
/* Removes the record with that seal, or of a file the only one. Returns 1, 0 if
 * it was changed or removed meanwhile, or -1. */
int store_record_remove(
    struct store *, const char *user, const unsigned char *seal);

/* Puts all records under a new fleet key instead of the session's, in one
 * transaction. dry_run only opens them. *count: number of records. */
enum store_rekey {
	STORE_REKEY_FAILED = 0, /* nothing was changed */
	STORE_REKEY_DONE,
	STORE_REKEY_ALREADY,   /* the state has the new key; count is 0 */
	STORE_REKEY_MEANWHILE, /* a record was changed meanwhile: repeat */
};
enum store_rekey store_record_rekey(struct store *,
    const unsigned char key[SETTINGS_FLEET_KEY_LEN], bool dry_run,
    int64_t *count);

/* Entries that a host counted in its own file while no server could be reached,
 * and reports when one is reachable again. */

#define STORE_USER_MAX 200 /* longest owner name in the state */

/* A TOTP step that was used, or wrong codes without a right one. */
struct store_unreported {
	char user[STORE_USER_MAX + 1];
	char source[SOURCE_MAX + 1];
	int64_t step; /* 0 for wrong codes */
	unsigned char secret[STORE_CODE_DIGEST];
	/* total since this series began, however often it is reported */
	int64_t series, wrong;
};

/* In a file: fills in unreported entries, newest step first. Returns their
 * number, or -1, also for a server. */
int store_unreported_list(
    struct store *, struct store_unreported *, size_t most);
/* In a file: marks the entry as reported; what was counted since stays
 * unreported. Returns 0 or -1. */
int store_unreported_clear(struct store *, const struct store_unreported *);
/* On a server: counts wrong codes, each of them once. Returns 0, 1 if the user
 * is locked there, or -1. */
int store_unreported_count(struct store *, const struct store_unreported *,
    const struct limits_of_guesses *);

/* In a file: sets the number of wrong codes that locks a user out, instead of
 * LIMITS_LOCKOUT_AT. */
void store_set_lockout_limit(struct store *, unsigned wrong);

/* In both: notes that this step of this secret was used elsewhere; a later one
 * stays the last. reported: it need not be reported. Returns 0 or -1. */
int store_totp_note(
    struct store *, const struct store_unreported *, bool reported);

/* Health of state servers, for twofactl doctor. */

/* A problem or a note: its name (twofactl(8)), and the text with the remedy. */
struct store_finding {
	bool problem;
	const char *name, *text;
};

/* Moving from a state file to servers. */

/* Writes a line for each row that outlives a move, as import() in
 * lib/fleet_records/sql/admin.sql reads them: TOTP steps, wrong codes, messages
 * of a day, money of 30, recovery codes, used codes. Returns their number, or
 * -1 with the cause. For a state file. */
int64_t store_rows_out(struct store *, FILE *to);

struct store_moved {
	bool fresh; /* false if that file had been imported before */
	/* imported rows */
	int64_t steps, guesses, sends, codes;
};

/* Imports such lines of that host, all of them or none. file identifies them:
 * they are imported only once. Returns 0, or -1 with the cause. For a state
 * server and an administrator. */
int store_rows_in(struct store *, const char *host, const char *file,
    const char *rows, struct store_moved *);

/* store.c: opens the state of the settings, for a login or a request of
 * twofactl. */

/* Opens the state of the settings, after checking state_dir, or takes the one
 * that was opened for a record; the caller closes it. The texts of facts
 * (settings file, an administrator's password) must stay valid until then.
 * session: 0 if it starts no verification. Returns NULL with cause and
 * remedy. */
struct store *store_open_from_settings(const struct settings *,
    const struct facts *, int64_t session, char cause[STORE_CAUSE_MAX]);

/* Connection settings from conf, with its texts. */
struct store_server store_server_from_settings(const struct settings *);

/* Checks every state server as this host sees it. wall: this host's clock, for
 * comparison. Not for a state file. */
void store_check_health(const struct settings *, const struct facts *,
    int64_t wall, void *ctx,
    void (*found)(void *ctx, const struct store_finding *));

/* Reads the schema version of the state, and changes nothing. Returns 0, or -1
 * with the cause. */
int store_read_version(const struct settings *, const struct facts *,
    struct store_version *, char cause[STORE_CAUSE_MAX]);

#endif
