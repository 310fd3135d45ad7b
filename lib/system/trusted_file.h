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
#define CONFFILE_PATH_MAX 255
#define CONFFILE_CAUSE_MAX 1280

enum conffile_kind {
	CONFFILE_SETTINGS = 0, /* at most 1 MiB */
	CONFFILE_USER,         /* at most 64 KiB */
	CONFFILE_SECRET,       /* at most 4 KiB; others may not read it */
};

enum conffile_result {
	CONFFILE_REFUSED = 0, /* cause tells why, and what mends it */
	CONFFILE_OK,
	CONFFILE_ABSENT, /* no such file in a folder that is fit; with cause */
};

struct conffile {
	char *text; /* NUL-terminated, with room for one byte more */
	size_t len;
};

/* Read a whole file that belongs to owner. On OK the caller frees. */
enum conffile_result conffile_read(const char *path, enum conffile_kind,
    uid_t owner, struct conffile *, char cause[CONFFILE_CAUSE_MAX]);
/* Wipe and free. */
void conffile_free(struct conffile *);

/* Read a secret: one line of 1 to SECRET_MAX printable ASCII bytes, newlines
 * behind it cut. 0, or -1 with cause. The caller wipes. */
int conffile_secret(const char *path, uid_t owner, struct secret *,
    char cause[CONFFILE_CAUSE_MAX]);

/* Is this folder owner's, and writable by owner alone? 0, or -1 with cause. */
int conffile_folder(
    const char *path, uid_t owner, char cause[CONFFILE_CAUSE_MAX]);

#endif
