/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a host keeps while no server of its state is there, and tells it
 * afterwards: steps by maximum, wrong codes each once.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "helper/store/store_fleet.h"
#include "tests/support/statebox.h"
#include "tests/support/store_time.h"
#include "tests/support/unit_tests.h"

#define NOW INT64_C(1790000000)
#define STEP (NOW / 30)
#define SOURCE "192.0.2.0/24"

static const struct limits_of_guesses three = { 3, 3, 86400, 0 };

static int
attempt(struct statebox *b, int64_t step, int *claimed)
{
	static const unsigned char secret[STORE_CODE_DIGEST] = { 1, 2, 3 };
	const struct store_right right = {
		.user = "alice", .source = SOURCE, .provider = ""
	};
	const struct store_totp_attempt a = { .limits = &three,
		.secret = secret,
		.step = step,
		.right = &right };
	int64_t wait_s;

	store_time_wall(NOW);
	return (int)store_totp_attempt(b->s, &a, claimed, &wait_s);
}

static struct store_unreported
note(int64_t step)
{
	struct store_unreported u = {
		.user = "alice", .step = step, .secret = { 1, 2, 3 }
	};

	return u;
}

/* Of what was used elsewhere no step and no earlier one is taken. */
static void
a_step_of_elsewhere(void **state)
{
	struct store_unreported later = note(STEP), earlier = note(STEP - 5);
	struct statebox *b = *state;
	int claimed = -1;

	store_time_wall(NOW);
	assert_int_equal(store_totp_note(b->s, &later, true), 0);
	assert_int_equal(store_totp_note(b->s, &earlier, false), 0);
	assert_int_equal(attempt(b, STEP, &claimed), GUESS_OPEN);
	assert_int_equal(claimed, 0);
	assert_int_equal(attempt(b, STEP + 1, &claimed), GUESS_OPEN);
	assert_int_equal(claimed, 1);
}

static void
nothing_is_done(void **state)
{
	struct statebox *b = *state;
	int claimed = -1;

	if (store_noop(b->s) != 0)
		fail_msg("%s", store_cause(b->s));
	assert_int_equal(attempt(b, STEP, &claimed), GUESS_OPEN);
	assert_int_equal(claimed, 1);
	assert_int_equal(store_failure(b->s), STORE_FAILED_OTHERWISE);
}

/* A file's alone: three shut until they are told, whatever the time. */
static void
shut_until_told(void **state)
{
	struct store_unreported row[8];
	struct statebox *b = *state;
	int claimed = -1;

	store_set_lockout_limit(b->s, 3);
	for (int i = 0; i < 3; i++)
		assert_int_equal(attempt(b, 0, &claimed), GUESS_OPEN);
	assert_int_equal(attempt(b, STEP, &claimed), GUESS_LOCKED_OUT);
	assert_int_equal(store_unreported_list(b->s, row, 8), 1);
	assert_string_equal(row[0].user, "alice");
	assert_string_equal(row[0].source, SOURCE);
	assert_int_equal(row[0].step, 0);
	assert_int_equal(row[0].wrong, 3);
	row[0].wrong = 2; /* one came meanwhile: it stays */
	assert_int_equal(store_unreported_clear(b->s, &row[0]), 0);
	assert_int_equal(store_unreported_list(b->s, row, 8), 1);
	assert_int_equal(store_unreported_clear(b->s, &row[0]), 0);
	assert_int_equal(store_unreported_list(b->s, row, 8), 0);
	assert_int_equal(attempt(b, STEP, &claimed), GUESS_OPEN);
	assert_int_equal(claimed, 1);
}

/* A step is told once; one that the fleet knows, never. */
static void
steps_are_told(void **state)
{
	struct store_unreported row[8], known = note(STEP - 1);
	struct statebox *b = *state;
	int claimed = -1;

	store_time_wall(NOW);
	assert_int_equal(store_totp_note(b->s, &known, true), 0);
	assert_int_equal(store_unreported_list(b->s, row, 8), 0);
	assert_int_equal(attempt(b, STEP, &claimed), GUESS_OPEN);
	assert_int_equal(store_unreported_list(b->s, row, 8), 1);
	assert_int_equal(row[0].step, STEP);
	assert_memory_equal(row[0].secret, known.secret, STORE_CODE_DIGEST);
	assert_int_equal(store_unreported_clear(b->s, &row[0]), 0);
	assert_int_equal(store_unreported_list(b->s, row, 8), 0);
	assert_int_equal(attempt(b, STEP, &claimed), GUESS_OPEN);
	assert_int_equal(claimed, 0);
}

/* A server's alone. */
static void
told_twice_counts_once(void **state)
{
	struct store_unreported u = {
		.user = "alice", .source = SOURCE, .series = 7, .wrong = 2
	};
	const struct limits_of_guesses limits = { 5, 5, 60, 0 };
	struct statebox *b = *state;
	int64_t wait_s;

	if (!box_remote)
		return;
	store_time_wall(NOW);
	for (int i = 0; i < 3; i++)
		assert_int_equal(store_unreported_count(b->s, &u, &limits), 0);
	u.wrong = 4;
	assert_int_equal(store_unreported_count(b->s, &u, &limits), 0);
	assert_int_equal(
	    store_guess_look(b->s, "alice", SOURCE, &wait_s, NULL), GUESS_OPEN);
	u.series = 8;
	u.wrong = 1;
	/* so that an outage which somebody makes again and again opens no lock
	 */
	assert_int_equal(store_unreported_count(b->s, &u, &limits), 1);
	assert_int_equal(store_unreported_count(b->s, &u, &limits), 1);
	assert_int_equal(store_guess_look(b->s, "alice", SOURCE, &wait_s, NULL),
	    GUESS_LOCKED);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, box_set_up, box_tear_down)
#define FILE_TEST(f) BOX_FILE_TEST(f, box_set_up, box_tear_down)

BOX_TESTS(test_store_outage)
{
	const struct CMUnitTest tests[] = {
		TEST(a_step_of_elsewhere),
		TEST(nothing_is_done),
		FILE_TEST(shut_until_told),
		FILE_TEST(steps_are_told),
		TEST(told_twice_counts_once),
	};

	return BOX_RUN(tests);
}
