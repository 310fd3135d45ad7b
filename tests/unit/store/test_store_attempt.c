/* SPDX-License-Identifier: BSD-2-Clause */
/* A guess and a try at once: both count, or neither. */
#include "helper/store/store.h"

#include "tests/support/statebox.h"
#include "tests/support/store_time.h"
#include "tests/support/unit_tests.h"

#define WALL INT64_C(1790000000)
#define NOW INT64_C(1000000)
#define HOME "192.0.2.0/24"

static const struct limits_of_guesses limits = { 4, 30, 900, 0 };

/* A running verification of alice's, the first of its file. */
static int64_t
running(struct store *s)
{
	const struct store_key key = { "alice", "+12025550100", "one", "type",
		{ NULL } };
	struct store_row row;

	assert_int_equal(
	    at_claim(s, &key, METHOD_ALL, METHOD_SMS, 1, NOW, 15000, &row),
	    CLAIM_NEW);
	assert_int_equal(
	    at_started(s, row.id, 1, "req-1", METHOD_SMS, NOW, NOW + 300000, 0),
	    0);
	return row.id;
}

static bool
attempt(struct store *s, int64_t id, int64_t now, struct store_attempted *out)
{
	const struct store_attempt a = { "alice", HOME, &limits, id, 3, NULL };

	return at_attempt(s, &a, WALL, now, out);
}

static void
both_or_neither(void **state)
{
	struct statebox *b = *state;
	int64_t id = running(b->s);
	struct store_attempted out;

	for (unsigned i = 1; i <= 3; i++) {
		assert_true(attempt(b->s, id, NOW, &out));
		assert_int_equal(out.guess, GUESS_OPEN);
		assert_int_equal(out.tried, TRY_COUNTED);
		assert_int_equal(out.row.tries, i);
		assert_string_equal(out.row.request_id, "req-1");
		assert_true(out.token.counted);
	}
	/* the verification has no more: no guess is counted */
	assert_false(attempt(b->s, id, NOW, &out));
	assert_int_equal(out.guess, GUESS_OPEN);
	assert_int_equal(out.tried, TRY_FULL);
	assert_false(out.token.counted);
	assert_int_equal(
	    box_sql(b, "SELECT wrong FROM guess WHERE source = ''"), 3);
	assert_false(attempt(b->s, id, NOW + 300000, &out));
	assert_int_equal(out.tried, TRY_EXPIRED);
	assert_false(attempt(b->s, 4711, NOW, &out));
	assert_int_equal(out.tried, TRY_GONE);
	assert_int_equal(
	    box_sql(b, "SELECT wrong FROM guess WHERE source = ''"), 3);
}

static void
locked(void **state)
{
	struct statebox *b = *state;
	int64_t id = running(b->s), wait_s;
	struct store_guess_token token;
	struct store_attempted out;

	for (unsigned i = 0; i < limits.after; i++)
		at_guess_take(
		    b->s, "alice", HOME, &limits, WALL, &token, &wait_s);
	assert_false(attempt(b->s, id, NOW, &out));
	assert_int_equal(out.guess, GUESS_LOCKED);
	assert_int_equal(out.wait_s, 900);
	assert_int_equal(out.tried, TRY_ERROR);
	assert_int_equal(box_sql(b, "SELECT tries FROM verification"), 0);
	/* what the token is for */
	assert_int_equal(store_guess_refund(b->s,
			     &(struct store_counted){ "alice", HOME, &token }),
	    0);
	assert_true(attempt(b->s, id, NOW, &out));
	assert_true(out.token.locked[GUESS_SOURCE]);
	assert_int_equal(
	    store_guess_refund(
		b->s, &(struct store_counted){ "alice", HOME, &out.token }),
	    0);
	assert_true(attempt(b->s, id, NOW, &out));
}

/* Not evaluated: guess and try in one step, or the guess with the end of the
 * verification, which is taken back though the row is gone. */
static void
both_back(void **state)
{
	struct statebox *b = *state;
	int64_t id = running(b->s);
	struct store_attempted out;
	const struct store_counted back = { "alice", HOME, &out.token };

	assert_true(attempt(b->s, id, NOW, &out));
	assert_int_equal(store_row_refund_try(b->s, id, "req-1", &back), 0);
	assert_int_equal(box_sql(b, "SELECT tries FROM verification"), 0);
	assert_int_equal(box_sql(b, "SELECT count(*) FROM guess"), 0);
	assert_true(attempt(b->s, id, NOW, &out));
	assert_int_equal(store_row_spend(b->s, id, "req-1", 5000, &back), 1);
	assert_int_equal(
	    box_sql(b, "SELECT state = 'spent' FROM verification"), 1);
	assert_int_equal(box_sql(b, "SELECT tries FROM verification"), 1);
	assert_int_equal(box_sql(b, "SELECT count(*) FROM guess"), 0);
	id = box_sql(b,
	    "UPDATE verification SET state = 'running', tries = 0"
	    " RETURNING id");
	assert_true(attempt(b->s, id, NOW, &out));
	assert_int_equal(store_row_spend(b->s, id, "another", 5000, &back), 0);
	assert_int_equal(box_sql(b, "SELECT count(*) FROM guess"), 0);
}

/* What cannot be taken back as a whole is not taken back. */
static void
neither_back(void **state)
{
	struct statebox *b = *state;
	int64_t id = running(b->s);
	struct store_attempted out;
	const struct store_counted back = { "alice", HOME, &out.token };

	assert_true(attempt(b->s, id, NOW, &out));
	box_sql(b,
	    "CREATE TRIGGER stop BEFORE UPDATE ON guess"
	    " BEGIN SELECT RAISE(ABORT, 'stop'); END");
	assert_int_equal(store_row_refund_try(b->s, id, "req-1", &back), -1);
	assert_int_equal(store_row_spend(b->s, id, "req-1", 5000, &back), -1);
	assert_int_equal(box_sql(b, "SELECT tries FROM verification"), 1);
	assert_int_equal(box_sql(b,
			     "SELECT state = 'running'"
			     " FROM verification"),
	    1);
	box_sql(b, "DROP TRIGGER stop");
	assert_int_equal(store_row_refund_try(b->s, id, "req-1", &back), 0);
	assert_int_equal(box_sql(b, "SELECT tries FROM verification"), 0);
}

/* The clock was set back: the lock begins anew, though nobody looks. */
static void
locked_clock_back(void **state)
{
	struct statebox *b = *state;
	int64_t id = running(b->s), wait_s;
	struct store_guess_token token;
	struct store_attempted out;

	for (unsigned i = 0; i < limits.after; i++)
		at_guess_take(
		    b->s, "alice", HOME, &limits, WALL + 3600, &token, &wait_s);
	assert_false(attempt(b->s, id, NOW, &out));
	assert_int_equal(out.guess, GUESS_LOCKED);
	assert_int_equal(out.wait_s, 900);
	assert_int_equal(
	    at_guess_look(b->s, "alice", HOME, WALL + 100, &wait_s),
	    GUESS_LOCKED);
	assert_int_equal(wait_s, 800);
}

static void
no_limits(void **state)
{
	const struct limits_of_guesses none = { 0, 0, 0, 0 };
	struct statebox *b = *state;
	const struct store_attempt a = { "alice", HOME, &none, running(b->s), 3,
		NULL };
	struct store_attempted out;

	assert_false(at_attempt(b->s, &a, WALL, NOW, &out));
	assert_int_equal(out.guess, GUESS_ERROR);
	assert_int_equal(box_sql(b, "SELECT tries FROM verification"), 0);
}

static int64_t tried; /* the id */

static int
do_attempt(struct store *s, const struct statebox *b, int n)
{
	struct store_attempted out;
	bool counted = attempt(s, tried, NOW, &out);

	(void)b;
	(void)n;
	if (out.guess == GUESS_ERROR)
		return BOX_FAILED;
	return counted;
}

static void
many_attempts(void **state)
{
	struct statebox *b = *state;
	unsigned count[256];

	tried = running(b->s);
	box_all_at_once(b, do_attempt, BOX_CROWD, count);
	assert_int_equal(count[1], 3);
	assert_int_equal(count[0], BOX_CROWD - 3);
	assert_int_equal(
	    box_sql(b, "SELECT wrong FROM guess WHERE source = ''"), 3);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, box_set_up, box_tear_down)
#define FILE_TEST(f) BOX_FILE_TEST(f, box_set_up, box_tear_down)

/* Two checks of one code: the second's guess takes the first's place, which may
 * have locked; where it does not count, or others have locked, that stays. */
static void
in_the_place_of_another(void **state)
{
	static const struct limits_of_guesses one = { 1, 100, 60, 0 };
	struct statebox *b = *state;
	int64_t wait_s, id = running(b->s);
	struct store_guess_token first;
	const struct store_counted back = { "alice", HOME, &first };
	struct store_attempt a = { "alice", HOME, &one, id, 1, &back };
	struct store_attempted out;

	assert_int_equal(
	    store_guess_take(b->s, "alice", HOME, &one, &first, &wait_s),
	    GUESS_OPEN);
	assert_true(at_attempt(b->s, &a, WALL, NOW, &out));
	assert_int_equal(
	    store_guess_look(b->s, "alice", HOME, &wait_s, NULL), GUESS_LOCKED);
	/* that place is taken: no lock is undone twice */
	assert_false(at_attempt(b->s, &a, WALL, NOW, &out));
	assert_int_equal(out.guess, GUESS_LOCKED);
	first = out.token;
	store_guess_reset_after_right(b->s, "alice", HOME);
	assert_int_equal(
	    store_guess_take(b->s, "alice", HOME, &one, &first, &wait_s),
	    GUESS_OPEN);
	/* no more tries: it stays */
	assert_false(at_attempt(b->s, &a, WALL, NOW, &out));
	assert_int_equal(out.tried, TRY_FULL);
	assert_int_equal(
	    store_guess_look(b->s, "alice", HOME, &wait_s, NULL), GUESS_LOCKED);
}

BOX_TESTS(test_store_attempt)
{
	const struct CMUnitTest tests[] = {
		TEST(both_or_neither),
		TEST(in_the_place_of_another),
		TEST(locked),
		TEST(both_back),
		FILE_TEST(neither_back),
		TEST(locked_clock_back),
		TEST(no_limits),
		TEST(many_attempts),
	};

	return BOX_RUN(tests);
}
