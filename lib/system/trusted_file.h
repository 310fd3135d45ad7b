/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Reads a file only if it can be trusted: it is opened without following a
 * link, and its owner, mode and folder are checked. Anybody who can change one
 * of these files can log in as any user.
 */
#ifndef TWOFA_TRUSTED_FILE_H
#define TWOFA_TRUSTED_FILE_H

#include <stddef.h>
#include <sys/types.h>

#include "lib/values/values.h"

/* Longest path in settings, and a size for any cause. */
#define TRUSTED_FILE_PATH_MAX 255
#define TRUSTED_FILE_CAUSE_MAX 1280

#define TRUSTED_FILE_SETTINGS_MAX (1024 * 1024)
#define TRUSTED_FILE_USER_MAX (64 * 1024)

enum trusted_file_kind {
	TRUSTED_FILE_SETTINGS = 0, /* at most TRUSTED_FILE_SETTINGS_MAX */
	TRUSTED_FILE_USER,         /* at most TRUSTED_FILE_USER_MAX */
	TRUSTED_FILE_SECRET, /* at most 4 KiB; other users must not read it */
};

enum trusted_file_result {
	TRUSTED_FILE_REFUSED = 0, /* cause says why, and how to fix it */
	TRUSTED_FILE_OK,
	TRUSTED_FILE_ABSENT, /* missing, in a folder that is fine; with cause */
	TRUSTED_FILE_AWAY,   /* its disk or server fails for now; with cause */
};

struct trusted_file {
	char *text; /* NUL-terminated, with room for one byte more */
	size_t len;
};

/* Read a whole file that must belong to owner. On OK the caller frees. */
enum trusted_file_result trusted_file_read(const char *path,
    enum trusted_file_kind, uid_t owner, struct trusted_file *,
    char cause[TRUSTED_FILE_CAUSE_MAX]);
/* Wipe and free. */
void trusted_file_free(struct trusted_file *);

/* Read a secret: one line of 1 to SECRET_MAX printable ASCII bytes; newlines at
 * the end are cut. 0, or -1 with cause. The caller wipes. */
int trusted_file_secret(const char *path, uid_t owner, struct secret *,
    char cause[TRUSTED_FILE_CAUSE_MAX]);

/* Read a file that holds a key of exactly len random bytes. 0, or -1 with
 * cause. The caller wipes. */
int trusted_file_key(const char *path, uid_t owner, unsigned char *key,
    size_t len, char cause[TRUSTED_FILE_CAUSE_MAX]);

/* Does this folder belong to owner, and can only owner write to it? 0, or -1
 * with cause. */
int trusted_file_folder(
    const char *path, uid_t owner, char cause[TRUSTED_FILE_CAUSE_MAX]);

#endif
