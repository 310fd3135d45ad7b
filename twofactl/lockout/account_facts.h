/* SPDX-License-Identifier: BSD-2-Clause */
/* What the system says of an account that might log in by sshd. */
#ifndef TWOFA_ACCOUNT_FACTS_H
#define TWOFA_ACCOUNT_FACTS_H

#include "twofactl/lockout/lockout.h"
#include "twofactl/lockout/sshd_access.h"

/* All but admin, enrolled and code, which are not the system's to say. 0, or
 * -1: there is no such account, or no shell by which it could be used. */
int account_facts_read(
    struct account_facts *, const char *user, const struct sshd_access *);

#endif
