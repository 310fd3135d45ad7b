/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Files of root that the helper may read: written whole beside their place,
 * synced, then moved there in one step, so that no login ever meets half a
 * file.
 */
#ifndef TWOFA_PLACE_FILE_H
#define TWOFA_PLACE_FILE_H

#include <stddef.h>
#include <sys/types.h>

#include "lib/system/trusted_file.h"

#define PLACE_FILE_MODE 0640

/* root:twofa; in unit tests the user who runs them. */
struct place_file_owner {
	uid_t uid;
	gid_t gid;
};

/* Nobody but root opens it, and so nobody else can hold the lock. It is there
 * while a twofactl runs; what one that was killed left does no harm. */
#define PLACE_FILE_LOCK ".twofactl.lock"

struct place_file_folder {
	int fd, lock; /* -1: not open; lock: not held */
};

/* Open a folder that is fit, and lock it against other twofactl. 0, or -1 with
 * cause, and nothing is open. */
int place_file_open(struct place_file_folder *, const char *path, uid_t owner,
    char cause[TRUSTED_FILE_CAUSE_MAX]);
/* Let others change it. */
void place_file_unlock(struct place_file_folder *);
/* Both, and close it. */
void place_file_close(struct place_file_folder *);

/* Write and sync a new file of PLACE_FILE_MODE; one of that name goes first. 0,
 * or -1 with errno, and no file. */
int place_file_write(int folder, const char *name,
    const struct place_file_owner *, const void *bytes, size_t len);

/* The same without syncing, for many files: syncfs(folder) before the first is
 * moved. */
int place_file_write_later(int folder, const char *name,
    const struct place_file_owner *, const void *bytes, size_t len);

/* Move from's file to's place. 0; 1 with errno: it is there, but may not be on
 * the disk yet; -1 with errno. */
int place_file_move(int from, const char *name, int to, const char *place);

#endif
