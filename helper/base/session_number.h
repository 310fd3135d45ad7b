/* SPDX-License-Identifier: BSD-2-Clause */
/* What a session and its process are called in the store. */
#ifndef TWOFA_SESSION_NUMBER_H
#define TWOFA_SESSION_NUMBER_H

#include <stdbool.h>
#include <stdint.h>

/* 63 random bits: who knows them is that session. -1 with errno: there are
 * no random bytes. */
int64_t session_number(void);

/* This process: pid, pid namespace and 25 random bits, because a pid is used
 * again. So others need not wait for a helper that was killed during a start.
 * -1 with errno as above. */
int64_t session_process(void);

/* True when that process has surely ended. False where that cannot be seen, for
 * example from another container that shares the state: then its row lasts as
 * long as a start can. */
bool session_process_dead(int64_t process);

#endif
