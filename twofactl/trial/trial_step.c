/* SPDX-License-Identifier: BSD-2-Clause */
/* Empty; tests replace this file to interrupt a change. */
#include "twofactl/trial/trial.h"

#include "twofactl/trial/trial_inside.h"

void
trial_step(const char *name)
{
	(void)name;
}
