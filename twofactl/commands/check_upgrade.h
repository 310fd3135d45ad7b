/* SPDX-License-Identifier: BSD-2-Clause */
/* twofactl check --upgrade */
#ifndef TWOFA_CHECK_UPGRADE_H
#define TWOFA_CHECK_UPGRADE_H

#include "twofactl/check/check.h"
#include "twofactl/terminal/terminal.h"

/* Print what this version changes here. CTL_DONE; CTL_NO: something must be
 * done first, as printed; else after complaining. */
enum ctl_exit check_upgrade(const struct ctl *, struct check *);

#endif
