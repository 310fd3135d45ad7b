/* SPDX-License-Identifier: BSD-2-Clause */
/* Log lines about changes that twofactl makes itself: who changed what. */
#ifndef TWOFA_AUDIT_H
#define TWOFA_AUDIT_H

#include "twofactl/terminal/terminal.h"

/* "enroll user=alice by uid=0 ruser=bob"; the helper's lines have the same
 * form. what: the command, and more words if needed; user: NULL none. */
void audit(const struct ctl *, const char *what, const char *user);

#endif
