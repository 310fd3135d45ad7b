/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The helper as a process: start it, end it, report whether it ended cleanly.
 * The application's children, signals and descriptors stay as they are.
 */
#ifndef TWOFA_MODULE_SPAWN_H
#define TWOFA_MODULE_SPAWN_H

#include <stdint.h>
#include <sys/types.h>

#include "lib/wire/wire.h"

/* Starts as SPAWN_NONE. */
struct spawn {
	int sock;  /* the module's end */
	int pidfd; /* of the intermediate */
	pid_t pid;
	const char *path; /* of the helper */
};

#define SPAWN_NONE                                                             \
	(struct spawn)                                                         \
	{                                                                      \
		-1, -1, -1, NULL                                               \
	}

#define SPAWN_STATUS_UNKNOWN (-1)

/*
 * Start the helper at path as user twofa; both children end by themselves 5 s
 * after deadline_ms from now. REASON_NONE, or the reason for the log line: then
 * a line with cause and remedy is in the log.
 */
enum reason spawn_start(struct spawn *, const char *path, int64_t deadline_ms);

/*
 * Close the socket, wait until `until` (frame_clock_ms) for the end, then kill.
 * Returns the helper's exit status, 128 + n for a signal, or
 * SPAWN_STATUS_UNKNOWN when it was killed here or another part of the
 * application reaped it. Every status but 0 gets a line in the log. Harmless
 * when none was started.
 */
int spawn_end(struct spawn *, int64_t until);

/* Move a descriptor to a number that is free in the child and above 0 to 2,
 * where an application that has closed them may print. -1 with errno, and the
 * descriptor is closed. */
int spawn_fd_lift(int fd);

#endif
