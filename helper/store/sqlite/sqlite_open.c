/* SPDX-License-Identifier: BSD-2-Clause */
/* Opens the database, checks that its files are safe to use, and creates or
 * upgrades its tables. docs/state.md describes the tables. */
#include "helper/store/sqlite/sqlite.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#define APPLICATION_ID 0x32666131 /* "2fa1" */
#define SCHEMA_VERSION 24
#define SCHEMA_OLDEST 17 /* that is upgraded */

#define HOST "TEXT NOT NULL DEFAULT '" STORE_HOST "'"
#define SCOPE_INDEX(table)                                                     \
	"CREATE INDEX " table "_scope ON " table "(scope) WHERE scope <> '';"

/* Version 19. Without the messages that were answered, of which others may have
 * many. */
#define SEND_INDEXES                                                           \
	"CREATE INDEX send_source ON send(source, at) WHERE answered <> 1;"    \
	"CREATE INDEX send_host ON send(host, at) WHERE answered = 0;"
/* Version 21: records of users who enrolled at a login. */
#define ENROLLED_TABLE                                                         \
	"CREATE TABLE enrolled(id INTEGER PRIMARY KEY AUTOINCREMENT,"          \
	" user TEXT NOT NULL UNIQUE, phone TEXT NOT NULL UNIQUE,"              \
	" sealed TEXT NOT NULL, at INTEGER NOT NULL, by TEXT NOT NULL);"

/* Version 23. */
#define REQUEST_INDEX                                                          \
	"CREATE UNIQUE INDEX verification_request"                             \
	" ON verification(request_id, provider) WHERE request_id <> '';"

/* Stays, as rewriting it extends the log. */
#define RESERVE                                                                \
	"CREATE TABLE reserve(id INTEGER PRIMARY KEY, filler BLOB NOT NULL);"  \
	"WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n"       \
	" WHERE i < 64) INSERT INTO reserve SELECT i, zeroblob(4000) FROM n;"

/*
 * A new state. In a table without rowid the key's columns come first: otherwise
 * quick_check of SQLite 3.40 takes values for NULL and reports the whole file
 * as damaged.
 *
 * verification: AUTOINCREMENT never uses an id twice, so a session with an old
 * id cannot change another session's verification. A row in state 'unknown'
 * blocks a start at its own provider only, not at the next one. A provider's
 * request id belongs to one verification; otherwise one that returns the same
 * id for two starts would admit one user by the code of another. lasts_at:
 * until when the provider keeps it open, if longer than the code is valid; else
 * 0.
 *
 * guess: place is the host, of a source that means something else on each; ''
 * for all others. series: a random number made with the row, so that a refund
 * finds the right count; locks: the number of locks in it.
 *
 * send, spend, guess: scope is the settings file of a rehearsal; '' for all
 * others.
 */
static const char schema_new[] =
    "CREATE TABLE verification("
    " id INTEGER PRIMARY KEY AUTOINCREMENT,"
    " number TEXT NOT NULL, user TEXT NOT NULL, provider TEXT NOT NULL,"
    " boot TEXT NOT NULL, state TEXT NOT NULL,"
    " session INTEGER NOT NULL," /* sent the newest message */
    " holder INTEGER NOT NULL,"  /* starts or replaces it */
    " request_id TEXT NOT NULL DEFAULT '', method INTEGER NOT NULL,"
    " began_at INTEGER NOT NULL," /* begin of the start or replacement */
    " sent_at INTEGER NOT NULL, expires_at INTEGER NOT NULL,"
    " ends_at INTEGER NOT NULL," /* end of the row */
    " tries INTEGER NOT NULL DEFAULT 0, sends INTEGER NOT NULL DEFAULT 0,"
    " joined INTEGER NOT NULL DEFAULT 0, send INTEGER NOT NULL DEFAULT 0,"
    " verifier BLOB NOT NULL DEFAULT x'', type TEXT NOT NULL DEFAULT '',"
    " start_ms INTEGER NOT NULL DEFAULT 0,"
    " lasts_at INTEGER NOT NULL DEFAULT 0,"
    " host " HOST ", holder_host " HOST ","
    " socket INTEGER NOT NULL DEFAULT 0);"
    "CREATE UNIQUE INDEX verification_number ON verification(number)"
    " WHERE state <> 'unknown';" REQUEST_INDEX
    "CREATE INDEX verification_any ON verification(number);"
    "CREATE INDEX verification_end ON verification(boot, ends_at);"
    "CREATE INDEX verification_spent ON verification(user)"
    " WHERE state = 'spent';"
    "CREATE TABLE send(id INTEGER PRIMARY KEY AUTOINCREMENT,"
    " at INTEGER NOT NULL, user TEXT NOT NULL, number TEXT NOT NULL,"
    " source TEXT NOT NULL, day INTEGER NOT NULL, price INTEGER NOT NULL,"
    " kind INTEGER NOT NULL DEFAULT 0, host " HOST ","
    " verification INTEGER NOT NULL DEFAULT 0,"
    " answered INTEGER NOT NULL DEFAULT 0,"
    " scope TEXT NOT NULL DEFAULT '');"
    "CREATE INDEX send_at ON send(at);"
    "CREATE INDEX send_user ON send(user, at);"
    "CREATE INDEX send_number ON send(number, at);"
    "CREATE INDEX send_verification ON send(verification)"
    " WHERE verification <> 0;" SEND_INDEXES
    "CREATE TABLE spend(day INTEGER NOT NULL, scope TEXT NOT NULL,"
    " price INTEGER NOT NULL, PRIMARY KEY(day, scope)) WITHOUT ROWID;"
    "CREATE TABLE guess(user TEXT NOT NULL, source TEXT NOT NULL,"
    " place TEXT NOT NULL DEFAULT '', scope TEXT NOT NULL DEFAULT '',"
    " series INTEGER NOT NULL, wrong INTEGER NOT NULL,"
    " locks INTEGER NOT NULL, locked_at INTEGER NOT NULL,"
    " until INTEGER NOT NULL, last INTEGER NOT NULL,"
    " refused INTEGER NOT NULL DEFAULT 0,"
    " PRIMARY KEY(user, source, place, scope)) WITHOUT ROWID;"
    "CREATE INDEX guess_last ON guess(last) WHERE source <> '';"
    "CREATE TABLE recovery(id INTEGER PRIMARY KEY, user TEXT NOT NULL,"
    " salt BLOB NOT NULL, hash BLOB NOT NULL,"
    " kind INTEGER NOT NULL DEFAULT 0, since INTEGER NOT NULL DEFAULT 0,"
    " until INTEGER NOT NULL DEFAULT 0, boot TEXT NOT NULL DEFAULT '',"
    " ends_at INTEGER NOT NULL DEFAULT 0, note TEXT NOT NULL DEFAULT '');"
    "CREATE INDEX recovery_user ON recovery(user);"
    "CREATE TABLE totp(user TEXT NOT NULL, secret BLOB NOT NULL,"
    " step INTEGER NOT NULL, source TEXT NOT NULL DEFAULT '',"
    " PRIMARY KEY(user, secret)) WITHOUT ROWID;"
    "CREATE INDEX totp_secret ON totp(secret, step);"
    "CREATE TABLE grace(user TEXT NOT NULL, binding BLOB NOT NULL,"
    " host TEXT NOT NULL, since INTEGER NOT NULL, until INTEGER NOT NULL,"
    " PRIMARY KEY(user, binding, host)) WITHOUT ROWID;"
    "CREATE INDEX grace_until ON grace(until);"
    "CREATE INDEX grace_since ON grace(since);"
    "CREATE TABLE passed_over(provider TEXT NOT NULL, host TEXT NOT NULL,"
    " boot TEXT NOT NULL, until INTEGER NOT NULL,"
    " PRIMARY KEY(provider, host)) WITHOUT ROWID;"
    "CREATE TABLE code_used(user TEXT NOT NULL, digest BLOB NOT NULL,"
    " until INTEGER NOT NULL, PRIMARY KEY(user, digest)) WITHOUT ROWID;"
    "CREATE INDEX code_used_until ON code_used(until);"
    "CREATE TABLE passed(user TEXT NOT NULL, service TEXT NOT NULL,"
    " method INTEGER NOT NULL, provider TEXT NOT NULL, host TEXT NOT NULL,"
    " at INTEGER NOT NULL,"
    " PRIMARY KEY(user, service, method, provider, host)) WITHOUT ROWID;"
    "CREATE TABLE used(verification INTEGER PRIMARY KEY,"
    " request_id TEXT NOT NULL, host TEXT NOT NULL, session INTEGER NOT NULL,"
    " boot TEXT NOT NULL, until INTEGER NOT NULL);"
    "CREATE INDEX used_end ON used(boot, until);"
    "CREATE TABLE answered_from(source TEXT NOT NULL, user TEXT NOT NULL,"
    " at INTEGER NOT NULL, PRIMARY KEY(source, user)) WITHOUT ROWID;"
    "CREATE INDEX answered_user ON answered_from(user);"
    "CREATE INDEX answered_at ON answered_from(at);" ENROLLED_TABLE
	/* clang-format off */
    SCOPE_INDEX("send") SCOPE_INDEX("spend") SCOPE_INDEX("guess")
    RESERVE SQLITE_SPARE;
/* clang-format on */

/* Upgrades of the versions that change a table, in their order. An upgraded
 * state has the same columns in the same order as a new one. An odd version is
 * one whose host.key could not be read at first; it has the same tables. */
static const struct upgrade {
	int64_t to;
	const char *sql;
} upgrades[] = {
	{ 19, "DROP INDEX send_source; DROP INDEX send_host;" SEND_INDEXES },
	{ 21, ENROLLED_TABLE },
	{ 23, "DROP INDEX verification_request;" REQUEST_INDEX },
};

/* Refuse another program's database: a state has application_id set, or is new
 * and has no tables. */
static int
check_is_ours(struct store *s, const struct sqlite_header *h)
{
	int64_t tables = 0;

	if (h->version == 0 &&
	    sqlite_read_number(
		s, "SELECT count(*) FROM sqlite_master", &tables) != 1)
		return -1;
	if (h->version == 0 ? tables == 0 : h->application == APPLICATION_ID)
		return 0;
	return store_set_cause(s, "some other database: move it away");
}

static int
check_is_not_too_old(struct store *s, const struct sqlite_header *h)
{
	if (h->version <= 0 || h->version >= SCHEMA_OLDEST)
		return 0;
	return store_set_cause(s,
	    "written before 1.0 (schema %lld), which is not upgraded any more: "
	    "move it and its -wal away, a new one is made at the next login, "
	    "without its locks and recovery codes",
	    (long long)h->version);
}

/* In a transaction, as another helper may have upgraded it meanwhile. */
static int
schema_upgrade(struct store *s)
{
	struct sqlite_header h;
	char stamp[96];

	if (sqlite_header_query(s, &h) != 0 || check_is_ours(s, &h) != 0 ||
	    check_is_not_too_old(s, &h) != 0)
		return -1;
	if (h.version < 0 || h.version >= SCHEMA_VERSION)
		/* upgraded by a newer helper: sqlite_schema_upgrade() reports
		 * that */
		return 0;
	if (h.version == 0) {
		/* while there is space for it; what needs it reports why not */
		(void)store_key_read(s, false);
		if (sqlite_run(s, schema_new) != 0)
			return -1;
	}
	for (size_t n = 0; n < COUNT_OF(upgrades); n++)
		if (h.version != 0 && h.version < upgrades[n].to &&
		    sqlite_run(s, upgrades[n].sql) != 0)
			return -1;
	PRINT_TO(stamp, "PRAGMA application_id = %d; PRAGMA user_version = %d",
	    APPLICATION_ID, SCHEMA_VERSION);
	return sqlite_run(s, stamp);
}

int64_t
sqlite_schema_newest(void)
{
	return SCHEMA_VERSION;
}

int
sqlite_schema_upgrade(struct store *s, struct sqlite_header *h)
{
	if (sqlite_header_peek(s, h) != 0)
		return -1;
	if (h->version >= 0 && h->version < SCHEMA_VERSION &&
	    (SQLITE_WRITE(s, schema_upgrade(s)) != 0 ||
		sqlite_header_peek(s, h) != 0))
		return -1;
	if (check_is_ours(s, h) != 0)
		return -1;
	if (h->version == SCHEMA_VERSION)
		return 0;
	return store_set_cause(s,
	    "written by a newer version (schema %lld): install that one, or "
	    "move the file away",
	    (long long)h->version);
}

static int
dir_check(struct store *s)
{
	char dir[FOLDER_PATH_MAX], cause[FOLDER_CAUSE_MAX];

	if (folder_from_path(s->path, dir) != 0)
		return store_set_cause(s,
		    "state must be an absolute path below a "
		    "folder of its own");
	if (folder_check_private(dir, "its folder", cause) == 0)
		return 0;
	return store_set_cause(s, "%s", cause);
}

/* Files of the database; all but the first may be missing. */
static const struct part {
	const char *suffix, *subject;
} parts[] = {
	{ "", "" },
	{ "-wal", "its -wal " },
	{ "-shm", "its -shm " },
	{ "-journal", "its -journal " },
	{ "-room", "its -room " },
};

/* The folder is closed to other users, so checking the name is as safe as
 * checking an open file, and it drops no lock that SQLite may hold. */
static int
file_check(struct store *s, const struct part *part)
{
	char whose[UID_WORDS_MAX], right[UID_WORDS_MAX];
	char path[SQLITE_PATH_MAX + 8];
	struct stat st;

	PRINT_TO(path, "%s%s", s->path, part->suffix);
	if (lstat(path, &st) != 0) {
		if (errno == ENOENT && part != parts)
			return 0;
		return store_set_cause(
		    s, "%s%s: check its disk", part->subject, strerror(errno));
	}
	if (!S_ISREG(st.st_mode))
		return store_set_cause(s, "%s%s: move it away", part->subject,
		    S_ISLNK(st.st_mode) ? "a symbolic link"
					: "not a regular file");
	if (st.st_uid != geteuid())
		return store_set_cause(s, "%sbelongs to %s: chown it to %s",
		    part->subject, system_uid_text(st.st_uid, whose),
		    system_uid_text(geteuid(), right));
	if ((st.st_mode & 07777) != 0600)
		return store_set_cause(s, "%shas mode %04o: chmod 0600",
		    part->subject, (unsigned)st.st_mode & 07777);
	return 0;
}

static int
files_check(struct store *s)
{
	for (unsigned i = 0; i < COUNT_OF(parts); i++)
		if (file_check(s, &parts[i]) != 0)
			return -1;
	return 0;
}

/* Creates an empty file if it is missing; of two processes one does. */
static int
file_make(struct store *s)
{
	int fd = open(
	    s->path, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);

	if (fd >= 0) {
		close(fd);
		return 0;
	}
	if (errno == EEXIST)
		return 0;
	return store_set_cause(s,
	    "cannot be made: %s: check that its file system is writable and "
	    "has space",
	    strerror(errno));
}

static int
db_connect(struct store *s)
{
	/* before SQLite is first used: its memory statistics are not needed,
	 * and cost as much as the allocations */
	(void)sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
	if (sqlite3_open_v2(s->path, &s->db,
		SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX,
		sqlite_vfs()) != SQLITE_OK)
		return sqlite_set_cause(s);
	if (sqlite3_db_readonly(s->db, "main") != 0)
		return store_set_cause(
		    s, "read-only: mount its file system writable");
	sqlite3_busy_handler(s->db, sqlite_wait_before_retry, s);
	/* keeps the log between logins, and saves two waits for the disk */
	sqlite3_db_config(
	    s->db, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, (int *)NULL);
	/* temp_store: a temporary file would need space on the disk.
	 * secure_delete: freed pages are written, so their blocks exist. */
	return sqlite_run(s,
	    "PRAGMA page_size = 4096;"
	    "PRAGMA temp_store = MEMORY;"
	    "PRAGMA trusted_schema = OFF;"
	    "PRAGMA cell_size_check = ON;"
	    "PRAGMA secure_delete = ON;"
	    "PRAGMA journal_size_limit = -1");
}

/* If the file is shorter than its number of pages, the missing ones may all be
 * in the log after a crash. If not, the file was cut short, and the log would
 * hide that until the missing part is needed. */
static int
length_check(struct store *s, const struct sqlite_header *h)
{
	struct sqlite_query q OWNED(sqlite_query_close) = { .st = NULL };
	struct stat st;

	if (stat(s->path, &st) == 0 && st.st_size / 4096 >= h->pages)
		return 0;
	sqlite_query_open(&q, s, "PRAGMA quick_check(1)");
	if (sqlite_query_step(&q) == QUERY_ROW &&
	    strcmp((const char *)sqlite3_column_text(q.st, 0), "ok") == 0)
		return 0;
	return store_set_cause(s,
	    "damaged, cut short: move it and its -wal away, a new one is made "
	    "at the next login");
}

static int
db_open(struct store *s, struct sqlite_header *h)
{
	for (int count = 0;
	     db_connect(s) != 0 || sqlite_schema_upgrade(s, h) != 0 ||
	     sqlite_reserve_enable_wal(s) != 0 || length_check(s, h) != 0;
	     count++) {
		/* others may open the index for longer than SQLite waits */
		if ((s->db == NULL ||
			sqlite3_errcode(s->db) != SQLITE_PROTOCOL ||
			sqlite_wait_before_retry(s, count) == 0) &&
		    sqlite_reserve_release(s) != 0)
			return -1;
		sqlite3_close(s->db);
		s->db = NULL;
	}
	return 0;
}

int
sqlite_file_peek_header(struct store *s, struct sqlite_header *h)
{
	int result;

	*h = (struct sqlite_header){ .version = 0 };
	if (dir_check(s) != 0)
		return -1;
	if (access(s->path, F_OK) != 0 && errno == ENOENT)
		return 0;
	if (files_check(s) != 0)
		return -1;
	sqlite_queue_open(s);
	sqlite_wait_begin(s);
	result = db_connect(s) == 0 && sqlite_header_peek(s, h) == 0
	    ? check_is_not_too_old(s, h)
	    : -1;
	sqlite_wait_end(s);
	return result;
}

/* Opens and checks s->path, and creates it if missing. Returns 0, or -1 with
 * the cause. */
static int
sqlite_file_open(struct store *s)
{
	struct sqlite_header header;
	int result;

	if (dir_check(s) != 0 || file_make(s) != 0 || files_check(s) != 0)
		return -1;
	sqlite_queue_open(s);
	sqlite_wait_begin(s);
	result = db_open(s, &header);
	sqlite_wait_end(s);
	if (result != 0)
		return -1;
	sqlite_reserve_fill(s, &header);
	s->cause[0] = '\0';
	return 0;
}

int
sqlite_set_path(struct store *s, const char *where)
{
	const int len = snprintf(s->path, sizeof(s->path), "%s", where);

	PRINT_TO(s->cause_prefix, "%.100s", where);
	if (len > 0 && (size_t)len < sizeof(s->path))
		return 0;
	return store_set_cause(s, "too long a path: use a shorter one");
}

struct store *
sqlite_open(const char *where, const struct store_session *session,
    char cause[STORE_CAUSE_MAX])
{
	struct store *s = calloc(1, sizeof(*s));

	if (s == NULL) {
		snprintf(cause, STORE_CAUSE_MAX, "state: out of memory");
		return NULL;
	}
	s->queue = -1;
	s->lockout_at = LIMITS_LOCKOUT_AT;
	store_state_set_session(s, session);
	sqlite_clock.boot(s->boot);
	if (sqlite_set_path(s, where) == 0 &&
	    store_state_set_names(s, session) && sqlite_file_open(s) == 0)
		return s;
	memcpy(cause, s->cause, STORE_CAUSE_MAX);
	sqlite_close(s);
	return NULL;
}

void
sqlite_close(struct store *s)
{
	if (s->db != NULL)
		sqlite_reserve_end(s);
	sqlite_query_cache_free(s);
	sqlite3_close(s->db);
	sqlite_queue_close(s);
	secret_free(s);
}
