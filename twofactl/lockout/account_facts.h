/* SPDX-License-Identifier: BSD-2-Clause */
/* What the system knows of an account that might log in. */
#ifndef TWOFA_ACCOUNT_FACTS_H
#define TWOFA_ACCOUNT_FACTS_H

#include "twofactl/lockout/host_accounts.h"
#include "twofactl/lockout/lockout.h"
#include "twofactl/sshd/sshd.h"

/* Everything except admin, enrolled and code, which the system does not know.
 * 0, or -1: it has no usable shell. */
int account_facts_read(struct account_facts *, const struct host_accounts *,
    const struct host_account *, const struct sshd_access *);

#endif
