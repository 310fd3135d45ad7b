/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The clock of tests: the real one plus an offset in milliseconds, read anew
 * each time from a file that only root can write.
 */
#include "helper/clock.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#define OFFSET_FILE "/run/stage/clock"

static int64_t
offset_ms(void)
{
	char text[32] = "";
	FILE *file = fopen(OFFSET_FILE, "re");

	if (file == NULL)
		return 0;
	if (fgets(text, sizeof(text), file) == NULL)
		text[0] = '\0';
	fclose(file);
	return strtoll(text, NULL, 10);
}

int64_t
clock_ms(void)
{
	struct timespec t;

	if (clock_gettime(CLOCK_BOOTTIME, &t) != 0)
		abort();
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000 + offset_ms();
}
