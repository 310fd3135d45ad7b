/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * When and how the listening helper replaces itself: by execve of its installed
 * file, as the same process with the same sockets and children. All copies
 * share the memory layout of the program that forks them, so that layout must
 * not last: it ends with the first crash of a copy, after some time, and after
 * a number of logins. Times are frame_clock_ms.
 */
#ifndef TWOFA_WARM_RENEWAL_H
#define TWOFA_WARM_RENEWAL_H

#include <stdbool.h>
#include <stdint.h>

#include "helper/warm/connection_limits.h"
#include "helper/warm/copies.h"
#include "helper/warm/listen_sockets.h"
#include "helper/warm/own_file.h"

#define RENEWAL_LOGINS 100
#define RENEWAL_MS (10 * 60 * INT64_C(1000)) /* with at least one login */

struct renewal {
	struct own_file file;
	int64_t since;
	unsigned logins;
	bool crashed; /* a copy ended as only a bug or an attack makes it end */
	bool wanted;  /* SIGHUP */
};

/* Note how a copy ended; status as from waitpid(2). */
void renewal_note(struct renewal *, int status);

/* True when it should be replaced now. Pure. */
bool renewal_due(const struct renewal *, int64_t now);

/* The time to replace it if no copy crashes; INT64_MAX: no login yet. Pure. */
int64_t renewal_time(const struct renewal *);

/* Returns only when the file cannot be executed: then the log says why, and the
 * count starts again. argv: this process's own. */
void renewal_run(struct renewal *, const struct listen_sockets *,
    const struct copies *, const struct connection_limits *, char *const argv[],
    int64_t now);

#endif
