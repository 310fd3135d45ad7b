/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Limits how long a process may be stopped while it holds a lock of the state.
 * The helper runs in the caller's cgroup, and a user may be able to freeze it.
 * So while the helper holds a lock, its alarm is set to an earlier time. The
 * alarm kills even a frozen process, and the next one can go on.
 *
 * Each try for a lock sets the alarm again, except while the lock that all
 * writers need is held. When the last lock is released, the rest of the
 * helper's own alarm is set again. A process without an alarm gets none.
 */
#ifndef TWOFA_SQLITE_ALARM_H
#define TWOFA_SQLITE_ALARM_H

#include <sqlite3.h>
#include <stdbool.h>

#define ALARM_HELD_MS 4000 /* for a lock that other processes wait for */
/* while the log is copied: no process waits for that, and a slow disk may need
 * two or three times as long */
#define ALARM_COPY_MS 12000

/* Locks as bits: the lowest eight are those of SQLite's log index. */
#define ALARM_LOCK_WRITE (1u << 0)
#define ALARM_LOCK_COPY (1u << 1)
#define ALARM_LOCK_FILE (1u << 8)  /* the database, read by an older journal */
#define ALARM_LOCK_ALONE (1u << 9) /* the same, written */
#define ALARM_LOCK_QUEUE (1u << 10)

/* Watch the locks of a database that SQLite has just opened. */
void sqlite_alarm_watch(sqlite3_file *);

/* Call them before each try for a lock, and after it. */
void sqlite_alarm_try(unsigned lock);
void sqlite_alarm_tried(unsigned lock, bool got);
void sqlite_alarm_drop(unsigned locks);

/* True while this process keeps others from writing, so that it must not wait
 * for long. */
bool sqlite_alarm_writing(void);

#endif
