/* SPDX-License-Identifier: BSD-2-Clause */
/* The system bus, by which a helper that was taken over could ask logind and
 * systemd for processes outside of its own limits. */
#ifndef TWOFA_SANDBOX_BUS_H
#define TWOFA_SANDBOX_BUS_H

#include <stdbool.h>

/* Does it let this process's user in? False also where there is none, or none
 * that answers. Takes some seconds at most. */
bool bus_lets_in(void);

#endif
