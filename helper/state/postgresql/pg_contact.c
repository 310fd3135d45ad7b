/* SPDX-License-Identifier: BSD-2-Clause */
/* The last contact, by a clock that cannot be set. */
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

#include "helper/state/postgresql/pg.h"

static int
contact_open(const char *dir, int flags)
{
	char path[STATE_FOLDER_MAX + 16];

	snprintf(path, sizeof(path), "%s/contact", dir);
	return open(path, flags | O_NOFOLLOW | O_CLOEXEC, 0600);
}

static int64_t
now_ms(void)
{
	struct timespec now;

	if (clock_gettime(CLOCK_BOOTTIME, &now) != 0)
		return 0;
	return now.tv_sec * INT64_C(1000) + now.tv_nsec / 1000000;
}

void
pg_contact_keep(const char *dir)
{
	const int fd = contact_open(dir, O_WRONLY | O_CREAT);
	const int64_t now = now_ms();

	if (fd < 0)
		return;
	(void)!pwrite(fd, &now, sizeof(now), 0);
	close(fd);
}

/* One of the future is of before the machine was booted. */
bool
pg_contact_recent(const char *dir)
{
	const int fd = contact_open(dir, O_RDONLY);
	const int64_t now = now_ms();
	int64_t then = 0;
	bool read;

	if (fd < 0)
		return false;
	read = pread(fd, &then, sizeof(then), 0) == (ssize_t)sizeof(then);
	close(fd);
	return read && then <= now && now - then < PG_CONTACT_MS;
}
