/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What runs between clone and exec. The application may have threads, so
 * everything is prepared before, and both children only make system calls.
 */
#ifndef TWOFA_MODULE_CHILD_H
#define TWOFA_MODULE_CHILD_H

#include <sys/resource.h>
#include <sys/types.h>

#define CHILD_FD_FIRST 4 /* lowest number sock and null may have */

/* How the intermediate ends when the helper never ran; the dynamic loader's own
 * 127 is passed on. */
enum child_exit {
	CHILD_EXIT_EXEC = 123,   /* execve failed */
	CHILD_EXIT_NPROC = 124,  /* execve: too many processes of the user */
	CHILD_EXIT_SETUP = 125,  /* descriptors, limits, signals */
	CHILD_EXIT_DROP = 126,   /* privileges could not be given up */
	CHILD_EXIT_LOADER = 127, /* a shared library is missing */
};

struct child_plan {
	const char *path; /* of the helper */
	uid_t uid;
	gid_t gid;
	int sock;          /* the helper's end of the pair */
	int null;          /* /dev/null, open for both */
	unsigned alarm_s;  /* last stop of both children */
	unsigned fd_bound; /* where closing ends on kernels before 5.9 */
	struct rlimit64 limits[RLIM_NLIMITS];
};

/* Fill limits and fd_bound from this process's own. NULL, or the name of a
 * limit that is too low for the helper and that this process may not raise. */
const char *child_plan_limits(struct child_plan *);

/*
 * Runs as the intermediate, with all signals blocked: starts the helper, waits
 * for it and exits with its status, 128 + n for a signal.
 */
_Noreturn void child_run(const struct child_plan *);

#endif
