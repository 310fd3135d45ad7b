/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Where a process's state is read from.
 */
#include "tests/host/snapshot.h"

#include <dirent.h>
#include <fcntl.h>
#include <locale.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <unistd.h>

extern char **environ;

static void __attribute__((format(printf, 2, 3)))
add(char *text, const char *fmt, ...)
{
	const size_t len = strlen(text);
	va_list args;

	va_start(args, fmt);
	(void)vsnprintf(text + len, SNAPSHOT_MAX - len, fmt, args);
	va_end(args);
}

static void
add_fds(char *text)
{
	for (int fd = 0; fd < 1024; fd++) {
		char path[64], target[256];
		ssize_t n;

		(void)snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
		n = readlink(path, target, sizeof(target) - 1);
		if (n < 0)
			continue;
		target[n] = '\0';
		add(text, "fd %d %s flags %d\n", fd, target,
		    fcntl(fd, F_GETFD));
	}
}

/* The lines of a /proc file that begin with one of the words. */
static void
add_lines(char *text, const char *path, const char *const *words)
{
	char line[1024];
	FILE *f = fopen(path, "re");

	if (f == NULL)
		return;
	while (fgets(line, sizeof(line), f) != NULL) {
		for (int i = 0; words[i] != NULL; i++) {
			if (strncmp(line, words[i], strlen(words[i])) == 0)
				add(text, "%s", line);
		}
	}
	(void)fclose(f);
}

/* The C library sets this one when pam_unix puts an action back. */
#define RESTORER 0x04000000ul

static void
add_signals(char *text)
{
	for (int sig = 1; sig <= 64; sig++) {
		unsigned long action[4] = { 0 };

		if (syscall(SYS_rt_sigaction, sig, NULL, action, 8UL) == 0)
			add(text, "signal %d %lx %lx %lx\n", sig, action[0],
			    action[1] & ~RESTORER, action[3]);
	}
}

static void
add_children(char *text)
{
	char path[64], list[512] = "";
	const pid_t self = getpid();
	int fd;

	(void)snprintf(path, sizeof(path), "/proc/%d/task/%d/children",
	    (int)self, (int)self);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd >= 0) {
		const ssize_t n = read(fd, list, sizeof(list) - 1);

		list[n > 0 ? n : 0] = '\0';
		(void)close(fd);
	}
	add(text, "children %s\n", fd < 0 ? "unknown" : list);
}

static void
add_limits(char *text)
{
	for (int i = 0; i < (int)RLIM_NLIMITS; i++) {
		struct rlimit limit = { 0, 0 };

		(void)getrlimit((__rlimit_resource_t)i, &limit);
		add(text, "limit %d %lu %lu\n", i, limit.rlim_cur,
		    limit.rlim_max);
	}
}

void
snapshot_take(char text[SNAPSHOT_MAX])
{
	static const char *const words[] = { "Uid", "Gid", "Groups", "Threads",
		"SigBlk", "SigIgn", "SigCgt", "SigPnd", "ShdPnd", "CapEff",
		"NoNewPrivs", NULL };
	char cwd[4096];
	struct itimerval timer;
	const mode_t mask = umask(0);

	(void)umask(mask);
	text[0] = '\0';
	add(text, "umask %o\n", (unsigned)mask);
	add(text, "cwd %s\n", getcwd(cwd, sizeof(cwd)));
	add(text, "locale %s\n", setlocale(LC_ALL, NULL));
	add(text, "session %d group %d\n", (int)getsid(0), (int)getpgrp());
	(void)getitimer(ITIMER_REAL, &timer);
	add(text, "timer %ld\n", (long)timer.it_interval.tv_sec);
	for (char **e = environ; e != NULL && *e != NULL; e++)
		add(text, "env %s\n", *e);
	add_fds(text);
	add_lines(text, "/proc/self/status", words);
	add_signals(text);
	add_children(text);
	add_limits(text);
}

/* Print the lines of a that b has not; true when there is none. */
static bool
lines_within(const char *a, const char *b, const char *what, int out)
{
	bool all = true;

	while (*a != '\0') {
		const size_t len = strcspn(a, "\n");
		char line[4200];

		(void)snprintf(
		    line, sizeof(line), "%.*s\n", (int)(len & 4095), a);
		if (strstr(b, line) == NULL) {
			(void)dprintf(out, "changed %s: %s", what, line);
			all = false;
		}
		a += len + 1;
	}
	return all;
}

bool
snapshot_same(const char *before, const char *after, int out)
{
	const bool gone = !lines_within(before, after, "before", out);
	const bool come = !lines_within(after, before, "after", out);

	return !gone && !come;
}

long
snapshot_memory(void)
{
	static const char *const words[] = { "RssAnon", NULL };
	static char text[SNAPSHOT_MAX];

	text[0] = '\0';
	add_lines(text, "/proc/self/status", words);
	return strtol(text + strcspn(text, "0123456789"), NULL, 10);
}
