/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A session's number in the store. It holds pid and pid namespace, so that
 * others need not wait for a helper that was killed during a start.
 */
#ifndef TWOFA_SESSION_NUMBER_H
#define TWOFA_SESSION_NUMBER_H

#include <stdbool.h>
#include <stdint.h>

/* Random bits, our pid namespace and pid; -1 with errno: no random bytes. */
int64_t session_number(void);

/* True when the process of that number has surely ended. False where that
 * cannot be seen, for example from another container that shares the state:
 * then its row lasts as long as a start can. */
bool session_number_dead(int64_t number);

#endif
