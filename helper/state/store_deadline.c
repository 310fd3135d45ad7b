/* SPDX-License-Identifier: BSD-2-Clause */
/* What is the same for all steps of this process. */
#include "helper/state/store_engine.h"

static int64_t wait_until, this_process;

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

void
store_process_is(int64_t number)
{
	this_process = number;
}

int64_t
store_process(const struct store *s)
{
	const struct store_head *head = (const void *)s;

	return this_process != 0 ? this_process : head->session;
}
