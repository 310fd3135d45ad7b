/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The alarm of whoever holds a lock of the state. It is a timer of the whole
 * process, and so is what is known of it here.
 */
#include "helper/state/sqlite/sqlite_alarm.h"

#include <stddef.h>
#include <stdint.h>
#include <sys/time.h>

#define SECOND_US INT64_C(1000000)
#define WRITING (ALARM_LOCK_WRITE | ALARM_LOCK_ALONE)
/* SQLite's numbers of the locks of the log's index are their places there. */
#define INDEX_LOCKS(first, n) (((1u << (n)) - 1) << (first))

static unsigned held;
static int64_t armed_us; /* what the timer was set to; 0: it is the helper's */
static int64_t own_us;   /* what the helper's own had left at that moment */

static int64_t
timer_left(void)
{
	struct itimerval now = { 0 };

	(void)getitimer(ITIMER_REAL, &now);
	return now.it_value.tv_sec * SECOND_US + now.it_value.tv_usec;
}

static void
timer_set(int64_t us)
{
	const struct itimerval next = {
		.it_value = { .tv_sec = us / SECOND_US,
		    .tv_usec = us % SECOND_US },
	};

	(void)setitimer(ITIMER_REAL, &next, NULL);
}

/* Microseconds: alarm() would round each time, and never come. */
static void
own_reckon(void)
{
	int64_t left = timer_left();

	own_us = armed_us == 0 ? left : own_us - (armed_us - left);
}

static void
alarm_arm(int64_t us)
{
	own_reckon();
	if (armed_us == 0 && own_us == 0)
		return;
	if (own_us < us)
		us = own_us > 1 ? own_us : 1;
	timer_set(us);
	armed_us = us;
}

static void
alarm_restore(void)
{
	if (armed_us == 0)
		return;
	own_reckon();
	armed_us = 0;
	timer_set(own_us > 1 ? own_us : 1);
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

/* SQLite's own way to the system. */
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

/* The first call opens the index, by a lock that nobody else sees. Whoever has
 * the index keeps the database open by a lock that is in nobody's way. */
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
	/* the system always opens a database in one and the same way */
	if (file->pMethods == system_io)
		file->pMethods = &io;
}
