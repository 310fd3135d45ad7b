/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Another process of the helper's own user, which wants into it:
 *
 *   intruder scan       traces whatever it can as soon as it appears, until its
 *                       input ends: "attached PID" for each helper
 *   intruder read PID   tries each way into that process, "NAME: result" each
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#define LIMIT_S 300
#define PIDS 4194304
#define NAME "/twofa-helper"

static bool done[PIDS];

static bool
is_helper(pid_t pid)
{
	char path[64], exe[PATH_MAX];
	const size_t want = strlen(NAME);
	ssize_t len;

	snprintf(path, sizeof(path), "/proc/%d/exe", (int)pid);
	len = readlink(path, exe, sizeof(exe));
	return len >= (ssize_t)want &&
	    memcmp(exe + len - want, NAME, want) == 0;
}

/* It is ours now, and let go at once. */
static void
attached(pid_t pid)
{
	int status = 0;

	if (is_helper(pid)) {
		printf("attached %d\n", (int)pid);
		fflush(stdout);
		done[pid] = true;
	}
	if (ptrace(PTRACE_INTERRUPT, pid, NULL, NULL) == 0 &&
	    waitpid(pid, &status, __WALL) == pid)
		ptrace(PTRACE_DETACH, pid, NULL, NULL);
}

static void
look_once(DIR *proc)
{
	const struct dirent *entry;

	rewinddir(proc);
	while ((entry = readdir(proc)) != NULL) {
		const long pid = strtol(entry->d_name, NULL, 10);

		if (pid <= 1 || pid >= PIDS || done[pid] || pid == getpid())
			continue;
		if (ptrace(PTRACE_SEIZE, (pid_t)pid, NULL, NULL) == 0)
			attached((pid_t)pid);
	}
}

static int
scan(void)
{
	struct pollfd input = { .fd = 0, .events = POLLIN };
	DIR *proc = opendir("/proc");

	if (proc == NULL)
		return 1;
	printf("ready\n");
	fflush(stdout);
	while (poll(&input, 1, 0) == 0)
		look_once(proc);
	closedir(proc);
	return 0;
}

static void
tell(const char *name, long result)
{
	printf("%s: %s\n", name, result < 0 ? strerror(errno) : "done");
}

static int
read_all(pid_t pid)
{
	static const char *const files[] = { "mem", "environ", "fd", "maps" };
	char byte, path[64];
	struct iovec here = { &byte, 1 }, there = { path, 1 };
	int fd;

	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		snprintf(path, sizeof(path), "/proc/%d/%s", (int)pid, files[i]);
		fd = open(path, O_RDONLY | O_CLOEXEC);
		tell(files[i], fd < 0 ? -1 : 0);
	}
	tell("process_vm_readv", process_vm_readv(pid, &here, 1, &there, 1, 0));
	tell("attach", ptrace(PTRACE_ATTACH, pid, NULL, NULL));
	tell("seize", ptrace(PTRACE_SEIZE, pid, NULL, NULL));
	fd = (int)syscall(SYS_pidfd_open, pid, 0);
	tell("pidfd_getfd", syscall(SYS_pidfd_getfd, fd, 3, 0));
	return 0;
}

int
main(int argc, char **argv)
{
	alarm(LIMIT_S);
	if (argc == 2 && strcmp(argv[1], "scan") == 0)
		return scan();
	if (argc == 3 && strcmp(argv[1], "read") == 0)
		return read_all((pid_t)strtol(argv[2], NULL, 10));
	fputs("usage: intruder scan | read PID\n", stderr);
	return 2;
}
