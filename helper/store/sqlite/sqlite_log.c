/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The write-ahead log of a broker: a transaction's frames in one write.
 *
 * SQLite writes each frame's header and page apart, which is most of what a
 * commit costs where it waits for no disk. Here they are kept until the frame
 * that commits, whose write fails if theirs does. Whatever else is done with
 * the log writes them first, and what is written over older bytes is not kept,
 * as SQLite does that last of all in a commit. Other processes read a frame
 * only when SQLite has noted the commit in the index.
 * Format: https://www.sqlite.org/fileformat2.html#walformat
 */
#include "helper/store/sqlite/sqlite.h"

#define WAL_HEADER 32
#define WAL_FRAME_HEADER 24
#define WAL_FRAME (WAL_FRAME_HEADER + 4096)
#define WAL_FRAMES_KEPT 31 /* unixWrite() takes less than 128 KiB */

/* Of the only store that a broker of a file has. */
static struct {
	sqlite3_file *file;               /* NULL for none */
	const sqlite3_io_methods *system; /* SQLite's own */
	sqlite3_int64 end;                /* of what this process wrote */
	sqlite3_int64 at;                 /* where the kept bytes belong */
	int count;                        /* bytes that are kept */
	bool commits;                     /* the last frame that was begun */
	unsigned char bytes[WAL_FRAMES_KEPT * WAL_FRAME];
} kept;

static int
write_kept(void)
{
	const int count = kept.count;

	kept.count = 0;
	return count == 0
	    ? SQLITE_OK
	    : kept.system->xWrite(kept.file, kept.bytes, count, kept.at);
}

static int
keep(const void *bytes, int count, sqlite3_int64 at)
{
	if (kept.count == 0)
		kept.at = at;
	memcpy(kept.bytes + kept.count, bytes, (size_t)count);
	kept.count += count;
	return kept.commits && (at + count - WAL_HEADER) % WAL_FRAME == 0
	    ? write_kept()
	    : SQLITE_OK;
}

static int
wal_io_write(sqlite3_file *file, const void *bytes, int count, sqlite3_int64 at)
{
	static const unsigned char none[4];
	const bool apart = (at < kept.end && at != 0) || count > WAL_FRAME;
	int rc = SQLITE_OK;

	/* bytes 4 to 7: the database's pages, in a frame that commits */
	if (at >= WAL_HEADER && count >= WAL_FRAME_HEADER &&
	    (at - WAL_HEADER) % WAL_FRAME == 0)
		kept.commits =
		    memcmp((const char *)bytes + 4, none, sizeof(none)) != 0;
	if (apart || at != kept.at + kept.count ||
	    count > (int)sizeof(kept.bytes) - kept.count)
		rc = write_kept();
	if (rc != SQLITE_OK)
		return rc;
	/* the log's own header comes first when it begins again */
	if (at == 0 || at + count > kept.end)
		kept.end = at + count;
	return apart ? kept.system->xWrite(file, bytes, count, at)
		     : keep(bytes, count, at);
}

#define AFTER_KEPT(name, params, call)                                         \
	static int name params                                                 \
	{                                                                      \
		const int rc = write_kept();                                   \
                                                                               \
		return rc != SQLITE_OK ? rc : kept.system->call;               \
	}
/* clang-format off */
AFTER_KEPT(wal_io_read, (sqlite3_file *file, void *bytes, int count,
    sqlite3_int64 at), xRead(file, bytes, count, at))
AFTER_KEPT(wal_io_truncate, (sqlite3_file *file, sqlite3_int64 size),
    xTruncate(file, size))
AFTER_KEPT(wal_io_sync, (sqlite3_file *file, int flags), xSync(file, flags))
AFTER_KEPT(wal_io_file_size, (sqlite3_file *file, sqlite3_int64 *size),
    xFileSize(file, size))
/* clang-format on */

/* What is left was not committed. */
static int
wal_io_close(sqlite3_file *file)
{
	kept.file = NULL;
	kept.count = 0;
	return kept.system->xClose(file);
}

sqlite3_file *
sqlite_log_file(struct store *s)
{
	sqlite3_file *file = NULL;

	return sqlite3_file_control(s->db, "main", SQLITE_FCNTL_JOURNAL_POINTER,
		   &file) == SQLITE_OK &&
		file->pMethods != NULL
	    ? file
	    : NULL;
}

void
sqlite_log_keep(struct store *s)
{
	static sqlite3_io_methods io;
	sqlite3_file *file = sqlite_log_file(s);

	if (file == NULL || kept.file != NULL)
		return;
	kept.file = file;
	kept.system = file->pMethods;
	kept.end = 0;
	io = *file->pMethods;
	io.xWrite = wal_io_write;
	io.xRead = wal_io_read;
	io.xTruncate = wal_io_truncate;
	io.xSync = wal_io_sync;
	io.xFileSize = wal_io_file_size;
	io.xClose = wal_io_close;
	file->pMethods = &io;
}
