/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Waiting for a lock of the state, and for how long.
 *
 * Processes that want to write wait in a queue before they ask SQLite. SQLite's
 * own lock would be enough, but asking for it means reading for a moment. With
 * two hundred processes there is always one that reads, so the log never
 * restarts and keeps growing. The queue's lock only keeps the order; without it
 * everything is still correct.
 */
#include "helper/state/sqlite/engine/sqlite.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <sys/file.h>
#include <time.h>
#include <unistd.h>

#include "helper/state/sqlite/engine/sqlite_alarm.h"
#include "lib/wire/wire.h"

#define REST_MS 3000 /* of ALARM_HELD_MS, for waiting behind a lock */

/* Until sqlite_wait_end all waits count as one: the queue's, then SQLite's. */
void
sqlite_wait_begin(struct store *s)
{
	if (s->waits++ == 0)
		s->busy_since = frame_clock_ms();
}

void
sqlite_wait_end(struct store *s)
{
	s->waits--;
}

static bool
wait_over(const struct store *s, int64_t now)
{
	int64_t most = sqlite_alarm_writing() ? REST_MS : STORE_BUSY_MS;

	return now - s->busy_since >= most ||
	    (store_deadline() != 0 && now >= store_deadline());
}

/* SQLite asks here whether to keep waiting for a lock. Short, uneven sleeps:
 * SQLite's own back-off lets newcomers pass those that have waited longest. */
int
sqlite_wait_more(void *ctx, int count)
{
	struct store *s = ctx;
	int64_t now = frame_clock_ms();
	long ms = 1 + (count * 7L + (long)getpid()) % 10;
	struct timespec pause = { .tv_nsec = ms * 1000000L };

	if (count == 0 && s->waits == 0)
		s->busy_since = now;
	if (wait_over(s, now))
		return 0;
	nanosleep(&pause, NULL);
	return 1;
}

int64_t
sqlite_waited_s(const struct store *s)
{
	return s->busy_since == 0 ? 0
				  : (frame_clock_ms() - s->busy_since) / 1000;
}

/* The file exists for its space anyway. Without it there is no queue. */
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

/* After STORE_BUSY_MS SQLite reports that it is locked. */
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
