/* SPDX-License-Identifier: BSD-2-Clause */
/* The trial that confirm and rollback end; change_lock.h: for new changes. */
#ifndef TWOFA_PENDING_H
#define TWOFA_PENDING_H

#include <stdbool.h>

#include "twofactl/install/trial.h"

/* Take the lock and read the pending trial, for confirm and rollback; *stage is
 * NONE when there is none. wait: for another twofactl. The descriptor, or -1
 * after complaining. */
int pending_find(bool wait, enum trial_stage *stage, struct trial *);

#endif
