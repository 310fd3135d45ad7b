/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The alarm of a process that holds a lock of the state. The timer belongs to
 * the whole process, and so do these variables.
 */
#include "helper/state/sqlite/engine/sqlite_alarm.h"

#include <stddef.h>
#include <stdint.h>
#include <sys/time.h>
#include <time.h>

#define SECOND_US INT64_C(1000000)
#define WRITING (ALARM_LOCK_WRITE | ALARM_LOCK_ALONE)
/* SQLite numbers the locks of the log's index by their position. */
#define INDEX_LOCKS(first, n) (((1u << (n)) - 1) << (first))

static unsigned held;
static bool armed;      /* the timer is set by us, not by the helper */
static int64_t own_due; /* of the helper, by now_us; 0: none */

/* The clock of the timer. */
static int64_t
now_us(void)
{
	struct timespec now = { 0 };

	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * SECOND_US + now.tv_nsec / 1000;
}

/* Returns the time that was left; 0: it was not set. In microseconds, because
 * alarm() would round up each time and never fire. */
static int64_t
timer_set(int64_t us)
{
	struct itimerval before = { 0 };
	const struct itimerval next = {
		.it_value = { .tv_sec = us / SECOND_US,
		    .tv_usec = us % SECOND_US },
	};

	(void)setitimer(ITIMER_REAL, &next, &before);
	return before.it_value.tv_sec * SECOND_US + before.it_value.tv_usec;
}

/* While it is armed, the clock gives this without a system call. */
static int64_t
own_left(void)
{
	int64_t left = own_due - now_us();

	return left > 1 ? left : 1;
}

static int64_t
lesser(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

/* One call for each try: setting the timer also returns what the helper's own
 * alarm had left. Every login has one, mostly later than ours; if it is
 * earlier, it is set again at once. */
static void
alarm_arm(int64_t us)
{
	int64_t own;

	if (armed) {
		(void)timer_set(lesser(own_left(), us));
		return;
	}
	own = timer_set(us);
	/* the last microsecond reads as "not set" */
	if (own == 0 && own_due != 0 && own_left() == 1)
		own = 1;
	if (own < us)
		(void)timer_set(own);
	own_due = own > 0 ? now_us() + own : 0;
	armed = own > 0;
}

static void
alarm_restore(void)
{
	if (!armed)
		return;
	(void)timer_set(own_left());
	armed = false;
}

void
sqlite_alarm_try(unsigned lock)
{
	bool copies =
	    ((held | lock) & ALARM_LOCK_COPY) != 0 && (lock & WRITING) == 0;

	if ((held & WRITING) == 0)
		alarm_arm(
		    INT64_C(1000) * (copies ? ALARM_COPY_MS : ALARM_HELD_MS));
}

void
sqlite_alarm_tried(unsigned lock, bool got)
{
	if (got)
		held |= lock;
	if (held == 0)
		alarm_restore();
}

void
sqlite_alarm_drop(unsigned locks)
{
	held &= ~locks;
	if (held == 0)
		alarm_restore();
}

bool
sqlite_alarm_writing(void)
{
	return (held & WRITING) != 0;
}

/* SQLite's own functions for the system. */
static const sqlite3_io_methods *system_io;

static int
io_lock(sqlite3_file *file, int level)
{
	unsigned lock =
	    level > SQLITE_LOCK_SHARED ? ALARM_LOCK_ALONE : ALARM_LOCK_FILE;
	int rc;

	sqlite_alarm_try(lock);
	rc = system_io->xLock(file, level);
	sqlite_alarm_tried(lock, rc == SQLITE_OK);
	return rc;
}

static int
io_unlock(sqlite3_file *file, int level)
{
	int rc = system_io->xUnlock(file, level);

	sqlite_alarm_drop(level == SQLITE_LOCK_NONE
		? ALARM_LOCK_FILE | ALARM_LOCK_ALONE
		: ALARM_LOCK_ALONE);
	return rc;
}

/* The first call opens the index, with a lock that no other process can see. A
 * process with the index keeps the database open with a lock that disturbs
 * none. */
static int
io_shm_map(
    sqlite3_file *file, int region, int size, int extend, void volatile **map)
{
	int rc;

	sqlite_alarm_try(ALARM_LOCK_FILE);
	rc = system_io->xShmMap(file, region, size, extend, map);
	sqlite_alarm_drop(rc == SQLITE_OK ? ALARM_LOCK_FILE : 0);
	return rc;
}

static int
io_shm_lock(sqlite3_file *file, int first, int n, int flags)
{
	unsigned locks = INDEX_LOCKS(first, n);
	int rc;

	if ((flags & SQLITE_SHM_UNLOCK) == 0) {
		sqlite_alarm_try(locks);
		rc = system_io->xShmLock(file, first, n, flags);
		sqlite_alarm_tried(locks, rc == SQLITE_OK);
		return rc;
	}
	rc = system_io->xShmLock(file, first, n, flags);
	sqlite_alarm_drop(locks);
	return rc;
}

static int
io_close(sqlite3_file *file)
{
	int rc = system_io->xClose(file);

	sqlite_alarm_drop(~ALARM_LOCK_QUEUE);
	return rc;
}

void
sqlite_alarm_watch(sqlite3_file *file)
{
	static sqlite3_io_methods io;

	if (system_io == NULL) {
		system_io = file->pMethods;
		io = *system_io;
		io.xLock = io_lock;
		io.xUnlock = io_unlock;
		io.xShmMap = io_shm_map;
		io.xShmLock = io_shm_lock;
		io.xClose = io_close;
	}
	/* the system always opens a database in the same way */
	if (file->pMethods == system_io)
		file->pMethods = &io;
}
