/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Which way a login goes to its helper: through the socket of one that listens,
 * or to one that is started for it.
 */
#ifndef TWOFA_MODULE_TRANSPORT_H
#define TWOFA_MODULE_TRANSPORT_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/wire/module_arguments.h"
#include "lib/wire/reason.h"
#include "pam_module/spawn.h"

/* Starts as TRANSPORT_NONE. */
struct transport_way {
	int sock;    /* to the helper */
	bool socket; /* END stands for the exit status */
	struct spawn spawn;
};

#define TRANSPORT_NONE                                                         \
	(struct transport_way)                                                 \
	{                                                                      \
		-1, false, SPAWN_NONE                                          \
	}

/* Reach a helper, which has until deadline (frame_clock_ms). REASON_NONE, or
 * the reason for the log line; a line that tells has been written then. */
enum reason transport_open(
    struct transport_way *, const struct args *, int64_t deadline);

/* Close the way and wait until `until` for a helper that was started. Its exit
 * status, as spawn_end has it; 0 for a socket on which END came (ended). */
int transport_close(struct transport_way *, bool ended, int64_t until);

#endif
