/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A recovery code that was typed. The store tells salts and hashes, and the
 * comparison is ours, so that the code never leaves this host.
 */
#ifndef TWOFA_RECOVERY_CHECK_H
#define TWOFA_RECOVERY_CHECK_H

#include "helper/dialogue/login_context.h"

/* Is it one of this user's? Then use it up. code: normalised
 * (recovery_code.h). It is not counted as a guess: nobody can try 80 bits.
 * 1: this login alone has used it, *left are left; 0: it is none of them, or
 * another login was first; -1 failed, after a log line. */
int recovery_check(const struct login *, const char *code, unsigned *left);

#endif
