/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Placing a user's secret, with the way back until all else is done.
 */
#ifndef TWOFA_SECRET_FILE_H
#define TWOFA_SECRET_FILE_H

#include <stdbool.h>

#include "lib/values/secret.h"
#include "twofactl/records/place_file.h"

#define SECRETFILE_NAME_MAX 80

struct secretfile {
	struct placefile_folder folder;
	char name[SECRETFILE_NAME_MAX], old[SECRETFILE_NAME_MAX];
	bool had_old, reached; /* its place was known and taken */
};

/* Write it as folder's file name, which is the caller's to unlink. 0, or -1
 * with errno and no such file. */
int secretfile_try(int folder, const char *name, const struct secret *,
    const struct placefile_owner *);

/* Put the secret into folder/name. 0, or -1 with cause: then nothing has
 * changed and nothing is open. */
int secretfile_put(struct secretfile *, const char *folder, const char *name,
    const struct secret *, const struct placefile_owner *,
    char cause[CONFFILE_CAUSE_MAX]);

/* End it: the new secret stays, or what was there before comes back. */
void secretfile_keep(struct secretfile *);
void secretfile_undo(struct secretfile *);

#endif
