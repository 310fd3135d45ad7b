/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Opens the state and checks that its files are safe to use.
 */
#include "helper/state/sqlite/engine/sqlite.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/system/system.h"

static int
dir_check(struct store *s)
{
	char dir[STATE_FOLDER_MAX], cause[STATE_FOLDER_CAUSE_MAX];

	if (state_folder_of(s->path, dir) != 0) {
		sqlite_complain(s,
		    "state must be an absolute path below a "
		    "folder of its own");
		return -1;
	}
	if (state_folder_check(dir, "its folder", cause) == 0)
		return 0;
	sqlite_complain(s, "%s", cause);
	return -1;
}

/* The database comes first; the others may be missing. */
static const struct part {
	const char *suffix, *words;
} parts[] = {
	{ "", "" },
	{ "-wal", "its -wal " },
	{ "-shm", "its -shm " },
	{ "-journal", "its -journal " },
	{ "-room", "its -room " },
};

/* The folder is closed to other users, so checking the name is as good as
 * checking an open file. And it drops no lock that SQLite may hold. */
static int
file_check(struct store *s, const struct part *part)
{
	char whose[UID_WORDS_MAX], right[UID_WORDS_MAX];
	char path[STORE_PATH_MAX + 8];
	struct stat st;

	snprintf(path, sizeof(path), "%s%s", s->path, part->suffix);
	if (lstat(path, &st) != 0) {
		if (errno == ENOENT && part != parts)
			return 0;
		sqlite_complain(
		    s, "%s%s: check its disk", part->words, strerror(errno));
		return -1;
	}
	if (!S_ISREG(st.st_mode)) {
		sqlite_complain(s, "%s%s: move it away", part->words,
		    S_ISLNK(st.st_mode) ? "a symbolic link"
					: "not a regular file");
		return -1;
	}
	if (st.st_uid != geteuid()) {
		sqlite_complain(s, "%sbelongs to %s: chown it to %s",
		    part->words, uid_words(st.st_uid, whose),
		    uid_words(geteuid(), right));
		return -1;
	}
	if ((st.st_mode & 07777) != 0600) {
		sqlite_complain(s, "%shas mode %04o: chmod 0600", part->words,
		    (unsigned)st.st_mode & 07777);
		return -1;
	}
	return 0;
}

static int
files_check(struct store *s)
{
	for (unsigned i = 0; i < sizeof(parts) / sizeof(*parts); i++)
		if (file_check(s, &parts[i]) != 0)
			return -1;
	return 0;
}

/* Make an empty file when there is none. Of two processes one makes it. */
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
	sqlite_complain(s,
	    "cannot be made: %s: check that its file system is writable and "
	    "has space",
	    strerror(errno));
	return -1;
}

/* Must come before SQLite is used for the first time. Its memory statistics are
 * switched off: they are not needed and cost as much as the allocations. */
static void
sqlite_configure(void)
{
	(void)sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
}

static int
db_connect(struct store *s)
{
	sqlite_configure();
	if (sqlite3_open_v2(s->path, &s->db,
		SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX,
		sqlite_vfs()) != SQLITE_OK) {
		sqlite_complain_last(s);
		return -1;
	}
	if (sqlite3_db_readonly(s->db, "main") != 0) {
		sqlite_complain(s, "read-only: mount its file system writable");
		return -1;
	}
	sqlite3_busy_handler(s->db, sqlite_wait_more, s);
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

/* The file is shorter than its number of pages. After a crash the missing ones
 * may all be in the log. If not, the file was cut short, and the log would hide
 * that until the missing part is needed. */
static int
length_check(struct store *s, const struct sqlite_header *h)
{
	struct sqlite_query q;
	struct stat st;
	bool whole = false;

	if (stat(s->path, &st) == 0 && st.st_size / 4096 >= h->pages)
		return 0;
	sqlite_query_open(&q, s, "PRAGMA quick_check(1)");
	if (sqlite_query_step(&q) == QUERY_ROW)
		whole = strcmp((const char *)sqlite3_column_text(q.st, 0),
			    "ok") == 0;
	sqlite_query_close(&q);
	if (whole)
		return 0;
	sqlite_complain(s,
	    "damaged, cut short: move it and its -wal away, a new one is made "
	    "at the next login");
	return -1;
}

static int
db_begin(struct store *s, struct sqlite_header *h)
{
	if (db_connect(s) != 0 || sqlite_schema_check(s, h) != 0)
		return -1;
	if (sqlite_room_begin(s) != 0)
		return -1;
	return length_check(s, h);
}

/* True when other processes opened the index for longer than SQLite waits. */
static bool
db_others_open(struct store *s, int count)
{
	return s->db != NULL && sqlite3_errcode(s->db) == SQLITE_PROTOCOL &&
	    sqlite_wait_more(s, count) != 0;
}

static int
db_open(struct store *s, struct sqlite_header *h)
{
	for (int count = 0; db_begin(s, h) != 0; count++) {
		if (!db_others_open(s, count) && sqlite_room_release(s) != 0)
			return -1;
		sqlite3_close(s->db);
		s->db = NULL;
	}
	return 0;
}

int
sqlite_open_look(struct store *s, struct sqlite_header *h)
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
	result = db_connect(s) == 0 ? sqlite_header_look(s, h) : -1;
	sqlite_wait_end(s);
	return result;
}

int
sqlite_open(struct store *s)
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
	sqlite_room_reserve(s, &header);
	s->cause[0] = '\0';
	return 0;
}
