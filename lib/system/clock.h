/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The clocks for everything that outlives a login. Running verifications use
 * milliseconds of CLOCK_BOOTTIME, because a change of the time of day must not
 * lengthen them. What also outlives a reboot uses the wall clock in seconds.
 * Tests link another clock.c, with an offset in a file.
 */
#ifndef TWOFA_CLOCK_H
#define TWOFA_CLOCK_H

#include <stdint.h>

int64_t clock_ms(void);
int64_t clock_wall_s(void);

#endif
