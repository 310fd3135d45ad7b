/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The embedded store keeps its own time. For verifications it uses milliseconds
 * of CLOCK_BOOTTIME and the kernel's boot id, so that no clock change makes one
 * live longer and none survives a reboot. For what outlives a reboot it uses
 * the wall clock in seconds.
 */
#ifndef TWOFA_SQLITE_CLOCK_H
#define TWOFA_SQLITE_CLOCK_H

#include <stdint.h>

#define SQLITE_BOOT_MAX 64

/* The source of time. boot: fills in id, "" when it is unknown. */
struct sqlite_clock {
	int64_t (*now_ms)(void);
	int64_t (*wall_s)(void);
	void (*boot)(char id[SQLITE_BOOT_MAX + 1]);
};

/* This machine's clock; tests set another (tests/support/store_time.h). */
extern struct sqlite_clock sqlite_clock;

#endif
