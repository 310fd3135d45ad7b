/* SPDX-License-Identifier: BSD-2-Clause */
/* The listener: accepts connections on a socket and forks a worker for each
 * login. */
#ifndef TWOFA_LISTENER_H
#define TWOFA_LISTENER_H

#include "lib/values/values.h"
#include "lib/wire/wire.h"

/* listener_start.c: the listener's arguments, and its start without systemd. */

/* --listen: on sockets passed to it; --listen=PATH [--user=PATH]: on sockets
 * that it makes itself. */
struct listener_arguments {
	const char *path;      /* NULL: the sockets are passed */
	const char *user_path; /* NULL: no socket for other services */
};

/* True if the first argument is --listen. */
bool listener_is_requested(int argc, char *const argv[]);

/* Returns 0, or -1 if the arguments are not as above, or a path is not
 * absolute. Pure. */
int listener_arguments_read(
    struct listener_arguments *, int argc, char *const argv[]);

#define LISTENER_EXIT 3 /* exit status without a usable socket */

/* Returns only after an error, which it prints: LISTENER_EXIT. Makes the
 * sockets as root, so that clients see root in SO_PEERCRED, drops all
 * privileges and executes this program with the sockets. Removes an existing
 * socket file only if no process listens there; makes a missing folder. */
int listener_bind_and_exec(
    const struct listener_arguments *, char *const argv[]);

/* listener_workers.c: a worker's steps from fork to the login, which make it
 * equal to a helper started for one login. */

#define LISTENER_WORKER_AGE_MS                                                 \
	(300 * INT64_C(1000)) /* age at which the listener kills it */

/* The service that connected. */
struct listener_peer {
	uid_t uid;
	char name[USER_NAME_MAX +
	    1];       /* of its account; "" for root or an invalid name */
	bool no_self; /* it may not run twofactl self */
	bool beside;  /* there is a socket for other services than root's */
};

/* Serves one login on descriptor 3, from BEGIN to END; returns the exit
 * status. */
typedef int listener_serve(const struct listener_peer *);

/* Exit statuses of a worker that ends before HELLO. */
enum listener_worker_exit {
	LISTENER_WORKER_NO_ACCOUNT = 100, /* the peer's uid has no account */
	LISTENER_WORKER_SETUP, /* descriptors or limits; see the log */
};

struct broker_fds;

/* Runs as the worker, with its ends of the brokers' sockets (broker.h). */
_Noreturn void listener_worker_run(int connection, const struct broker_fds *,
    struct listener_peer, listener_serve *);

/* listener.c: one thread that accepts, counts, forks workers, and replaces
 * itself. It reads no byte of a connection, and no settings, secrets, state or
 * name service. Its only input is a peer's SO_PEERCRED, how workers ended, and
 * its brokers' control bytes. */

/* Returns 0, or LISTENER_EXIT if no socket was passed. Runs until SIGTERM, or,
 * without --listen=PATH, until 15 minutes without a login. Privileges must have
 * been dropped. argv is this process's own. */
int listener_run(
    const struct listener_arguments *, char *const argv[], listener_serve *);

#endif
