/* SPDX-License-Identifier: BSD-2-Clause */
/* Messages between the listener and a broker, with at most one descriptor
 * each. */
#include "helper/broker/broker.h"

#include <errno.h>
#include <sys/socket.h>

#include "helper/broker/broker_inside.h"

static bool
send_with_fd(int to, const void *bytes, size_t len, int fd)
{
	union {
		struct cmsghdr head;
		char buffer[CMSG_SPACE(sizeof(int))];
	} control = { .buffer = "" };
	struct iovec part = { .iov_base = (void *)bytes, .iov_len = len };
	struct msghdr h = { .msg_iov = &part, .msg_iovlen = 1 };
	struct cmsghdr *c = &control.head;

	if (fd >= 0) {
		h.msg_control = control.buffer;
		h.msg_controllen = sizeof(control.buffer);
		c->cmsg_level = SOL_SOCKET;
		c->cmsg_type = SCM_RIGHTS;
		c->cmsg_len = CMSG_LEN(sizeof(int));
		memcpy(CMSG_DATA(c), &fd, sizeof(fd));
	}
	return sendmsg(to, &h, MSG_NOSIGNAL | MSG_DONTWAIT) == (ssize_t)len;
}

bool
broker_control_send(int to, const struct broker_control_message *m, int fd)
{
	return send_with_fd(to, m, sizeof(*m), fd);
}

bool
broker_control_send_byte(int to, char byte, int fd)
{
	return send_with_fd(to, &byte, 1, fd);
}

static int
descriptor_of(struct msghdr *h)
{
	struct cmsghdr *c = CMSG_FIRSTHDR(h);
	int fd = -1;

	if (c != NULL && c->cmsg_level == SOL_SOCKET &&
	    c->cmsg_type == SCM_RIGHTS && c->cmsg_len == CMSG_LEN(sizeof(int)))
		memcpy(&fd, CMSG_DATA(c), sizeof(fd));
	return fd;
}

/* The kernel closes all descriptors of a message but the first one. */
static ssize_t
receive_with_fd(int from, void *bytes, size_t len, int *fd, int flags)
{
	union {
		struct cmsghdr head;
		char buffer[CMSG_SPACE(sizeof(int))];
	} control;
	struct iovec part = { .iov_base = bytes, .iov_len = len };
	struct msghdr h = { .msg_iov = &part,
		.msg_iovlen = 1,
		.msg_control = control.buffer,
		.msg_controllen = CMSG_LEN(sizeof(int)) };
	const ssize_t n =
	    recvmsg(from, &h, flags | MSG_DONTWAIT | MSG_CMSG_CLOEXEC);

	*fd = n >= 0 ? descriptor_of(&h) : -1;
	return n;
}

int
broker_control_receive(int from, struct broker_control_message *m, int *fd)
{
	const ssize_t n = receive_with_fd(from, m, sizeof(*m), fd, 0);

	/* a peer that closed with messages unread: ECONNRESET comes first, then
	 * what it sent */
	if (n < 0)
		return errno == EAGAIN || errno == EINTR || errno == ECONNRESET
		    ? 0
		    : -1;
	return n == (ssize_t)sizeof(*m) ? 1 : -1;
}

void
broker_control_send_line(
    int to, int level, const char *subject, const char *line)
{
	char head = (char)(BROKER_LINE + level);
	struct iovec part[] = { { &head, 1 },
		{ (char *)subject, strlen(subject) },
		{ (char *)line, strlen(line) } };
	const struct msghdr h = { .msg_iov = part,
		.msg_iovlen = COUNT_OF(part) };

	(void)sendmsg(to, &h, MSG_NOSIGNAL | MSG_DONTWAIT);
}

ssize_t
broker_control_peek(int from, char *bytes, size_t len, int *fd)
{
	return receive_with_fd(from, bytes, len, fd, MSG_PEEK);
}
