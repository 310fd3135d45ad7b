/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A copy of the listening helper: the steps from fork to the login, which make
 * it equal to a helper started for one login.
 */
#ifndef TWOFA_WARM_COPY_H
#define TWOFA_WARM_COPY_H

#include <stdint.h>
#include <sys/types.h>

#include "lib/values/values.h"

#define WARM_COPY_AGE_MS (300 * INT64_C(1000)) /* then the parent kills it */

/* The service that asked. */
struct warm_peer {
	uid_t uid;
	char name[USER_NAME_MAX +
	    1]; /* of its account; "": root, or none that is valid */
};

/* Serves one login on descriptor 3, from BEGIN to END; returns the exit
 * status. */
typedef int warm_serve(const struct warm_peer *);

/* How a copy ends before HELLO. */
enum warm_copy_exit {
	WARM_COPY_NO_ACCOUNT = 100, /* the peer's uid has no account */
	WARM_COPY_SETUP,            /* descriptors or limits; see the log */
};

/* Runs as the copy. */
_Noreturn void warm_copy_run(int connection, uid_t peer, warm_serve *);

#endif
