/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Are the roots that a provider's certificate is checked against safe? A user
 * who can change them can pose as the provider.
 */
#ifndef TWOFA_CA_ROOTS_H
#define TWOFA_CA_ROOTS_H

#include <stdbool.h>
#include <sys/types.h>

#include "lib/system/trusted_file.h"

/* A readable regular file (links are followed) that only root or owner can
 * change. 0, or -1 with cause. */
int ca_roots_file(
    const char *path, uid_t owner, char cause[TRUSTED_FILE_CAUSE_MAX]);

/* A directory with hash links that only root or owner can change. 0, or -1 with
 * cause. */
int ca_roots_path(
    const char *path, uid_t owner, char cause[TRUSTED_FILE_CAUSE_MAX]);

/* The system's hashed directory, or NULL when it has none. */
const char *ca_roots_system(void);

#endif
