/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Files of /etc that enable changes, and its own folder: the only code that
 * writes them. A file is always complete, and on the disk before a function
 * returns.
 */
#ifndef TWOFA_ETC_FILE_H
#define TWOFA_ETC_FILE_H

#include <stdbool.h>
#include <sys/types.h>

#define ETC_FILE_CAUSE 512

/* A file and its content; there: false, and the rest is not set. */
struct etc_file {
	bool there;
	char *text; /* freed by etc_file_free */
	uid_t uid;
	gid_t gid;
	mode_t mode;
};

/* Read a regular file of at most 64 KiB without NUL. A missing file: there is
 * false. 0, or -1 with cause, for example for a link, whose target may belong
 * to another package. */
int etc_file_read(
    const char *path, struct etc_file *, char cause[ETC_FILE_CAUSE]);

void etc_file_free(struct etc_file *);

/* Make the file as given: written beside its place, with owner and mode, and
 * with the old file's SELinux label and access control list; synced, moved, and
 * the folder synced. Or remove it. 0, or -1 with cause: then the old file is
 * unchanged. */
int etc_file_write(
    const char *path, const struct etc_file *, char cause[ETC_FILE_CAUSE]);

/* The same with another file's label and access control list. */
int etc_file_write_like(const char *path, const char *like,
    const struct etc_file *, char cause[ETC_FILE_CAUSE]);

/* Sync a file's folder, so that the moved file stays. 0, or -1 with errno. */
int etc_file_sync_folder(const char *path);

/* True when they are equal, with owner and mode. */
bool etc_file_same(const struct etc_file *, const struct etc_file *);

#endif
