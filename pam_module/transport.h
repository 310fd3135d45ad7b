/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * How a login reaches its helper: through the socket of a listening one, or by
 * starting one.
 */
#ifndef TWOFA_MODULE_TRANSPORT_H
#define TWOFA_MODULE_TRANSPORT_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/wire/wire.h"
#include "pam_module/spawn.h"

/* Starts as TRANSPORT_NONE. */
struct transport_way {
	int sock;    /* to the helper */
	bool socket; /* END replaces the exit status */
	struct spawn spawn;
};

#define TRANSPORT_NONE                                                         \
	(struct transport_way)                                                 \
	{                                                                      \
		-1, false, SPAWN_NONE                                          \
	}

/* Reach a helper and give it until deadline (frame_clock_ms). REASON_NONE, or
 * the reason for the log line: then a line with the cause is in the log. */
enum reason transport_open(
    struct transport_way *, const struct args *, int64_t deadline);

/* Close the connection and wait until `until` for a helper that was started.
 * Returns its exit status, as spawn_end does; 0 for a socket on which END came
 * (ended). */
int transport_close(struct transport_way *, bool ended, int64_t until);

#endif
