/* SPDX-License-Identifier: BSD-2-Clause */
/* Who changed what: a line in the log for what twofactl itself changes. */
#ifndef TWOFA_AUDIT_H
#define TWOFA_AUDIT_H

#include "twofactl/arguments/command.h"

/* "enroll user=alice by uid=0 ruser=bob"; the helper's lines have this form,
 * too. what: the command, and more words if need be; user: NULL none. */
void audit(const struct ctl *, const char *what, const char *user);

#endif
