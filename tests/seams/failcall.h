/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Calls that fail: the nth of those to SQLite, to the kernel for files and
 * random bytes, and for SHA-256. A program that is linked with this has it for
 * all its libraries, too. One thread at a time counts.
 */
#ifndef TWOFA_TESTS_FAILCALL_H
#define TWOFA_TESTS_FAILCALL_H

#include <stdbool.h>

/* Count from here; the nth call fails, with ever all later ones, too.
 * 0: none fails. */
void failcall_arm(long nth, bool ever);
/* The same, but count and fail none but those of this name: "getrandom". */
void failcall_arm_only(const char *name, long nth, bool ever);
/* Stop. Calls since then. */
long failcall_stop(void);
/* The name of the call that failed first since then; "" none. */
const char *failcall_name(void);

#endif
