/* SPDX-License-Identifier: BSD-2-Clause */
/* What holds a helper, by its settings. Each try is a process of its own. */
#include "helper/sandbox/sandbox.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "helper/sandbox/sandbox_inside.h"
#include "lib/settings/settings.h"
#include "tests/support/unit_tests.h"

/* The process's end: 10 for the filter, 1 for Landlock. */
static int
held(bool off, bool filtered)
{
	struct settings conf = { .state = "/var/lib/twofa/state.db",
		.state_dir = "/var/lib/twofa",
		.sandbox_off = off };
	int status = 0;
	pid_t pid;

	fflush(NULL);
	pid = fork();
	if (pid == 0) {
		prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
		if (filtered)
			(void)filter_install();
		sandbox_enter(&conf);
		_exit((filter_state() == FILTER_ON ? 10 : 0) +
		    (landlock_state() == LANDLOCK_ON ? 1 : 0));
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	return WEXITSTATUS(status);
}

static void
as_the_settings_say(void **state)
{
	(void)state;
	if (SANITIZED)
		skip();
	assert_int_equal(held(false, false), 11);
	assert_int_equal(held(true, false), 0);
}

/* A peer that is not root has no part in "off". */
static void
who_has_the_filter_is_held(void **state)
{
	(void)state;
	if (SANITIZED)
		skip();
	assert_int_equal(held(false, true), 11);
	assert_int_equal(held(true, true), 11);
}

UNIT_TESTS(test_sandbox)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(as_the_settings_say),
		cmocka_unit_test(who_has_the_filter_is_held),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
