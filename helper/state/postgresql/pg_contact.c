/* SPDX-License-Identifier: BSD-2-Clause */
/* The last contact, and whether this process was stopped, by a clock that
 * cannot be set. */
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

#include "helper/state/postgresql/pg.h"
#include "lib/wire/frame.h"

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

/* Each wait is a round of this length at most. What takes longer was stopped
 * from outside, as a caller's control group may be, or had no CPU time. The sum
 * counts: many short stops hide as much as a long one. */
static struct {
	int64_t begun, late;
} stall;

void
pg_stall_begin(void)
{
	stall.begun = now_ms();
	stall.late = 0;
}

int64_t
pg_stall_round(int64_t deadline)
{
	const int64_t now = now_ms(), round = frame_clock_ms() + PG_ROUND_MS;

	if (now - stall.begun > PG_ROUND_MS)
		stall.late += now - stall.begun - PG_ROUND_MS;
	stall.begun = now;
	return round < deadline ? round : deadline;
}

bool
pg_stalled(int64_t most_ms)
{
	(void)pg_stall_round(0);
	return stall.late > most_ms;
}
