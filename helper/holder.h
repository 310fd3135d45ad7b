/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A session's number in the store. It holds the pid, so that others need not
 * wait for a helper that was killed in the middle of a start.
 */
#ifndef TWOFA_HOLDER_H
#define TWOFA_HOLDER_H

#include <stdbool.h>
#include <stdint.h>

/* Random bits and our own pid; -1 with errno: no random bytes. */
int64_t holder_number(void);

/* Has the process of that number certainly ended? All helpers of a host run as
 * one user in one pid namespace; where they do not, its start only counts as
 * one of unknown fate a little early. */
bool holder_dead(int64_t number);

#endif
