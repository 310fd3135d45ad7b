/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * libconfig does not look whether it got memory: it crashes, or ends the
 * process. That denies a login, but without a word; here it gets one.
 */
#ifndef TWOFA_CRASH_GUARD_H
#define TWOFA_CRASH_GUARD_H

/* Where the line goes, by async-signal-safe calls alone. Until this is called
 * nothing is guarded. */
void crash_guard_init(void (*line)(const char *line));

/* Round each call of libconfig that asks for memory. Between the two a crash,
 * or an exit, is the line and an exit status that is not 0. Behind the second
 * one a crash is handled again as it was before. */
void crash_guard_begin(void);
void crash_guard_end(void);

#endif
