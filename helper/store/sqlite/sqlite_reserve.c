/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Reserves space on the disk, because a full disk must not stop logins.
 *
 * The database has free pages. Its write-ahead log stays between logins and is
 * larger than logins need. Once its content is in the database, the log is
 * written again from its start, into blocks that exist already. None of this
 * space is returned to the file system (sqlite_lock.c), where a program that
 * fills the disk would take it. The file -room is for a new index of the log
 * (-shm), if somebody removes the old one: it has blocks for a few of them.
 *
 * docs/state.md has the measurements.
 */
#include "helper/store/sqlite/sqlite.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#define WAL_FRAME (24 + 4096)
#define WAL_FULL 200 /* frames after which a checkpoint is tried */
/* the same of a broker, as each checkpoint waits for the disk thrice */
#define WAL_LONG 1000
#define WAL_TIGHT 80  /* on a full disk: frames later, wait for readers */
#define WAL_HUGE 2000 /* 8 MiB: wait for readers that keep it large */
#define WAL_BYTES(full) (((full) + 184) * (off_t)WAL_FRAME)
/* each of 64 frames; other processes may restart the log */
#define WAL_ROUNDS(full) ((full) / 25)
#define FREE_PAGES 128  /* minimum; below it 1 MiB is added */
#define PAGES_ADDED 264 /* 1 MiB, and pages of their tables */
#define RESERVE_BYTES 524288
#define RESERVE_PIECE 40960 /* the index has 32768 */
/* A value of another length, as SQLite does not write unchanged values. */
#define REFILL                                                                 \
	"UPDATE reserve SET filler = zeroblob(4000 - (length(filler) = 4000))"

static int
file_size(const struct store *s, const char *suffix, off_t *size)
{
	char path[SQLITE_PATH_MAX + 8];
	struct stat st;

	PRINT_TO(path, "%s%s", s->path, suffix);
	if (lstat(path, &st) != 0 || !S_ISREG(st.st_mode))
		return -1;
	*size = st.st_size;
	return 0;
}

static bool
file_large(const struct store *s, const char *suffix, off_t bytes)
{
	off_t size = 0;

	return file_size(s, suffix, &size) == 0 && size >= bytes;
}

/* True if a checkpoint should wait for readers. While a process reads, the log
 * cannot restart, and a program that fills the disk may also stop that process.
 * If the log can grow, wait late; if not, while part of the reserve is left. */
static bool
wal_waits(const struct store *s, int frames)
{
	struct statvfs disk;

	if (frames < s->full + WAL_TIGHT || frames >= WAL_HUGE)
		return frames >= WAL_HUGE;
	return statvfs(s->path, &disk) == 0 &&
	    disk.f_bavail * disk.f_frsize < WAL_HUGE * WAL_FRAME;
}

static void
wal_copy(sqlite3 *db, int how)
{
	sqlite3_wal_checkpoint_v2(db, "main", how, NULL, NULL);
}

/* Called after each commit. A failed checkpoint is no failure of the commit.
 * While it waits for readers, other processes wait too, so it should have
 * little left to copy. */
static int
wal_grew(void *ctx, sqlite3 *db, const char *name, int frames)
{
	struct store *s = ctx;

	(void)name;
	s->frames = frames;
	if (frames >= s->full)
		wal_copy(db, SQLITE_CHECKPOINT_PASSIVE);
	if (wal_waits(s, frames))
		wal_copy(db, SQLITE_CHECKPOINT_RESTART);
	return SQLITE_OK;
}

/* After a checkpoint the next commit restarts the log. If this process makes
 * none, it is done here, as no process knows later that the log was
 * copied. */
void
sqlite_reserve_restart_wal(struct store *s)
{
	static const char settle[] = REFILL " WHERE id = 1";

	if (s->frames >= s->full)
		(void)SQLITE_WRITE_NOSYNC(s, sqlite_run(s, settle));
}

void
sqlite_reserve_end(struct store *s)
{
	if (s->frames >= WAL_FULL && s->frames < s->full)
		wal_copy(s->db, SQLITE_CHECKPOINT_PASSIVE);
	s->full = WAL_FULL;
	sqlite_reserve_restart_wal(s);
}

/* Another helper may be doing this now, or still be using the old database:
 * SQLite does not wait for a lock here. */
int
sqlite_reserve_enable_wal(struct store *s)
{
	struct sqlite_query q;
	int changed = -1;

	s->full = WAL_FULL;
	sqlite3_wal_hook(s->db, wal_grew, s);
	for (int count = 0; changed < 0; count++) {
		sqlite_query_open(&q, s, "PRAGMA journal_mode = WAL");
		if (sqlite_query_step(&q) == QUERY_ROW)
			changed = strcmp("wal",
				      (const char *)sqlite3_column_text(
					  q.st, 0)) == 0;
		sqlite_query_close(&q);
		if (changed < 0 &&
		    ((sqlite3_errcode(s->db) & 0xff) != SQLITE_BUSY ||
			sqlite_wait_before_retry(s, count) == 0))
			return -1;
	}
	if (changed == 1)
		return 0;
	return store_set_cause(
	    s, "its file system has no shared memory: put it on a local disk");
}

/* Up to fifty helpers may see a small log at once and wait for each other, so
 * each checks again in its turn. */
static bool
wal_small(const struct store *s, int full)
{
	return !file_large(s, "-wal", WAL_BYTES(full));
}

static void
wal_reserve(struct store *s, int full)
{
	int rounds = 0;

	/* keep the content in the log until it is large */
	sqlite3_wal_hook(s->db, NULL, NULL);
	/* 64 frames each, until the log is large enough or cannot grow */
	while (rounds < WAL_ROUNDS(full) && wal_small(s, full) &&
	    SQLITE_WRITE_NOSYNC(
		s, wal_small(s, full) ? sqlite_run(s, REFILL) : -1) == 0)
		rounds++;
	sqlite3_wal_hook(s->db, wal_grew, s);
	if (rounds == 0 && !wal_small(s, full))
		return; /* another helper did all of it */
	wal_copy(s->db, SQLITE_CHECKPOINT_PASSIVE);
	wal_copy(s->db, SQLITE_CHECKPOINT_RESTART);
	s->frames = s->full;
	sqlite_reserve_restart_wal(s);
}

void
sqlite_reserve_extend(struct store *s)
{
	if (wal_small(s, WAL_LONG))
		wal_reserve(s, WAL_LONG);
	if (!wal_small(s, WAL_LONG))
		s->full = WAL_LONG;
}

/* Returns the database file that SQLite has open, as with another descriptor
 * its locks would be lost; NULL on error. *size is in bytes. */
static sqlite3_file *
db_file(struct store *s, sqlite3_int64 *size)
{
	sqlite3_file *file = NULL;

	if (sqlite3_file_control(
		s->db, "main", SQLITE_FCNTL_FILE_POINTER, &file) != SQLITE_OK ||
	    file->pMethods->xFileSize(file, size) != SQLITE_OK)
		return NULL;
	return file;
}

/* Allocates file space for the pages that are added now. If they were only in
 * the log and the disk became full, the log could not be copied and would
 * grow. */
static int
pages_allocate(struct store *s, const struct sqlite_header *h)
{
	static const char zeros[4096];
	sqlite3_int64 at = 0, end;
	sqlite3_file *file = db_file(s, &at);

	if (file == NULL)
		return -1;
	end = (h->pages + PAGES_ADDED) * (sqlite3_int64)sizeof(zeros);
	for (; at < end; at += (sqlite3_int64)sizeof(zeros))
		if (file->pMethods->xWrite(file, zeros, sizeof(zeros), at) !=
		    SQLITE_OK)
			return -1;
	return 0;
}

/* Writes pages and frees them, which goes through the log and extends it
 * too. */
static void
pages_reserve(struct store *s, struct sqlite_header h)
{
	sqlite3_int64 size = 0;
	char sql[64];

	if (h.unused >= FREE_PAGES || sqlite_write_begin_nosync(s) != 0)
		return;
	/* another helper may have added them meanwhile */
	if (sqlite_header_query(s, &h) != 0 || h.unused >= FREE_PAGES) {
		sqlite_rollback(s);
		return;
	}
	if (pages_allocate(s, &h) == 0 && sqlite_run(s, SQLITE_SPARE) == 0 &&
	    sqlite_commit(s) == 0)
		return;
	sqlite_rollback(s);
	/* on a full disk: add no page that has no space in the file */
	if (db_file(s, &size) == NULL)
		return;
	PRINT_TO(sql, "PRAGMA max_page_count = %lld", (long long)size / 4096);
	(void)sqlite_run(s, sql);
}

/* Continues at the end of the file, maybe in the middle of a block. */
static void
reserve_file_fill(const struct store *s)
{
	static const char zeros[4096];
	char path[SQLITE_PATH_MAX + 8];
	off_t at = 0;
	int fd OWNED(owned_fd) = -1;

	if (file_size(s, "-room", &at) == 0)
		at -= at % (off_t)sizeof(zeros);
	PRINT_TO(path, "%s-room", s->path);
	fd = open(path, O_WRONLY | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
	while (fd >= 0 && at < RESERVE_BYTES &&
	    pwrite(fd, zeros, sizeof(zeros), at) >= 0)
		at += (off_t)sizeof(zeros);
}

int
sqlite_reserve_release(const struct store *s)
{
	char path[SQLITE_PATH_MAX + 8];
	off_t size = 0;
	int fd OWNED(owned_fd) = -1;

	/* not an enum: SQLite's codes are plain numbers */
	if (s->db == NULL ||
	    (sqlite3_extended_errcode(s->db) != SQLITE_IOERR_SHMSIZE &&
		sqlite3_errcode(s->db) != SQLITE_FULL) ||
	    file_size(s, "-room", &size) != 0 || size == 0)
		return -1;
	PRINT_TO(path, "%s-room", s->path);
	fd = open(path, O_WRONLY | O_NOFOLLOW | O_CLOEXEC);
	return fd < 0
	    ? -1
	    : ftruncate(fd, size > RESERVE_PIECE ? size - RESERVE_PIECE : 0);
}

/* Ignores failures: the disk is full, but this login may already have the space
 * that it needs. */
void
sqlite_reserve_fill(struct store *s, const struct sqlite_header *h)
{
	pages_reserve(s, *h);
	if (wal_small(s, WAL_FULL))
		wal_reserve(s, WAL_FULL);
	if (!file_large(s, "-room", RESERVE_BYTES))
		reserve_file_fill(s);
}
