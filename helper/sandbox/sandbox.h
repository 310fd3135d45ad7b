/* SPDX-License-Identifier: BSD-2-Clause */
/* Limits a helper once it has read its settings. */
#ifndef TWOFA_SANDBOX_H
#define TWOFA_SANDBOX_H

#include <stdbool.h>
#include <stdint.h>

struct settings;

/* The kernel kills this process 10 s after the deadline, whatever becomes of
 * it: once it has the filter, nothing sets that time again or takes it back.
 * With an alarm, too, 5 s after it, where the module has set none. */
void sandbox_end_after(int64_t deadline_ms, bool with_alarm);

/* Install the filter of system calls, and Landlock for the state's folders,
 * unless the settings have sandbox = "off". Call it once, before a thread is
 * started. A process that has the filter already, because its peer is not root,
 * always gets Landlock. */
void sandbox_enter(const struct settings *);

/* Ask whether the system bus lets this process's user in: by it a helper that
 * was taken over could have processes started outside of its limits. Call it
 * before sandbox_enter: others may be limited less. It takes some seconds. */
void sandbox_ask_bus(void);

/* What it found; false also where there is no bus, or none that answers. */
bool sandbox_bus_is_open(void);

#endif
