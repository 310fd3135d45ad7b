/* SPDX-License-Identifier: BSD-2-Clause */
/* Until when the steps of this process may wait. */
#include "helper/state/store_engine.h"

/* Of the process, as its alarm is. */
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
