/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Is a file fit to be trusted? Open without following a link, look at owner,
 * mode and folder, refuse or read. Who can change one of these files can log
 * in as anybody.
 */
#ifndef TWOFA_TRUSTED_FILE_H
#define TWOFA_TRUSTED_FILE_H

#include <stddef.h>
#include <sys/types.h>

#include "lib/values/secret.h"

/* Longest path that settings may hold, and room for any cause. */
#define TRUSTED_FILE_PATH_MAX 255
#define TRUSTED_FILE_CAUSE_MAX 1280

#define TRUSTED_FILE_SETTINGS_MAX (1024 * 1024)
#define TRUSTED_FILE_USER_MAX (64 * 1024)

enum trusted_file_kind {
	TRUSTED_FILE_SETTINGS = 0, /* at most TRUSTED_FILE_SETTINGS_MAX */
	TRUSTED_FILE_USER,         /* at most TRUSTED_FILE_USER_MAX */
	TRUSTED_FILE_SECRET,       /* at most 4 KiB; others may not read it */
};

enum trusted_file_result {
	TRUSTED_FILE_REFUSED = 0, /* cause tells why, and what mends it */
	TRUSTED_FILE_OK,
	TRUSTED_FILE_ABSENT, /* no such file in a folder that is fit; with cause
			      */
	TRUSTED_FILE_AWAY,   /* the disk or the server that has it fails for
			      * now; with cause */
};

struct trusted_file {
	char *text; /* NUL-terminated, with room for one byte more */
	size_t len;
};

/* Read a whole file that belongs to owner. On OK the caller frees. */
enum trusted_file_result trusted_file_read(const char *path,
    enum trusted_file_kind, uid_t owner, struct trusted_file *,
    char cause[TRUSTED_FILE_CAUSE_MAX]);
/* Wipe and free. */
void trusted_file_free(struct trusted_file *);

/* Read a secret: one line of 1 to SECRET_MAX printable ASCII bytes, newlines
 * behind it cut. 0, or -1 with cause. The caller wipes. */
int trusted_file_secret(const char *path, uid_t owner, struct secret *,
    char cause[TRUSTED_FILE_CAUSE_MAX]);

/* Read a key of len random bytes, which the file holds and nothing else. 0, or
 * -1 with cause. The caller wipes. */
int trusted_file_key(const char *path, uid_t owner, unsigned char *key,
    size_t len, char cause[TRUSTED_FILE_CAUSE_MAX]);

/* Is this folder owner's, and writable by owner alone? 0, or -1 with cause. */
int trusted_file_folder(
    const char *path, uid_t owner, char cause[TRUSTED_FILE_CAUSE_MAX]);

#endif
