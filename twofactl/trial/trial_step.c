/* SPDX-License-Identifier: BSD-2-Clause */
/* An empty hook; tests replace this file to kill the program at a step. */
#include "twofactl/trial/trial_inside.h"

void
trial_step(const char *name)
{
	(void)name;
}
