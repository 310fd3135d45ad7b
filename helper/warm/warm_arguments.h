/* SPDX-License-Identifier: BSD-2-Clause */
/* The arguments of a helper that should listen. */
#ifndef TWOFA_WARM_ARGUMENTS_H
#define TWOFA_WARM_ARGUMENTS_H

#include <stdbool.h>

/* --listen: on sockets passed to it; --listen=PATH [--user=PATH]: on sockets
 * that it makes itself. */
struct warm_arguments {
	const char *path;      /* NULL: the sockets are passed */
	const char *user_path; /* NULL: none */
};

/* True when the first argument asks for listening. */
bool warm_arguments_are(int argc, char *const argv[]);

/* Pure. 0, or -1 when they are not as above, or a path is not absolute. */
int warm_arguments_read(struct warm_arguments *, int argc, char *const argv[]);

#endif
