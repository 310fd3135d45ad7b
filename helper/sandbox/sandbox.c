/* SPDX-License-Identifier: BSD-2-Clause */
/* How a helper shuts itself in: privileges, the filter of system calls,
 * Landlock; the end in time, and a look at a way round all. */

#include "helper/sandbox/sandbox.h"
#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <linux/capability.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/un.h>
#include <time.h>
#include <ucontext.h>
#include <unistd.h>
#include "helper/sandbox/sandbox_inside.h"
#include "lib/settings/settings.h"
#include "lib/system/system.h"

/* What a login does once it has its settings. */

#define ALARM_AFTER_S 5 /* the deadline, as the module does */
#define END_AFTER_S 10
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
sandbox_probe_bus(void)
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

/* An alarm can be switched off, and its signal blocked; SIGKILL cannot be. The
 * filter keeps timer 0, which only the process's first one can be. */
void
sandbox_end_after(int64_t deadline_ms, bool with_alarm)
{
	static int id = -1; /* as the kernel has it */
	struct sigevent end = { .sigev_notify = SIGEV_SIGNAL,
		.sigev_signo = SIGKILL };
	const int64_t deadline_s = (deadline_ms + 999) / 1000;
	const struct itimerspec at = { .it_value.tv_sec =
					   deadline_s + END_AFTER_S };

	if (with_alarm)
		(void)alarm((unsigned)(deadline_s + ALARM_AFTER_S));
	if (filter_state() == FILTER_ON)
		return;
	if (id < 0)
		(void)syscall(SYS_timer_create, CLOCK_MONOTONIC, &end, &id);
	if (id != 0 || syscall(SYS_timer_settime, 0, 0, &at, NULL) != 0)
		log_notice("sandbox: this process has no timer for its end "
			   "(%s); the login goes on without it",
		    strerror(errno));
}

void
sandbox_enter(const struct settings *conf)
{
	char folder[FOLDER_PATH_MAX];

	if (filter_state() != FILTER_ON) {
		if (conf->sandbox_off)
			return;
		filter_install();
	}
	/* with the state in a server, only state_dir is written */
	landlock_install(folder_from_path(conf->state, folder) == 0
		? folder
		: conf->state_dir,
	    conf->state_dir);
}
