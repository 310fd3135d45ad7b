/* SPDX-License-Identifier: BSD-2-Clause */
/* Undoes a trial in a file that was edited since. Works on texts. */
#ifndef TWOFA_TRIAL_UNDO_H
#define TWOFA_TRIAL_UNDO_H

#include "twofactl/install/trial.h"

/* Remove what the trial added, and restore what it replaced of an earlier
 * trial; clear: remove all of our lines. 0; 1 with cause: nothing of the trial
 * is known to be left, but a line should be checked; -1 with cause: something
 * is left, or there is no memory. *text is to be freed, also when something is
 * left; NULL: no memory. */
int trial_undo(const struct trial *, const struct trial_file *, const char *now,
    bool clear, char **text, char cause[TRIAL_CAUSE]);

#endif
