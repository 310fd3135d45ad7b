/* SPDX-License-Identifier: BSD-2-Clause */
/* One question to the system bus, in its own protocol: libdbus would have the
 * helper hold what it has no other use for. */
#include "helper/sandbox/bus.h"

#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#define WAIT_S 3
#define RETURNED 2 /* the kind of a message: what was called came back */
#define UID_MAX 12

/* Calls Hello, which everybody who is let in must call first: byte order, kind,
 * flags, version; the body's length, a number, the fields' length; each field's
 * number, kind and text, to a multiple of 8 bytes. */
static const char hello[128] = "l\1\0\1\0\0\0\0\1\0\0\0\156\0\0\0"
			       "\1\1o\0\25\0\0\0/org/freedesktop/DBus\0\0\0"
			       "\6\1s\0\24\0\0\0org.freedesktop.DBus\0\0\0\0"
			       "\2\1s\0\24\0\0\0org.freedesktop.DBus\0\0\0\0"
			       "\3\1s\0\5\0\0\0Hello\0\0";

/* The kernel tells the bus who this is; a refused user may only learn it once
 * the first call fails. */
static bool
ask(int fd)
{
	char number[UID_MAX], text[64];
	int len = snprintf(text, sizeof(text), "%cAUTH EXTERNAL ", '\0');

	(void)snprintf(number, sizeof(number), "%u", (unsigned)getuid());
	for (const char *c = number; *c != '\0'; c++)
		len += snprintf(text + len, sizeof(text) - (size_t)len, "%02x",
		    (unsigned)*c);
	len +=
	    snprintf(text + len, sizeof(text) - (size_t)len, "\r\nBEGIN\r\n");
	return send(fd, text, (size_t)len, MSG_NOSIGNAL) == len &&
	    send(fd, hello, sizeof(hello), MSG_NOSIGNAL) ==
	    (ssize_t)sizeof(hello);
}

/* "OK ...", and behind that line the answer to the call. */
static bool
is_welcome(int fd)
{
	char text[512];
	size_t len = 0;
	ssize_t got;

	while (len < sizeof(text) &&
	    (got = recv(fd, text + len, sizeof(text) - len, 0)) > 0) {
		const char *end;

		len += (size_t)got;
		end = memmem(text, len, "\r\n", 2);
		if (end != NULL && end + 3 < text + len)
			return text[0] == 'O' && end[3] == RETURNED;
	}
	return false;
}

bool
bus_lets_in(void)
{
	const struct sockaddr_un bus = { .sun_family = AF_UNIX,
		.sun_path = "/run/dbus/system_bus_socket" };
	const struct timeval wait = { .tv_sec = WAIT_S };
	const int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	bool welcome;

	if (fd < 0)
		return false;
	(void)setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &wait, sizeof(wait));
	(void)setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &wait, sizeof(wait));
	welcome =
	    connect(fd, (const struct sockaddr *)&bus, sizeof(bus)) == 0 &&
	    ask(fd) && is_welcome(fd);
	(void)close(fd);
	return welcome;
}
