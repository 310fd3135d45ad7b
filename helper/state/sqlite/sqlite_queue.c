/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Those who want to write wait here, before they ask SQLite. Its own lock
 * excludes them as well, but a process that asks for it reads for a moment;
 * with two hundred of them somebody always reads, the log never begins again
 * from its start, and grows. This lock only orders: without it all stays right.
 */
#include "helper/state/sqlite/sqlite.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/file.h>
#include <unistd.h>

#include "helper/state/sqlite/sqlite_alarm.h"

/* The file is there for its room anyway. Without it: no queue. */
void
sqlite_queue_open(struct store *s)
{
	char path[STORE_PATH_MAX + 8];

	snprintf(path, sizeof(path), "%s-room", s->path);
	s->queue = open(path, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
}

void
sqlite_queue_close(struct store *s)
{
	if (s->queue >= 0)
		close(s->queue);
	s->queue = -1;
	sqlite_alarm_drop(ALARM_LOCK_QUEUE);
}

static bool
queue_try(const struct store *s)
{
	bool got;

	sqlite_alarm_try(ALARM_LOCK_QUEUE);
	got = flock(s->queue, LOCK_EX | LOCK_NB) == 0;
	sqlite_alarm_tried(ALARM_LOCK_QUEUE, got);
	return got;
}

/* After STORE_BUSY_MS it is SQLite's turn to say that it is locked. */
void
sqlite_queue_enter(struct store *s)
{
	int count = 0;

	if (s->queue < 0)
		return;
	while (!queue_try(s))
		if (errno != EWOULDBLOCK || !sqlite_wait_more(s, count++))
			return;
}

void
sqlite_queue_leave(struct store *s)
{
	if (s->queue >= 0)
		flock(s->queue, LOCK_UN);
	sqlite_alarm_drop(ALARM_LOCK_QUEUE);
}
