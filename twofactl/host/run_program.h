/* SPDX-License-Identifier: BSD-2-Clause */
/* Run another program, and read what it prints: so much, and so long. */
#ifndef TWOFA_RUN_PROGRAM_H
#define TWOFA_RUN_PROGRAM_H

#include <stddef.h>
#include <sys/types.h>

struct program {
	const char *const *argv; /* [0] is an absolute path; NULL ends */
	/* run as these, without other groups; uid 0: as we are */
	uid_t uid;
	gid_t gid;
	int timeout_s;
	const char *const *env; /* NULL: a PATH alone */
	/* in the child before that, with its output in place; not 0: status
	 * 126. NULL: nothing to prepare */
	int (*prepare)(void *ctx);
	void *ctx;
};

enum program_result {
	PROGRAM_FAILED = 0, /* it could not be started or read: errno */
	PROGRAM_ENDED,      /* by itself; *status is its exit status */
	PROGRAM_KILLED,     /* by a signal, or by us: too long, too much */
};

/* What it wrote to stdout and stderr goes to out[cap], NUL-terminated. Its
 * stdin is empty. Status 127: it could not
 * be executed, 126: rights could not be given up. */
enum program_result run_program(
    const struct program *, char *out, size_t cap, int *status);

#endif
