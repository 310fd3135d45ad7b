/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The listening helper: one thread that accepts, counts, forks a copy for each
 * login, and replaces itself. It reads no byte of a connection and opens no
 * settings, secrets, state or name service. All that it learns is a peer's
 * SO_PEERCRED, and how its copy ended.
 */
#ifndef TWOFA_WARM_PARENT_H
#define TWOFA_WARM_PARENT_H

#include "helper/warm/warm_arguments.h"
#include "helper/warm/warm_copy.h"

/* Runs until SIGTERM, or for 15 minutes without a login where systemd keeps
 * listening. Returns 0, or LISTEN_EXIT when no socket was passed. Privileges
 * are already gone. argv: this process's own. */
int warm_parent_run(
    const struct warm_arguments *, char *const argv[], warm_serve *);

#endif
