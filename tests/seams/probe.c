/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A helper that was taken over: once it has shut itself in, before the first
 * word to the person, it tries each line of /run/stage/probe, "WHAT WHERE", and
 * notes in the log how that went.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/shm.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "helper/dialogue/dialogue.h"
#include "lib/system/system.h"

#define LIST "/run/stage/probe"

/* The linker has the product's function under this name. */
void __real_login_shut_in(const struct login *);
void __wrap_login_shut_in(const struct login *);

static int
opened(const char *path, int flags)
{
	const int fd = open(path, flags | O_CLOEXEC, 0600);

	return fd < 0 ? -1 : close(fd);
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
	errno = EINVAL;
	return -1;
}

void
__wrap_login_shut_in(const struct login *l)
{
	FILE *list = fopen(LIST, "re");
	char what[16], where[200];

	__real_login_shut_in(l);

	while (list != NULL && fscanf(list, "%15s %199s", what, where) == 2)
		log_notice("probe %s %s: %s", what, where,
		    probe(what, where) == 0 ? "done" : strerrorname_np(errno));
	if (list != NULL)
		(void)fclose(list);
}
