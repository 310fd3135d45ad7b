/* SPDX-License-Identifier: BSD-2-Clause */
/* The workflows of Vonage Verify: the steps by which a code is delivered. */
#ifndef TWOFA_VONAGE_WORKFLOW_H
#define TWOFA_VONAGE_WORKFLOW_H

#include <stdint.h>

#include "lib/values/values.h"

/*
 * How the nth step (from 0) of workflow 1 to 7 delivers; METHOD_NONE after the
 * last one (the vendor's guide "Workflows and events" of Verify v1).
 */
enum method vonage_step(long workflow, unsigned n);

/* The workflow for a start by this method: the one in the settings if its first
 * step is of that kind, else a workflow with that one step; 0 for other
 * methods. */
long vonage_workflow(long set, enum method);

/* How long Verify v1 keeps a verification with this workflow open, if codes are
 * valid for expiry_ms: each step waits before the next. */
int64_t vonage_life_ms(long workflow, int64_t expiry_ms);

/* The number of steps; 0 for no workflow. */
unsigned vonage_steps(long workflow);

#endif
