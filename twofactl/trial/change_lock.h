/* SPDX-License-Identifier: BSD-2-Clause */
/* What commands that change this host find of an earlier trial (pending.c). */
#ifndef TWOFA_CHANGE_LOCK_H
#define TWOFA_CHANGE_LOCK_H

#include <stdbool.h>

#include "twofactl/terminal/terminal.h"

/* Take the lock for a change; leftovers of a confirmed trial are tidied. The
 * descriptor, or -1 with *status after complaining, for example about a running
 * trial. */
int pending_lock(enum ctl_exit *status);

/* Complain about each service that is enabled. False: none is. */
bool pending_tell_enabled(void);

#endif
