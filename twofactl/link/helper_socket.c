/* SPDX-License-Identifier: BSD-2-Clause */
/* Connect, check who listens, wait for HELLO. */
#include "twofactl/link/helper_socket.h"

#include <stddef.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "lib/wire/wire.h"

#define HELLO_MS 3000
#define SERVICE "see systemctl status twofa-helper.service"

const char *
helper_socket_path(void)
{
	const struct args usual = { 0 };

	return module_arguments_socket(&usual, true);
}

bool
helper_socket_exists(void)
{
	struct stat st;

	return lstat(helper_socket_path(), &st) == 0;
}

/* NULL: it came. */
static const char *
hello_await(int fd)
{
	unsigned char bytes[FRAME_HEADER];
	struct frame hello;

	switch (frame_recv(fd, &hello, 1u << FRAME_HELLO, bytes, sizeof(bytes),
	    frame_clock_ms() + HELLO_MS)) {
	case FRAME_OK:
		return NULL;
	case FRAME_EOF:
		return "takes no more logins; " SERVICE;
	case FRAME_TIMEOUT:
		return "does not answer within 3 s; run: systemctl restart "
		       "twofa-helper";
	case FRAME_OTHER_VERSION:
		return "is of another version than this twofactl; install one "
		       "version, and run: systemctl restart twofa-helper";
	case FRAME_BAD:
	case FRAME_FAILED:
		break;
	}
	return "is no helper; see who listens there: ss -xlp";
}

/* NULL: done. */
static const char *
reach(int fd)
{
	struct sockaddr_un to = { .sun_family = AF_UNIX };

	(void)snprintf(
	    to.sun_path, sizeof(to.sun_path), "%s", helper_socket_path());
	/* non-blocking: a full queue is an error, too */
	if (fd < 0 ||
	    connect(fd, (const struct sockaddr *)&to, sizeof(to)) != 0)
		return "cannot be reached, so that logins start a helper of "
		       "their own; " SERVICE;
	if (!frame_is_roots(fd))
		return "is another user's than root's, so that no login goes "
		       "there; see who listens there: ss -xlp";
	return hello_await(fd);
}

int
helper_socket_open(const char **why)
{
	const int fd =
	    socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	*why = reach(fd);
	if (*why == NULL)
		return fd;
	if (fd >= 0)
		(void)close(fd);
	return -1;
}
