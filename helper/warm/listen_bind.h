/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The way to listen without systemd: root makes the sockets, so that
 * SO_PEERCRED of a connection names root, gives up its rights for good and
 * executes itself with the sockets passed.
 */
#ifndef TWOFA_WARM_LISTEN_BIND_H
#define TWOFA_WARM_LISTEN_BIND_H

#include "helper/warm/warm_arguments.h"

#define LISTEN_EXIT 3 /* no socket, and a line on standard error says why */

/* Returns only when it failed: LISTEN_EXIT. A socket file that is there is
 * removed only if nobody answers; its folder is made if it is missing. */
int listen_bind(const struct warm_arguments *, char *const argv[]);

#endif
