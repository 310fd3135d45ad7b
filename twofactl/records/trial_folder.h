/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The folder in users_dir where this process tries records, which the helper
 * may read. What others, who have ended, left there goes as well.
 */
#ifndef TWOFA_TRIAL_FOLDER_H
#define TWOFA_TRIAL_FOLDER_H

#include <stddef.h>

#include "twofactl/records/place_file.h"

/* folder is users_dir, open and locked. The new folder, with its path, or -1
 * with errno. */
int trial_folder_open(int folder, const char *users_dir,
    const struct place_file_owner *, char *path, size_t cap);

/* Remove it with all that is in it, and close it. */
void trial_folder_close(int folder, int trial);

/* While a person is waited for: a signal that ends us (Ctrl-C) takes the folder
 * away, of which this one file is all, and then ends us. path and file must
 * live till trial_folder_unguard. */
void trial_folder_guard(const char *path, int trial, const char *file);
void trial_folder_unguard(void);

#endif
