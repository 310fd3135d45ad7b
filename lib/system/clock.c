/* SPDX-License-Identifier: BSD-2-Clause */
/* The clocks for all that outlives a login. */
#include "lib/system/system.h"

#include <stdlib.h>
#include <time.h>

int64_t
clock_ms(void)
{
	struct timespec t;

	/* BOOTTIME continues during suspend, so a code also expires on a
	 * sleeping laptop. Abort rather than return a wrong time. */
	if (clock_gettime(CLOCK_BOOTTIME, &t) != 0)
		abort();
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

int64_t
clock_wall_s(void)
{
	struct timespec t;

	if (clock_gettime(CLOCK_REALTIME, &t) != 0)
		abort();
	return t.tv_sec;
}
