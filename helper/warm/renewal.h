/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * When the listening helper starts itself again, and how: by execve of its
 * installed file, as the same process with the same sockets and children. All
 * copies share the memory layout of the program that forks them, so that it
 * does not last: it ends with the first copy that crashes, with time, and with
 * the number of logins. Times are frame_clock_ms.
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
#define RENEWAL_MS (10 * 60 * INT64_C(1000)) /* with one login at least */

struct renewal {
	struct own_file file;
	int64_t since;
	unsigned logins;
	bool crashed; /* a copy was ended as only a fault or an attack does */
	bool wanted;  /* SIGHUP */
};

/* Note how a copy ended, by its status of waitpid(2). */
void renewal_note(struct renewal *, int status);

/* Is it time? Pure. */
bool renewal_due(const struct renewal *, int64_t now);

/* When it will be, if no copy crashes; INT64_MAX: no login yet. Pure. */
int64_t renewal_time(const struct renewal *);

/* Does not return, except when the file cannot be executed: a line in the log
 * says why then, and the count starts again. argv: this process's own. */
void renewal_run(struct renewal *, const struct listen_sockets *,
    const struct copies *, const struct connection_limits *, char *const argv[],
    int64_t now);

#endif
