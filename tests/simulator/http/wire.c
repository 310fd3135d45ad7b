/* SPDX-License-Identifier: BSD-2-Clause */
/* The bytes of one connection below libmicrohttpd, TLS or plain. */
#include "tests/simulator/http/wire.h"

#include <errno.h>
#include <poll.h>
#include <stdint.h>
#include <sys/socket.h>

#include <gnutls/gnutls.h>
#include <microhttpd.h>

#include "tests/simulator/core/world.h"

/* A client that does not read is given up after this time. */
enum { WIRE_STALL_MS = 30000 };

static int
socket_of(struct MHD_Connection *conn)
{
	return MHD_get_connection_info(conn, MHD_CONNECTION_INFO_CONNECTION_FD)
	    ->connect_fd;
}

/* The TLS session, NULL on a plain connection. */
static gnutls_session_t
session_of(struct MHD_Connection *conn)
{
	const union MHD_ConnectionInfo *info =
	    MHD_get_connection_info(conn, MHD_CONNECTION_INFO_GNUTLS_SESSION);

	return info != NULL ? (gnutls_session_t)info->tls_session : NULL;
}

/* True when the socket is ready in time and the simulator goes on. */
static bool
ready(int fd, short events, int ms)
{
	struct pollfd p[] = {
		{ .fd = fd, .events = events },
		{ .fd = world_stop_fd(), .events = POLLIN },
	};

	while (poll(p, 2, ms) == -1)
		if (errno != EINTR)
			return false;
	return p[0].revents != 0 && p[1].revents == 0;
}

/* One write: bytes taken, 0 for try again, -1. */
static ssize_t
write_some(int fd, gnutls_session_t tls, const char *data, size_t len)
{
	ssize_t n;

	if (tls != NULL) {
		n = gnutls_record_send(tls, data, len);
		if (n == GNUTLS_E_AGAIN || n == GNUTLS_E_INTERRUPTED)
			return 0;
		return n < 0 ? -1 : n;
	}
	n = send(fd, data, len, MSG_NOSIGNAL);
	if (n == -1 && (errno == EAGAIN || errno == EINTR))
		return 0;
	return n;
}

int
wire_send(struct MHD_Connection *conn, const void *data, size_t len)
{
	const int fd = socket_of(conn);
	gnutls_session_t tls = session_of(conn);
	const char *p = data;
	ssize_t n;

	while (len > 0) {
		n = write_some(fd, tls, p, len);
		if (n == -1)
			return -1;
		if (n == 0 && !ready(fd, POLLOUT, WIRE_STALL_MS))
			return -1;
		p += n;
		len -= (size_t)n;
	}
	return 0;
}

void
wire_reset(struct MHD_Connection *conn)
{
	const struct sockaddr nowhere = { .sa_family = AF_UNSPEC };

	/* Linux sends the reset at once for this; SO_LINGER would let
	 * libmicrohttpd's orderly shutdown go first. */
	if (connect(socket_of(conn), &nowhere, sizeof(nowhere)) == -1)
		shutdown(socket_of(conn), SHUT_RDWR);
}

void
wire_pause(struct MHD_Connection *conn, int ms)
{
	if (ms == -1)
		ready(socket_of(conn), POLLRDHUP, -1);
	else
		ready(-1, 0, ms);
}
