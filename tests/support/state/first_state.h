/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A state as its first opening leaves it, for tests that are about what comes
 * after that: a copy costs a fiftieth of making its tables and its reserve.
 */
#ifndef TWOFA_TESTS_FIRST_STATE_H
#define TWOFA_TESTS_FIRST_STATE_H

/* Write that state and its folder's host.key; there must be none yet. The first
 * call makes it, with the store, and this process and those that it forks keep
 * it in memory. */
void first_state(const char *path);

#endif
