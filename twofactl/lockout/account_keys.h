/* SPDX-License-Identifier: BSD-2-Clause */
/* Has an account keys that sshd accepts? */
#ifndef TWOFA_ACCOUNT_KEYS_H
#define TWOFA_ACCOUNT_KEYS_H

#include <sys/types.h>

#include "twofactl/lockout/lockout.h"
#include "twofactl/sshd/sshd.h"

/* Look into the files that sshd's settings name; at most 64 KB of each, and
 * only regular files. */
enum account_keys account_keys_look(
    const struct sshd_access *, const char *user, uid_t uid, const char *home);

#endif
