/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The clock of everything that outlives a login: milliseconds of
 * CLOCK_BOOTTIME. Tests link another clock.c, with an offset in a file.
 */
#ifndef TWOFA_CLOCK_H
#define TWOFA_CLOCK_H

#include <stdint.h>

int64_t clock_ms(void);

#endif
