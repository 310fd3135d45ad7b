/* SPDX-License-Identifier: BSD-2-Clause */
/* How long the steps of this process may wait. */
#include "helper/state/store_engine.h"

/* One for the process, like its alarm. */
static int64_t wait_until;

void
store_wait_until(int64_t deadline)
{
	wait_until = deadline;
}

int64_t
store_deadline(void)
{
	return wait_until;
}
