/* SPDX-License-Identifier: BSD-2-Clause */
/* Shortages of this host, and the routes that it has. */
#include "helper/base/shortage.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <unistd.h>

#define REQUEST_FDS 8           /* the most descriptors that a request takes */
#define REQUEST_BYTES (1 << 20) /* more memory than one request takes */

static const int families[] = { AF_INET, AF_INET6 };
static const int types[] = { SOCK_STREAM, SOCK_DGRAM };

bool
shortage_errno(long error)
{
	return error == EMFILE || error == ENFILE || error == ENOMEM ||
	    error == ENOBUFS || error == EAGAIN || error == EADDRNOTAVAIL ||
	    error == EADDRINUSE;
}

/* True when the descriptors for one request are missing. Such a shortage shows
 * as a failed look-up, connection or CA file, and by the time that is reported,
 * the request's own descriptors are free again. */
static bool
short_of_fds(void)
{
	int fd[REQUEST_FDS];
	size_t n = 0;

	while (n < REQUEST_FDS) {
		fd[n] = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
		if (fd[n] == -1)
			break;
		n++;
	}
	for (size_t i = 0; i < n; i++)
		(void)close(fd[i]);
	return n < REQUEST_FDS;
}

/* The same for memory: without it, libraries report a failed handshake, or a
 * name without an address. */
static bool
short_of_memory(void)
{
	void *volatile p = malloc(REQUEST_BYTES);

	if (p == NULL)
		return true;
	free(p);
	return false;
}

/* A host without that family has no ports to be short of. */
static bool
short_of_ports(int family, int type)
{
	const struct sockaddr_in6 any = { .sin6_family = (sa_family_t)family };
	const int fd = socket(family, type | SOCK_CLOEXEC, 0);
	bool result;

	if (fd < 0)
		return shortage_errno(errno);
	/* all zero but for the family: any address and port, in both */
	result = bind(fd, (const struct sockaddr *)&any,
		     family == AF_INET ? sizeof(struct sockaddr_in)
				       : sizeof(any)) != 0 &&
	    shortage_errno(errno);
	close(fd);
	return result;
}

bool
shortage_now(void)
{
	bool result = short_of_fds() || short_of_memory();

	for (size_t i = 0; i < 4; i++)
		result |= short_of_ports(families[i / 2], types[i % 2]);
	return result;
}

/* Connecting a datagram socket looks for the route and takes a port. 0, or the
 * errno. */
static int
route(const struct sockaddr *to, socklen_t len)
{
	const int fd = socket(to->sa_family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	int error = 0;

	if (fd < 0)
		return errno;
	if (connect(fd, to, len) != 0)
		error = errno;
	close(fd);
	return error;
}

static bool
has_way(int error)
{
	return error == 0 || (shortage_errno(error) && error != EADDRNOTAVAIL);
}

void
asked_note(struct asked *a, const struct sockaddr *to, socklen_t len)
{
	const int error = route(to, len);

	if (error != 0 && has_way(error))
		a->shortage = true;
	if (has_way(error))
		a->way |= ASKED_BIT(to->sa_family);
	else
		a->without |= ASKED_BIT(to->sa_family);
}

/* To the internet: a root name server's address stands for all of it. */
static bool
way_by(int family)
{
	struct sockaddr_in v4 = { .sin_family = AF_INET, .sin_port = 53 };
	struct sockaddr_in6 v6 = { .sin6_family = AF_INET6, .sin6_port = 53 };

	(void)inet_pton(AF_INET, "198.41.0.4", &v4.sin_addr);
	(void)inet_pton(AF_INET6, "2001:503:ba3e::2:30", &v6.sin6_addr);
	return has_way(family == AF_INET
		? route((const struct sockaddr *)&v4, sizeof(v4))
		: route((const struct sockaddr *)&v6, sizeof(v6)));
}

bool
asked_nobody(const struct asked *a)
{
	if (a->way != 0)
		return false;
	return a->without == 0 ||
	    (a->without == ASKED_BIT(AF_INET6) && way_by(AF_INET)) ||
	    (a->without == ASKED_BIT(AF_INET) && way_by(AF_INET6));
}
