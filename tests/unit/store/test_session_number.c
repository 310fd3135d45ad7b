/* SPDX-License-Identifier: BSD-2-Clause */
/* Whose row it is, and whether that process is still there. */
#include "helper/store/store.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/support/unit_tests.h"

#define PID_BITS 22
#define SPACE_BITS 16

static void
test_alive(void **state)
{
	(void)state;
	assert_true(store_process_id_new(getpid()) > 0);
	assert_int_not_equal(
	    store_process_id_new(getpid()), store_process_id_new(getpid()));
	assert_false(store_process_is_dead(store_process_id_new(getpid())));
	assert_false(store_process_is_dead(0));
}

/* Each of its 63 bits, in one process. */
static void
test_random(void **state)
{
	int64_t always = INT64_MAX, ever = 0, number;

	(void)state;
	for (int i = 0; i < 128; i++) {
		number = store_session_id_new();
		assert_true(number > 0);
		always &= number;
		ever |= number;
	}
	assert_int_equal(always, 0);
	assert_int_equal(ever, INT64_MAX);
}

/* What the process of a child was called that has ended. */
static int64_t
ended_child(void)
{
	int pipes[2];
	int64_t number = 0;
	pid_t pid;

	assert_int_equal(pipe(pipes), 0);
	pid = fork();
	if (pid == 0) {
		number = store_process_id_new(getpid());
		_exit(
		    write(pipes[1], &number, sizeof(number)) != sizeof(number));
	}
	assert_int_equal(read(pipes[0], &number, sizeof(number)), 8);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
	close(pipes[0]);
	close(pipes[1]);
	return number;
}

static void
test_dead(void **state)
{
	(void)state;
	assert_true(store_process_is_dead(ended_child()));
}

/* Nobody here has that pid; there, somebody may. */
static void
test_another_namespace(void **state)
{
	const int64_t dead = ended_child();

	(void)state;
	for (int bit = PID_BITS; bit < PID_BITS + SPACE_BITS; bit++)
		assert_false(store_process_is_dead(dead ^ (INT64_C(1) << bit)));
	assert_false(store_process_is_dead(
	    dead & ~(((INT64_C(1) << SPACE_BITS) - 1) << PID_BITS)));
}

UNIT_TESTS(test_session_number)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_alive),
		cmocka_unit_test(test_random),
		cmocka_unit_test(test_dead),
		cmocka_unit_test(test_another_namespace),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
