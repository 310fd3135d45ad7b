/* SPDX-License-Identifier: BSD-2-Clause */
/* Whose a crash or an exit is, while libconfig reads and at other times. */
#include "lib/settings/settings.h"
#include "lib/settings/settings_inside.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/support/unit_tests.h"

#define OTHERS 42 /* status by the handler that was there before */

static int line[2]; /* a pipe: what was told */

static void
tell(const char *text)
{
	(void)!write(line[1], text, strlen(text));
}

static void
others(int sig)
{
	(void)sig;
	_exit(OTHERS);
}

/* The exit status of a process that does this. */
static int
ends(void (*what)(void), char told[64])
{
	int status = 0;
	ssize_t n;
	pid_t pid;

	assert_int_equal(pipe(line), 0);
	pid = fork();
	if (pid == 0) {
		(void)signal(SIGSEGV, others);
		what();
		_exit(OTHERS + 1);
	}
	assert_true(pid > 0);
	close(line[1]);
	n = read(line[0], told, 63);
	told[n > 0 ? n : 0] = '\0';
	close(line[0]);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	return WEXITSTATUS(status);
}

static void
crash_within(void)
{
	crash_guard_init(tell);
	crash_guard_begin();
	(void)raise(SIGSEGV);
}

static void
exit_within(void)
{
	crash_guard_init(tell);
	crash_guard_begin();
	exit(0);
}

static void
crash_after(void)
{
	crash_guard_init(tell);
	crash_guard_begin();
	crash_guard_end();
	(void)raise(SIGSEGV);
}

static void
exit_after(void)
{
	crash_guard_init(tell);
	crash_guard_begin();
	crash_guard_end();
	exit(7);
}

static void
crash_unguarded(void)
{
	crash_guard_begin();
	(void)raise(SIGSEGV);
}

static void
within_it_is_told(void **state)
{
	static void (*const what[])(void) = { crash_within, exit_within };
	char told[64];

	(void)state;
	for (size_t i = 0; i < sizeof(what) / sizeof(what[0]); i++) {
		assert_int_equal(ends(what[i], told), EXIT_FAILURE);
		assert_memory_equal(told, "settings: no memory: ", 21);
	}
}

static void
at_other_times_it_is_as_ever(void **state)
{
	char told[64];

	(void)state;
	assert_int_equal(ends(crash_after, told), OTHERS);
	assert_string_equal(told, "");
	assert_int_equal(ends(exit_after, told), 7);
	assert_string_equal(told, "");
	assert_int_equal(ends(crash_unguarded, told), OTHERS);
	assert_string_equal(told, "");
}

UNIT_TESTS(test_crash_guard)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(within_it_is_told),
		cmocka_unit_test(at_other_times_it_is_as_ever),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
