/* SPDX-License-Identifier: BSD-2-Clause */
/* A file of a trial that somebody has edited since. Text in, text out. */
#ifndef TWOFA_TRIAL_UNDO_H
#define TWOFA_TRIAL_UNDO_H

#include "twofactl/install/trial.h"

/* What the trial put in goes, and what it replaced of an earlier one comes
 * back; clear: ours go, whichever trial put them in. 0; 1 with cause: nothing
 * of the trial is known to be left, but a line should be looked at; -1 with
 * cause: something is left, or there is no memory. *text is for free(), also
 * when something is left; NULL: no memory. */
int trial_undo(const struct trial *, const struct trial_file *, const char *now,
    bool clear, char **text, char cause[TRIAL_CAUSE]);

#endif
