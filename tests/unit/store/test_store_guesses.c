/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The account of wrong codes: each limit one below, at and one above, doubling,
 * refunds, right codes, moved clocks, and many processes at once.
 */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <string.h>

#include <cmocka.h>

#include "tests/support/plain_claims.h"
#include "tests/support/statebox.h"
#include "tests/support/store_time.h"
#include "tests/support/unit_tests.h"

#define NOW INT64_C(1790000000)
#define HOME "192.0.2.0/24"
#define AWAY "2001:db8:1:2::/64"
#define LOCK 900
#define HOUR 3600

static const struct limits_of_guesses limits = { 6, 30, LOCK, 0 };

static struct store_guess_token token;

static enum store_guess
take(struct statebox *b, const char *source, int64_t wall, int64_t *wait_s)
{
	return at_guess_take(
	    b->s, "alice", source, &limits, wall, &token, wait_s);
}

static void
open_now(struct statebox *b, const char *source, int64_t wall)
{
	int64_t wait_s = 99;

	assert_int_equal(take(b, source, wall, &wait_s), GUESS_OPEN);
	assert_int_equal(wait_s, 0);
	assert_true(token.counted);
}

/* Both the look and the count say so, and the count counts nothing. */
static void
locked(struct statebox *b, const char *source, int64_t wall, int64_t want)
{
	int64_t wait_s = 99;

	assert_int_equal(
	    at_guess_look(b->s, "alice", source, wall, &wait_s), GUESS_LOCKED);
	assert_int_equal(wait_s, want);
	assert_int_equal(take(b, source, wall, &wait_s), GUESS_LOCKED);
	assert_int_equal(wait_s, want);
	assert_false(token.counted);
}

static void
looks_open(struct statebox *b, const char *source, int64_t wall)
{
	int64_t wait_s = 99;

	assert_int_equal(
	    at_guess_look(b->s, "alice", source, wall, &wait_s), GUESS_OPEN);
	assert_int_equal(wait_s, 0);
}

static void
guesses(struct statebox *b, const char *source, int count, int64_t wall)
{
	for (int i = 0; i < count; i++)
		open_now(b, source, wall);
}

static void
per_source(void **state)
{
	struct statebox *b = *state;

	guesses(b, HOME, 5, NOW);
	assert_false(token.locked[GUESS_SOURCE]);
	looks_open(b, HOME, NOW); /* one below */
	open_now(b, HOME, NOW);   /* at the limit: checked, and locks */
	assert_true(token.locked[GUESS_SOURCE]);
	assert_false(token.locked[GUESS_TOTAL]);
	locked(b, HOME, NOW, LOCK); /* one above */
	locked(b, HOME, NOW + 1, LOCK - 1);
	locked(b, HOME, NOW + LOCK - 1, 1);
	looks_open(b, HOME, NOW + LOCK);
	/* only this source, only this user */
	open_now(b, AWAY, NOW);
	assert_int_equal(at_guess_take(b->s, "bob", HOME, &limits, NOW, &token,
			     &(int64_t){ 0 }),
	    GUESS_OPEN);
}

/* After a lock each further one locks again: 15, 30, 60 ... 1,440 minutes. */
static void
doubling(void **state)
{
	static const int64_t minutes[] = { 15, 30, 60, 120, 240, 480, 960, 1440,
		1440, 1440 };
	struct statebox *b = *state;
	int64_t wall = NOW;

	guesses(b, HOME, 5, wall);
	for (size_t i = 0; i < sizeof(minutes) / sizeof(minutes[0]); i++) {
		open_now(b, HOME, wall);
		assert_true(token.locked[GUESS_SOURCE]);
		locked(b, HOME, wall, minutes[i] * 60);
		locked(b, HOME, wall + minutes[i] * 60 - 1, 1);
		wall += minutes[i] * 60;
	}
	/* a right one, and the first lock is short again */
	assert_int_equal(store_guess_reset_after_right(b->s, "alice", HOME), 0);
	guesses(b, HOME, 6, wall);
	locked(b, HOME, wall, LOCK);
}

static void
long_first_lock(void **state)
{
	const struct limits_of_guesses day = { 1, 30, 2 * LIMITS_LOCK_MAX_S,
		0 };
	struct statebox *b = *state;
	int64_t wait_s = 0;

	assert_int_equal(
	    at_guess_take(b->s, "alice", HOME, &day, NOW, &token, &wait_s),
	    GUESS_OPEN);
	locked(b, HOME, NOW, LIMITS_LOCK_MAX_S);
}

static void
over_all_sources(void **state)
{
	struct statebox *b = *state;
	char source[32];

	for (int i = 0; i < 29; i++) {
		snprintf(source, sizeof(source), "10.0.%d.0/24", i);
		open_now(b, source, NOW);
		assert_false(token.locked[GUESS_TOTAL]);
	}
	open_now(b, HOME, NOW);
	assert_true(token.locked[GUESS_TOTAL]);
	assert_false(token.locked[GUESS_SOURCE]);
	locked(b, HOME, NOW, LOCK);
	locked(b, AWAY, NOW, LOCK); /* never seen before */
	open_now(b, AWAY, NOW + LOCK);
	locked(b, AWAY, NOW + LOCK, 2 * LOCK);
	locked(b, HOME, NOW + 3 * LOCK - 1, 1);
	looks_open(b, HOME, NOW + 3 * LOCK);
}

/* The longer of both locks is told. */
static void
both_locks(void **state)
{
	struct statebox *b = *state;
	char source[32];

	guesses(b, HOME, 6, NOW);
	open_now(b, HOME, NOW + LOCK);
	for (int i = 0; i < 23; i++) {
		snprintf(source, sizeof(source), "10.0.%d.0/24", i);
		open_now(b, source, NOW + LOCK + 10);
	}
	locked(b, HOME, NOW + LOCK + 10, 2 * LOCK - 10);
	locked(b, AWAY, NOW + LOCK + 10, LOCK);
}

/* A hundred in total, however far apart: the 101st is never checked. */
static void
shut(void **state)
{
	struct statebox *b = *state;
	int64_t wall = NOW, wait_s = 0;
	char source[32];

	for (int i = 0; i < 99; i++) {
		snprintf(source, sizeof(source), "10.0.%d.0/24", i);
		open_now(b, source, wall);
		wall += 2 * LIMITS_LOCK_MAX_S;
	}
	looks_open(b, HOME, wall);
	open_now(b, HOME, wall);
	wall += 400 * LIMITS_LOCK_MAX_S;
	assert_int_equal(take(b, HOME, wall, &wait_s), GUESS_LOCKED_OUT);
	assert_int_equal(take(b, AWAY, wall, &wait_s), GUESS_LOCKED_OUT);
	assert_false(token.counted);
	assert_int_equal(at_guess_look(b->s, "alice", HOME, wall, &wait_s),
	    GUESS_LOCKED_OUT);
	assert_int_equal(store_user_unlock(b->s, "alice"), 1);
	open_now(b, HOME, wall);
}

/* Its hundredth was right: it was checked. */
static void
right_at_the_last(void **state)
{
	struct statebox *b = *state;

	for (int i = 0; i < 100; i++)
		open_now(b, HOME, NOW + i * INT64_C(2) * LIMITS_LOCK_MAX_S);
	assert_int_equal(store_guess_reset_after_right(b->s, "alice", HOME), 0);
	guesses(b, HOME, 5, NOW);
	looks_open(b, HOME, NOW);
}

/* A recovery code opens every lock up to the hundredth wrong code. */
static void
recovered_up_to_the_border(void **state)
{
	const int64_t step = INT64_C(2) * LIMITS_LOCK_MAX_S;
	struct statebox *b = *state;
	int64_t wait_s;

	for (int i = 0; i < 99; i++)
		open_now(b, i < 93 ? HOME : AWAY, NOW + i * step);
	assert_int_equal(plain_guess_recovered(b->s, "alice", HOME), 0);
	looks_open(b, HOME, NOW + 98 * step);
	assert_int_equal(
	    box_sql(b,
		"SELECT count(*) FROM guess WHERE source IN ('', '" HOME "')"),
	    0);
	assert_int_equal(box_sql(b, "SELECT wrong FROM guess"), 6);
	for (int i = 0; i < 100; i++)
		open_now(b, HOME, NOW + (100 + i) * step);
	assert_int_equal(plain_guess_recovered(b->s, "alice", HOME), 0);
	assert_int_equal(
	    at_guess_look(b->s, "alice", HOME, NOW + 300 * step, &wait_s),
	    GUESS_LOCKED_OUT);
	assert_int_equal(
	    box_sql(b, "SELECT wrong FROM guess WHERE source = '" HOME "'"),
	    100);
	/* nobody else's total counts */
	assert_int_equal(
	    at_guess_take(b->s, "bob", HOME, &limits, NOW, &token, &wait_s),
	    GUESS_OPEN);
	assert_int_equal(plain_guess_recovered(b->s, "bob", HOME), 0);
	assert_int_equal(
	    box_sql(b, "SELECT count(*) FROM guess WHERE user = 'bob'"), 0);
	assert_int_equal(plain_guess_recovered(b->s, "nobody", HOME), 0);
}

static void
right_resets(void **state)
{
	struct statebox *b = *state;

	guesses(b, AWAY, 6, NOW);
	guesses(b, HOME, 5, NOW);
	assert_int_equal(store_guess_reset_after_right(b->s, "alice", HOME), 0);
	guesses(b, HOME, 5, NOW);
	looks_open(b, HOME, NOW);
	/* the other's lock stays, and so does its count */
	locked(b, AWAY, NOW, LOCK);
	open_now(b, AWAY, NOW + LOCK);
	locked(b, AWAY, NOW + LOCK, 2 * LOCK);
	/* the total began at 0: 5 and 1 since */
	assert_int_equal(
	    box_sql(b, "SELECT wrong FROM guess WHERE source = ''"), 6);
	assert_int_equal(
	    store_guess_reset_after_right(b->s, "nobody", HOME), 0);
}

static void
refund_one(void **state)
{
	struct statebox *b = *state;

	guesses(b, HOME, 5, NOW);
	for (int i = 0; i < 20; i++) {
		open_now(b, HOME, NOW);
		assert_int_equal(
		    store_guess_refund(
			b->s, &(struct store_counted){ "alice", HOME, &token }),
		    0);
		looks_open(b, HOME, NOW); /* it had locked */
	}
	open_now(b, HOME, NOW);
	locked(b, HOME, NOW, LOCK);
}

static void
refund_total(void **state)
{
	struct store_guess_token last;
	struct statebox *b = *state;
	char source[32];

	for (int i = 0; i < 30; i++) {
		snprintf(source, sizeof(source), "10.0.%d.0/24", i);
		open_now(b, source, NOW);
	}
	locked(b, HOME, NOW, LOCK);
	assert_true(take(b, HOME, NOW, &(int64_t){ 0 }) == GUESS_LOCKED);
	/* not counted: nothing is taken back */
	assert_int_equal(store_guess_refund(b->s,
			     &(struct store_counted){ "alice", HOME, &token }),
	    0);
	locked(b, HOME, NOW, LOCK);
	open_now(b, source, NOW + LOCK);
	last = token;
	locked(b, HOME, NOW + LOCK, 2 * LOCK);
	assert_int_equal(store_guess_refund(b->s,
			     &(struct store_counted){ "alice", source, &last }),
	    0);
	looks_open(b, HOME, NOW + LOCK);
}

/* A refund that comes late takes nothing that is not its own. */
static void
refund_late(void **state)
{
	struct store_guess_token first;
	struct statebox *b = *state;

	guesses(b, HOME, 6, NOW);
	first = token; /* has locked */
	open_now(b, HOME, NOW + LOCK);
	assert_int_equal(store_guess_refund(b->s,
			     &(struct store_counted){ "alice", HOME, &first }),
	    0);
	locked(b, HOME, NOW + LOCK, 2 * LOCK); /* the later one's lock stays */
	assert_int_equal(store_guess_reset_after_right(b->s, "alice", HOME), 0);
	guesses(b, HOME, 6, NOW + LOCK);
	assert_int_equal(store_guess_refund(b->s,
			     &(struct store_counted){ "alice", HOME, &first }),
	    0);
	locked(b, HOME, NOW + LOCK, LOCK);
	assert_int_equal(box_sql(b, "SELECT min(wrong) FROM guess"), 6);
}

static void
refund_leaves_nothing(void **state)
{
	struct statebox *b = *state;

	open_now(b, HOME, NOW);
	assert_int_equal(store_guess_refund(b->s,
			     &(struct store_counted){ "alice", HOME, &token }),
	    0);
	assert_int_equal(box_sql(b, "SELECT count(*) FROM guess"), 0);
	assert_int_equal(store_guess_refund(b->s,
			     &(struct store_counted){ "alice", HOME, &token }),
	    0);
	open_now(b, HOME, NOW);
	assert_int_equal(box_sql(b, "SELECT sum(wrong) FROM guess"), 2);
}

/* Looking changes nothing, whatever it finds. */
static void
look_changes_nothing(void **state)
{
	static const char *const sums =
	    "SELECT count(*) * 1000000 + sum(wrong) * 1000 + sum(locks) * 100"
	    " + sum(until) + sum(locked_at) + sum(last) FROM guess";
	struct statebox *b = *state;
	int64_t before, wait_s;

	at_guess_look(b->s, "alice", HOME, NOW, &wait_s);
	assert_int_equal(box_sql(b, "SELECT count(*) FROM guess"), 0);
	guesses(b, HOME, 6, NOW);
	before = box_sql(b, sums);
	for (int64_t at = 0; at < 3 * LOCK; at += 100) {
		at_guess_look(b->s, "alice", HOME, NOW + at, &wait_s);
		at_guess_look(b->s, "alice", AWAY, NOW + at, &wait_s);
	}
	assert_int_equal(box_sql(b, sums), before);
}

/* A lock lasts as long as it was made for, from the new time on. */
static void
clock_back_an_hour(void **state)
{
	struct statebox *b = *state;
	int64_t back = NOW - HOUR;

	guesses(b, HOME, 6, NOW);
	locked(b, HOME, NOW + 100, LOCK - 100);
	locked(b, HOME, back, LOCK);
	locked(b, HOME, back + 10, LOCK - 10);
	looks_open(b, HOME, back + LOCK);
	open_now(b, HOME, back + LOCK);
	locked(b, HOME, back + LOCK, 2 * LOCK);
}

/* Though nobody but lookers come. */
static void
clock_back_look(void **state)
{
	struct statebox *b = *state;
	int64_t back = NOW - HOUR, wait_s;

	guesses(b, HOME, 6, NOW);
	assert_int_equal(
	    at_guess_look(b->s, "alice", HOME, back, &wait_s), GUESS_LOCKED);
	assert_int_equal(wait_s, LOCK);
	assert_int_equal(
	    at_guess_look(b->s, "alice", HOME, back + 800, &wait_s),
	    GUESS_LOCKED);
	assert_int_equal(wait_s, LOCK - 800);
	looks_open(b, HOME, back + LOCK);
}

static void
clock_forward_an_hour(void **state)
{
	struct statebox *b = *state;

	guesses(b, HOME, 6, NOW);
	looks_open(b, HOME, NOW + HOUR);
	/* the count stays: the next one locks again */
	open_now(b, HOME, NOW + HOUR);
	locked(b, HOME, NOW + HOUR, 2 * LOCK);
	/* and back: no longer than it was made for */
	locked(b, HOME, NOW, 2 * LOCK);
	looks_open(b, HOME, NOW + 2 * LOCK);
}

static void
bad_arguments(void **state)
{
	static const struct limits_of_guesses bad[] = { { 0, 30, LOCK, 0 },
		{ 6, 0, LOCK, 0 }, { 6, 30, 0, 0 }, { 6, 30, -1, 0 },
		{ 0, 0, 0, 0 } };
	struct statebox *b = *state;
	int64_t wait_s;

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_equal(at_guess_take(b->s, "alice", HOME, &bad[i],
				     NOW, &token, &wait_s),
		    GUESS_ERROR);
	assert_int_equal(take(b, "", NOW, &wait_s), GUESS_ERROR);
	assert_int_equal(box_sql(b, "SELECT count(*) FROM guess"), 0);
}

/* Sources of long ago go, with some of the new ones; totals and locks stay. */
static void
old_sources_go(void **state)
{
	static const char old[] =
	    "SELECT count(*) FROM guess WHERE source LIKE '10.%'";
	struct statebox *b = *state;
	int64_t wait_s = 0, month = 30 * INT64_C(86400);
	char source[32];
	int users = 0;

	for (int i = 0; i < 99; i++) {
		snprintf(source, sizeof(source), "10.0.%d.0/24", i);
		assert_int_equal(at_guess_take(b->s, source, source, &limits,
				     NOW, &token, &wait_s),
		    GUESS_OPEN);
	}
	while (box_sql(b, old) > 0) {
		assert_true(++users < 500);
		snprintf(source, sizeof(source), "user%d", users);
		at_guess_take(
		    b->s, source, HOME, &limits, NOW + month, &token, &wait_s);
	}
	assert_true(users >= 13); /* a few at a time */
	assert_int_equal(
	    box_sql(b, "SELECT count(*) FROM guess WHERE source = ''"),
	    99 + users);
}

static int
do_guess(struct store *s, const struct statebox *b, int n)
{
	struct store_guess_token mine;
	int64_t wait_s = 0;
	/* a server has one clock for all */
	const int64_t now = box_remote ? NOW : NOW + n % 3;
	enum store_guess g =
	    at_guess_take(s, "alice", HOME, &limits, now, &mine, &wait_s);

	(void)b;
	return g == GUESS_ERROR ? BOX_FAILED : (int)g;
}

static int
do_guess_away(struct store *s, const struct statebox *b, int n)
{
	struct store_guess_token mine;
	int64_t wait_s = 0;
	char source[32];
	enum store_guess g;

	(void)b;
	snprintf(source, sizeof(source), "10.0.%d.0/24", n);
	g = at_guess_take(s, "alice", source, &limits, NOW, &mine, &wait_s);
	return g == GUESS_ERROR ? BOX_FAILED : (int)g;
}

static int
do_guess_and_refund(struct store *s, const struct statebox *b, int n)
{
	const struct limits_of_guesses wide = { 51, 51, LOCK, 0 };
	struct store_guess_token mine;
	int64_t wait_s = 0;

	(void)b;
	(void)n;
	if (at_guess_take(s, "alice", HOME, &wide, NOW, &mine, &wait_s) !=
		GUESS_OPEN ||
	    store_guess_refund(
		s, &(struct store_counted){ "alice", HOME, &mine }) != 0)
		return BOX_FAILED;
	return 1;
}

static void
many_at_one_source(void **state)
{
	struct statebox *b = *state;
	unsigned count[256];

	store_time_wall(NOW); /* else each of them tells the server */
	box_all_at_once(b, do_guess, BOX_CROWD, count);
	assert_int_equal(count[GUESS_OPEN], limits.after);
	assert_int_equal(count[GUESS_LOCKED], BOX_CROWD - limits.after);
}

static void
many_from_everywhere(void **state)
{
	struct statebox *b = *state;
	unsigned count[256];

	store_time_wall(NOW);
	box_all_at_once(b, do_guess_away, 40, count);
	assert_int_equal(count[GUESS_OPEN], limits.after_total);
	assert_int_equal(count[GUESS_LOCKED], 40 - limits.after_total);
}

/* An outage: everybody is refunded, nobody is locked. */
static void
many_refunds(void **state)
{
	struct statebox *b = *state;
	unsigned count[256];

	store_time_wall(NOW);
	box_all_at_once(b, do_guess_and_refund, BOX_CROWD, count);
	assert_int_equal(count[1], BOX_CROWD);
	assert_int_equal(box_sql(b, "SELECT count(*) FROM guess"), 0);
	guesses(b, HOME, 5, NOW);
	looks_open(b, HOME, NOW);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, box_set_up, box_tear_down)

BOX_TESTS(test_store_guesses)
{
	const struct CMUnitTest tests[] = {
		TEST(per_source),
		TEST(doubling),
		TEST(long_first_lock),
		TEST(over_all_sources),
		TEST(both_locks),
		TEST(shut),
		TEST(right_at_the_last),
		TEST(recovered_up_to_the_border),
		TEST(right_resets),
		TEST(refund_one),
		TEST(refund_total),
		TEST(refund_late),
		TEST(refund_leaves_nothing),
		TEST(look_changes_nothing),
		TEST(clock_back_an_hour),
		TEST(clock_back_look),
		TEST(clock_forward_an_hour),
		TEST(bad_arguments),
		TEST(old_sources_go),
		TEST(many_at_one_source),
		TEST(many_from_everywhere),
		TEST(many_refunds),
	};

	return BOX_RUN(tests);
}
