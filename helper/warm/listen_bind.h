/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Listening without systemd: root makes the sockets, so that SO_PEERCRED of a
 * connection names root. Then it gives up its rights for good and executes
 * itself with these sockets.
 */
#ifndef TWOFA_WARM_LISTEN_BIND_H
#define TWOFA_WARM_LISTEN_BIND_H

#include "helper/warm/warm_arguments.h"

#define LISTEN_EXIT 3 /* no socket, and a line on standard error says why */

/* Returns LISTEN_EXIT, and only after an error. An existing socket file is
 * removed only if no process answers there; a missing folder is made. */
int listen_bind(const struct warm_arguments *, char *const argv[]);

#endif
