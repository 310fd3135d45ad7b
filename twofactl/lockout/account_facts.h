/* SPDX-License-Identifier: BSD-2-Clause */
/* What the system knows of an account that might log in by sshd. */
#ifndef TWOFA_ACCOUNT_FACTS_H
#define TWOFA_ACCOUNT_FACTS_H

#include "twofactl/lockout/lockout.h"
#include "twofactl/lockout/sshd_access.h"

/* Everything except admin, enrolled and code, which the system does not know.
 * 0, or -1: there is no such account, or it has no usable shell. */
int account_facts_read(
    struct account_facts *, const char *user, const struct sshd_access *);

#endif
