/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A copy of the listening helper: what is done between fork and the login, so
 * that it is as a helper that was started for one login.
 */
#ifndef TWOFA_WARM_COPY_H
#define TWOFA_WARM_COPY_H

#include <sys/types.h>

#include "lib/values/user_name.h"

/* The service that asks. */
struct warm_peer {
	uid_t uid;
	char name[USER_NAME_MAX +
	    1]; /* its account's; "": root, or no valid one */
};

/* One login on descriptor 3, from BEGIN to END; the process's exit status. */
typedef int warm_serve(const struct warm_peer *);

/* How a copy ends before HELLO. */
enum warm_copy_exit {
	WARM_COPY_NO_ACCOUNT = 100, /* the peer's uid is nobody's */
	WARM_COPY_SETUP,            /* descriptors or limits; a line tells */
};

/* The copy's life. */
_Noreturn void warm_copy_run(int connection, uid_t peer, warm_serve *);

#endif
