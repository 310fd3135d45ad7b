/* SPDX-License-Identifier: BSD-2-Clause */
/* Failures that are not the provider's answer: a kept connection that has
 * ended, and shortages of this machine. */
#include "helper/net/http_trouble.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define REQUEST_FDS 8 /* the most descriptors that one request takes */
#define REQUEST_BYTES (1 << 20) /* more memory than one request takes */

/* libcurl 7.88 takes the end of a TLS session, waiting to be read, for a sign
 * of life: it would send the request there, lose it, and could not send it
 * again. With a provider that closes idle connections, every slow typist would
 * be denied. */
bool
http_trouble_ended(int fd)
{
	struct pollfd p = { .fd = fd, .events = POLLIN | POLLRDHUP };

	return fd >= 0 && poll(&p, 1, 0) == 1;
}

/* True when the descriptors for one request are missing. Such a shortage shows
 * as a failed look-up, connection or CA file, and by the time libcurl reports
 * it, its own descriptors are free again. */
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

static bool
is_shortage(long error)
{
	return error == EMFILE || error == ENFILE || error == ENOMEM ||
	    error == ENOBUFS || error == EADDRNOTAVAIL;
}

/* What libcurl and OpenSSL write about a shortage. */
static bool
says_shortage(const char *text)
{
	return strstr(text, "thread failed to start") != NULL ||
	    strstr(text, "malloc failure") != NULL;
}

bool
http_trouble_shortage(long error, const char *text)
{
	return is_shortage(error) || says_shortage(text) || short_of_fds() ||
	    short_of_memory();
}
