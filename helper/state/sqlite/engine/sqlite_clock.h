/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The embedded store keeps time by itself: milliseconds of CLOCK_BOOTTIME
 * together with the kernel's boot id, so that no clock change makes a
 * verification live longer and none survives a reboot, and the wall clock in
 * seconds for what outlives one.
 */
#ifndef TWOFA_SQLITE_CLOCK_H
#define TWOFA_SQLITE_CLOCK_H

#include <stdint.h>

#define SQLITE_BOOT_MAX 64

/* Where the time comes from. boot: fills in id, "" where it is unknown. */
struct sqlite_clock {
	int64_t (*now_ms)(void);
	int64_t (*wall_s)(void);
	void (*boot)(char id[SQLITE_BOOT_MAX + 1]);
};

/* This machine's; tests set another (tests/support/store_time.h). */
extern struct sqlite_clock sqlite_clock;

#endif
