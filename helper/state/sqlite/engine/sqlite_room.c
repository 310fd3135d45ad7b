/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Room on the disk, taken in advance: a full disk must not stop logins.
 *
 * The database has free pages. Its write-ahead log stays between logins, is
 * made larger than logins need, and is begun again from its start once its
 * content has gone to the database: later writes go to blocks that are there.
 * Nothing of it goes back to the file system (sqlite_vfs.c), where a
 * program that wants the disk full would have it. -room is for an index of the
 * log (-shm) that somebody has removed: it gives blocks for another, a few
 * times.
 *
 * docs/state.md tells what was measured.
 */
#include "helper/state/sqlite/engine/sqlite.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#define WAL_FRAME (24 + 4096)
#define WAL_FULL 200  /* frames after which they go to the database */
#define WAL_TIGHT 280 /* on a full disk: wait for readers */
#define WAL_HUGE 2000 /* 8 MiB: wait for readers that keep it large */
#define WAL_BYTES (384 * WAL_FRAME)
#define WAL_ROUNDS 8    /* each of 64 frames; others may begin it again */
#define FREE_PAGES 128  /* fewer: 1 MiB is added */
#define PAGES_ADDED 264 /* 1 MiB of them, and what their table needs */
#define ROOM_BYTES 524288
#define ROOM_PIECE 40960 /* the index has 32768 */

static int
file_size(const struct store *s, const char *suffix, off_t *size)
{
	char path[STORE_PATH_MAX + 8];
	struct stat st;

	snprintf(path, sizeof(path), "%s%s", s->path, suffix);
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

/* A reader keeps the log from beginning again, and a program that wants
 * the disk full may also stop one that reads. Where the log can grow that is
 * waited for late; where it cannot, while there is some of its reserve left. */
static bool
wal_waits(const struct store *s, int frames)
{
	struct statvfs disk;

	if (frames < WAL_TIGHT || frames >= WAL_HUGE)
		return frames >= WAL_HUGE;
	return statvfs(s->path, &disk) == 0 &&
	    disk.f_bavail * disk.f_frsize < WAL_HUGE * WAL_FRAME;
}

static void
wal_copy(sqlite3 *db, int how)
{
	sqlite3_wal_checkpoint_v2(db, "main", how, NULL, NULL);
}

/* After each commit. A checkpoint that fails is no failure of the commit. While
 * it waits for readers others wait for it, so little is left to copy then. */
static int
wal_grew(void *ctx, sqlite3 *db, const char *name, int frames)
{
	struct store *s = ctx;

	(void)name;
	s->frames = frames;
	if (frames >= WAL_FULL)
		wal_copy(db, SQLITE_CHECKPOINT_PASSIVE);
	if (wal_waits(s, frames))
		wal_copy(db, SQLITE_CHECKPOINT_RESTART);
	return SQLITE_OK;
}

/* The next commit after a checkpoint begins the log again; where none comes in
 * this process, nobody would: that it was copied is forgotten at the close. */
void
sqlite_room_settle(struct store *s)
{
	static const char settle[] =
	    "UPDATE reserve SET filler = randomblob(4000) WHERE id = 1";

	if (s->frames < WAL_FULL || sqlite_begin_light(s) != 0)
		return;
	if (sqlite_run(s, settle) != 0)
		sqlite_rollback(s);
	else
		sqlite_commit(s);
}

/* Another helper may do the same at this moment, or still be at work with the
 * database as it was: SQLite does not wait for a lock here. */
int
sqlite_room_begin(struct store *s)
{
	struct sqlite_query q;
	int changed = -1;

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
			sqlite_wait_more(s, count) == 0))
			return -1;
	}
	if (changed == 1)
		return 0;
	sqlite_complain(
	    s, "its file system has no shared memory: put it on a local disk");
	return -1;
}

/* Who finds the log small may wait its turn behind fifty others that found
 * the same: what is needed is asked for again once it is there. */
static bool
wal_small(const struct store *s)
{
	return !file_large(s, "-wal", WAL_BYTES);
}

/* 64 frames more. False: it is large, or cannot grow. */
static bool
wal_extend(struct store *s)
{
	if (sqlite_begin_light(s) != 0)
		return false;
	if (wal_small(s) &&
	    sqlite_run(s, "UPDATE reserve SET filler = randomblob(4000)") == 0)
		return sqlite_commit(s) == 0;
	sqlite_rollback(s);
	return false;
}

static void
wal_reserve(struct store *s)
{
	int rounds = 0;

	/* until it is large, its content stays in it */
	sqlite3_wal_hook(s->db, NULL, NULL);
	while (rounds < WAL_ROUNDS && wal_small(s) && wal_extend(s))
		rounds++;
	sqlite3_wal_hook(s->db, wal_grew, s);
	if (rounds == 0 && !wal_small(s))
		return; /* another helper did it, and sees to the rest */
	wal_copy(s->db, SQLITE_CHECKPOINT_PASSIVE);
	wal_copy(s->db, SQLITE_CHECKPOINT_RESTART);
	s->frames = WAL_FULL;
	sqlite_room_settle(s);
}

/* The database as SQLite has it open: by another descriptor its locks would be
 * lost. *size: in bytes. NULL: no answer. */
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

/* Space in the file for the pages that are added now. Those that were only in
 * the log could not be copied on a disk that is full by then, and a log that
 * cannot be copied grows. */
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

/* The disk is full: no page may be added that has no space in the file. */
static void
pages_hold(struct store *s)
{
	sqlite3_int64 size = 0;
	char sql[64];

	if (db_file(s, &size) == NULL)
		return;
	snprintf(sql, sizeof(sql), "PRAGMA max_page_count = %lld",
	    (long long)size / 4096);
	(void)sqlite_run(s, sql);
}

/* Pages that are written and freed again. They take part in the log, so this
 * makes it large as well. */
static void
pages_reserve(struct store *s, struct sqlite_header h)
{
	static const char fill[] =
	    "CREATE TABLE spare(id INTEGER PRIMARY KEY, filler BLOB NOT NULL);"
	    "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n"
	    " WHERE i < 256)"
	    " INSERT INTO spare SELECT i, randomblob(4000) FROM n;"
	    "DROP TABLE spare";
	if (h.unused >= FREE_PAGES || sqlite_begin_light(s) != 0)
		return;
	/* another helper may have added them meanwhile */
	if (sqlite_header_read(s, &h) != 0 || h.unused >= FREE_PAGES) {
		sqlite_rollback(s);
		return;
	}
	if (pages_allocate(s, &h) == 0 && sqlite_run(s, fill) == 0 &&
	    sqlite_commit(s) == 0)
		return;
	sqlite_rollback(s);
	pages_hold(s);
}

static void
room_path(const struct store *s, char path[STORE_PATH_MAX + 8])
{
	snprintf(path, STORE_PATH_MAX + 8, "%s-room", s->path);
}

/* From where it ends, which may be in the middle of a block. */
static void
room_fill(const struct store *s)
{
	static const char zeros[4096];
	char path[STORE_PATH_MAX + 8];
	off_t at = 0;
	int fd;

	if (file_size(s, "-room", &at) == 0)
		at -= at % (off_t)sizeof(zeros);
	room_path(s, path);
	fd = open(path, O_WRONLY | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (fd < 0)
		return;
	for (; at < ROOM_BYTES; at += (off_t)sizeof(zeros))
		if (pwrite(fd, zeros, sizeof(zeros), at) < 0)
			break;
	close(fd);
}

int
sqlite_room_release(const struct store *s)
{
	char path[STORE_PATH_MAX + 8];
	off_t size = 0;

	/* not an enum: SQLite's codes are plain numbers */
	if (s->db == NULL ||
	    (sqlite3_extended_errcode(s->db) != SQLITE_IOERR_SHMSIZE &&
		sqlite3_errcode(s->db) != SQLITE_FULL) ||
	    file_size(s, "-room", &size) != 0 || size == 0)
		return -1;
	room_path(s, path);
	return truncate(path, size > ROOM_PIECE ? size - ROOM_PIECE : 0);
}

/* A failure does not matter yet: the disk is full, but this login may still
 * have the room. */
void
sqlite_room_reserve(struct store *s, const struct sqlite_header *h)
{
	pages_reserve(s, *h);
	if (wal_small(s))
		wal_reserve(s);
	if (!file_large(s, "-room", ROOM_BYTES))
		room_fill(s);
}
