/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A state as its first opening leaves it, for tests that are about what comes
 * after that: a copy costs a fiftieth of making its tables and its reserve.
 */
#ifndef TWOFA_TESTS_FIRST_STATE_H
#define TWOFA_TESTS_FIRST_STATE_H

/* Write that state; there must be none yet. Its folder's host.key is made by
 * who needs it first. The first call makes the state, with the store, and this
 * process and those that it forks keep it in memory. */
void first_state(const char *path);

#endif
