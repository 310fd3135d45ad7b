/* SPDX-License-Identifier: BSD-2-Clause */
/* What holds a helper once it has read its settings. */
#ifndef TWOFA_SANDBOX_H
#define TWOFA_SANDBOX_H

struct settings;

/* The filter of system calls, and Landlock for the folders of the state, unless
 * the settings have sandbox = "off". Once, before a thread is started. Who has
 * the filter already, since its peer is not root, gets Landlock in any case. */
void sandbox_enter(const struct settings *);

#endif
