/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * All of a process that a PAM module could leave changed, as text.
 */
#ifndef TWOFA_TESTS_SNAPSHOT_H
#define TWOFA_TESTS_SNAPSHOT_H

#include <stdbool.h>
#include <stddef.h>

#define SNAPSHOT_MAX 65536

/* One `kind value` a line. */
void snapshot_take(char text[SNAPSHOT_MAX]);

/* Print each line that only one of them has; true when there is none. */
bool snapshot_same(const char *before, const char *after, int out);

/* Resident private memory now, in KiB. */
long snapshot_memory(void);

#endif
