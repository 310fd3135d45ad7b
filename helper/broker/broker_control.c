/* SPDX-License-Identifier: BSD-2-Clause */
/* The messages of the control sockets, by which the listener hands a broker its
 * logins: a fixed struct, with up to two descriptors. */
#include "helper/broker/broker.h"

#include <errno.h>

#include "helper/broker/broker_inside.h"

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
		h.msg_controllen = CMSG_SPACE(count * sizeof(int));
		c->cmsg_level = SOL_SOCKET;
		c->cmsg_type = SCM_RIGHTS;
		c->cmsg_len = CMSG_LEN(count * sizeof(int));
		memcpy(CMSG_DATA(c), fd, count * sizeof(int));
	}
	return sendmsg(to, &h, MSG_NOSIGNAL | MSG_DONTWAIT) ==
	    (ssize_t)sizeof(*m);
}

static void
take_fds(struct msghdr *h, int fd[BROKER_CONTROL_FDS])
{
	struct cmsghdr *c = CMSG_FIRSTHDR(h);
	size_t len;

	if (c == NULL || c->cmsg_level != SOL_SOCKET ||
	    c->cmsg_type != SCM_RIGHTS)
		return;
	len = c->cmsg_len - CMSG_LEN(0);
	if (len <= BROKER_CONTROL_FDS * sizeof(int))
		memcpy(fd, CMSG_DATA(c), len);
}

int
broker_control_receive(
    int from, struct broker_control_message *m, int fd[BROKER_CONTROL_FDS])
{
	union fds_buffer control;
	struct iovec part = { .iov_base = m, .iov_len = sizeof(*m) };
	struct msghdr h = { .msg_iov = &part,
		.msg_iovlen = 1,
		.msg_control = control.buffer,
		.msg_controllen = sizeof(control.buffer) };
	const ssize_t n = recvmsg(from, &h, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);

	for (size_t i = 0; i < BROKER_CONTROL_FDS; i++)
		fd[i] = -1;
	/* a peer that closed with messages unread: ECONNRESET comes first, then
	 * what it sent */
	if (n < 0)
		return errno == EAGAIN || errno == EINTR || errno == ECONNRESET
		    ? 0
		    : -1;
	take_fds(&h, fd);
	return n == (ssize_t)sizeof(*m) ? 1 : -1;
}
