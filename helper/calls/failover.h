/* SPDX-License-Identifier: BSD-2-Clause */
/* Whether another provider may be asked after one has failed. */
#ifndef TWOFA_FAILOVER_H
#define TWOFA_FAILOVER_H

#include <stdbool.h>

#include "helper/providers/outcome.h"
#include "lib/settings/settings.h"

/* May another provider be asked after a start with this outcome? per_number:
 * the throttling was for this number or user, not for the account. */
bool failover_allowed(
    const struct settings *, enum outcome, bool maybe_sent, bool per_number);

#endif
