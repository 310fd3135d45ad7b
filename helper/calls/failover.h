/* SPDX-License-Identifier: BSD-2-Clause */
/* Whether another provider may be asked after one that failed. */
#ifndef TWOFA_FAILOVER_H
#define TWOFA_FAILOVER_H

#include <stdbool.h>

#include "helper/providers/outcome.h"
#include "lib/settings/settings.h"

/* After a start that ended so at one provider: may another be asked?
 * per_number: it was throttled for this number or user, not for the account.
 */
bool failover_allowed(
    const struct settings *, enum outcome, bool maybe_sent, bool per_number);

#endif
