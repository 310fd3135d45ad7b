/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * libconfig does not check whether it got memory: it crashes, or ends the
 * process. The login is denied in any case; this adds a line that says why.
 */
#ifndef TWOFA_CRASH_GUARD_H
#define TWOFA_CRASH_GUARD_H

/* The function that writes the line; it makes only async-signal-safe calls.
 * Before this call nothing is guarded. */
void crash_guard_init(void (*line)(const char *line));

/* Call them before and after each call of libconfig that needs memory. In
 * between, a crash or an exit writes the line and gives an exit status that is
 * not 0. Afterwards a crash is handled as before. */
void crash_guard_begin(void);
void crash_guard_end(void);

#endif
