/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The way to a helper that listens. Nothing is sent here, and nothing happens
 * before BEGIN, so after any failure another way may be tried.
 */
#ifndef TWOFA_MODULE_DIAL_H
#define TWOFA_MODULE_DIAL_H

#include <stdbool.h>

#include "lib/wire/wire.h"

struct dial {
	int sock;         /* the result, with HELLO received; else -1 */
	const char *what; /* what failed, for the log */
	int error;        /* errno of it; 0: no system call failed */
};

/*
 * Connect to path. The listener must be root's, and HELLO must come within 3 s.
 * patient: try again for as long as the listener may be away or full for a
 * moment; else fail at once. REASON_NONE, or the reason for the log line;
 * SOCKET_MISSING with ENOENT: no helper ever listened here.
 */
enum reason dial_start(struct dial *, const char *path, bool patient);

#endif
