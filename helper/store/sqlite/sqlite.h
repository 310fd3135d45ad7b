/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The state in one SQLite file. Only sqlite_engine is for others; the rest is
 * for the files of this room, which share one struct store.
 *
 * It keeps its own time. For verifications it uses milliseconds of
 * CLOCK_BOOTTIME and the kernel's boot id, so that no clock change makes one
 * live longer and none survives a reboot. For what outlives a reboot it uses
 * the wall clock in seconds.
 */
#ifndef TWOFA_SQLITE_H
#define TWOFA_SQLITE_H

#include <sqlite3.h>

#include "helper/store/store_backend.h"

#define SQLITE_PATH_MAX (FOLDER_PATH_MAX + 64)
#define SQLITE_BUSY_MS 20000 /* how long to wait for other processes' locks */

/* The last value of PRAGMA synchronous. */
enum sqlite_sync {
	SYNC_UNSET = 0, /* nothing is written before it is set */
	SYNC_FULL,
	SYNC_NORMAL,
};

#define SQLITE_CACHE_SIZE 256 /* twice as many as a login's */

struct sqlite_cached {
	sqlite3_stmt *st; /* NULL: the place is free */
	bool used;        /* by a query that is not closed yet */
};

struct store {
	STORE_STATE;
	sqlite3 *db;
	char path[SQLITE_PATH_MAX];
	char boot[BOOT_ID_MAX + 1];
	/* The clocks at the beginning of the operation, before waiting for a
	 * lock. */
	int64_t now, wall;
	int64_t busy_since; /* frame_clock_ms when the wait for a lock began */
	int waits;          /* calls of sqlite_wait_begin without an end */
	int queue;          /* locked while it writes; -1: none */
	int frames; /* frames in the write-ahead log after the last commit */
	enum sqlite_sync sync;
	/* of a store that serves many logins: statements that stay compiled,
	 * SQLITE_KEPT of them; NULL: none does */
	struct sqlite_cached *cached;
};

/* The header of the database. */
struct sqlite_header {
	int64_t version;     /* of the tables; 0: there are no tables */
	int64_t application; /* the program that owns the file */
	int64_t pages;       /* pages in the file */
	int64_t unused;      /* ... free pages */
};

/* sqlite_open.c: opens the database, makes or upgrades its tables. */

/* Is the table answered_from there? A schema 16 of before this release has none
 * yet; make: then it gets it, or false: that failed. */
bool sqlite_schema_answered(struct store *, bool make);
/* The version that sqlite_schema_check upgrades to. */
int64_t sqlite_schema_newest(void);

/* SQL: makes a table of 1 MiB and drops it, which leaves free pages that
 * secure_delete has written to the disk. */
#define SQLITE_SPARE                                                           \
	"CREATE TABLE spare(id INTEGER PRIMARY KEY, filler BLOB NOT NULL);"    \
	"WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n"       \
	" WHERE i < 256) INSERT INTO spare SELECT i, zeroblob(4000) FROM n;"   \
	"DROP TABLE spare;"

/* Make the tables, or upgrade those of an older version. 0, or -1 with the
 * cause: then close the database. */
int sqlite_schema_check(struct store *, struct sqlite_header *);

/* Where it is: 0, or -1 with the cause: too long a path. */
int sqlite_set_path(struct store *, const char *where);

/* Read only the header; version 0: there is no state. The state stays as it is.
 * 0, or -1 with the cause. */
int sqlite_file_peek(struct store *, struct sqlite_header *);

/*
 * sqlite_reserve.c: space on the disk in advance, and a write-ahead log that
 * fits into it.
 */

/* 0, or -1 with the cause. */
int sqlite_reserve_open(struct store *);
void sqlite_reserve_fill(struct store *, const struct sqlite_header *);
void sqlite_reserve_settle(struct store *);
/* After the disk was full at the opening. 0: part of the reserved space was
 * freed, so try again; -1: another error, or none is left. */
int sqlite_reserve_release(const struct store *);

/* sqlite_lock.c: clocks, waits and locks. */

/* The source of time. boot: fills in id, "" when it is unknown. */
struct sqlite_clock {
	int64_t (*now_ms)(void);
	int64_t (*wall_s)(void);
	void (*boot)(char id[BOOT_ID_MAX + 1]);
};

/* This machine's clock; tests set another (tests/support/store_time.h). */
extern struct sqlite_clock sqlite_clock;

/* The name of the VFS to open it with; NULL: SQLite's own. */
const char *sqlite_vfs(void);

/* Pause before asking for a lock again (SQLite's busy handler; s is a struct
 * store). count: from 0. 1, or 0: after SQLITE_BUSY_MS, at the deadline, or
 * soon when other processes wait for this one. */
int sqlite_wait_more(void *s, int count);
/* All waits between begin and end count as one. */
void sqlite_wait_begin(struct store *);
void sqlite_wait_end(struct store *);
/* The length of the present or last wait for a lock. */
int64_t sqlite_waited_s(const struct store *);

/* The queue of processes that want to write. */
void sqlite_queue_open(struct store *);
void sqlite_queue_close(struct store *);
void sqlite_queue_enter(struct store *);
void sqlite_queue_leave(struct store *);

/* How long a process may be stopped while it holds a lock of the state. The
 * helper runs in the caller's cgroup, and a user may be able to freeze it. So
 * while the helper holds a lock, its alarm is set to an earlier time. The alarm
 * kills even a frozen process, and the next one can go on.
 *
 * Each try for a lock sets the alarm again, except while the lock that all
 * writers need is held. When the last lock is released, the rest of the
 * helper's own alarm is set again. A process without an alarm gets none. */

#define ALARM_HELD_MS 4000 /* for a lock that other processes wait for */
/* while the log is copied: no process waits for that, and a slow disk may need
 * two or three times as long */
#define ALARM_COPY_MS 12000

/* True while this process keeps others from writing, so that it must not wait
 * for long. */
bool sqlite_is_writing(void);

/*
 * sqlite_query.c: statements, transactions and errors; numbers and sources as
 * the state has them.
 */

/* Set the cause to the database's last error, in words that say what to do. */
void sqlite_set_cause(struct store *);

/* BEGIN IMMEDIATE takes the write lock first, so that nothing read in the
 * transaction can change meanwhile. 0 or -1. */
int sqlite_write_begin(struct store *);
/* The same for data that a power cut may lose (a killed process never loses
 * it): the commit does not wait for the disk. */
int sqlite_write_begin_nosync(struct store *);
/* Commit, or roll back and return -1. Either way no transaction is open
 * afterwards. */
int sqlite_commit(struct store *);
void sqlite_rollback(struct store *);
/* End the transaction: commit when result is 0 or more, else roll back. Returns
 * result, or -1. */
int sqlite_write_end(struct store *, int result);
/* Everything read until the rollback is from one moment. 0 or -1. */
int sqlite_read_begin(struct store *);
/* Drop the compiled statements. */
void sqlite_query_cache_free(struct store *);
/* Run statements without rows and values. 0 or -1. */
int sqlite_run(struct store *, const char *sql);
/* One with no values but those that all share (sqlite_query_open). 0 or -1. */
int sqlite_run_one(struct store *, const char *sql);

enum sqlite_step {
	QUERY_ERROR = 0, /* the cause is set */
	QUERY_ROW,
	QUERY_DONE,
};

/* A prepared statement; errors are kept until sqlite_query_step. */
struct sqlite_query {
	struct store *store;
	sqlite3_stmt *st;             /* NULL after an error */
	struct sqlite_cached *cached; /* it stays compiled; NULL: it does not */
};

/* The values that all statements of an operation share are bound already:
 * :boot, :now, :wall, :host, :session, :process, :socket, :scope. */
void sqlite_query_open(struct sqlite_query *, struct store *, const char *sql);
/* The same with values by their names, ":user=%s :id=%jd"; the compiler checks
 * them as those of printf. %s, %d, %u, %jd for an int64_t, and %.*s for bytes
 * (NULL: none, as SQL has it). Texts and bytes must stay valid until
 * sqlite_query_close. Returns the query. */
struct sqlite_query *sqlite_query_open_with(struct sqlite_query *,
    struct store *, const char *sql, const char *values, ...)
    __attribute__((format(printf, 4, 5)));
/* More of them, or others to run it again. */
void sqlite_query_bind(struct sqlite_query *, const char *values, ...)
    __attribute__((format(printf, 2, 3)));
void sqlite_query_number(
    struct sqlite_query *, const char *name, int64_t value);
/* The text must stay valid until sqlite_query_close. */
void sqlite_query_text(
    struct sqlite_query *, const char *name, const char *value);
enum sqlite_step sqlite_query_step(struct sqlite_query *);
/* Run it again: this saves compiling it. Bound values stay. */
void sqlite_query_reset(struct sqlite_query *);
void sqlite_query_close(struct sqlite_query *);
/* Step to the end and close. Returns the number of changed rows, or -1. */
int sqlite_query_change(struct sqlite_query *);
/* Read the first column of the first row and close. 1; 0: no row; -1:
 * failed. */
int sqlite_query_value(struct sqlite_query *, int64_t *value);
/* sqlite_query_open_with, then sqlite_query_change or sqlite_query_value. */
#define sqlite_change(s, ...)                                                  \
	sqlite_query_change(sqlite_query_open_with(                            \
	    &(struct sqlite_query){ .st = NULL }, s, __VA_ARGS__))
/* The same where one row must change. 0 or -1. */
#define sqlite_change_one(s, ...) (sqlite_change(s, __VA_ARGS__) == 1 ? 0 : -1)
#define sqlite_value(s, value, ...)                                            \
	sqlite_query_value(                                                    \
	    sqlite_query_open_with(                                            \
		&(struct sqlite_query){ .st = NULL }, s, __VA_ARGS__),         \
	    value)

/* A step in a transaction of its own, as sqlite_write_begin or
 * sqlite_write_begin_nosync has it; where that fails, it is not done. */
#define SQLITE_WRITE(s, step)                                                  \
	(sqlite_write_begin(s) != 0 ? -1 : sqlite_write_end(s, step))
#define SQLITE_WRITE_NOSYNC(s, step)                                           \
	(sqlite_write_begin_nosync(s) != 0 ? -1 : sqlite_write_end(s, step))

/* Within the caller's transaction. 0, or -1 with the cause. */
int sqlite_header_read(struct store *, struct sqlite_header *);
/* The same in its own transaction, which stays open after an error: then close
 * the database. */
int sqlite_header_peek(struct store *, struct sqlite_header *);

/* Within the transaction: hide the numbers from versions before 8, which are
 * plain SHA-256. 0; 1: the key is not available now; -1 with the cause. */
int sqlite_numbers_hash(struct store *);

/* The place for a source: the host's name for one that means something else on
 * each host (a local uid, loopback), "" for all others. */
const char *sqlite_source_host(const struct store *, const char *source);

/* SQL: how many codes a user has; without any, how many with an end. No row:
 * none. */
extern const char sqlite_recovery_any[];

#define SQLITE_HOUR_S 3600
#define SQLITE_DAY_S 86400

/* Numbers inside SQL text. */
#define SQLITE_SQL_TEXT(x) #x
#define SQLITE_SQL(x) SQLITE_SQL_TEXT(x)

/* sqlite_verification.c: a verification's row. */

/* The clocks that two processes have read differ by at most this, even if one
 * waited for the lock as long as it may. A row further in the future is from
 * another boot, or from before the machine was set back. */
#define SQLITE_SKEW_MS 30000
_Static_assert(SQLITE_SKEW_MS > SQLITE_BUSY_MS, "longer than a wait");

/* The columns that sqlite_row_find reads, in this order. */
#define SQLITE_COLUMNS                                                         \
	"id, user, state, session = :session AND host = :host, request_id,"    \
	" method, sent_at, expires_at, tries, sends, joined, provider,"        \
	" ends_at, iif(holder_host = :host, holder, 0), send, type,"           \
	" socket <> :socket, host <> :host AND length(verifier) > 0 "
/* A row that this session must hold. */
#define SQLITE_HELD                                                            \
	" id = :id AND boot = :boot AND holder = :process"                     \
	" AND holder_host = :host"

enum row_state {
	ROW_NONE = 0,
	ROW_STARTING,
	ROW_RUNNING,
	ROW_REPLACING,
	ROW_UNKNOWN,
	ROW_SPENT,
};

/* A row as the database has it. */
struct sqlite_found {
	enum row_state state; /* ROW_NONE: there is no row */
	bool same_user;
	bool enrols; /* of an enrolment (STORE_ENROLMENT) */
	struct store_row row;
};

/* Step a SELECT of SQLITE_COLUMNS to its only row, and close it. user: the user
 * who asks; NULL: any. 0, or -1 with the cause. */
int sqlite_row_find(
    struct sqlite_query *, const char *user, struct sqlite_found *);

/*
 * Steps that several operations share, each in its caller's transaction.
 * sqlite_guesses.c: the count of wrong codes.
 */

/* SQL: the names of a shared account's people, ACCOUNT//NAME, or of a user at
 * the accounts he shares, USER//=ACCOUNT ('/' comes before '0'). */
#define SQLITE_PEOPLE_OF_USER "user > :user || '//' AND user < :user || '/0'"

/* The count of a user's wrong codes: at a source, over all sources, and over
 * all people of an account. s, user and source are given. */
struct sqlite_guess_row {
	int64_t series, wrong, locks, locked_at, until, refused;
};
struct sqlite_guess {
	struct store *s;
	const char *user, *source;
	struct sqlite_guess_row here, total, shared;
};

/* Read the rows. 0 or -1. */
int sqlite_guess_load(struct sqlite_guess *);
/* May a code be tried? LOCKED: *wait_s until the lock ends. */
enum store_guess sqlite_guess_lock_state(
    const struct sqlite_guess *, int64_t *wait_s);
/* Did a denial on the phone make the lock at this source? */
bool sqlite_guess_is_denial(const struct sqlite_guess *);
/* Let locks from the clock's future begin now. 0 or -1. */
int sqlite_guess_repair(const struct sqlite_guess *);
/* The same in its own transaction, if there is such a lock. 0 or -1. */
int sqlite_guess_repair_now(const struct sqlite_guess *);

/* The guess part of store_attempt. */
enum store_guess sqlite_guess_step(struct store *, const char *user,
    const char *source, const struct limits_of_guesses *,
    struct store_guess_token *, int64_t *wait_s);

/* Take back a guess that does not count. 0 or -1. */
int sqlite_guess_refund_step(struct store *, const struct store_counted *);

/* sqlite_messages.c, sqlite_limits.c: the count of messages, and money. */

/* Added to the kind of a message to an unknown name: nothing was sent, so it
 * counts for that name alone. */
#define SQLITE_SENT "kind < 9"
int sqlite_message_kind(const struct store_send_key *);

/* The state of a message's count. The caller gives the first four. keep:
 * host.key may be made, and the changes stay. */
struct sqlite_message {
	struct store *s;
	const struct store_send_key *key;
	const struct limits_of_sends *limits;
	bool keep;
	char number[HOST_KEY_TEXT];
	int64_t price;
	int64_t wait_s; /* of the limit that lasts longest; 0: none */
	const char *which;
};

/* Fills in price and digest. Call it before the transaction, unless host.key is
 * read already. 0 or -1. */
int sqlite_message_prepare(struct sqlite_message *);
/* Set messages from the clock's future to now. Otherwise each attempt would
 * count them as new, and they would fill a limit for as long as the clock was
 * ahead. Remove old ones. round: from 0. 1; 0: commit, and call again in
 * another transaction, because there are more; -1. */
int sqlite_send_tidy(struct store *, int round);
/* Fill in wait_s and which. 0 or -1. */
int sqlite_message_limits(struct sqlite_message *);
/* Count it. 0 or -1. */
int sqlite_message_insert(const struct sqlite_message *, int64_t *id);

/* A message's real price. */
int sqlite_send_step(struct store *, int64_t id, int64_t price);
/* The same in its own transaction; it refuses what cannot be a price. */
int sqlite_send_price(struct store *, int64_t id, int64_t price);

/* Who answered rightly from where. */
int sqlite_answered_note(struct store *, const struct store_right *);

/* Money. */
int sqlite_spend_tidy(struct store *);
int sqlite_spend_add(struct store *, int64_t day, int64_t price);
/* *day and *month: spent so far. 0 or -1. */
int sqlite_spend_read(struct store *, int64_t *day, int64_t *month);

/* sqlite_right.c, sqlite_once.c: the effects of a right code. */

/* All of them. recovery: a code on paper,
 * which was not counted before it was checked. 0 or -1. Its parts: */
int sqlite_right_step(
    struct store *, const struct store_right *, bool recovery);
int sqlite_guess_right_step(
    struct store *, const char *user, const char *source, bool recovery);
int sqlite_success_step(struct store *, const struct store_right *);
int sqlite_remembered_step(struct store *, const struct store_right *);

/* Is a login remembered at its begin? 1, 0 or -1. With a transaction of its own
 * only where there is something to end: what was remembered before the clock
 * was set back. binding NULL: this login cannot be remembered. keep: else
 * nothing changes. */
int sqlite_is_remembered(
    struct store *, const char *user, const unsigned char *binding, bool keep);

/* Remove what a denial on the phone ends. The number of rows, or -1. */
int sqlite_forget_step(struct store *, const char *user);

/* Is it passed over? One statement for several providers, each asked as by
 * store_passed_left. */
void sqlite_passed_over_open(struct sqlite_query *, struct store *);
int sqlite_passed_over_step(
    struct sqlite_query *, const char *provider, int64_t *left_ms);

/* An app's code. 1, 0 or -1. */
int sqlite_code_step(struct store *, const struct store_code *);

/* sqlite_admin.c: the functions of the interface in this engine. */

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
