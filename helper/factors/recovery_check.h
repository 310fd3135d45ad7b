/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A typed recovery code. The store gives salts and hashes and the comparison is
 * done here, so the code never leaves this host.
 */
#ifndef TWOFA_RECOVERY_CHECK_H
#define TWOFA_RECOVERY_CHECK_H

#include "helper/dialogue/dialogue.h"

/* Is it one of this user's? Then use it up. code: normalised (values.h).
 * It is not counted as a guess, because 80 bits cannot be guessed. 1: used by
 * this login, *left are left; 0: not one of them, or another login was faster;
 * -1 failed, after a log line. */
int recovery_check(const struct login *, const char *code, unsigned *left);

#endif
