/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The way to a helper that listens. Nothing is sent here: until BEGIN nothing
 * can have happened, so that whatever fails, another way may be tried.
 */
#ifndef TWOFA_MODULE_DIAL_H
#define TWOFA_MODULE_DIAL_H

#include <stdbool.h>

#include "lib/wire/reason.h"

struct dial {
	int sock;         /* the result, with HELLO received; else -1 */
	const char *what; /* what failed, for the log */
	int error;        /* errno of it; 0: no system call failed */
};

/*
 * Connect to path: the listener must be root's, and HELLO come within 3 s.
 * patient: who listens may be away or have no place for a moment, so that is
 * tried again for as long; else it fails at once. REASON_NONE, or the reason
 * for the log line; SOCKET_MISSING with ENOENT: nobody ever listened.
 */
enum reason dial_start(struct dial *, const char *path, bool patient);

#endif
