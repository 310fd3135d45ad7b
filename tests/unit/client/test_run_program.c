/* SPDX-License-Identifier: BSD-2-Clause */
/* Programs that twofactl runs: what they print, and how they end. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/wire/wire.h"
#include "tests/support/unit_tests.h"
#include "twofactl/client/client.h"

static char out[256];

static int
sh(const char *script, int timeout_s)
{
	const char *const argv[] = { "/bin/sh", "-c", script, NULL };
	const struct program p = { .argv = argv, .timeout_s = timeout_s };

	return run_program(&p, out, sizeof(out));
}

static void
test_output(void **state)
{
	(void)state;
	assert_int_equal(sh("echo out; echo err >&2; exit 3", 20), 3);
	assert_string_equal(out, "out\nerr\n");
	assert_int_equal(sh("", 20), 0);
	assert_string_equal(out, "");
}

static void
test_surroundings(void **state)
{
	(void)state;
	assert_int_equal(setenv("SECRET_OF_THE_CALLER", "x", 1), 0);
	assert_int_equal(dup2(STDERR_FILENO, 50), 50);
	assert_int_equal(sh("echo \"$SECRET_OF_THE_CALLER$PATH\"; pwd; read x; "
			    "echo /proc/$$/fd/*",
			     20),
	    0);
	assert_int_equal(
	    strncmp(out, "/usr/sbin:/usr/bin:/sbin:/bin\n/\n", 32), 0);
	assert_null(strstr(out, "/fd/50"));
	assert_int_equal(close(50), 0);
}

static void
test_not_there(void **state)
{
	const char *const argv[] = { "/no/such/program", NULL };
	const struct program p = { .argv = argv, .timeout_s = 20 };

	(void)state;
	assert_int_equal(run_program(&p, out, sizeof(out)), 127);
}

static void
test_signal(void **state)
{
	(void)state;
	assert_int_equal(sh("kill -9 $$", 20), PROGRAM_KILLED);
}

static void
test_too_much(void **state)
{
	(void)state;
	assert_int_equal(sh("yes", 20), PROGRAM_KILLED);
	assert_true(strlen(out) < sizeof(out));
}

static void
test_too_long(void **state)
{
	int64_t begun = frame_clock_ms();

	(void)state;
	assert_int_equal(sh("echo begun; exec sleep 1000", 1), PROGRAM_KILLED);
	assert_string_equal(out, "begun\n");
	assert_in_range(frame_clock_ms() - begun, 1000, 20000);
}

/* It closes its output, and stays. */
static void
test_silent(void **state)
{
	int64_t begun = frame_clock_ms();

	(void)state;
	assert_int_equal(
	    sh("echo begun; exec >&- 2>&-; exec sleep 30", 1), PROGRAM_KILLED);
	assert_string_equal(out, "begun\n");
	assert_in_range(frame_clock_ms() - begun, 1000, 20000);
}

/* Of a session of its own it has no terminal, whatever ours is. */
static void
test_no_terminal(void **state)
{
	(void)state;
	assert_int_equal(sh("read -r pid name state parent group session rest "
			    "< /proc/$$/stat; echo $((session - pid))",
			     20),
	    0);
	assert_string_equal(out, "0\n");
}

UNIT_TESTS(test_run_program)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_output),
		cmocka_unit_test(test_surroundings),
		cmocka_unit_test(test_not_there),
		cmocka_unit_test(test_signal),
		cmocka_unit_test(test_too_much),
		cmocka_unit_test(test_too_long),
		cmocka_unit_test(test_silent),
		cmocka_unit_test(test_no_terminal),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
