/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Files of root's that the helper may read: written completely beside their
 * place, synced, then moved there in one step, so that a login never reads half
 * a file.
 */
#ifndef TWOFA_PLACE_FILE_H
#define TWOFA_PLACE_FILE_H

#include <stddef.h>
#include <sys/types.h>

#include "lib/system/system.h"

#define PLACE_FILE_MODE 0640

/* root:twofa; in unit tests the user who runs them. */
struct place_file_owner {
	uid_t uid;
	gid_t gid;
};

/* Only root can open it, so only root can lock it. It exists while a twofactl
 * runs; a leftover does no harm. */
#define PLACE_FILE_LOCK ".twofactl.lock"

struct place_file_folder {
	int fd, lock; /* -1: not open; lock: not held */
};

/* Open a folder that is safe, and lock it against other twofactl processes. 0,
 * or -1 with cause, and nothing is open. */
int place_file_open(struct place_file_folder *, const char *path, uid_t owner,
    char cause[TRUSTED_FILE_CAUSE_MAX]);
/* Release the lock. */
void place_file_unlock(struct place_file_folder *);
/* Release the lock and close the folder. */
void place_file_close(struct place_file_folder *);

/* Remove files whose names begin and end so: what was not moved, also by one
 * that was killed. Who makes such files holds the lock. */
void place_file_sweep(
    const struct place_file_folder *, const char *head, const char *tail);

/* Write and sync a new file with PLACE_FILE_MODE; an old one is removed first.
 * 0, or -1 with errno, and no file. */
int place_file_write(int folder, const char *name,
    const struct place_file_owner *, const void *bytes, size_t len);

/* The same without syncing, for many files: call syncfs(folder) before the
 * first is moved. */
int place_file_write_later(int folder, const char *name,
    const struct place_file_owner *, const void *bytes, size_t len);

/* Move from's file into to. 0; 1 with errno: it is there, but may not be on the
 * disk yet; -1 with errno. */
int place_file_move(int from, const char *name, int to, const char *place);

#endif
