/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The system as SQLite sees it, but for one thing: the log is opened, and only
 * made where there is none. SQLite always opens it as if to make it, and then
 * waits for the folder to reach the disk, in each process once: one wait in
 * three of a login. The folder does not change when the log stays.
 */
#include "helper/store_sqlite.h"

#include <sys/stat.h>

static sqlite3_vfs *system_vfs;

static int
vfs_open(
    sqlite3_vfs *vfs, const char *name, sqlite3_file *file, int flags, int *out)
{
	struct stat st;

	(void)vfs;
	if ((flags & SQLITE_OPEN_WAL) != 0 && name != NULL &&
	    lstat(name, &st) == 0)
		flags &= ~SQLITE_OPEN_CREATE;
	return system_vfs->xOpen(system_vfs, name, file, flags, out);
}

const char *
store_vfs(void)
{
	static sqlite3_vfs vfs;

	if (vfs.zName != NULL)
		return vfs.zName;
	system_vfs = sqlite3_vfs_find(NULL);
	if (system_vfs == NULL)
		return NULL; /* sqlite3_open_v2 will find none, either */
	vfs = *system_vfs;
	vfs.pNext = NULL;
	vfs.xOpen = vfs_open;
	vfs.zName = "twofa";
	if (sqlite3_vfs_register(&vfs, 0) != SQLITE_OK)
		vfs.zName = NULL;
	return vfs.zName;
}
