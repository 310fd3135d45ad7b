/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The sockets that the helper listens on. It is given them, by systemd or by
 * itself, in the way of sd_listen_fds(3): their number in LISTEN_FDS, their
 * names in LISTEN_FDNAMES. The name "user" is the one on which services come
 * that are not root's; any other name is root's.
 */
#ifndef TWOFA_WARM_LISTEN_SOCKETS_H
#define TWOFA_WARM_LISTEN_SOCKETS_H

#define LISTEN_SOCKETS_FIRST 3 /* descriptors from here on */
#define LISTEN_SOCKETS_MAX 2

struct listen_sockets {
	int root, user; /* -1: none */
	/* as they came from the program before; NULL: a first start */
	const char *copies, *limits;
};

/* Take what the environment tells, which is emptied then. NULL, or what is
 * wrong. The sockets do not block, and are closed by execve. */
const char *listen_sockets_take(struct listen_sockets *);

/* Execute the program at path with these sockets, and no environment but what
 * listen_sockets_take reads. Returns with errno when that fails. */
void listen_sockets_pass(const struct listen_sockets *, const char *path,
    char *const argv[], const char *copies, const char *limits);

#endif
