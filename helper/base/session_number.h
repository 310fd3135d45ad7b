/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A session's number in the store. It holds the pid and its namespace, so that
 * others need not wait for a helper that was killed in the middle of a start.
 */
#ifndef TWOFA_SESSION_NUMBER_H
#define TWOFA_SESSION_NUMBER_H

#include <stdbool.h>
#include <stdint.h>

/* Random bits, our pid namespace and pid; -1 with errno: no random bytes. */
int64_t session_number(void);

/* Has the process of that number certainly ended? False where that cannot be
 * seen, as from another container that shares the state: its row then lasts as
 * long as a start can. */
bool session_number_dead(int64_t number);

#endif
