/* SPDX-License-Identifier: BSD-2-Clause */
/* What a request meets that is no answer of the provider: a kept connection
 * that has ended, and a want of our own. */
#include "helper/net/http_trouble.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define REQUEST_FDS 8 /* descriptors that one request takes, at most */
#define REQUEST_BYTES (1 << 20) /* more memory than one request takes */

/* libcurl 7.88 takes the end of a TLS session that waits to be read for a sign
 * of life: the request would go there, be lost, and could not be sent again. A
 * provider that closes idle connections would deny every slow typist. */
bool
http_trouble_ended(int fd)
{
	struct pollfd p = { .fd = fd, .events = POLLIN | POLLRDHUP };

	return fd >= 0 && poll(&p, 1, 0) == 1;
}

/* Could a request have had all the descriptors that it takes at once? A
 * shortage shows as a failed look-up, connection or CA file, and libcurl has
 * given its own descriptors back by the time it tells. */
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

/* The same for memory: without it libraries tell of a handshake that failed,
 * or of a name without an address. */
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

/* What libcurl and OpenSSL say of it. */
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
