/* SPDX-License-Identifier: BSD-2-Clause */
/* A trial ends, or a service is disabled: its files are restored. */
#ifndef TWOFA_TRIAL_RESTORE_H
#define TWOFA_TRIAL_RESTORE_H

#include "twofactl/install/trial.h"

/* Files that are as we left them become as they were, byte for byte; in others
 * our lines become as before the trial. clear: remove our lines in any case, as
 * disable needs for a service that was enabled twice. May be repeated. 0; 1
 * with cause: done, but an admin should check a line; -1 with cause: failed,
 * the rest was done. */
int trial_restore(const struct trial *, bool clear, char cause[TRIAL_CAUSE]);

#endif
