/* SPDX-License-Identifier: BSD-2-Clause */
/* Runs another program and reads its output, with limits on time and size. */
#ifndef TWOFA_RUN_PROGRAM_H
#define TWOFA_RUN_PROGRAM_H

#include <stddef.h>
#include <sys/types.h>

struct program {
	const char *const *argv; /* [0] is an absolute path; NULL ends */
	/* run with these ids, without other groups; uid 0: unchanged */
	uid_t uid;
	gid_t gid;
	int timeout_s;
	const char *const *env; /* NULL: only PATH */
	/* called in the child before that, with its output in place; if it
	 * returns other than 0: status 126. NULL: nothing to prepare */
	int (*prepare)(void *ctx);
	void *ctx;
};

enum program_result {
	PROGRAM_FAILED = 0, /* it could not be started or read: errno */
	PROGRAM_ENDED,      /* it ended; *status is its exit status */
	PROGRAM_KILLED,     /* by a signal, or by us beyond the limits */
};

/* stdout and stderr go to out[cap], NUL-terminated. Its stdin is
 * empty. Status 127: it could not be executed; 126: rights
 * could not be given up. */
enum program_result run_program(
    const struct program *, char *out, size_t cap, int *status);

#endif
