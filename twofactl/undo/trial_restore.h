/* SPDX-License-Identifier: BSD-2-Clause */
/* A trial ends, or a service is disabled: its files change back. */
#ifndef TWOFA_TRIAL_RESTORE_H
#define TWOFA_TRIAL_RESTORE_H

#include "twofactl/install/trial.h"

/* Its files as they were, byte for byte, where they are as we left them; else
 * our lines as they were before the trial. clear: these go in any case, as
 * disable wants it of a service that was enabled twice. May be repeated. 0; 1
 * with cause: done, but somebody should look at a line; -1 with cause: the rest
 * is done all the same. */
int trial_restore(const struct trial *, bool clear, char cause[TRIAL_CAUSE]);

#endif
