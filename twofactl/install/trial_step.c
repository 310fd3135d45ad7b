/* SPDX-License-Identifier: BSD-2-Clause */
/* Nothing interrupts but what tests put in this file's place. */
#include "twofactl/install/trial_step.h"

void
trial_step(const char *name)
{
	(void)name;
}
