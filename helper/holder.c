/* SPDX-License-Identifier: BSD-2-Clause */
/* Which process holds a row of the store. */
#include "helper/holder.h"

#include <errno.h>
#include <signal.h>
#include <sys/random.h>
#include <sys/types.h>
#include <unistd.h>

#define PID_BITS 22 /* PID_MAX_LIMIT of the kernel */

int64_t
holder_number(void)
{
	uint64_t bits = 0;

	if (getrandom(&bits, sizeof(bits), 0) != (ssize_t)sizeof(bits))
		return -1;
	bits = bits << PID_BITS | (uint64_t)getpid();
	return (int64_t)(bits & INT64_MAX);
}

bool
holder_dead(int64_t number)
{
	const pid_t pid =
	    (pid_t)((uint64_t)number & ((UINT64_C(1) << PID_BITS) - 1));

	/* EPERM: another user's process has that pid by now */
	return pid > 0 && kill(pid, 0) != 0 &&
	    (errno == ESRCH || errno == EPERM);
}
