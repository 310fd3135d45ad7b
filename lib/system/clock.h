/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The clocks of everything that outlives a login: milliseconds of
 * CLOCK_BOOTTIME for running verifications, which no change of the time of day
 * may stretch, and the wall clock in seconds for what also outlives a reboot.
 * Tests link another clock.c, with an offset in a file.
 */
#ifndef TWOFA_CLOCK_H
#define TWOFA_CLOCK_H

#include <stdint.h>

int64_t clock_ms(void);
int64_t clock_wall_s(void);

#endif
