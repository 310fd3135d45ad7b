/* SPDX-License-Identifier: BSD-2-Clause */
/* The timer that interrupts a close. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "helper/broker/broker.h"
#include "tests/support/unit_tests.h"

/* A worker, which SIGALRM ends, is forked by a process that has used it. */
static void
test_in_a_worker(void **state)
{
	int status = -1;
	pid_t pid;

	(void)state;
	broker_control_hasten(true);
	broker_control_hasten(false);
	pid = fork();
	if (pid == 0) {
		(void)signal(SIGALRM, SIG_DFL);
		broker_control_hasten(true);
		(void)pause(); /* as a close that the timer interrupts */
		broker_control_hasten(false);
		_exit(signal(SIGALRM, SIG_IGN) == SIG_DFL ? 7 : 1);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 7);
}

/* What the timer sent comes late, as under valgrind. */
static void
test_a_late_signal(void **state)
{
	int status = -1;
	const pid_t pid = fork();

	(void)state;
	if (pid == 0) {
		sigset_t alarms, pending;

		(void)sigemptyset(&alarms);
		(void)sigaddset(&alarms, SIGALRM);
		(void)sigprocmask(SIG_BLOCK, &alarms, NULL);
		broker_control_hasten(true);
		do
			(void)sigpending(&pending);
		while (sigismember(&pending, SIGALRM) == 0);
		broker_control_hasten(false);
		(void)sigprocmask(SIG_UNBLOCK, &alarms, NULL);
		_exit(7);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 7);
}

UNIT_TESTS(test_broker_control)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_in_a_worker),
		cmocka_unit_test(test_a_late_signal),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
