/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The sockets that the helper listens on, passed by systemd or by itself as in
 * sd_listen_fds(3): their number in LISTEN_FDS, their names in LISTEN_FDNAMES.
 * The socket named "user" is for services that are not root's; any other name
 * is for root's.
 */
#ifndef TWOFA_WARM_LISTEN_SOCKETS_H
#define TWOFA_WARM_LISTEN_SOCKETS_H

#define LISTEN_SOCKETS_FIRST 3 /* descriptors from here on */
#define LISTEN_SOCKETS_MAX 2

struct listen_sockets {
	int root, user; /* -1: none */
	/* passed by the program before; NULL: a first start */
	const char *copies, *limits;
};

/* Read the environment and clear it. NULL, or what is wrong. The sockets are
 * non-blocking, and execve closes them. */
const char *listen_sockets_take(struct listen_sockets *);

/* Execute the program at path with these sockets, and only the environment that
 * listen_sockets_take reads. Returns with errno when that fails. */
void listen_sockets_pass(const struct listen_sockets *, const char *path,
    char *const argv[], const char *copies, const char *limits);

#endif
