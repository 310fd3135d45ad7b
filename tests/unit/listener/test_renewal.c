/* SPDX-License-Identifier: BSD-2-Clause */
/* When a helper that listens starts itself again. */
#include "helper/listener/listener_inside.h"

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>

#include <cmocka.h>

#include "tests/support/unit_tests.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))
#define BEGUN 5000

static struct listener_renewal renewal;

static int
fresh(void **state)
{
	(void)state;
	memset(&renewal, 0, sizeof(renewal));
	renewal.since = BEGUN;
	return 0;
}

static void
test_after_100_logins(void **state)
{
	(void)state;
	for (int i = 0; i < LISTENER_RENEWAL_LOGINS; i++) {
		assert_false(listener_renewal_is_due(&renewal, BEGUN));
		listener_renewal_note_exit(&renewal, W_EXITCODE(0, 0));
	}
	assert_true(listener_renewal_is_due(&renewal, BEGUN));
}

static void
test_after_10_minutes_with_a_login(void **state)
{
	(void)state;
	assert_int_equal(listener_renewal_next(&renewal), INT64_MAX);
	assert_false(listener_renewal_is_due(
	    &renewal, BEGUN + 100 * LISTENER_RENEWAL_MS));
	listener_renewal_note_exit(&renewal, W_EXITCODE(1, 0));
	assert_int_equal(
	    listener_renewal_next(&renewal), BEGUN + LISTENER_RENEWAL_MS);
	assert_false(
	    listener_renewal_is_due(&renewal, BEGUN + LISTENER_RENEWAL_MS - 1));
	assert_true(
	    listener_renewal_is_due(&renewal, BEGUN + LISTENER_RENEWAL_MS));
}

static void
test_when_wanted(void **state)
{
	(void)state;
	renewal.wanted = true;
	assert_true(listener_renewal_is_due(&renewal, BEGUN));
}

static void
test_after_a_crash(void **state)
{
	static const int crashes[] = { SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGABRT,
		SIGTRAP, SIGSYS };

	for (size_t i = 0; i < COUNT(crashes); i++) {
		(void)fresh(state);
		listener_renewal_note_exit(&renewal, W_EXITCODE(0, crashes[i]));
		assert_true(listener_renewal_is_due(&renewal, BEGUN));
		(void)fresh(state);
		listener_renewal_note_exit(
		    &renewal, W_EXITCODE(0, crashes[i]) | WCOREFLAG);
		assert_true(listener_renewal_is_due(&renewal, BEGUN));
	}
}

/* Ends that tell nothing of the memory; exit statuses that look like signals.
 */
static void
test_not_after_other_ends(void **state)
{
	static const int statuses[] = { W_EXITCODE(0, SIGKILL),
		W_EXITCODE(0, SIGALRM), W_EXITCODE(0, SIGTERM),
		W_EXITCODE(0, SIGXCPU), W_EXITCODE(SIGSEGV, 0),
		W_EXITCODE(128 + SIGSEGV, 0), W_EXITCODE(1, 0) };

	(void)state;
	for (size_t i = 0; i < COUNT(statuses); i++)
		listener_renewal_note_exit(&renewal, statuses[i]);
	assert_false(listener_renewal_is_due(&renewal, BEGUN));
}

/* A file that cannot be executed: the process goes on, and counts again. */
static void
test_no_such_file(void **state)
{
	const struct listener_sockets none = { .root = -1, .user = -1 };
	const struct listener_workers nobody = { 0 };
	const struct listener_limits limits = { 0 };
	char *argv[] = { NULL };

	(void)state;
	strcpy(renewal.file.path, "/nonexistent/twofa-helper");
	renewal.wanted = renewal.crashed = true;
	renewal.logins = LISTENER_RENEWAL_LOGINS;
	listener_renewal_exec(
	    &renewal, &none, &nobody, &limits, argv, BEGUN + 7);
	assert_false(
	    listener_renewal_is_due(&renewal, BEGUN + 7 + LISTENER_RENEWAL_MS));
	assert_int_equal(renewal.since, BEGUN + 7);
}

UNIT_TESTS(test_renewal)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_after_100_logins, fresh),
		cmocka_unit_test_setup(
		    test_after_10_minutes_with_a_login, fresh),
		cmocka_unit_test_setup(test_when_wanted, fresh),
		cmocka_unit_test_setup(test_after_a_crash, fresh),
		cmocka_unit_test_setup(test_not_after_other_ends, fresh),
		cmocka_unit_test_setup(test_no_such_file, fresh),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
