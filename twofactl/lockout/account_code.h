/* SPDX-License-Identifier: BSD-2-Clause */
/* What rules and record mean for an account after its first factor. */
#ifndef TWOFA_ACCOUNT_CODE_H
#define TWOFA_ACCOUNT_CODE_H

#include "lib/settings/settings.h"
#include "twofactl/lockout/host_accounts.h"

/* From the address that gets furthest: an unused one, or one from each network
 * that a rule names. Decides as a login does (rules.h). ask: false where
 * its record may be in the state, which is not asked. */
enum account_code account_code(const struct settings *, const char *service,
    const struct host_accounts *, const struct host_account *, bool ask);

#endif
