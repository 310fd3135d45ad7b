/* SPDX-License-Identifier: BSD-2-Clause */
#include "tests/support/unit_tests.h"

#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define FILES_MAX 32
#define LIMIT_S 600 /* of a file's tests; UNIT_LIMIT is another one */
#define CUTS_MAX 3  /* then the file ends */

extern char **environ;

static struct {
	const char *name;
	int (*run)(void);
} files[FILES_MAX];
static size_t count;

static void (*before)(void);

void
unit_tests_before(void (*begin)(void))
{
	before = begin;
}

void
unit_tests_add(const char *name, int (*run)(void))
{
	if (count == FILES_MAX)
		abort();
	files[count].name = name;
	files[count++].run = run;
}

static int
run_one(const char *name)
{
	for (size_t i = 0; i < count; i++) {
		if (strcmp(files[i].name, name) == 0)
			return files[i].run();
	}
	(void)fprintf(stderr, "no such file: %s\n", name);
	return 2;
}

/* False once the limit is over. */
static bool
ends_in_time(pid_t child)
{
	const char *limit = getenv("UNIT_LIMIT");
	const struct timespec most = { .tv_sec = limit != NULL ? atoi(limit)
							       : LIMIT_S };
	struct pollfd p = { .fd = (int)syscall(SYS_pidfd_open, child, 0),
		.events = POLLIN };
	const long rc = syscall(SYS_ppoll, &p, 1, &most, NULL, 0);

	(void)close(p.fd);
	return p.fd < 0 || rc != 0;
}

/* Some files replace fork, waitpid or exec; these calls they leave alone. To
 * cmocka SIGBUS is a failure of the test that runs: it says which one, and goes
 * on with the next. */
static int
run_apart(char *program, size_t nth)
{
	char name[64];
	char *argv[] = { program, name, NULL };
	siginfo_t end;
	pid_t child;

	(void)snprintf(name, sizeof(name), "%s", files[nth].name);
	if (posix_spawn(&child, "/proc/self/exe", NULL, NULL, argv, environ) !=
	    0)
		return 1;
	for (unsigned cuts = 0; !ends_in_time(child); cuts++) {
		(void)printf("# a test took too long\n");
		(void)fflush(stdout);
		(void)kill(child, cuts < CUTS_MAX ? SIGBUS : SIGKILL);
	}
	if (waitid(P_PID, (id_t)child, &end, WEXITED) != 0)
		return 1;
	if (end.si_code == CLD_EXITED && end.si_status == 0)
		return 0;
	(void)printf("# ended: %s %d\n",
	    end.si_code == CLD_EXITED ? "exit status" : "signal",
	    end.si_status);
	return 1;
}

int
main(int argc, char *argv[])
{
	int failed = 0;

	if (argc > 1)
		return run_one(argv[1]);
	if (before != NULL)
		before();
	for (size_t i = 0; i < count; i++) {
		(void)printf("# %s\n", files[i].name);
		(void)fflush(stdout);
		failed |= run_apart(argv[0], i);
	}
	return failed;
}
