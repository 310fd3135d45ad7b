/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * How long a process that holds a lock of the state may be stopped. The helper
 * runs in the caller's cgroup, and a user may freeze that. So the alarm that
 * ends the helper is brought forward while it holds a lock: a frozen process is
 * killed by it, too, and the next one goes on.
 *
 * Each try for a lock sets it again. Behind the lock that all writers need it
 * is not set again until that is given back. With the last lock, what was left
 * of the helper's own alarm is set again. A process without one gets none.
 */
#ifndef TWOFA_SQLITE_ALARM_H
#define TWOFA_SQLITE_ALARM_H

#include <sqlite3.h>
#include <stdbool.h>

#define ALARM_HELD_MS 4000 /* a lock that others wait for */
/* While the log is copied: nobody waits for that, and a slow disk has to be
 * waited for two or three times. */
#define ALARM_COPY_MS 12000

/* Locks, as bits: SQLite's of the log's index are the lowest eight. */
#define ALARM_LOCK_WRITE (1u << 0)
#define ALARM_LOCK_COPY (1u << 1)
#define ALARM_LOCK_FILE (1u << 8)  /* the database, read by an older journal */
#define ALARM_LOCK_ALONE (1u << 9) /* the same, written */
#define ALARM_LOCK_QUEUE (1u << 10)

/* The locks of a database that SQLite has just opened count from now on. */
void sqlite_alarm_watch(sqlite3_file *);

/* Before each try for a lock, and after it. */
void sqlite_alarm_try(unsigned lock);
void sqlite_alarm_tried(unsigned lock, bool got);
void sqlite_alarm_drop(unsigned locks);

/* Does it hold one that keeps others from writing, so that it must not wait
 * for long? */
bool sqlite_alarm_writing(void);

#endif
