/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The clocks of tests: the real ones plus an offset in milliseconds, read anew
 * each time from a file that only root can write. The wall clock has a second
 * one of its own, since it alone can be set back.
 */
#include "lib/system/system.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#define OFFSET_FILE "/run/stage/clock"
#define WALL_OFFSET_FILE "/run/stage/wall"

static int64_t
offset_ms(const char *path)
{
	char text[32] = "";
	FILE *file = fopen(path, "re");

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
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000 +
	    offset_ms(OFFSET_FILE);
}

int64_t
clock_wall_s(void)
{
	struct timespec t;

	if (clock_gettime(CLOCK_REALTIME, &t) != 0)
		abort();
	return t.tv_sec +
	    (offset_ms(OFFSET_FILE) + offset_ms(WALL_OFFSET_FILE)) / 1000;
}
