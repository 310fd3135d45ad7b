/* SPDX-License-Identifier: BSD-2-Clause */
/* How many requests an account may make in a second. */
#ifndef SIM_THROTTLE_H
#define SIM_THROTTLE_H

#include <stdbool.h>

enum { THROTTLE_RATE_MAX = 100 };

/*
 * With the world's lock held: counts a request of the account, unless rate
 * (0: no limit) requests were counted in the last virtual second: then true.
 */
bool throttle_hit(const char *account, unsigned int rate);

void throttle_reset(void);

#endif
