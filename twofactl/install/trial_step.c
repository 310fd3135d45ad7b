/* SPDX-License-Identifier: BSD-2-Clause */
/* Empty; tests replace this file to interrupt a change. */
#include "twofactl/install/trial_step.h"

void
trial_step(const char *name)
{
	(void)name;
}
