/* SPDX-License-Identifier: BSD-2-Clause */
/* What an upgrade changes for an admin: the only table of it. */
#ifndef TWOFA_UPGRADE_CHANGES_H
#define TWOFA_UPGRADE_CHANGES_H

#include "lib/settings/settings.h"

/* Print what changes for such settings on a host whose state has that schema.
 * The schema is the only sign of the version that was used. */
void upgrade_changes_print(const struct settings *, int64_t schema);

#endif
