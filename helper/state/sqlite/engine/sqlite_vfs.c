/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * SQLite's access to the system, with changes that save time or space on the
 * disk, and with locks that set the alarm (sqlite_alarm.h).
 *
 * The log is opened, and only created when it is missing. SQLite always opens
 * it as if to create it, and then waits once in each process until the folder
 * is on the disk: one of the three waits in a login. The folder does not change
 * while the log stays.
 *
 * No file becomes shorter: on a full disk another program would take the space.
 * The first process to open the log's index (-shm) must empty it, for which
 * SQLite cuts it to 3 bytes. Here its bytes are set to zero instead, which
 * gives the same content. The database keeps the space behind its last page for
 * later pages (sqlite_room.c).
 */
#include "helper/state/sqlite/engine/sqlite.h"

#include <sys/stat.h>
#include <unistd.h>

#include "helper/state/sqlite/engine/sqlite_alarm.h"

#define INDEX_BYTES 32768 /* SQLite's unit for the index */
#define INDEX_MOST 262144 /* for a log of 130 MB, which is never needed */
#define HEADER_READ_BY 19 /* offset in the database: 2, it has a log */
#define HEADER_WAL 2

static sqlite3_vfs *system_vfs;
static const sqlite3_io_methods *system_file;
static bool mapping; /* SQLite is working on the index */

/* Each block is written, so that each has space afterwards: at a hole in the
 * file, the first access could end the process (SIGBUS). */
static int
index_empty(int fd, off_t size)
{
	static const char zeros[4096];

	for (off_t at = 0; at < size; at += (off_t)sizeof(zeros))
		if (pwrite(fd, zeros, sizeof(zeros), at) !=
		    (ssize_t)sizeof(zeros))
			return -1;
	return 0;
}

/* Replaces ftruncate(2). If there is no space, SQLite does it its own way and
 * reports the error. */
static int
file_truncate(int fd, off_t size)
{
	struct stat st;

	if (!mapping || fstat(fd, &st) != 0 || st.st_size > INDEX_MOST)
		return ftruncate(fd, size);
	if (st.st_size < INDEX_BYTES)
		st.st_size = INDEX_BYTES;
	if (index_empty(fd, st.st_size) != 0)
		return ftruncate(fd, size);
	return 0;
}

static int
index_map(
    sqlite3_file *file, int page, int size, int extend, void volatile **memory)
{
	int rc;

	mapping = true;
	rc = system_file->xShmMap(file, page, size, extend, memory);
	mapping = false;
	return rc;
}

/* With a log, only copying it can shorten the database. Without one, a rollback
 * does. */
static int
db_truncate(sqlite3_file *file, sqlite3_int64 size)
{
	unsigned char read_by = 0;
	sqlite3_int64 now = 0;

	if (system_file->xRead(file, &read_by, 1, HEADER_READ_BY) ==
		SQLITE_OK &&
	    read_by == HEADER_WAL &&
	    system_file->xFileSize(file, &now) == SQLITE_OK && now > size)
		return SQLITE_OK;
	return system_file->xTruncate(file, size);
}

static void
db_keep(sqlite3_file *file)
{
	static sqlite3_io_methods keeping;

	system_file = file->pMethods;
	keeping = *system_file;
	keeping.xTruncate = db_truncate;
	keeping.xShmMap = index_map;
	file->pMethods = &keeping;
}

static int
vfs_open(
    sqlite3_vfs *vfs, const char *name, sqlite3_file *file, int flags, int *out)
{
	struct stat st;
	int rc;

	(void)vfs;
	if ((flags & SQLITE_OPEN_WAL) != 0 && name != NULL &&
	    lstat(name, &st) == 0)
		flags &= ~SQLITE_OPEN_CREATE;
	rc = system_vfs->xOpen(system_vfs, name, file, flags, out);
	if (rc == SQLITE_OK && (flags & SQLITE_OPEN_MAIN_DB) != 0) {
		db_keep(file);
		sqlite_alarm_watch(file);
	}
	return rc;
}

const char *
sqlite_vfs(void)
{
	static sqlite3_vfs vfs;

	if (vfs.zName != NULL)
		return vfs.zName;
	system_vfs = sqlite3_vfs_find(NULL);
	if (system_vfs == NULL)
		return NULL; /* sqlite3_open_v2 will not find one either */
	vfs = *system_vfs;
	vfs.pNext = NULL;
	vfs.xOpen = vfs_open;
	vfs.zName = "twofa";
	if (sqlite3_vfs_register(&vfs, 0) != SQLITE_OK)
		vfs.zName = NULL;
	else if (vfs.iVersion >= 3)
		vfs.xSetSystemCall(system_vfs, "ftruncate",
		    (sqlite3_syscall_ptr)file_truncate);
	return vfs.zName;
}
