/* SPDX-License-Identifier: BSD-2-Clause */
/* Limits a helper once it has read its settings. */
#ifndef TWOFA_SANDBOX_H
#define TWOFA_SANDBOX_H

struct settings;

/* Install the filter of system calls, and Landlock for the state's folders,
 * unless the settings have sandbox = "off". Call it once, before a thread is
 * started. A process that has the filter already, because its peer is not root,
 * always gets Landlock. */
void sandbox_enter(const struct settings *);

#endif
