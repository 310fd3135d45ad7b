/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The open database of the embedded store and its statements. For this folder
 * and the one above it alone; all others include store.h.
 */
#ifndef TWOFA_SQLITE_H
#define TWOFA_SQLITE_H

#include <sqlite3.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "helper/state/host_key.h"
#include "helper/state/sqlite/engine/sqlite_clock.h"
#include "helper/state/store_engine.h"
#include "lib/system/state_folder.h"

#define STORE_PATH_MAX (STATE_FOLDER_MAX + 64)
#define STORE_BUSY_MS 20000 /* how long to wait for others' locks */

/* What PRAGMA synchronous was set to. */
enum sqlite_sync {
	SYNC_UNSET = 0, /* nothing is written before it is set */
	SYNC_FULL,
	SYNC_NORMAL,
};

struct store {
	struct store_head head;
	sqlite3 *db;
	char path[STORE_PATH_MAX];
	char boot[SQLITE_BOOT_MAX + 1];
	char host[STORE_HOST_MAX + 1]; /* whose steps these are */
	int64_t socket;                /* whose steps count apart; 0: root's */
	/* a rehearsal's settings file, whose counts are apart; else "" */
	const char *scope;
	/* the settings file that is no rehearsal; else "" */
	const char *ended;
	char account[STORE_ACCOUNT_MAX + 1]; /* its total counts; "" none */
	char keys[STATE_FOLDER_MAX];         /* the folder of host.key */
	const unsigned char *fleet_key;      /* in its place; NULL: none */
	unsigned char key[HOST_KEY_LEN];
	bool keyed;   /* key is read */
	bool keyless; /* ... it was asked for, and cannot be read */
	bool unkeyed; /* old numbers wait for it: no number can be looked up */
	/* The clocks when the operation began, before it waited for a lock. */
	int64_t now, wall;
	int64_t busy_since; /* frame_clock_ms when the wait for a lock began */
	int waits;          /* sqlite_wait_begin without its end */
	int queue;          /* locked while it writes; -1: none */
	int frames;         /* in the write-ahead log after the last commit */
	enum sqlite_sync sync;
	char cause[STORE_CAUSE_MAX];
};

/* Each step of the interface, as this engine takes it. */
#define STEP(type, name, takes, passed) type embedded_##name takes;
STORE_STEPS(STEP)
#undef STEP
struct store *embedded_open(const char *where, const struct store_session *,
    char cause[STORE_CAUSE_MAX]);
void embedded_close(struct store *);
int embedded_version_look(const char *where, const struct store_session *,
    struct store_version *, char cause[STORE_CAUSE_MAX]);
const char *embedded_cause(const struct store *);
bool embedded_keyless(const struct store *);
void embedded_guess_account(struct store *, const char *account);

/* Open, check and if need be create the database at store->path
 * (sqlite_open.c). 0, or -1 with the cause. */
int sqlite_open(struct store *);

/* The name of the VFS to open it with (sqlite_vfs.c); NULL: SQLite's own. */
const char *sqlite_vfs(void);

/* Pause before asking for a lock once more (SQLite's busy handler; s is a
 * struct store). count: from 0. 1, or 0: after STORE_BUSY_MS, at the deadline,
 * or soon when others wait for this process (sqlite_wait.c). */
int sqlite_wait_more(void *s, int count);
/* All waits between these two count as one. */
void sqlite_wait_begin(struct store *);
void sqlite_wait_end(struct store *);
/* How long the last wait for a lock is, or was. */
int64_t sqlite_waited_s(const struct store *);

/* What the header of the database says (sqlite_header.c). */
struct sqlite_header {
	int64_t version;     /* of the tables; 0: there are none */
	int64_t application; /* whose file it is */
	int64_t pages;       /* how many there are */
	int64_t unused;      /* ... of them free */
};
/* In the caller's transaction. 0, or -1 with the cause. */
int sqlite_header_read(struct store *, struct sqlite_header *);
/* The same in one of its own, which an error leaves open: close the database.
 */
int sqlite_header_look(struct store *, struct sqlite_header *);

/* The version that sqlite_schema_check leads to. */
int64_t sqlite_schema_newest(void);

/* The header alone, of what is there; version 0: nothing. The state stays as it
 * is. 0, or -1 with the cause. */
int sqlite_open_look(struct store *, struct sqlite_header *);

/* Make the tables, or bring those of an older version up to date
 * (sqlite_schema.c). 0, or -1 with the cause, to close the database after. */
int sqlite_schema_check(struct store *, struct sqlite_header *);

/* Room on the disk in advance, and a write-ahead log that stays within it
 * (sqlite_room.c). sqlite_room_begin: 0, or -1 with the cause. */
int sqlite_room_begin(struct store *);
void sqlite_room_reserve(struct store *, const struct sqlite_header *);
void sqlite_room_settle(struct store *);
/* The disk was full at the opening: 0 when a piece of the room was given up,
 * try again; -1: another error, or none is left. */
int sqlite_room_release(const struct store *);

/* The queue of those who want to write (sqlite_wait.c). */
void sqlite_queue_open(struct store *);
void sqlite_queue_close(struct store *);
void sqlite_queue_enter(struct store *);
void sqlite_queue_leave(struct store *);

/* Put together "PATH: what: what to do". */
void sqlite_complain(struct store *, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));
/* The cause of the database's last error, in words that say what to do. */
void sqlite_complain_last(struct store *);

/* BEGIN IMMEDIATE: the write lock comes first, so that nothing read in the
 * transaction can change under it. 0 or -1. */
int sqlite_begin(struct store *);
/* The same for what a power cut may forget (a killed process never does): the
 * commit does not wait for the disk. */
int sqlite_begin_light(struct store *);
/* Commit, or roll back and return -1. Afterwards no transaction is open. */
int sqlite_commit(struct store *);
void sqlite_rollback(struct store *);
/* What came of the transaction: commit when result is 0 or more, else roll
 * back. result, or -1. */
int sqlite_end(struct store *, int result);
/* All that is read before the rollback is as of one moment. 0 or -1. */
int sqlite_begin_read(struct store *);
/* Run statements that give no rows. 0 or -1. */
int sqlite_run(struct store *, const char *sql);

enum sqlite_step {
	QUERY_ERROR = 0, /* the cause is set */
	QUERY_ROW,
	QUERY_DONE,
};

/* A prepared statement; an error on the way is kept until sqlite_query_step. */
struct sqlite_query {
	struct store *store;
	sqlite3_stmt *st; /* NULL after an error */
};

/* What is the same for all statements of an operation is bound already: :boot,
 * :now, :wall, :host, :session, :socket, :scope. */
void sqlite_query_open(struct sqlite_query *, struct store *, const char *sql);
void sqlite_query_number(
    struct sqlite_query *, const char *name, int64_t value);
/* The text must stay until sqlite_query_close. */
void sqlite_query_text(
    struct sqlite_query *, const char *name, const char *value);
void sqlite_query_blob(
    struct sqlite_query *, const char *name, const void *value, size_t len);
enum sqlite_step sqlite_query_step(struct sqlite_query *);
/* Let it run once more, since to compile it costs more: what is bound stays so.
 */
void sqlite_query_again(struct sqlite_query *);
void sqlite_query_close(struct sqlite_query *);
/* Step to the end and close. The number of rows changed, or -1. */
int sqlite_query_change(struct sqlite_query *);
/* The first column of the first row, and close. 1; 0: no row; -1: failed. */
int sqlite_query_value(struct sqlite_query *, int64_t *value);
/* Run one change, sqlite_query_change, in a transaction of its own. The number
 * of rows changed, or -1. */
int sqlite_query_commit(struct sqlite_query *);
int sqlite_query_commit_light(struct sqlite_query *);

/* So many rows that this session must hold were changed. 0, or -1: it does not
 * hold it. */
int sqlite_row_held(struct store *, int changed);
/* Run one change of such a row in a light transaction of its own. 0 or -1. */
int sqlite_row_commit(struct sqlite_query *);

/* The state is no phone book: it knows numbers by a digest under host.key, in
 * hexadecimal (sqlite_number.c). 0, or -1 with the cause: without the key there
 * is none. */
#define STORE_DIGEST_TEXT 65
int sqlite_number_digest(
    struct store *, const char *number, char out[STORE_DIGEST_TEXT]);
/* The same for who only looks: no host.key is made. Where there is none, it is
 * the digest of nobody, "". */
int sqlite_number_look(
    struct store *, const char *number, char out[STORE_DIGEST_TEXT]);
/* In the transaction: hide the numbers that a version before 8 wrote, which are
 * plain SHA-256. 0; 1: the key cannot be had now; -1 with the cause. */
int sqlite_number_hide(struct store *);
void sqlite_number_wipe(struct store *);

/* A source that is another one on each host (a local uid, loopback) is counted
 * with the host's name, each other one with "". */
const char *sqlite_place(const struct store *, const char *source);

#define STORE_HOUR_S 3600
#define STORE_DAY_S 86400

/* Numbers inside SQL text. */
#define STORE_SQL_TEXT(x) #x
#define STORE_SQL(x) STORE_SQL_TEXT(x)

/* Readings of the clock by two processes, one of which waited for the lock as
 * long as it may, are this far apart at most; a row further in the future is of
 * another boot or of a machine that was set back. */
#define STORE_SKEW_MS 30000
_Static_assert(STORE_SKEW_MS > STORE_BUSY_MS, "longer than a wait");

/* What sqlite_row_find wants to be selected, in this order. */
#define STORE_COLUMNS                                                          \
	"id, user, state, session = :session AND host = :host, request_id,"    \
	" method, sent_at, expires_at, tries, sends, joined, provider,"        \
	" ends_at, iif(holder_host = :host, holder, 0), send, type,"           \
	" socket <> :socket, host <> :host AND length(verifier) > 0 "
/* A row that this session must hold. */
#define STORE_HELD                                                             \
	" id = :id AND boot = :boot AND holder = :session"                     \
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
struct store_found {
	enum row_state state; /* ROW_NONE: there is no such row */
	bool same_user;
	struct store_row row;
};

/* Step a SELECT of STORE_COLUMNS to its one row, and close it. user: whose it
 * is asked for; NULL: anybody's. 0, or -1 with the cause. */
int sqlite_row_find(
    struct sqlite_query *, const char *user, struct store_found *);

#endif
