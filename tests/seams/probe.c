/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A helper that was taken over: once it has shut itself in, before the first
 * word to the person, it tries each line of /run/stage/probe, "WHAT WHERE", and
 * notes in the log how that went. So does a provider's broker, with the lines
 * of /run/stage/probe.broker.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/shm.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "helper/session/session.h"
#include "helper/broker/broker.h"
#include "helper/sandbox/sandbox.h"
#include "lib/system/system.h"
#include "tests/support/alone_calls.h"

#define LIST "/run/stage/probe"
#define LIST_MAX 8192

/* The linker has the product's functions under these names. */
void __real_login_confine(const struct login *);
void __wrap_login_confine(const struct login *);
void __real_confine_process(const struct settings *, bool alone);
void __wrap_confine_process(const struct settings *, bool alone);

static int
opened(const char *path, int flags)
{
	const int fd = open(path, flags | O_CLOEXEC, 0600);

	return fd < 0 ? -1 : close(fd);
}

/* All of this name; as the first that is not refused. */
static int
called(const char *name)
{
	const size_t count = sizeof(alone_calls) / sizeof(alone_calls[0]);

	for (size_t i = 0; i < count; i++) {
		const long *a = alone_calls[i].args;

		if (strcmp(alone_calls[i].name, name) == 0 &&
		    (syscall(alone_calls[i].number, a[0], a[1], a[2], a[3],
			 a[4], a[5]) != -1 ||
			errno != EPERM))
			return 0;
	}
	errno = EPERM;
	return -1;
}

/* 0, or -1 with errno. */
static int
probe(const char *what, const char *where)
{
	if (strcmp(what, "read") == 0)
		return opened(where, O_RDONLY);
	if (strcmp(what, "write") == 0)
		return opened(where, O_WRONLY | O_CREAT);
	if (strcmp(what, "list") == 0)
		return opened(where, O_RDONLY | O_DIRECTORY);
	if (strcmp(what, "unlink") == 0)
		return unlink(where);
	if (strcmp(what, "truncate") == 0)
		return truncate(where, 0);
	if (strcmp(what, "chmod") == 0)
		return chmod(where, 0666);
	if (strcmp(what, "kill") == 0)
		return kill(atoi(where), SIGTERM);
	if (strcmp(what, "ptrace") == 0)
		return (int)ptrace(PTRACE_ATTACH, atoi(where), NULL, NULL);
	if (strcmp(what, "shm") == 0)
		return shmget(IPC_PRIVATE, 4096, 0600) < 0 ? -1 : 0;
	if (strcmp(what, "packet") == 0)
		return socket(AF_PACKET, SOCK_RAW, 0) < 0 ? -1 : 0;
	if (strcmp(what, "datagram") == 0)
		return socket(AF_UNIX, SOCK_DGRAM, 0) < 0 ? -1 : 0;
	if (strcmp(what, "call") == 0)
		return called(where);
	errno = EINVAL;
	return -1;
}

static char lines[LIST_MAX];

/* Before it is shut. */
static void
lines_read(const char *path)
{
	const int list = open(path, O_RDONLY | O_CLOEXEC);
	const ssize_t size = read(list, lines, sizeof(lines) - 1);

	(void)close(list);
	lines[size > 0 ? size : 0] = '\0';
}

static void
lines_try(int pause_ms)
{
	char what[16], where[200];
	int used = 0;

	for (const char *line = lines;
	     sscanf(line, "%15s %199s\n%n", what, where, &used) == 2;
	     line += used) {
		log_notice("probe %s %s: %s", what, where,
		    probe(what, where) == 0 ? "done" : strerrorname_np(errno));
		(void)poll(NULL, 0, pause_ms);
	}
}

void
__wrap_login_confine(const struct login *l)
{
	lines_read(LIST);
	__real_login_confine(l);
	lines_try(0);
}

void
__wrap_confine_process(const struct settings *conf, bool alone)
{
	/* the process of a login comes from the one above */
	const bool broker = !broker_client_has_fd();

	if (broker)
		lines_read(LIST ".broker");
	__real_confine_process(conf, alone);
	if (broker)
		lines_try(30); /* the listener writes 40 in a second */
}
