/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The simulator's one lock and its virtual clock: real time plus what a test
 * added. Everything that the simulator remembers is read and written with the
 * lock held. Timers fire in the order of their due times, also when the clock
 * is advanced over several of them.
 */
#ifndef SIM_WORLD_H
#define SIM_WORLD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define WORLD_NEVER INT64_MAX

/* Before any thread starts: 0, or -1 with errno. */
int world_init(void);

/*
 * Starts the thread that fires timers when nobody asks: 0, or -1 with errno.
 * world_stop ends it, wakes every waiter, and is called once.
 */
int world_start(void);
void world_stop(void);

void world_lock(void);
void world_unlock(void);

/* With the lock held: virtual milliseconds since 1970. */
int64_t world_now(void);

/* A virtual time as "2026-11-20T12:34:56Z", 21 bytes. */
void world_iso(int64_t ms, char *out, size_t size);

/* With the lock held: how far the clock runs ahead, in milliseconds. */
int64_t world_ahead(void);

/* Which of the timers in a table is due first: 0 also when there is none. */
size_t world_first_due(const int64_t *due, size_t count);

/* With the lock held: moves the clock on and fires what became due. */
void world_advance(int64_t ms);

/* With the lock held: real time again. For reset only. */
void world_rewind(void);

/* With the lock held: fires the timers that are due by now. */
void world_settle(void);

/* With the lock held: wakes those in world_wait, something has changed. */
void world_changed(void);

/*
 * With the lock held: sleeps until something changed or the real monotonic
 * time is until_ms. False: that time is reached, or the simulator stops.
 */
bool world_wait(int64_t until_ms);

/* Real monotonic milliseconds, for world_wait. */
int64_t world_monotonic(void);

/* Readable when the simulator stops: for poll, without the lock. */
int world_stop_fd(void);

#endif
