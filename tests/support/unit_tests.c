/* SPDX-License-Identifier: BSD-2-Clause */
#include "tests/support/unit_tests.h"

#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define FILES_MAX 32

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

/* Some files replace fork, waitpid or exec; these calls they leave alone. */
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
