/* SPDX-License-Identifier: BSD-2-Clause */
/* The filter, then Landlock; and a look at a way round both. */
#include "helper/sandbox/sandbox.h"

#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include "helper/sandbox/filter.h"
#include "helper/sandbox/landlock.h"
#include "lib/settings/settings.h"
#include "lib/system/state_folder.h"

#define WAIT_S 3
/* "DATA", and "OK" with a number of 32 digits, a line each; the byte order and
 * the kind of the answer, which is an error to who is not let in. */
#define ANSWER 45
#define RETURNED 2

/* In the bus's own protocol, because libdbus is needed for nothing else. The
 * kernel tells the bus who asks. Then Hello is called, as everybody must first:
 * byte order, kind, flags, version; the body's length, a number, the fields'
 * length; each field's number, kind and text, to a multiple of 8 bytes. */
static const char hello[] = "\0AUTH EXTERNAL\r\nDATA\r\nBEGIN\r\n"
			    "l\1\0\1\0\0\0\0\1\0\0\0\156\0\0\0"
			    "\1\1o\0\25\0\0\0/org/freedesktop/DBus\0\0\0"
			    "\6\1s\0\24\0\0\0org.freedesktop.DBus\0\0\0\0"
			    "\2\1s\0\24\0\0\0org.freedesktop.DBus\0\0\0\0"
			    "\3\1s\0\5\0\0\0Hello\0\0";

static bool bus_is_open;

void
sandbox_ask_bus(void)
{
	const struct sockaddr_un bus = { .sun_family = AF_UNIX,
		.sun_path = "/run/dbus/system_bus_socket" };
	const struct timeval wait = { .tv_sec = WAIT_S };
	const int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	char answer[ANSWER];

	if (fd < 0)
		return;
	(void)setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &wait, sizeof(wait));
	(void)setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &wait, sizeof(wait));
	bus_is_open =
	    connect(fd, (const struct sockaddr *)&bus, sizeof(bus)) == 0 &&
	    send(fd, hello, sizeof(hello), MSG_NOSIGNAL) > 0 &&
	    recv(fd, answer, ANSWER, MSG_WAITALL) == ANSWER &&
	    answer[ANSWER - 1] == RETURNED;
	(void)close(fd);
}

bool
sandbox_bus_is_open(void)
{
	return bus_is_open;
}

void
sandbox_enter(const struct settings *conf)
{
	char folder[STATE_FOLDER_MAX];

	if (filter_now() != FILTER_ON) {
		if (conf->sandbox_off)
			return;
		filter_install();
	}
	/* with the state in a server, only state_dir is written */
	landlock_install(state_folder_of(conf->state, folder) == 0
		? folder
		: conf->state_dir,
	    conf->state_dir);
}
