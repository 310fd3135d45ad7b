/* SPDX-License-Identifier: BSD-2-Clause */
/* The workflows of Vonage Verify: by which steps a code is delivered. */
#ifndef TWOFA_VONAGE_WORKFLOW_H
#define TWOFA_VONAGE_WORKFLOW_H

#include <stdint.h>

#include "lib/values/method.h"

/*
 * How the nth step (from 0) of workflow 1 to 7 delivers, METHOD_NONE behind the
 * last one (the vendor's guide "Workflows and events" of Verify v1).
 */
enum method vonage_step(long workflow, unsigned n);

/* The workflow for a start by this method: the one that is set when its first
 * step is of that kind, else that one step alone; 0 for other methods. */
long vonage_workflow(long set, enum method);

/* How long Verify v1 holds a verification by this workflow open, whose codes
 * are good for so long: each step waits its time for the next. */
int64_t vonage_life_ms(long workflow, int64_t expiry_ms);

/* How many steps it has; 0 for no workflow. */
unsigned vonage_steps(long workflow);

#endif
