/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The clocks of tests: the real ones plus an offset in milliseconds, read anew
 * each time from a file that only root can write. The wall clock has a second
 * one of its own, since it alone can be set back. A process that can open no
 * file any more has both in its memory, where what is written to them shows.
 */
#include "lib/system/system.h"

#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#define OFFSET_FILE "/run/stage/clock"
#define WALL_OFFSET_FILE "/run/stage/wall"

#define PAGE 4096

static struct offset {
	const char *path;
	char *text;
} offset = { .path = OFFSET_FILE }, wall_offset = { .path = WALL_OFFSET_FILE };
static bool alone;

/* The linker has the product's function under this name. */
bool __real_filter_install_confined(void) __attribute__((weak));
bool __wrap_filter_install_confined(void);

static void
look_again(struct offset *o)
{
	const int fd = open(o->path, O_RDONLY | O_CLOEXEC);

	if (o->text != NULL)
		(void)munmap(o->text, PAGE);
	o->text = NULL;
	if (fd < 0)
		return;
	o->text = mmap(NULL, PAGE, PROT_READ, MAP_SHARED, fd, 0);
	if (o->text == MAP_FAILED)
		abort();
	(void)close(fd);
}

static int64_t
offset_ms(struct offset *o)
{
	if (!alone)
		look_again(o);
	return o->text != NULL ? strtoll(o->text, NULL, 10) : 0;
}

bool
__wrap_filter_install_confined(void)
{
	look_again(&offset);
	look_again(&wall_offset);
	alone = true;
	return __real_filter_install_confined();
}

int64_t
clock_ms(void)
{
	struct timespec t;

	if (clock_gettime(CLOCK_BOOTTIME, &t) != 0)
		abort();
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000 +
	    offset_ms(&offset);
}

int64_t
clock_wall_s(void)
{
	struct timespec t;

	if (clock_gettime(CLOCK_REALTIME, &t) != 0)
		abort();
	return t.tv_sec + (offset_ms(&offset) + offset_ms(&wall_offset)) / 1000;
}
