/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The state in one SQLite file. Only sqlite_backend is for others; the rest is
 * shared by the files of this component, which have one struct store. A
 * function named _step runs in its caller's transaction.
 *
 * Verifications have milliseconds of CLOCK_BOOTTIME and the kernel's boot id,
 * so that no clock change makes one live longer and none survives a reboot.
 * Data that outlives a reboot has seconds of the wall clock.
 */
#ifndef TWOFA_SQLITE_H
#define TWOFA_SQLITE_H

#include <sqlite3.h>

#include "helper/store/store_backend.h"

#define SQLITE_PATH_MAX (FOLDER_PATH_MAX + 64)
#define SQLITE_BUSY_MS 20000 /* longest wait for locks of other processes */

/* Last value of PRAGMA synchronous. */
enum sqlite_sync {
	SYNC_UNSET = 0, /* nothing is written before it is set */
	SYNC_FULL,
	SYNC_NORMAL,
};

#define SQLITE_CACHE_SIZE 256 /* twice the number of a login's statements */

/* Values that all statements of an operation share: :boot, :now, :wall, :host,
 * :socket, :scope, :session, :process. */
#define SQLITE_SHARED 8

struct sqlite_cached {
	sqlite3_stmt *st;          /* NULL if the slot is free */
	bool used;                 /* a query has it open */
	int shared[SQLITE_SHARED]; /* numbers of their parameters, or 0 */
};

struct store {
	STORE_STATE;
	sqlite3 *db;
	char path[SQLITE_PATH_MAX];
	char boot[BOOT_ID_MAX + 1];
	/* Clocks at the beginning of the operation, before the wait for a
	 * lock. */
	int64_t now, wall;
	/* frame_clock_ms() at the begin of the wait for a lock */
	int64_t busy_since;
	int waits;  /* calls of sqlite_wait_begin() not ended yet */
	int queue;  /* file that is locked while writing, or -1 */
	int frames; /* frames in the write-ahead log after the last commit */
	int full;   /* frames after which the log is copied */
	enum sqlite_sync sync;
	bool syncs_later; /* by sqlite_sync() */
	/* SQLITE_CACHE_SIZE compiled statements of a store that serves many
	 * logins, or NULL */
	struct sqlite_cached *cached;
};

struct sqlite_header {
	int64_t version;     /* schema version; 0 without tables */
	int64_t application; /* the program that owns the file */
	int64_t pages;       /* pages in the file */
	int64_t unused;      /* free pages among these */
};

/* sqlite_open.c: opens the database, creates or upgrades its tables. */

/* The version that sqlite_schema_upgrade() upgrades to. */
int64_t sqlite_schema_newest(void);

/* SQL: creates a table of 1 MiB and drops it, which leaves free pages that
 * secure_delete has written to the disk. */
#define SQLITE_SPARE                                                           \
	"CREATE TABLE spare(id INTEGER PRIMARY KEY, filler BLOB NOT NULL);"    \
	"WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n"       \
	" WHERE i < 256) INSERT INTO spare SELECT i, zeroblob(4000) FROM n;"   \
	"DROP TABLE spare;"

/* Creates the tables, or upgrades those of an older version. Returns 0, or -1
 * with the cause: then close the database. */
int sqlite_schema_upgrade(struct store *, struct sqlite_header *);

/* Returns 0, or -1 with the cause if the path is too long. */
int sqlite_set_path(struct store *, const char *where);

/* Opens the file, which stays open, and reads its header; version 0 if there is
 * no state. Changes nothing.
 * Returns 0, or -1 with the cause. */
int sqlite_file_peek_header(struct store *, struct sqlite_header *);

/* sqlite_reserve.c: space on the disk in advance, and a write-ahead log that
 * fits into it. */

/* Returns 0, or -1 with the cause. */
int sqlite_reserve_enable_wal(struct store *);
void sqlite_reserve_fill(struct store *, const struct sqlite_header *);
void sqlite_reserve_restart_wal(struct store *);
/* For a broker: a longer log, which is copied less often, if the disk has the
 * space. Before the database is closed, it is copied. */
void sqlite_reserve_extend(struct store *);
void sqlite_reserve_end(struct store *);

/* sqlite_log.c: the write-ahead log that SQLite has open, or NULL. */
sqlite3_file *sqlite_log_file(struct store *);
/* For a broker, writes a transaction's frames in one call. For one store of a
 * process, until it is closed. */
void sqlite_log_keep(struct store *);

/* After the disk was full when opening. Returns 0 if part of the reserve was
 * freed, so try again; -1 on another error, or if the reserve is used up. */
int sqlite_reserve_release(const struct store *);

/* sqlite_lock.c: clocks, waits and locks. */

/* The source of time. boot fills in the boot id, "" if unknown. */
struct sqlite_clock {
	int64_t (*now_ms)(void);
	int64_t (*wall_s)(void);
	void (*boot)(char id[BOOT_ID_MAX + 1]);
};

/* This machine's clocks; tests set others (tests/support/store_time.h). */
extern struct sqlite_clock sqlite_clock;

/* Returns the name of the VFS to open with; NULL for SQLite's own. */
const char *sqlite_vfs(void);

/* Busy handler of SQLite: pauses before a lock is tried again. s is a struct
 * store, count begins at 0. Returns 1, or 0 after SQLITE_BUSY_MS, at the
 * deadline, or soon if other processes wait for this one. */
int sqlite_wait_before_retry(void *s, int count);
/* All waits between begin and end count as one. */
void sqlite_wait_begin(struct store *);
void sqlite_wait_end(struct store *);
/* Length of the present or last wait for a lock. */
int64_t sqlite_waited_s(const struct store *);

/* The queue of processes that want to write. */
void sqlite_queue_open(struct store *);
void sqlite_queue_close(struct store *);
void sqlite_queue_enter(struct store *);
void sqlite_queue_leave(struct store *);

/*
 * How long a process may be stopped while it holds a lock of the state. The
 * helper runs in the caller's cgroup, which a user may be able to freeze. So
 * while the helper holds a lock, its alarm is set to an earlier time: it kills
 * even a frozen process, and the next one can continue.
 *
 * Each try for a lock sets the alarm again, except while the lock that all
 * writers need is held. When the last lock is released, the rest of the
 * helper's own alarm is restored. A process without an alarm gets none.
 */

#define ALARM_HELD_MS 4000 /* with a lock that other processes wait for */
/* while the log is copied: no process waits for that, and a slow disk may need
 * two or three times as long */
#define ALARM_COPY_MS 12000

/* True while this process keeps others from writing, so that it must not wait
 * for long. */
bool sqlite_is_writing(void);
/* This process never has an alarm, so it is not looked for at each lock. */
extern bool sqlite_without_alarm;

/* sqlite_query.c: statements, transactions and errors. */

/* Sets the cause to the database's last error, with the remedy. Returns -1. */
int sqlite_set_cause(struct store *);

/* BEGIN IMMEDIATE takes the write lock first, so that nothing read in the
 * transaction can change meanwhile. Returns 0 or -1. */
int sqlite_write_begin(struct store *);
/* Like sqlite_write_begin(), but the commit does not wait for the disk: for
 * data that a power cut may lose. A killed process never loses it. */
int sqlite_write_begin_nosync(struct store *);
/* store_sync(), by one wait for the write-ahead log. */
int sqlite_sync(struct store *);
/* Commits, or rolls back and returns -1. No transaction is open afterwards. */
int sqlite_commit(struct store *);
void sqlite_rollback(struct store *);
/* Commits if result is 0 or more, else rolls back. Returns result, or -1. */
int sqlite_write_end(struct store *, int result);
/* Everything read until the rollback is from one moment. Returns 0 or -1. */
int sqlite_read_begin(struct store *);
/* Frees the compiled statements. */
void sqlite_query_cache_free(struct store *);
/* Runs statements without rows and values. Returns 0 or -1. */
int sqlite_run(struct store *, const char *sql);
/* Runs one statement with no values but the common ones (sqlite_query_open).
 * Returns 0 or -1. */
int sqlite_run_one(struct store *, const char *sql);

enum sqlite_step {
	QUERY_ERROR = 0, /* the cause is set */
	QUERY_ROW,
	QUERY_DONE,
};

/* A prepared statement; an error is kept until sqlite_query_step(). */
struct sqlite_query {
	struct store *store;
	sqlite3_stmt *st;             /* NULL after an error */
	struct sqlite_cached *cached; /* slot of a cached statement, or NULL */
};

/* Prepares a statement and binds the SQLITE_SHARED values. */
void sqlite_query_open(struct sqlite_query *, struct store *, const char *sql);
/* Like sqlite_query_open(), with values by their names, ":user=%s :id=%jd",
 * which the compiler checks as those of printf. %s, %d, %u, %jd for an int64_t,
 * and %.*s for bytes (NULL is SQL's NULL). Texts and bytes must stay valid
 * until sqlite_query_close(). Returns the query. */
struct sqlite_query *sqlite_query_open_with(struct sqlite_query *,
    struct store *, const char *sql, const char *values, ...)
    __attribute__((format(printf, 4, 5)));
/* Binds more values, or others to run the statement again. */
void sqlite_query_bind(struct sqlite_query *, const char *values, ...)
    __attribute__((format(printf, 2, 3)));
void sqlite_query_bind_number(
    struct sqlite_query *, const char *name, int64_t value);
/* The text must stay valid until sqlite_query_close(). */
void sqlite_query_bind_text(
    struct sqlite_query *, const char *name, const char *value);
enum sqlite_step sqlite_query_step(struct sqlite_query *);
/* Resets the statement to run it again, which saves compiling it. Bound values
 * stay. */
void sqlite_query_reset(struct sqlite_query *);
void sqlite_query_close(struct sqlite_query *);
/* Runs the statement and closes it. Returns the number of changed rows, or
 * -1. */
int sqlite_query_run(struct sqlite_query *);
/* Reads the first column of the first row and closes. Returns 1, 0 if there is
 * no row, or -1. */
int sqlite_query_read_value(struct sqlite_query *, int64_t *value);
/* The same of a statement that always has a row, with a number that is not
 * negative. Returns the number, or -1. */
int64_t sqlite_query_count(struct sqlite_query *);
/* Like sqlite_query_read_value(), of a statement without values. */
int sqlite_read_number(struct store *, const char *sql, int64_t *value);
/* sqlite_query_open_with(), then sqlite_query_run(), sqlite_query_read_value()
 * or sqlite_query_count(). */
#define sqlite_change(s, ...)                                                  \
	sqlite_query_run(sqlite_query_open_with(                               \
	    &(struct sqlite_query){ .st = NULL }, s, __VA_ARGS__))
/* sqlite_change() where exactly one row must change. 0 or -1. */
#define sqlite_change_one(s, ...) (sqlite_change(s, __VA_ARGS__) == 1 ? 0 : -1)
#define sqlite_value(s, value, ...)                                            \
	sqlite_query_read_value(                                               \
	    sqlite_query_open_with(                                            \
		&(struct sqlite_query){ .st = NULL }, s, __VA_ARGS__),         \
	    value)
#define sqlite_count(s, ...)                                                   \
	sqlite_query_count(sqlite_query_open_with(                             \
	    &(struct sqlite_query){ .st = NULL }, s, __VA_ARGS__))

/* Runs a _step in a transaction of its own, by sqlite_write_begin() or
 * sqlite_write_begin_nosync(); not at all if that fails. */
#define SQLITE_WRITE(s, step)                                                  \
	(sqlite_write_begin(s) != 0 ? -1 : sqlite_write_end(s, step))
#define SQLITE_WRITE_NOSYNC(s, step)                                           \
	(sqlite_write_begin_nosync(s) != 0 ? -1 : sqlite_write_end(s, step))

/* Reads the header in the caller's transaction. Returns 0, or -1 with the
 * cause. */
int sqlite_header_query(struct store *, struct sqlite_header *);
/* Like sqlite_header_query(), in its own transaction, which stays open after an
 * error: then close the database. */
int sqlite_header_peek(struct store *, struct sqlite_header *);

/* The column "place" of a source: the host's name for one that means something
 * else on each host (a local uid, loopback), "" for all others. */
const char *sqlite_source_place(const struct store *, const char *source);

/* SQL: number of recovery codes of a user, else of bypass codes, else NULL;
 * when twofactl self made the recovery codes, or NULL. */
extern const char sqlite_recovery_any[];

#define SQLITE_HOUR_S 3600
#define SQLITE_DAY_S 86400

/* sqlite_verification.c: reading the row of a verification. */

/* Largest difference of the clocks that two processes have read, even if one
 * waited for the lock as long as possible. A row further in the future is from
 * another boot, or from before the clock was set back. */
#define SQLITE_SKEW_MS 30000
_Static_assert(SQLITE_SKEW_MS > SQLITE_BUSY_MS, "longer than a wait");

/* The columns that sqlite_query_read_verification() reads: those of
 * store_row_from_columns(), the user, and whether root's service has it
 * and another uid's asks. */
#define SQLITE_COLUMNS                                                         \
	"id, state, request_id, method, :now - sent_at, expires_at - :now,"    \
	" ends_at - :now, iif(holder_host = :host, holder, 0), tries, sends,"  \
	" joined, send, session = :session AND host = :host,"                  \
	" socket <> :socket, 0, host <> :host AND length(verifier) > 0,"       \
	" provider, type, user, socket = 0 AND :socket <> 0 "
/* Before and after a table's name: the id of a new row. A state that is put
 * back, or has lost its log, gives the last numbers again, while logins hold
 * these ids. So random bits follow each. */
#define SQLITE_ID_BITS 30
#define SQLITE_NEW_ID                                                          \
	"(((SELECT coalesce(max(seq), 0) FROM sqlite_sequence WHERE name = '"
#define SQLITE_NEW_ID_END "') >> 30) + 1) << 30 | (random() & 1073741823)"
/* Condition, after a user: of an enrolment. */
#define SQLITE_ENROLS " GLOB '*[^/]" STORE_ENROLMENT "'"
/* Names of an enrolment of this user by an administrator or the help desk. */
#define SQLITE_ADMIN_ENROLS(user)                                              \
	"'" STORE_ADMIN "' || " user " || '" STORE_ENROLMENT "',"              \
	" '" STORE_DESK "' || " user " || '" STORE_ENROLMENT "'"
/* Condition: this session holds the row. */
#define SQLITE_HELD                                                            \
	" id = :id AND boot = :boot AND holder = :process"                     \
	" AND holder_host = :host"
/* Condition: it does, and STARTED has yet to come, perhaps late. */
#define SQLITE_HELD_STARTING                                                   \
	SQLITE_HELD " AND state IN ('starting', 'replacing', 'unknown')"

/* A verification's row. */
struct sqlite_found {
	enum store_row_state state; /* STORE_ROW_NONE if there is no row */
	bool same_user;
	bool other_enrols; /* asked for by another user's enrolment */
	bool enrols; /* STORE_ENROLMENT; of root's not beside another uid's */
	struct store_row row;
};

/* Steps a SELECT of SQLITE_COLUMNS to its only row, and closes it. user is
 * compared with the row's; NULL for any. Returns 0, or -1 with the cause. */
int sqlite_query_read_verification(
    struct sqlite_query *, const char *user, struct sqlite_found *);
/* True if a session is starting or replacing it. */
bool sqlite_found_is_held(const struct sqlite_found *);
/* Sets the cause: a row has what this program never writes. Returns -1. */
int sqlite_set_row_damaged(struct store *);

/* sqlite_guesses.c: the count of wrong codes. */

/* SQL: the owners of a shared account's people, ACCOUNT//NAME, or of a user at
 * shared accounts, USER//=ACCOUNT ('/' sorts before '0'). */
#define SQLITE_PEOPLE_OF_USER "user > :user || '//' AND user < :user || '/0'"

/* Counts of a user's wrong codes. The names must stay valid. */
struct sqlite_guess_row {
	const char *user, *source;
	int64_t series, wrong, locks, locked_at, until, refused;
};
struct sqlite_guess {
	struct store *s;
	struct sqlite_guess_row row[STORE_COUNTS];
};
struct sqlite_guess sqlite_guess_rows(
    struct store *, const char *user, const char *source);

/* Reads the rows. Returns 0 or -1. */
int sqlite_guess_load(struct sqlite_guess *);
/* Returns whether a code may be tried; with GUESS_LOCKED *wait_s until the lock
 * ends. */
enum store_guess sqlite_guess_lock_state(
    const struct sqlite_guess *, int64_t *wait_s);
/* True if a denial on the phone made the lock at this source. */
bool sqlite_guess_lock_is_from_denial(const struct sqlite_guess *);
/* Lets locks from the clock's future begin now. Returns 0 or -1. */
int sqlite_guess_repair(const struct sqlite_guess *);
/* Like sqlite_guess_repair(), in its own transaction, if there is such a
 * lock. */
int sqlite_guess_repair_now(const struct sqlite_guess *);

/* The guess of store_guess_take_with_try(). */
enum store_guess sqlite_guess_take_step(struct store *, const char *user,
    const char *source, const struct limits_of_guesses *,
    struct store_guess_token *, int64_t *wait_s);

/* Takes back a guess that does not count. Returns 0 or -1. */
int sqlite_guess_refund_step(struct store *, const struct store_counted *);

/* sqlite_messages.c, sqlite_limits.c: the count of messages, and money. */

/* Messages that were sent, in SQL: kinds of messages to unknown names, which
 * count for that name alone, are greater. */
#define SQLITE_SENT "kind < 9"
int sqlite_message_kind(const struct store_send_key *);

/* A message being counted. The caller sets the first four. keep: host.key may
 * be created, and changes are committed. */
struct sqlite_message {
	struct store *s;
	const struct store_send_key *key;
	const struct limits_of_sends *limits;
	bool keep;
	char number[HOST_KEY_TEXT];
	int64_t price;
	/* of the limit that lasts longest; 0 if no limit is reached */
	int64_t wait_s;
	const char *which;
};

/* Fills in price and digest. Must be called before the transaction, unless
 * host.key has been read. Returns 0 or -1. */
int sqlite_message_prepare(struct sqlite_message *);
/* Sets messages from the clock's future to now: otherwise each attempt would
 * count them as new, and they would fill a limit for as long as the clock was
 * ahead. Removes old ones. round begins at 0. Returns 1; 0 if there are more:
 * commit, and call again in another transaction; or -1. */
int sqlite_send_tidy(struct store *, int round);
/* Fills in wait_s and which. Returns 0 or -1. */
int sqlite_message_check_limits(struct sqlite_message *);
/* Inserts the message. Returns 0 or -1. */
int sqlite_message_insert(const struct sqlite_message *, int64_t *id);

/* Sets a message's real price. */
int sqlite_send_set_price_step(struct store *, int64_t id, int64_t price);
/* Like sqlite_send_set_price_step(), in its own transaction, and rejects
 * invalid prices. */
int sqlite_send_set_price(struct store *, int64_t id, int64_t price);

/* Notes that the user had a right code from this source, which raises the
 * source's limit of messages. Returns 0 or -1. */
int sqlite_note_right_code_source(struct store *, const struct store_right *);

int sqlite_money_tidy(struct store *);
int sqlite_money_add(struct store *, int64_t day, int64_t price);
/* Returns 0 with the money spent so far in *day and *month, or -1. */
int sqlite_money_read(struct store *, int64_t *day, int64_t *month);

/* sqlite_right.c, sqlite_once.c: the effects of a right code. */

/* All effects. recovery: a recovery code, which was not counted before it was
 * checked. Returns 0 or -1. Its parts follow. */
int sqlite_right_apply_step(
    struct store *, const struct store_right *, bool recovery);
int sqlite_guess_clear_step(
    struct store *, const char *user, const char *source, bool recovery);
int sqlite_success_note_step(struct store *, const struct store_right *);
int sqlite_remembered_add_step(struct store *, const struct store_right *);

/* Returns 1 if the login is remembered, 0 or -1. Uses a transaction only to end
 * what was remembered before the clock was set back, and to note the use of
 * what would end by idle_s. keep: else nothing changes. */
int sqlite_login_is_remembered(
    struct store *, const struct store_begin *, bool keep);

/* Removes what a denial on the phone ends. Returns the number of rows, or
 * -1. */
int sqlite_remembered_forget_step(struct store *, const char *user);

/* One statement for several providers, each read as by
 * store_provider_passed_over_left(). */
void sqlite_passed_over_open(struct sqlite_query *, struct store *);
int sqlite_passed_over_step(
    struct sqlite_query *, const char *provider, int64_t *left_ms);

/* Uses up an app's code. Returns 1, 0 or -1. */
int sqlite_code_claim_step(struct store *, const struct store_code *);

/* The note of recovery codes that a phone made by twofactl self: they count a
 * day later. Codes of an administrator have no note, those of an invitation
 * another. */
#define SQLITE_NOTE_BY_PHONE "self"
enum sqlite_codes_by {
	SQLITE_CODES_BY_ADMIN = 0,
	SQLITE_CODES_BY_PHONE, /* of twofactl self; they count a day later */
	SQLITE_CODES_BY_INVITATION,
};
/* Puts codes with these hashes in place of the user's recovery codes. Returns
 * 0 or -1. */
int sqlite_recovery_renew_step(struct store *, const char *user,
    const struct store_recovery *made, unsigned count, enum sqlite_codes_by);
/* Uses up an invitation that was found. Returns 1, 0 or -1. */
int sqlite_invitation_use_step(
    struct store *, const char *user, const struct store_recovery *);
int sqlite_invitation_find(struct store *, const char *user,
    const struct store_recovery *typed, int count, struct store_recovery *);

/* sqlite_enrolled.c: records of users who enrolled at a login. */
enum store_record sqlite_record_read(
    struct store *, const char *user, char **text);
int sqlite_record_list(struct store *, const char *user, void *ctx,
    void (*row)(void *ctx, const struct store_record_row *));
int sqlite_record_remove(
    struct store *, const char *user, const unsigned char *seal);
enum store_enrolled sqlite_enrol(
    struct store *, const struct store_enrolment *);
int64_t sqlite_enrolments(struct store *);
int sqlite_invited_lately(
    struct store *, const char *user, const struct store_recovery *);

/* sqlite_admin.c: the table of operations of this backend. */

#define OP(type, name, params, args) type sqlite_##name params;
STORE_OPERATIONS(OP)
#undef OP
struct store *sqlite_open(const char *where, const struct store_session *,
    char cause[STORE_CAUSE_MAX]);
void sqlite_close(struct store *);
int64_t sqlite_rows_out(struct store *, FILE *to);
int sqlite_unreported_list(
    struct store *, struct store_unreported *, size_t most);
int sqlite_noop(struct store *);
int sqlite_unreported_clear(struct store *, const struct store_unreported *);

#endif
