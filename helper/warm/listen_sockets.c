/* SPDX-License-Identifier: BSD-2-Clause */
/* Listening sockets, from and to the environment. */
#include "helper/warm/listen_sockets.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "helper/warm/connection_limits.h"
#include "helper/warm/copies.h"

#define NAME_USER "user"
#define NAME_ROOT "helper"
#define COPIES "TWOFA_COPIES"
#define LIMITS "TWOFA_LIMITS"

static bool
is_ours(const char *pid)
{
	char own[16];

	(void)snprintf(own, sizeof(own), "%d", (int)getpid());
	return pid != NULL && strcmp(pid, own) == 0;
}

static bool
option_is(int fd, int option, int wanted)
{
	int value = -1;
	socklen_t len = sizeof(value);

	return getsockopt(fd, SOL_SOCKET, option, &value, &len) == 0 &&
	    value == wanted;
}

static const char *
take_one(struct listen_sockets *s, int fd, const char *name)
{
	int *place = strcmp(name, NAME_USER) == 0 ? &s->user : &s->root;

	if (!option_is(fd, SO_DOMAIN, AF_UNIX) ||
	    !option_is(fd, SO_TYPE, SOCK_SEQPACKET) ||
	    !option_is(fd, SO_ACCEPTCONN, 1))
		return "a socket that was passed does not listen, or is not of "
		       "the kind ListenSequentialPacket=";
	if (*place != -1)
		return "two sockets of one name: set FileDescriptorName=user "
		       "for the one of user.sock";
	if (fcntl(fd, F_SETFD, FD_CLOEXEC) != 0 ||
	    fcntl(fd, F_SETFL, O_NONBLOCK) != 0)
		return "a socket that was passed cannot be set up";
	*place = fd;
	return NULL;
}

/* The next name; names are separated by colons, the last one is "". */
static const char *
next_name(char **rest)
{
	const char *name = strsep(rest, ":");

	return name != NULL ? name : "";
}

static const char *
take_all(struct listen_sockets *s, const char *count, const char *names)
{
	const int fds =
	    count != NULL && strlen(count) == 1 ? count[0] - '0' : 0;
	char text[256], *rest = text;
	const char *wrong = NULL;

	if (fds < 1 || fds > LISTEN_SOCKETS_MAX)
		return "LISTEN_FDS is not 1 or 2";
	(void)snprintf(text, sizeof(text), "%s", names != NULL ? names : "");
	for (int i = 0; i < fds && wrong == NULL; i++)
		wrong = take_one(s, LISTEN_SOCKETS_FIRST + i, next_name(&rest));
	return wrong;
}

/* NULL: nothing was passed. */
static const char *
take_kept(const char *name, char *room, size_t size)
{
	const char *kept = getenv(name);

	if (kept == NULL)
		return NULL;
	(void)snprintf(room, size, "%s", kept);
	return room;
}

const char *
listen_sockets_take(struct listen_sockets *s)
{
	static char copies[COPIES_TEXT_MAX], limits[CONNECTIONS_TEXT_MAX];
	const char *wrong = "no socket was passed (LISTEN_PID, LISTEN_FDS); "
			    "start it by twofa-helper.socket, or as root with "
			    "--listen=PATH";

	*s = (struct listen_sockets){ .root = -1, .user = -1 };
	if (is_ours(getenv("LISTEN_PID")))
		wrong =
		    take_all(s, getenv("LISTEN_FDS"), getenv("LISTEN_FDNAMES"));
	s->copies = take_kept(COPIES, copies, sizeof(copies));
	s->limits = take_kept(LIMITS, limits, sizeof(limits));
	(void)clearenv();
	return wrong;
}

static void
keep_over_exec(const struct listen_sockets *s, int flags)
{
	if (s->root >= 0)
		(void)fcntl(s->root, F_SETFD, flags);
	if (s->user >= 0)
		(void)fcntl(s->user, F_SETFD, flags);
}

void
listen_sockets_pass(const struct listen_sockets *s, const char *path,
    char *const argv[], const char *copies, const char *limits)
{
	static char kept[COPIES_TEXT_MAX + sizeof(COPIES "=")];
	static char counted[CONNECTIONS_TEXT_MAX + sizeof(LIMITS "=")];
	const int first = s->user == LISTEN_SOCKETS_FIRST;
	const int two = s->user >= 0 && s->root >= 0;
	char pid[32], fds[32], names[64];
	char *envp[] = { pid, fds, names, kept, counted, NULL };
	int error;

	(void)snprintf(pid, sizeof(pid), "LISTEN_PID=%d", (int)getpid());
	(void)snprintf(fds, sizeof(fds), "LISTEN_FDS=%d", 1 + two);
	(void)snprintf(names, sizeof(names), "LISTEN_FDNAMES=%s%s%s",
	    first ? NAME_USER : NAME_ROOT, two ? ":" : "",
	    !two        ? ""
		: first ? NAME_ROOT
			: NAME_USER);
	(void)snprintf(kept, sizeof(kept), COPIES "=%s", copies);
	(void)snprintf(counted, sizeof(counted), LIMITS "=%s", limits);
	keep_over_exec(s, 0);
	(void)execve(path, argv, envp);
	error = errno;
	keep_over_exec(s, FD_CLOEXEC);
	errno = error;
}
