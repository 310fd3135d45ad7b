/* SPDX-License-Identifier: BSD-2-Clause */
/* Undoes a change in a file that was edited since. Works on texts. */
#ifndef TWOFA_TRIAL_UNDO_H
#define TWOFA_TRIAL_UNDO_H

#include "twofactl/install/etc_change.h"

/* Remove what the change added, and restore what it replaced of an earlier
 * one; service: the one of a rule; clear: remove all of our lines. 0; 1 with
 * cause: nothing of the change is known to be left, but a line should be
 * checked; -1 with cause: something is left, or there is no memory. *text is to
 * be freed, also when something is left; NULL: no memory. */
int trial_undo(const char *service, const struct etc_change *, const char *now,
    bool clear, char **text, char cause[ETC_FILE_CAUSE]);

#endif
