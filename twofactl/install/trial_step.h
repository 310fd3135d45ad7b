/* SPDX-License-Identifier: BSD-2-Clause */
/* The points where a change of /etc may be interrupted: tests replace
 * trial_step.c and end the program there. */
#ifndef TWOFA_TRIAL_STEP_H
#define TWOFA_TRIAL_STEP_H

/* Called after each step, by its name. Does nothing. */
void trial_step(const char *name);

#endif
