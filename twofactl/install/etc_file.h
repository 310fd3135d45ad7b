/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Files of /etc that enable changes, and of its own folder: the one place that
 * knows how they are written. A file is whole at every instant, and on the disk
 * before the function returns.
 */
#ifndef TWOFA_ETC_FILE_H
#define TWOFA_ETC_FILE_H

#include <stdbool.h>
#include <sys/types.h>

#define ETC_FILE_CAUSE 512

/* A file as it stands; there: false, and the rest is nothing. */
struct etc_file {
	bool there;
	char *text; /* etc_file_free frees */
	uid_t uid;
	gid_t gid;
	mode_t mode;
};

/* Read a regular file of at most 64 KiB without NUL. No file is there: false.
 * 0, or -1 with cause: a link, among others, whose target may be another
 * package's. */
int etc_file_read(
    const char *path, struct etc_file *, char cause[ETC_FILE_CAUSE]);

void etc_file_free(struct etc_file *);

/* Let it be as given: written beside its place, with owner and mode, and
 * SELinux's label and the list of users that the old one has; synced, moved
 * there, the folder synced; or gone. 0, or -1 with cause, and the old
 * file stands. */
int etc_file_write(
    const char *path, const struct etc_file *, char cause[ETC_FILE_CAUSE]);

/* The same, with the label and the list of users of another file. */
int etc_file_write_like(const char *path, const char *like,
    const struct etc_file *, char cause[ETC_FILE_CAUSE]);

/* Sync the folder of a file, so that what was moved there stays. 0, or -1 with
 * errno. */
int etc_file_sync_folder(const char *path);

/* Are the two the same, owner and mode included? */
bool etc_file_same(const struct etc_file *, const struct etc_file *);

#endif
