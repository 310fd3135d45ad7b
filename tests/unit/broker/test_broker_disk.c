/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A state that cannot be written, as on a full disk: what fails was not
 * counted, so its reply says nothing of what was typed, and the login has no
 * guess by it.
 */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include <cmocka.h>

#include "tests/support/broker/keptbox.h"
#include "tests/support/unit_tests.h"

#define GUESSES "SELECT coalesce(max(wrong), 0) FROM guess"

/* No file of this process may grow, or be written. */
static void
disk_is_full(bool full)
{
	static struct rlimit before;
	struct rlimit none = { 1, 0 };

	if (!full) {
		assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
		signal(SIGXFSZ, SIG_DFL);
		return;
	}
	signal(SIGXFSZ, SIG_IGN);
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
	none.rlim_max = before.rlim_max;
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &none), 0);
}

/* Else codes would be tried without a count, and the guess of another login
 * would be taken back in the place of one that was not counted. */
static void
an_apps_code(void **state)
{
	struct broker_session *other = kept_bound("alice");
	struct broker_session *s = kept_bound("alice");
	struct broker_request ask = kept_any_ask();
	char code[8];

	(void)state;
	ask.guess = 0;
	assert_int_equal(kept_does(other, BROKER_GUESS_TAKE, &ask), GUESS_OPEN);
	kept_app(s, code);
	ask.number = code;
	disk_is_full(true);
	assert_int_equal(kept_does(s, BROKER_TOTP, &ask), GUESS_ERROR);
	disk_is_full(false);
	assert_int_equal(kept_got.claimed, 0);
	assert_int_equal(kept_got.guess, 0);
	assert_int_equal(box_sql(kept_box, GUESSES), 1);
	ask.guess = 1;
	kept_refused(
	    s, BROKER_GUESS_REFUND, &ask, "used a guess without a handle");
	assert_int_equal(box_sql(kept_box, GUESSES), 1);
	ask.guess = 0;
	assert_int_equal(kept_does(s, BROKER_TOTP, &ask), GUESS_OPEN);
	assert_int_equal(kept_got.claimed, 1);
}

UNIT_TESTS(test_broker_disk)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
		    an_apps_code, kept_set_up, kept_tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
