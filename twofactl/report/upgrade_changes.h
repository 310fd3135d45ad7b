/* SPDX-License-Identifier: BSD-2-Clause */
/* What an upgrade changes for an admin: the one table of it. */
#ifndef TWOFA_UPGRADE_CHANGES_H
#define TWOFA_UPGRADE_CHANGES_H

#include "lib/settings/settings.h"

/* Print all that changes for such settings on a host whose state is of that
 * schema: the version that wrote it is not known otherwise. */
void upgrade_changes_print(const struct settings *, int64_t schema);

#endif
