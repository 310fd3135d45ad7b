/* SPDX-License-Identifier: BSD-2-Clause */
/* Where a change of /etc may be interrupted: tests put their own file in the
 * place of trial_step.c, and end the program there. */
#ifndef TWOFA_TRIAL_STEP_H
#define TWOFA_TRIAL_STEP_H

/* Behind each step; name is its own. Does nothing. */
void trial_step(const char *name);

#endif
