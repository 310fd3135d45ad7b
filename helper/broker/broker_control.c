/* SPDX-License-Identifier: BSD-2-Clause */
/* Messages between the listener and a broker, with at most two descriptors
 * each. */
#include "helper/broker/broker.h"

#include <errno.h>
#include <sys/socket.h>
#include <unistd.h>

#include "helper/broker/broker_inside.h"

union fds_buffer {
	struct cmsghdr head;
	char buffer[CMSG_SPACE(BROKER_CONTROL_FDS * sizeof(int))];
};

static bool
send_with_fds(int to, const void *bytes, size_t len, const int *fd)
{
	union fds_buffer control = { .buffer = "" };
	struct iovec part = { .iov_base = (void *)bytes, .iov_len = len };
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
	return sendmsg(to, &h, MSG_NOSIGNAL | MSG_DONTWAIT) == (ssize_t)len;
}

bool
broker_control_send(
    int to, const struct broker_control_message *m, const int *fd)
{
	return send_with_fds(to, m, sizeof(*m), fd);
}

bool
broker_control_return(int to, int64_t used, const int *fd)
{
	char bytes[1 + sizeof(used)] = { BROKER_RETURN };

	memcpy(bytes + 1, &used, sizeof(used));
	return send_with_fds(to, bytes, sizeof(bytes), fd);
}

static void
take_fds(struct msghdr *h, int fd[BROKER_CONTROL_FDS])
{
	const struct cmsghdr *c = CMSG_FIRSTHDR(h);

	if (c != NULL && c->cmsg_level == SOL_SOCKET &&
	    c->cmsg_type == SCM_RIGHTS)
		memcpy(fd, CMSG_DATA(c), c->cmsg_len - CMSG_LEN(0));
}

/* The kernel closes the descriptors for which the buffer has no space. */
static ssize_t
receive_with_fds(
    int from, void *bytes, size_t len, int fd[BROKER_CONTROL_FDS], int flags)
{
	union fds_buffer control;
	struct iovec part = { .iov_base = bytes, .iov_len = len };
	struct msghdr h = { .msg_iov = &part,
		.msg_iovlen = 1,
		.msg_control = control.buffer,
		.msg_controllen = CMSG_LEN(BROKER_CONTROL_FDS * sizeof(int)) };
	const ssize_t n =
	    recvmsg(from, &h, flags | MSG_DONTWAIT | MSG_CMSG_CLOEXEC);

	for (size_t i = 0; i < BROKER_CONTROL_FDS; i++)
		fd[i] = -1;
	if (n >= 0)
		take_fds(&h, fd);
	return n;
}

int
broker_control_receive(
    int from, struct broker_control_message *m, int fd[BROKER_CONTROL_FDS])
{
	const ssize_t n = receive_with_fds(from, m, sizeof(*m), fd, 0);

	/* a peer that closed with messages unread: ECONNRESET comes first, then
	 * what it sent */
	if (n < 0)
		return errno == EAGAIN || errno == EINTR || errno == ECONNRESET
		    ? 0
		    : -1;
	return n == (ssize_t)sizeof(*m) ? 1 : -1;
}

void
broker_control_close(const int fd[BROKER_CONTROL_FDS])
{
	for (size_t i = 0; i < BROKER_CONTROL_FDS; i++)
		if (fd[i] >= 0)
			(void)close(fd[i]);
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
broker_control_peek(
    int from, char *bytes, size_t len, int fd[BROKER_CONTROL_FDS])
{
	return receive_with_fds(from, bytes, len, fd, MSG_PEEK);
}
