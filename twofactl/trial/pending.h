/* SPDX-License-Identifier: BSD-2-Clause */
/* What commands find of an earlier trial. */
#ifndef TWOFA_PENDING_H
#define TWOFA_PENDING_H

#include "twofactl/arguments/command.h"
#include "twofactl/install/trial.h"

/* Hold the lock for a change; what is left of a trial that was confirmed is
 * tidied away. The descriptor, or -1 with *status after complaining, as of a
 * trial that runs. */
int pending_lock(enum ctl_exit *status);

/* The lock and the trial that is pending, for confirm and rollback; *stage is
 * NONE when there is none. wait: for a lock that another twofactl holds. The
 * descriptor, or -1 after complaining. */
int pending_find(bool wait, enum trial_stage *stage, struct trial *);

#endif
