/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The helper that listens: one thread that accepts, counts, forks a copy for
 * each login, and renews itself. It reads no byte of a connection and opens no
 * settings, secret, state or name service: all that it learns of a peer is
 * SO_PEERCRED, and of a login how its copy ended.
 */
#ifndef TWOFA_WARM_PARENT_H
#define TWOFA_WARM_PARENT_H

#include "helper/warm/warm_arguments.h"
#include "helper/warm/warm_copy.h"

/* Until SIGTERM, or 15 minutes without a login where systemd listens on: 0; or
 * LISTEN_EXIT when no socket was passed. Privileges are gone already. argv:
 * this process's own. */
int warm_parent_run(
    const struct warm_arguments *, char *const argv[], warm_serve *);

#endif
