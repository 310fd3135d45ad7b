/* SPDX-License-Identifier: BSD-2-Clause */
/* Enters the sandbox, sets the end timer, and tests access to the bus. */

#include "helper/sandbox/sandbox.h"
#include <errno.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>
#include "helper/sandbox/sandbox_inside.h"
#include "lib/settings/settings.h"

#define ALARM_AFTER_S 5 /* after the deadline, as in the module */
#define END_AFTER_S 10  /* after the deadline: SIGKILL */
#define WAIT_S 3        /* for the bus, each way */
/* Bytes of the reply: the lines "DATA" and "OK" with 32 digits; then the byte
 * order and the type of the reply message. */
#define ANSWER 45
#define RETURNED 2 /* the type of a reply that is no error */

/* Written by hand, because libdbus is needed for nothing else. EXTERNAL: the
 * kernel reports the uid to the bus. Hello must be the first call: byte order,
 * type, flags, version; body length, serial, length of the fields; each field's
 * code, type and text, padded to a multiple of 8 bytes. */
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
	const int fd OWNED(owned_fd) =
	    socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
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
}

bool
sandbox_bus_is_open(void)
{
	return bus_is_open;
}

/* An attacker can cancel the alarm, but not this timer: the filter refuses to
 * change timer 0, so the timer must be the process's first. */
void
sandbox_end_after(int64_t deadline_ms, bool with_alarm)
{
	static int id = -1; /* the kernel's number of the timer */
	struct sigevent end = { .sigev_notify = SIGEV_SIGNAL,
		.sigev_signo = SIGKILL };
	const int64_t deadline_s = (deadline_ms + 999) / 1000;
	const struct itimerspec at = { .it_value.tv_sec =
					   deadline_s + END_AFTER_S };

	if (with_alarm)
		(void)alarm((unsigned)(deadline_s + ALARM_AFTER_S));
	if (filter_state() == FILTER_ON)
		return;
	/* a process that was forked has none yet */
	if (id < 0 ||
	    syscall(SYS_timer_gettime, id, &(struct itimerspec){ 0 }) != 0)
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
	/* with a state server, only state_dir is written */
	landlock_install(folder_from_path(conf->state, folder) == 0
		? folder
		: conf->state_dir,
	    conf->state_dir);
}
