/* SPDX-License-Identifier: BSD-2-Clause */
/* What a host for tests may do to its own process: see host.c. */
#ifndef TESTS_HOST_ODD_H
#define TESTS_HOST_ODD_H

#include <stdbool.h>

/* Where reports go, whatever is done to 0 to 2. Low: valgrind has 64. */
#define ODD_OUT 60

/* Say what failed, with errno, and end. */
_Noreturn void odd_fail(const char *what);

/* Do it; false when there is no such option. */
bool odd_option(const char *name, const char *value);

/* Around the logins: what goes on during them. */
void odd_begin(void);
void odd_end(void);

#endif
