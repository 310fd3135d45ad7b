/* SPDX-License-Identifier: BSD-2-Clause */
/* What commands find of an earlier trial. */
#ifndef TWOFA_PENDING_H
#define TWOFA_PENDING_H

#include "twofactl/arguments/command.h"
#include "twofactl/install/trial.h"

/* Take the lock for a change; leftovers of a confirmed trial are tidied. The
 * descriptor, or -1 with *status after complaining, for example about a running
 * trial. */
int pending_lock(enum ctl_exit *status);

/* Take the lock and read the pending trial, for confirm and rollback; *stage is
 * NONE when there is none. wait: for another twofactl. The descriptor, or -1
 * after complaining. */
int pending_find(bool wait, enum trial_stage *stage, struct trial *);

/* Complain about each service that is enabled. False: none is. */
bool pending_tell_enabled(void);

#endif
