/* SPDX-License-Identifier: BSD-2-Clause */
/* Messages between the listener and a broker. One to the broker may pass two
 * descriptors at most, one from the broker none. */
#include "helper/broker/broker_inside.h"

#include <errno.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/uio.h>
#include <unistd.h>

#ifndef SO_PASSRIGHTS /* of Linux 6.16 */
#define SO_PASSRIGHTS 83
#endif

union fds_buffer {
	struct cmsghdr head;
	char buffer[CMSG_SPACE(BROKER_CONTROL_FDS * sizeof(int))];
};

bool
broker_control_send(
    int to, const struct broker_control_message *m, const int *fd)
{
	union fds_buffer control = { .buffer = "" };
	struct iovec part = { .iov_base = (void *)m, .iov_len = sizeof(*m) };
	struct msghdr h = { .msg_iov = &part, .msg_iovlen = 1 };
	struct cmsghdr *c = &control.head;
	size_t count = 0;

	while (fd != NULL && count < BROKER_CONTROL_FDS && fd[count] >= 0)
		count++;
	if (count > 0) {
		h.msg_control = control.buffer;
		h.msg_controllen = (socklen_t)CMSG_SPACE(count * sizeof(int));
		c->cmsg_level = SOL_SOCKET;
		c->cmsg_type = SCM_RIGHTS;
		c->cmsg_len = (socklen_t)CMSG_LEN(count * sizeof(int));
		memcpy(CMSG_DATA(c), fd, count * sizeof(int));
	}
	return sendmsg(to, &h, MSG_NOSIGNAL | MSG_DONTWAIT) ==
	    (ssize_t)sizeof(*m);
}

bool
broker_control_return(int to, int64_t login, int64_t used)
{
	char bytes[1 + 2 * sizeof(used)] = { BROKER_RETURN };

	memcpy(bytes + 1, &login, sizeof(login));
	memcpy(bytes + 1 + sizeof(login), &used, sizeof(used));
	return write(to, bytes, sizeof(bytes)) == (ssize_t)sizeof(bytes);
}

/* The kernel closes the descriptors for which the buffer has no space. */
int
broker_control_receive(
    int from, struct broker_control_message *m, int fd[BROKER_CONTROL_FDS])
{
	union fds_buffer control;
	struct iovec part = { .iov_base = m, .iov_len = sizeof(*m) };
	struct msghdr h = { .msg_iov = &part,
		.msg_iovlen = 1,
		.msg_control = control.buffer,
		.msg_controllen = CMSG_LEN(BROKER_CONTROL_FDS * sizeof(int)) };
	const ssize_t n = recvmsg(from, &h, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
	const struct cmsghdr *c = n >= 0 ? CMSG_FIRSTHDR(&h) : NULL;

	for (size_t i = 0; i < BROKER_CONTROL_FDS; i++)
		fd[i] = -1;
	if (c != NULL && c->cmsg_level == SOL_SOCKET &&
	    c->cmsg_type == SCM_RIGHTS)
		memcpy(fd, CMSG_DATA(c), c->cmsg_len - CMSG_LEN(0));
	if (n < 0)
		return errno == EAGAIN || errno == EINTR ? 0 : -1;
	return n == (ssize_t)sizeof(*m) ? 1 : -1;
}

static void
interrupt(int signal)
{
	(void)signal;
}

static bool handled; /* broker_control_handle_alarm() */

void
broker_control_handle_alarm(void)
{
	handled = true;
	(void)signal(SIGALRM, interrupt);
}

void
broker_control_hasten(bool on)
{
	const struct timeval ms = { .tv_usec = on ? 1000 : 0 };
	const struct itimerval timer = { ms, ms };

	/* a worker that was forked meanwhile has the default action again */
	if (on && !handled)
		(void)signal(SIGALRM, interrupt);
	(void)setitimer(ITIMER_REAL, &timer, NULL);
	if (!on && !handled) {
		(void)signal(SIGALRM, SIG_IGN); /* drops one that is pending */
		(void)signal(SIGALRM, SIG_DFL);
	}
}

void
broker_control_take_no_fds(int fd)
{
	const int off = 0;

	(void)setsockopt(fd, SOL_SOCKET, SO_PASSRIGHTS, &off, sizeof(off));
}

/* Sets no timer where the next datagram passes no descriptor. */
ssize_t
broker_control_take_bytes(int from, struct broker_frame *f)
{
	struct msghdr next = { .msg_iov = NULL };
	bool passes;
	ssize_t n;

	(void)recvmsg(from, &next, MSG_PEEK | MSG_DONTWAIT);
	passes = (next.msg_flags & MSG_CTRUNC) != 0;
	if (passes)
		broker_control_hasten(true);
	n = recv(from, f->b, sizeof(f->b), MSG_DONTWAIT);
	if (passes)
		broker_control_hasten(false);
	return n;
}

void
broker_control_close(const int fd[BROKER_CONTROL_FDS])
{
	broker_control_hasten(true);
	for (size_t i = 0; i < BROKER_CONTROL_FDS; i++)
		if (fd[i] >= 0)
			(void)close(fd[i]);
	broker_control_hasten(false);
}

void
broker_control_send_line(
    int to, int level, const char *subject, const char *line)
{
	char head = (char)(BROKER_LINE + level);
	const struct iovec part[] = { { &head, 1 },
		{ (char *)subject, strlen(subject) },
		{ (char *)line, strlen(line) } };

	(void)!writev(to, part, COUNT_OF(part));
}
