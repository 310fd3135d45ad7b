/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Places a user's secret, and can restore the old one until everything else is
 * done.
 */
#ifndef TWOFA_SECRET_FILE_H
#define TWOFA_SECRET_FILE_H

#include <stdbool.h>

#include "lib/values/values.h"
#include "twofactl/records/place_file.h"

#define SECRET_FILE_NAME_MAX (KEPT_NAME_MAX + 16)

/* The file name of a user's app secret, between these: "", ".totp". A person's
 * has a + for the slashes (values.h). */
void secret_file_name(char out[SECRET_FILE_NAME_MAX], const char *before,
    const char *kept, const char *behind);

struct secret_file {
	struct place_file_folder folder;
	char name[SECRET_FILE_NAME_MAX], old[SECRET_FILE_NAME_MAX];
	bool had_old, reached; /* its place was known and occupied */
};

/* Write it to the file name in folder; the caller removes it. 0, or -1 with
 * errno and no such file. */
int secret_file_try(int folder, const char *name, const struct secret *,
    const struct place_file_owner *);

/* Put the secret into folder/name. 0, or -1 with cause: then nothing has
 * changed or is open. */
int secret_file_put(struct secret_file *, const char *folder, const char *name,
    const struct secret *, const struct place_file_owner *,
    char cause[TRUSTED_FILE_CAUSE_MAX]);

/* End it: keep the new secret, or restore what was there before. */
void secret_file_keep(struct secret_file *);
void secret_file_undo(struct secret_file *);

#endif
