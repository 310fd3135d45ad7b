/* SPDX-License-Identifier: BSD-2-Clause */
/* Whose a row in the store is. */
#include "helper/base/session_number.h"

#include <errno.h>
#include <signal.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <unistd.h>

#define PID_BITS 22 /* PID_MAX_LIMIT of the kernel */
/* The kernel gives the lowest free number, so a few bits are enough to tell the
 * namespaces of a host apart. */
#define SPACE_BITS 16
#define BITS(n) ((UINT64_C(1) << (n)) - 1)

/* Our pid namespace; 0: /proc does not show it. */
static uint64_t
own_space(void)
{
	struct stat st;

	if (stat("/proc/self/ns/pid", &st) != 0)
		return 0;
	return (uint64_t)st.st_ino & BITS(SPACE_BITS);
}

int64_t
session_number(void)
{
	uint64_t bits = 0;

	if (getrandom(&bits, sizeof(bits), 0) != (ssize_t)sizeof(bits))
		return -1;
	return (int64_t)(bits & INT64_MAX);
}

int64_t
session_process(void)
{
	const int64_t random = session_number();
	uint64_t bits = (uint64_t)random << SPACE_BITS | own_space();

	bits = bits << PID_BITS | (uint64_t)getpid();
	return random < 0 ? -1 : (int64_t)(bits & INT64_MAX);
}

bool
session_process_dead(int64_t process)
{
	const uint64_t bits = (uint64_t)process;
	const uint64_t space = bits >> PID_BITS & BITS(SPACE_BITS);
	const pid_t pid = (pid_t)(bits & BITS(PID_BITS));

	/* EPERM: another user's process has that pid now */
	return pid > 0 && space != 0 && space == own_space() &&
	    kill(pid, 0) != 0 && (errno == ESRCH || errno == EPERM);
}
