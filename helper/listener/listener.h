/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The helper that listens on a socket: a parent that does nothing but start
 * copies, one for each login.
 */
#ifndef TWOFA_LISTENER_H
#define TWOFA_LISTENER_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "lib/values/values.h"
#include "lib/wire/wire.h"

/*
 * listener_start.c: the arguments of a helper that should listen, and listening
 * without systemd.
 */

/* --listen: on sockets passed to it; --listen=PATH [--user=PATH]: on sockets
 * that it makes itself. */
struct listener_arguments {
	const char *path;      /* NULL: the sockets are passed */
	const char *user_path; /* NULL: none */
};

/* True when the first argument asks for listening. */
bool listener_is_requested(int argc, char *const argv[]);

/* Pure. 0, or -1 when they are not as above, or a path is not absolute. */
int listener_arguments_read(
    struct listener_arguments *, int argc, char *const argv[]);

/* Root makes the sockets, so that SO_PEERCRED of a connection names root. Then
 * it gives up its rights for good and executes itself with these sockets. */
#define LISTENER_EXIT 3 /* no socket, and a line on standard error says why */

/* Returns LISTENER_EXIT, and only after an error. An existing socket file is
 * removed only if no process answers there; a missing folder is made. */
int listener_bind(const struct listener_arguments *, char *const argv[]);

/*
 * listener_workers.c: a copy of the listening helper: the steps from fork to
 * the login, which make it equal to a helper started for one login.
 */

#define LISTENER_WORKER_AGE_MS                                                 \
	(300 * INT64_C(1000)) /* then the parent kills it */

/* The service that asked. */
struct listener_peer {
	uid_t uid;
	char name[USER_NAME_MAX +
	    1]; /* of its account; "": root, or none that is valid */
};

/* Serves one login on descriptor 3, from BEGIN to END; returns the exit
 * status. */
typedef int listener_serve(const struct listener_peer *);

/* How a copy ends before HELLO. */
enum listener_worker_exit {
	LISTENER_WORKER_NO_ACCOUNT = 100, /* the peer's uid has no account */
	LISTENER_WORKER_SETUP, /* descriptors or limits; see the log */
};

struct broker_fds;

/* Runs as the copy, with its ends (broker.h). */
_Noreturn void listener_worker_run(
    int connection, const struct broker_fds *, uid_t peer, listener_serve *);

/* What a service that is not root's may ask through user.sock, and which of its
 * facts count. lib/rules/rules.h decides for whose login it may ask. The
 * service can make up everything that the kernel does not confirm. Pure. */

/* Take the facts of a peer of this uid, which is not 0. Facts that it cannot
 * know or may not give are emptied, the real uid is set to its own, and the
 * deadline is limited to the bounds above. With a shorter one a provider would
 * be cut off in the middle of an answer, and root's services would suffer; the
 * peer itself can leave at any time. REASON_NONE, or why it is denied. */
enum reason listener_peer_filter_facts(struct facts *, uid_t peer);

/*
 * listener.c: the listening helper: one thread that accepts, counts, forks a
 * copy for each login, and replaces itself. It reads no byte of a connection
 * and opens no settings, secrets, state or name service. All that it learns is
 * a peer's SO_PEERCRED, and how its copy ended.
 */

/* Runs until SIGTERM, or for 15 minutes without a login where systemd keeps
 * listening. Returns 0, or LISTENER_EXIT when no socket was passed. Privileges
 * are already gone. argv: this process's own. */
int listener_run(
    const struct listener_arguments *, char *const argv[], listener_serve *);

#endif
