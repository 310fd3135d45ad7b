/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Opening the state: whose file it is, whether it is ours to read, and room on
 * the disk taken in advance.
 *
 * A full disk must not stop logins. So the file is made with free pages, and
 * its journal, which SQLite keeps between transactions (PERSIST), is made
 * larger than any login needs: later writes go to blocks that are there.
 */
#include "helper/store_sqlite.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "helper/wire/frame.h"

#define APPLICATION_ID 0x32666131 /* "2fa1" */
#define SCHEMA_VERSION 1
#define JOURNAL_BYTES (64 * 4096) /* what the 64 rows of reserve make */

/*
 * One transaction, so that nobody ever sees half of it. The number is a digest
 * and no phone book. AUTOINCREMENT: an id is never used twice, so that a
 * session that still holds one cannot hit another's verification. A row in
 * state 'unknown' remembers a start at one provider and does not keep the
 * number from being used at the next. An id belongs to one verification: a
 * provider that answers two starts with the same one must not let one user in
 * by the code of another.
 *
 * reserve stays: rewriting it makes the journal grow. spare goes again and
 * leaves 1 MiB of free pages.
 */
static const char schema[] =
    "CREATE TABLE verification("
    " id INTEGER PRIMARY KEY AUTOINCREMENT,"
    " number TEXT NOT NULL, user TEXT NOT NULL, provider TEXT NOT NULL,"
    " boot TEXT NOT NULL, state TEXT NOT NULL,"
    " session INTEGER NOT NULL," /* sent the newest message */
    " holder INTEGER NOT NULL,"  /* is starting or replacing it */
    " request_id TEXT NOT NULL DEFAULT '', method INTEGER NOT NULL,"
    " began_at INTEGER NOT NULL," /* of starting or replacing */
    " sent_at INTEGER NOT NULL, expires_at INTEGER NOT NULL,"
    " ends_at INTEGER NOT NULL," /* the row is dead from then on */
    " tries INTEGER NOT NULL DEFAULT 0, sends INTEGER NOT NULL DEFAULT 0,"
    " joined INTEGER NOT NULL DEFAULT 0);"
    "CREATE UNIQUE INDEX verification_number ON verification(number)"
    " WHERE state <> 'unknown';"
    "CREATE UNIQUE INDEX verification_request ON verification(request_id)"
    " WHERE request_id <> '';"
    "CREATE TABLE reserve(id INTEGER PRIMARY KEY, filler BLOB NOT NULL);"
    "CREATE TABLE spare(id INTEGER PRIMARY KEY, filler BLOB NOT NULL);"
    "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n"
    " WHERE i < 64) INSERT INTO reserve SELECT i, randomblob(4000) FROM n;"
    "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n"
    " WHERE i < 256) INSERT INTO spare SELECT i, randomblob(4000) FROM n;"
    "DROP TABLE spare;";

static int
dir_check(struct store *s)
{
	char dir[STATEDIR_MAX];
	struct stat st;

	if (statedir_of(s->path, dir) != 0) {
		store_complain(s,
		    "state must be an absolute path below a "
		    "folder of its own");
		return -1;
	}
	if (stat(dir, &st) != 0) {
		store_complain(s,
		    "its folder: %s: make it with mode 0700 and let the "
		    "helper's user (uid %u) own it",
		    strerror(errno), geteuid());
		return -1;
	}
	if (!S_ISDIR(st.st_mode) || st.st_uid != geteuid()) {
		store_complain(s,
		    "its folder belongs to uid %u: chown it to the helper's "
		    "user (uid %u)",
		    st.st_uid, geteuid());
		return -1;
	}
	if ((st.st_mode & 07777) != 0700) {
		store_complain(s, "its folder has mode %04o: chmod 0700",
		    (unsigned)st.st_mode & 07777);
		return -1;
	}
	return 0;
}

/* The folder is the helper's own and shut to others, so a look at the name is
 * as good as one at an open file, and drops no lock that SQLite may hold. */
static int
file_check(struct store *s)
{
	struct stat st;

	if (lstat(s->path, &st) != 0) {
		store_complain(s, "%s: check its disk", strerror(errno));
		return -1;
	}
	if (!S_ISREG(st.st_mode)) {
		store_complain(s, "%s: move it away",
		    S_ISLNK(st.st_mode) ? "a symbolic link"
					: "not a regular file");
		return -1;
	}
	if (st.st_uid != geteuid()) {
		store_complain(s,
		    "belongs to uid %u: chown it to the helper's user "
		    "(uid %u)",
		    st.st_uid, geteuid());
		return -1;
	}
	if ((st.st_mode & 07777) != 0600) {
		store_complain(s, "has mode %04o: chmod 0600",
		    (unsigned)st.st_mode & 07777);
		return -1;
	}
	return 0;
}

/* Make an empty file when there is none. Two at once: one makes it. */
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
	store_complain(s,
	    "cannot be made: %s: check that its file system is writable and "
	    "has space",
	    strerror(errno));
	return -1;
}

/* SQLite asks here whether to go on waiting for a lock. Short, uneven sleeps:
 * its own back-off lets late comers pass those that wait longest. */
static int
lock_wait(void *ctx, int count)
{
	struct store *s = ctx;
	int64_t now = frame_clock_ms();
	long ms = 1 + (count * 7L + (long)getpid()) % 10;
	struct timespec pause = { .tv_nsec = ms * 1000000L };

	if (count == 0)
		s->busy_since = now;
	if (now - s->busy_since >= STORE_BUSY_MS)
		return 0;
	nanosleep(&pause, NULL);
	return 1;
}

static int
pragma_read(struct store *s, const char *sql, int64_t *value)
{
	struct query q;
	int result = -1;

	query_open(&q, s, sql);
	if (query_step(&q) == QUERY_ROW) {
		*value = sqlite3_column_int64(q.st, 0);
		result = 0;
	}
	query_close(&q);
	return result;
}

/* In a transaction: is there still nothing in it? Then make the tables. */
static int
schema_make(struct store *s)
{
	char stamp[96];
	int64_t version = 0, tables = 0;

	if (pragma_read(s, "PRAGMA user_version", &version) != 0)
		return -1;
	if (version != 0)
		return 0; /* another helper was faster */
	if (pragma_read(s, "SELECT count(*) FROM sqlite_master", &tables) != 0)
		return -1;
	if (tables != 0) {
		store_complain(s, "some other database: move it away");
		return -1;
	}
	snprintf(stamp, sizeof(stamp),
	    "PRAGMA application_id = %d; PRAGMA user_version = %d",
	    APPLICATION_ID, SCHEMA_VERSION);
	if (store_run(s, schema) != 0)
		return -1;
	return store_run(s, stamp);
}

static int
schema_create(struct store *s)
{
	if (store_begin(s) != 0)
		return -1;
	if (schema_make(s) == 0)
		return store_commit(s);
	store_rollback(s);
	return -1;
}

static int
schema_check(struct store *s)
{
	int64_t version = 0, id = 0;

	if (pragma_read(s, "PRAGMA user_version", &version) != 0)
		return -1;
	if (version == 0) {
		if (schema_create(s) != 0)
			return -1;
		version = SCHEMA_VERSION;
	}
	if (pragma_read(s, "PRAGMA application_id", &id) != 0)
		return -1;
	if (id != APPLICATION_ID) {
		store_complain(s, "some other database: move it away");
		return -1;
	}
	if (version != SCHEMA_VERSION) {
		store_complain(s,
		    "written by a newer version (schema %lld): install that "
		    "one, or move the file away",
		    (long long)version);
		return -1;
	}
	return 0;
}

static bool
journal_large(const struct store *s)
{
	char path[STORE_PATH_MAX + 16];
	struct stat st;

	snprintf(path, sizeof(path), "%s-journal", s->path);
	return lstat(path, &st) == 0 && st.st_size >= JOURNAL_BYTES;
}

/* Make the journal grow by rewriting pages that are there. A failure does not
 * matter yet: the disk is full, but this login may still have the room. */
static void
journal_reserve(struct store *s)
{
	if (journal_large(s) || store_begin(s) != 0)
		return;
	if (!journal_large(s) &&
	    store_run(s, "UPDATE reserve SET filler = randomblob(4000)") != 0) {
		store_rollback(s);
		return;
	}
	store_commit(s);
}

static int
db_connect(struct store *s)
{
	if (sqlite3_open_v2(s->path, &s->db,
		SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX,
		NULL) != SQLITE_OK) {
		store_complain_sql(s);
		return -1;
	}
	if (sqlite3_db_readonly(s->db, "main") != 0) {
		store_complain(s, "read-only: mount its file system writable");
		return -1;
	}
	sqlite3_busy_handler(s->db, lock_wait, s);
	/* temp_store: a temporary file would need space on the disk */
	return store_run(s,
	    "PRAGMA page_size = 4096;"
	    "PRAGMA temp_store = MEMORY;"
	    "PRAGMA trusted_schema = OFF;"
	    "PRAGMA cell_size_check = ON;"
	    "PRAGMA journal_mode = PERSIST;"
	    "PRAGMA journal_size_limit = -1;"
	    "PRAGMA synchronous = FULL");
}

int
store_db_open(struct store *s)
{
	if (dir_check(s) != 0 || file_make(s) != 0 || file_check(s) != 0)
		return -1;
	if (db_connect(s) != 0 || schema_check(s) != 0)
		return -1;
	journal_reserve(s);
	s->cause[0] = '\0';
	return 0;
}
