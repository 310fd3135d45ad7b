/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What only a state at servers has, which hosts share: what it adds to a login,
 * how long it was waited for, users' records in it, what one host counted while
 * it was out of reach, its health, moving into it. Opening the state of the
 * settings, whichever it is.
 */
#ifndef TWOFA_STORE_FLEET_H
#define TWOFA_STORE_FLEET_H

#include "helper/store/store.h"
#include "lib/settings/settings.h"
#include "lib/wire/wire.h"

struct login;
struct request;

/* What such a state adds to a login and to twofactl's requests.
 * helper/store/postgresql has it, and main.c alone knows that room. One login,
 * or one request, for each process. */
struct store_fleet {
	/* Settings with users = "state" get their source of records, which
	 * opens the state for the first one and keeps it, to save a connection.
	 * All stays until the end. session: as for store_open_for. */
	void (*records_begin)(
	    struct settings *, const struct facts *, int64_t session);
	void (*records_end)(struct settings *);
	/* The state that was opened for a record, now the caller's; NULL: none
	 * was. For store_open_for. */
	struct store *(*records_kept)(const struct settings *);
	/* Records are read by this open state, while it is not NULL. */
	void (*records_lend)(const struct settings *, struct store *);
	/* A person is being asked: store_idle. */
	void (*records_rest)(const struct settings *);

	/* A login that finds no server: with on_store_outage = "offline" it
	 * goes on with what this host alone has (outage.db). That is decided
	 * before the first prompt, once; a login that began with the state
	 * never gets there. Its state was opened and begun with, and that
	 * failed for this reason: may it? */
	bool (*outage_may)(const struct login *, enum reason why);
	/* Open outage.db for it; its environment is another one from now on.
	 * The store; or NULL after a log line: then deny. */
	struct store *(*outage_open)(struct login *);
	/* Any login is over, and its store closed: what was let in is named in
	 * the log, and what was tried is marked for the fleet. */
	void (*outage_end)(struct login *);
	/* A decoy asks the state where a real login does, so that an outage
	 * looks alike for both. REASON_NONE: go on; else it is over, for a
	 * reason that is logged. In both cases decoy_end at last. */
	enum reason (*decoy_begin)(struct login *);
	void (*decoy_end)(struct login *);
	/* A login has begun in this state: tell that what this host kept in an
	 * outage. session and socket_uid as in struct store_session. What fails
	 * is logged, and told at the next contact. */
	void (*report)(struct store *, const struct settings *, int64_t session,
	    int64_t socket_uid);
	/* This user's login used a step of an app's code there: not once more
	 * here, in an outage. What fails is logged. */
	void (*step_used)(const struct settings *, int64_t session,
	    int64_t socket_uid, const char *user,
	    const unsigned char secret[STORE_CODE_DIGEST], int64_t step);

	/* outage.db for twofactl; with on_store_outage = "deny" as well. NULL
	 * with the cause and the remedy. */
	struct store *(*outage_store)(
	    const struct settings *, char cause[STORE_CAUSE_MAX]);
	/* Call row for each user of whom outage.db has anything, as
	 * store_status does (source "", recovery). Where there is none, it is
	 * not made. 0, or -1 with the cause. */
	int (*outage_users)(const struct settings *, void *ctx,
	    void (*row)(void *ctx, const struct store_status *),
	    char cause[STORE_CAUSE_MAX]);

	/* Purposes that only such a state has; NULL: all others. */
	void (*serve[PURPOSE_COUNT])(const struct request *);
};

/* Once, when the program starts. Without it no such state is opened. */
void store_set_fleet(const struct store_fleet *);
/* NULL: the state is in a file. */
const struct store_fleet *store_fleet(const struct settings *);

/*
 * store_process.c: how long this process has waited for a state at a server,
 * and for which server: for the log line. Unused for a state in a file.
 */

#define STORE_SPENT_MAX 304 /* a host's name, '@' and a server's */

struct store_wait_times {
	char where[STORE_SPENT_MAX]; /* "web01@db2"; "web01@-": no server has
				      * answered; "": there is no such state */
	int64_t ms;                  /* -1: there is no such state */
};

const struct store_wait_times *store_wait_times(void);

/* For engines: this host opens its state, and has not waited yet. */
void store_wait_times_begin(const char *host);
/* Add waited time; server: the one that answered; NULL: none did. */
void store_wait_times_add(const char *server, int64_t ms);

/*
 * Users' records in the state (users = "state"). The session's fleet_key seals
 * each record (fleet_records.h). A record with a wrong seal counts as
 * unreadable, and so do all if the state has another key.
 */

enum store_record {
	STORE_RECORD_ERROR = 0, /* see store_cause, also below */
	STORE_RECORD_FOUND,
	STORE_RECORD_NONE,
	STORE_RECORD_REFUSED,   /* this host must not have it, or not now */
	STORE_RECORD_OTHER_KEY, /* the state is under another fleet key */
	STORE_RECORD_OUTAGE,    /* the state is out of reach */
};

/* A user's record, for a login. text: to be wiped and freed. */
enum store_record store_record_read(
    struct store *, const char *user, char **text);

#define STORE_SEAL_LEN 32

struct store_record_row {
	const char *user;
	const char *text;   /* NULL: the seal is wrong */
	const char *groups; /* with commas; to put, NULL: the present ones */
	int64_t at;         /* seconds since 1970 */
	const char *by;
	unsigned char seal[STORE_SEAL_LEN]; /* to put: the present one's */
};

/* From here on for administrators. Call row for each, sorted by user; user
 * NULL: all. 0 or -1. */
int store_record_list(struct store *, const char *user, void *ctx,
    void (*row)(void *ctx, const struct store_record_row *));

/* Write a record, replacing the one with that seal (had: there is one). 1; 0:
 * it was changed meanwhile; -1. */
int store_record_put(struct store *, const struct store_record_row *, bool had);
/* Remove the one with that seal. 1; 0: it was changed or removed meanwhile;
 * -1. */
int store_record_remove(
    struct store *, const char *user, const unsigned char *seal);

/* All of them under a new fleet key instead of the session's, in one
 * transaction; look: only open them. count: how many there are. */
enum store_rekey {
	STORE_REKEY_FAILED = 0, /* nothing was changed */
	STORE_REKEY_DONE,
	STORE_REKEY_ALREADY,   /* the state has the new key; count is 0 */
	STORE_REKEY_MEANWHILE, /* a record was changed meanwhile: again */
};
enum store_rekey store_record_rekey(struct store *,
    const unsigned char key[SETTINGS_FLEET_KEY_LEN], bool look, int64_t *count);

/*
 * What a host counted while no server of its state could be reached, in a file
 * of its own, and tells the server when it is there again.
 */

#define STORE_USER_MAX 200 /* longest name of a user in the state */

/* A TOTP step that was used, or wrong codes without a right one. */
struct store_unreported {
	char user[STORE_USER_MAX + 1];
	char source[SOURCE_MAX + 1];
	int64_t step; /* 0: wrong codes */
	unsigned char secret[STORE_CODE_DIGEST];
	/* so many in all since this number's series began, however often it is
	 * told */
	int64_t series, wrong;
};

/* Of a file: fill in what was not told yet, the newest step first. How many; -1
 * failed, also in a server. */
int store_unreported_list(
    struct store *, struct store_unreported *, size_t most);
/* Of a file: it was told. What was counted meanwhile stays untold. 0 or -1. */
int store_unreported_clear(struct store *, const struct store_unreported *);
/* Of a server: count wrong codes, each of them once. 0; 1: the user is locked
 * there; or -1. */
int store_unreported_count(struct store *, const struct store_unreported *,
    const struct limits_of_guesses *);

/* Of a file: from now on so many wrong codes of a user shut, instead of
 * LIMITS_LOCKOUT_AT. */
void store_set_lockout_at(struct store *, unsigned wrong);

/* Of both: this step of this secret was used elsewhere; one that is later stays
 * the last. told: it need not be told. 0 or -1. */
int store_totp_note(struct store *, const struct store_unreported *, bool told);

/* Checks a state at a server, for twofactl doctor. */

/* One finding: a problem or a note, its name (twofactl(8)), and the text with
 * the remedy. */
struct store_finding {
	bool problem;
	const char *name, *text;
};

/* Check every server that where names, as this host. wall: this host's clock,
 * for comparison. A state in a file has no findings. */
void store_health(const char *where, const struct store_session *, int64_t wall,
    void *ctx, void (*found)(void *ctx, const struct store_finding *));

/* What one state knew, for another one to take over. */

/* Write a line for each row that outlives a move, as sql/import.sql reads them:
 * steps of apps, wrong codes, messages of a day, money of 30, recovery codes,
 * used codes. How many, or -1 with the cause. For a state that is a file. */
int64_t store_rows_out(struct store *, FILE *to);

struct store_moved {
	bool fresh; /* else that file had been taken over before */
	/* rows that came of it */
	int64_t steps, guesses, sends, codes;
};

/* Take such lines of that host over, all of them or none. file: what they are
 * known by there: once taken over they never are again. 0, or -1 with the
 * cause. For a state that is a server's, asked by an administrator. */
int store_rows_in(struct store *, const char *host, const char *file,
    const char *rows, struct store_moved *);

/* store.c: the state of the settings, for a login or a request of twofactl. */

/* Open the state of the settings, after checking state_dir, or take the one
 * that was opened for a record; the caller closes it. From the facts: the
 * settings' file, the service's uid and an administrator's password, which must
 * stay valid until then. session: 0 if it starts no verification. NULL with
 * cause and remedy. */
struct store *store_open_for(const struct settings *, const struct facts *,
    int64_t session, char cause[STORE_CAUSE_MAX]);

/* What the settings say of the state's server; their texts. */
struct store_server store_server_from_settings(const struct settings *);

/* Check the state's server as this host sees it. wall: this host's clock. */
void store_check_health(const struct settings *, const struct facts *,
    int64_t wall, void *ctx,
    void (*found)(void *ctx, const struct store_finding *));

/* Which version it has. Nothing is changed. 0, or -1 with cause. */
int store_read_version(const struct settings *, const struct facts *,
    struct store_version *, char cause[STORE_CAUSE_MAX]);

#endif
