/* SPDX-License-Identifier: BSD-2-Clause */
/* Shortages of this host, found by trying what a request needs. A test
 * that fails for another cause counts as a shortage: a policy of SELinux or
 * AppArmor that forbids it must not turn a shortage into an outage. */
#include "helper/net/net_inside.h"

#include <errno.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <unistd.h>

#define REQUEST_FDS 8           /* maximum of a request; in pairs */
#define REQUEST_BYTES (1 << 20) /* more than a request takes */
#define CONNTRACK "/proc/sys/net/netfilter/nf_conntrack_"

static const int families[] = { AF_INET, AF_INET6 };
static const int socket_types[] = { SOCK_STREAM, SOCK_DGRAM };

bool
shortage_is_errno(long error)
{
	return error == EMFILE || error == ENFILE || error == ENOMEM ||
	    error == ENOBUFS || error == EAGAIN || error == EADDRNOTAVAIL ||
	    error == EADDRINUSE;
}

/* Such a shortage appears as a failed look-up, connection or CA file, and by
 * the time that is reported, the descriptors of the request are free again. */
static bool
short_of_fds(void)
{
	int fd[REQUEST_FDS];
	size_t n = 0;

	while (n < REQUEST_FDS &&
	    socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fd + n) == 0)
		n += 2;
	for (size_t i = 0; i < n; i++)
		(void)close(fd[i]);
	return n < REQUEST_FDS;
}

/* Without memory, libraries report a failed handshake or a name without an
 * address. */
static bool
short_of_memory(void)
{
	void *volatile p = malloc(REQUEST_BYTES);

	if (p == NULL)
		return true;
	free(p);
	return false;
}

/* Logs an error that is no shortage itself, but counts as one. Returns true. */
static bool
cannot_tell(const char *what, int error)
{
	if (!shortage_is_errno(error))
		log_problem("%s: %s: this host may be short of it, so no "
			    "outage is assumed: let twofa-helper use it "
			    "(policy of SELinux or AppArmor)",
		    what, strerror(error));
	return true;
}

/* True if the family exists, but has no free port. */
static bool
short_of_ports(int family, int type)
{
	const struct sockaddr_in6 any = { .sin6_family = (sa_family_t)family };
	const int fd OWNED(owned_fd) = socket(family, type | SOCK_CLOEXEC, 0);

	if (fd < 0)
		return errno != EAFNOSUPPORT && cannot_tell("a port", errno);
	/* zero but for the family: any address and port */
	return bind(fd, (const struct sockaddr *)&any,
		   family == AF_INET ? sizeof(struct sockaddr_in)
				     : sizeof(any)) != 0 &&
	    cannot_tell("a port", errno);
}

/* Reads a number of the connection table. Returns 1; 0 if there is no table; or
 * -1 with errno. */
static int
read_conntrack(const char *path, long *number)
{
	FILE *f OWNED(owned_file) = fopen(path, "re");
	char line[32] = "", *end = line;

	if (f == NULL)
		return errno == ENOENT ? 0 : -1;
	errno = EINVAL;
	if (fgets(line, sizeof(line), f) != NULL)
		*number = strtol(line, &end, 10);
	return end != line ? 1 : -1;
}

/* While the connection table of the firewall is full, the kernel silently drops
 * what would open another one. Its entries outlive every wait for a reply. */
static bool
short_of_conntrack(void)
{
	long most = 0, count = 0;
	const int is = read_conntrack(CONNTRACK "max", &most);

	if (is < 0)
		return cannot_tell(CONNTRACK "max", errno);
	if (is == 0 || most == 0)
		return false;
	if (read_conntrack(CONNTRACK "count", &count) <= 0)
		return cannot_tell(CONNTRACK "count", errno);
	return count >= most - most / 8;
}

bool
shortage_is_present(void)
{
	bool result =
	    short_of_fds() || short_of_memory() || short_of_conntrack();

	for (size_t i = 0; i < 4 && !result; i++)
		result = short_of_ports(families[i / 2], socket_types[i % 2]);
	return result;
}
