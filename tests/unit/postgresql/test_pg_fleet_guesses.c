/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Wrong codes of five hosts: locks hold exactly for all of them together, and a
 * host that was stolen locks and opens nothing elsewhere.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "lib/system/system.h"
#include "tests/support/plain_claims.h"
#include "tests/support/state/fleetbox.h"

static const struct limits_of_guesses usual = { 6, 30, 900, 100 };

static enum store_guess
guess(struct store *s, const char *source)
{
	struct store_guess_token token;

	return fleetbox_guess(s, source, &usual, &token);
}

/* Of so many guesses there, each from another network: how many are open. */
static int
guesses(struct store *s, const struct limits_of_guesses *limits, int count)
{
	struct store_guess_token token;
	char source[32];
	int open = 0;

	for (int i = 0; i < count; i++) {
		snprintf(source, sizeof(source), "198.51.%d.0/24", i);
		open += fleetbox_guess(s, source, limits, &token) == GUESS_OPEN;
	}
	return open;
}

static bool
is_open(struct store *s, const char *source)
{
	int64_t wait_s;

	return store_guess_look(s, "alice", source, &wait_s, NULL) ==
	    GUESS_OPEN;
}

static int
do_guess(struct store *s, const struct statebox *b, int n)
{
	struct store_guess_token token;
	char source[32];
	int result;

	(void)b;
	snprintf(source, sizeof(source), "198.51.%d.0/24", n);
	result = (int)fleetbox_guess(s, source, &usual, &token);
	if (result == GUESS_ERROR)
		fprintf(stderr, "%s\n", store_cause(s));
	return result;
}

/* Ten of each host come: the thirtieth locks, all others find it locked. */
static void
many_guesses_on_five_hosts(void **state)
{
	struct fleetbox *f = *state;
	unsigned count[256];

	box_all_at_once(f->box, do_guess, SESSIONS, count);
	assert_int_equal(count[GUESS_ERROR], 0);
	assert_int_equal(count[GUESS_OPEN], 30);
	assert_int_equal(count[GUESS_LOCKED], SESSIONS - 30);
}

/* A stolen host guesses as often as it likes, and says what limits it likes:
 * the user is locked there, and nowhere else. */
static void
a_stolen_host_locks_nobody(void **state)
{
	static const struct limits_of_guesses lies = { 1, 1, 86400, 10000 };
	static const struct limits_of_guesses none = { 100000, 100000, 1,
		10000 };
	struct fleetbox *f = *state;
	struct store_guess_token token;

	for (int i = 0; i < 40; i++)
		fleetbox_guess(f->host[0], SOURCE, &none, &token);
	assert_int_equal(guesses(f->host[0], &none, 60), 60);
	assert_false(is_open(f->host[0], SOURCE)); /* a hundred: shut there */
	assert_true(is_open(f->host[1], SOURCE));
	assert_int_equal(
	    store_guess_lock_after_refusal(f->host[0],
		&(struct store_refusal){ "alice", SOURCE, 86400, 0, "" }),
	    0);
	assert_true(is_open(f->host[1], SOURCE));
	/* nor with a slip of the user's own elsewhere */
	postgres_sql("DELETE FROM twofa.guess");
	assert_int_equal(
	    fleetbox_guess(f->host[0], "203.0.113.0/24", &lies, &token),
	    GUESS_OPEN);
	assert_false(is_open(f->host[0], SOURCE));
	assert_int_equal(guess(f->host[1], SOURCE), GUESS_OPEN);
	assert_true(is_open(f->host[1], SOURCE));
	assert_true(is_open(f->host[2], SOURCE));
}

/* Nor do two by a time beyond any: the others could not look at such a lock,
 * and would deny the user. */
static void
two_stolen_hosts(void **state)
{
	struct fleetbox *f = *state;
	char text[200];

	for (int i = 0; i < 2; i++) {
		PRINT_TO(text,
		    "SELECT twofa_v1.guess_take('(1,0,\"\",\"\",\"\",7)', "
		    "'alice', '198.51.100.0/24', "
		    "'(%d,%d,2305843009213693952,1000)')",
		    -i, -i);
		(void)fleetbox_ask(f->host[3 + i], text);
	}
	store_time_wall(WALL + 1);
	assert_int_equal(guess(f->host[0], SOURCE), GUESS_OPEN);
	assert_int_equal(
	    postgres_sql("SELECT count(*) FROM twofa_v1.status('(1,0,\"\",\"\","
			 "\"\",7)', NULL)"),
	    3);
}

/* Nor after three slips of the user's own, by a guess from nowhere, which
 * counts where those of all sources do, but whose lock begins with the sixth.
 */
static void
nor_by_a_guess_without_a_source(void **state)
{
	struct fleetbox *f = *state;

	assert_int_equal(guesses(f->host[1], &usual, 3), 3);
	for (int i = 0; i < 3; i++)
		(void)fleetbox_ask(f->host[0],
		    "SELECT twofa_v1.guess_take('(1,7,\"\",\"\",\"\",7)', "
		    "'alice', '', '(6,1000,86400,1000)')");
	assert_true(is_open(f->host[2], SOURCE));
}

/* Ten of a host count for all: three hosts lock a user, two do not. */
static void
ten_of_a_host(void **state)
{
	struct fleetbox *f = *state;

	assert_int_equal(guesses(f->host[0], &usual, 29), 29);
	assert_int_equal(guesses(f->host[1], &usual, 29), 29);
	assert_true(is_open(f->host[0], SOURCE));
	assert_true(is_open(f->host[4], SOURCE));
	assert_int_equal(guesses(f->host[2], &usual, 10), 10);
	for (int i = 0; i < HOSTS; i++)
		assert_false(is_open(f->host[i], SOURCE));
	/* it ends as any does, and each further one locks twice as long */
	store_time_wall(WALL + 900);
	assert_true(is_open(f->host[4], SOURCE));
	assert_int_equal(guess(f->host[4], SOURCE), GUESS_OPEN);
	store_time_wall(WALL + 900 + 1799);
	assert_false(is_open(f->host[3], SOURCE));
	store_time_wall(WALL + 900 + 1800);
	assert_true(is_open(f->host[3], SOURCE));
	/* the thirtieth of a host locks there, whatever counts elsewhere */
	assert_int_equal(guess(f->host[0], SOURCE), GUESS_OPEN);
	assert_false(is_open(f->host[0], SOURCE));
	assert_true(is_open(f->host[3], SOURCE));
}

/* Whoever tries a code is held to the limits of the own host, also before two
 * have counted so many. */
static void
by_the_own_limits(void **state)
{
	static const struct limits_of_guesses strict = { 2, 4, 900, 100 };
	const struct store_begin ask = {
		.user = "alice", .source = SOURCE, .guesses = &strict
	};
	struct fleetbox *f = *state;
	struct store_guess_token token;
	struct store_begun out;

	for (int i = 0; i < 2; i++)
		assert_int_equal(guess(f->host[2 * i], SOURCE), GUESS_OPEN);
	assert_int_equal(store_begin(f->host[1], &ask, &out), 0);
	assert_int_equal(out.lock, GUESS_LOCKED);
	assert_int_equal(out.lock_s, 900);
	assert_int_equal(
	    fleetbox_guess(f->host[1], SOURCE, &strict, &token), GUESS_LOCKED);
	assert_int_equal(guess(f->host[1], SOURCE), GUESS_OPEN);
	store_time_wall(WALL + 1800);
	assert_int_equal(store_begin(f->host[2], &ask, &out), 0);
	assert_int_equal(out.lock, GUESS_OPEN);
}

/* A stolen host locks nobody alone where these are as low as what counts of it,
 * and what it has counted makes the lock after a user's own slip no longer. */
static void
nor_where_limits_are_low(void **state)
{
	static const struct limits_of_guesses strict = { 3, 10, 900, 100 };
	static const struct limits_of_guesses lies = { 1, 1, 86400, 10000 };
	const struct store_begin ask = {
		.user = "alice", .source = SOURCE, .guesses = &strict
	};
	struct fleetbox *f = *state;
	struct store_guess_token token;
	struct store_begun out;

	for (int i = 0; i < 3; i++)
		(void)fleetbox_ask(f->host[0],
		    "SELECT twofa_v1.guess_take('(1,0,\"\",\"\",\"\",7)', "
		    "'alice', '" SOURCE "', '(1000,1000,86400,10000)')");
	assert_int_equal(
	    guesses(f->host[0],
		&(struct limits_of_guesses){ 1000, 1000, 86400, 10000 }, 20),
	    20);
	assert_int_equal(store_begin(f->host[1], &ask, &out), 0);
	assert_int_equal(out.lock, GUESS_OPEN);
	assert_int_equal(
	    fleetbox_guess(f->host[1], SOURCE, &strict, &token), GUESS_OPEN);
	(void)fleetbox_guess(f->host[0], "203.0.113.0/24", &lies, &token);
	assert_int_equal(store_begin(f->host[1], &ask, &out), 0);
	assert_int_equal(out.lock, GUESS_LOCKED);
	assert_int_equal(out.lock_s, 900);
	store_time_wall(WALL + 900);
	assert_int_equal(store_begin(f->host[1], &ask, &out), 0);
	assert_int_equal(out.lock, GUESS_OPEN);
}

/* Where the first wrong code locks, those of two hosts do elsewhere. */
static void
the_first_one(void **state)
{
	static const struct limits_of_guesses strict = { 1, 1, 900, 100 };
	const struct store_begin ask = {
		.user = "alice", .source = SOURCE, .guesses = &strict
	};
	struct fleetbox *f = *state;
	struct store_begun out;

	for (int i = 0; i < 2; i++) {
		assert_int_equal(store_begin(f->host[2], &ask, &out), 0);
		assert_int_equal(out.lock, GUESS_OPEN);
		assert_int_equal(guess(f->host[i], SOURCE), GUESS_OPEN);
	}
	assert_int_equal(store_begin(f->host[2], &ask, &out), 0);
	assert_int_equal(out.lock, GUESS_LOCKED);
	assert_int_equal(out.lock_s, 900);
}

/* Nor does it keep a lock from others by limits that are none. */
static void
a_stolen_host_keeps_no_lock_away(void **state)
{
	static const struct limits_of_guesses none = { 100000, 100000, 1,
		10000 };
	struct fleetbox *f = *state;

	assert_int_equal(guesses(f->host[0], &none, 20), 20);
	assert_int_equal(guesses(f->host[1], &usual, 10), 10);
	assert_int_equal(guesses(f->host[2], &usual, 11), 10);
	store_time_wall(WALL + 899);
	assert_false(is_open(f->host[3], SOURCE));
}

static void
three_of_a_source(void **state)
{
	struct fleetbox *f = *state;

	for (int i = 0; i < 5; i++)
		assert_int_equal(guess(f->host[0], SOURCE), GUESS_OPEN);
	assert_true(is_open(f->host[1], SOURCE));
	for (int i = 0; i < 3; i++)
		assert_int_equal(guess(f->host[1], SOURCE), GUESS_OPEN);
	for (int i = 0; i < HOSTS; i++) {
		assert_false(is_open(f->host[i], SOURCE));
		assert_true(is_open(f->host[i], "203.0.113.0/24"));
	}
}

/* It opens no lock, and takes back what it counted itself, once. */
static void
a_stolen_host_opens_nothing(void **state)
{
	static const char wrong[] =
	    "SELECT sum(shared) FROM twofa.guess WHERE source = '' AND place "
	    "<> 'fleet0'";
	struct fleetbox *f = *state;
	struct store_guess_token token;
	int64_t id = fleetbox_started(f->host[0], "+12025550100", "req-1");

	for (int i = 1; i <= 2; i++)
		assert_int_equal(guesses(f->host[i], &usual, 10), 10);
	assert_int_equal(
	    fleetbox_guess(f->host[0], SOURCE, &usual, &token), GUESS_OPEN);
	for (int i = 0; i < 5; i++)
		assert_int_equal(
		    store_guess_refund(f->host[0],
			&(struct store_counted){ "alice", SOURCE, &token }),
		    0);
	assert_int_equal(postgres_sql(wrong), 20);
	assert_int_equal(
	    store_guess_reset_after_right(f->host[0], "alice", SOURCE), 0);
	assert_int_equal(plain_finish(f->host[0], id, "req-1"), 1);
	assert_int_equal(postgres_sql(wrong), 20);
	assert_int_equal(guesses(f->host[3], &usual, 10), 10);
	assert_false(is_open(f->host[1], SOURCE));
	assert_int_equal(
	    store_guess_reset_after_right(f->host[0], "alice", SOURCE), 0);
	assert_false(is_open(f->host[0], SOURCE));
	assert_false(is_open(f->host[1], SOURCE));
}

/* A hundred wrong codes on a host shut the user there until unlock, whatever
 * another host says and however old they are. */
static void
shut_stays_shut(void **state)
{
	static const struct limits_of_guesses none = { 100000, 100000, 1,
		10000 };
	struct fleetbox *f = *state;

	assert_int_equal(guesses(f->host[1], &none, 100), 100);
	store_time_wall(WALL + 2 * 86400);
	assert_false(is_open(f->host[1], SOURCE));
	assert_int_equal(
	    store_guess_reset_after_right(f->host[0], "alice", SOURCE), 0);
	assert_false(is_open(f->host[1], SOURCE));
}

/* A right code takes what is a day old with it, of any host. */
static void
a_right_code_clears(void **state)
{
	static const char rows[] =
	    "SELECT count(DISTINCT place) FROM twofa.guess WHERE source = ''";
	struct fleetbox *f = *state;

	assert_int_equal(guess(f->host[0], SOURCE), GUESS_OPEN);
	store_time_wall(WALL + 1);
	assert_int_equal(guess(f->host[1], SOURCE), GUESS_OPEN);
	store_time_wall(WALL + 86400);
	assert_int_equal(guess(f->host[2], SOURCE), GUESS_OPEN);
	assert_int_equal(postgres_sql(rows), 3);
	assert_int_equal(
	    store_guess_reset_after_right(f->host[2], "alice", SOURCE), 0);
	assert_int_equal(postgres_sql(rows), 1);
	assert_int_equal(
	    postgres_sql("SELECT count(*) FROM twofa.guess WHERE place = "
			 "'fleet1'"),
	    2);
}

static char alert[512];

static void
keep_alert(void *ctx, const char *line)
{
	(void)ctx;
	snprintf(alert, sizeof(alert), "%s", line);
}

/* How often the server has told of it: to its own log, where nobody who took
 * the host over deletes it. */
static int64_t
told_by_server(void)
{
	return postgres_sql(
	    "SELECT count(*) FROM regexp_matches(pg_read_file("
	    "current_setting('data_directory') || '/../log'), 'LOG:  twofa: "
	    "host fleet0 has counted 7 wrong codes in an hour', 'g')");
}

/* An alert on that host, and a line in the server's log, from the first one on
 * that counts for it alone. */
static void
too_many_are_told(void **state)
{
	static const struct limits_of_guesses few = { 50, 60, 900, 7 };
	struct fleetbox *f = *state;
	const int64_t before = told_by_server();

	alert[0] = '\0';
	log_set_sink(NULL, keep_alert);
	assert_int_equal(guesses(f->host[0], &few, 7), 7);
	assert_string_equal(alert, "");
	assert_int_equal(told_by_server(), before);
	assert_int_equal(guesses(f->host[0], &few, 1), 1);
	log_set_sink(NULL, NULL);
	assert_non_null(strstr(alert,
	    "ALERT: more than guesses_per_host_hour wrong codes in an hour on "
	    "fleet0"));
	assert_int_equal(told_by_server(), before + 1);
}

/* Above guesses_per_host_hour a host's guesses count for it alone; those that a
 * right code followed are not among them. */
static void
too_many_in_an_hour(void **state)
{
	static const struct limits_of_guesses few = { 50, 60, 900, 7 };
	static const char shared[] =
	    "SELECT sum(shared) FROM twofa.guess WHERE source = ''";
	struct fleetbox *f = *state;
	struct store_guess_token token;

	assert_int_equal(guesses(f->host[0], &few, 6), 6);
	assert_int_equal(
	    store_guess_reset_after_right(f->host[0], "alice", SOURCE), 0);
	assert_int_equal(guesses(f->host[0], &few, 6), 6);
	fleetbox_guess(f->host[0], SOURCE, &few, &token);
	assert_false(token.alone);
	assert_int_equal(postgres_sql(shared), 7);
	fleetbox_guess(f->host[0], SOURCE, &few, &token);
	assert_true(token.alone);
	assert_int_equal(postgres_sql(shared), 7);
	/* the host itself is not locked, nor is another meant */
	assert_true(is_open(f->host[0], SOURCE));
	fleetbox_guess(f->host[1], SOURCE, &few, &token);
	assert_false(token.alone);
	store_time_wall(WALL + 3600);
	fleetbox_guess(f->host[0], SOURCE, &few, &token);
	assert_false(token.alone);
	assert_int_equal(postgres_sql(shared), 9);
}

#define TEST(f)                                                                \
	cmocka_unit_test_setup_teardown(f, fleetbox_set_up, fleetbox_tear_down)

BOX_TESTS(test_pg_fleet_guesses)
{
	const struct CMUnitTest tests[] = {
		TEST(many_guesses_on_five_hosts),
		TEST(a_stolen_host_locks_nobody),
		TEST(nor_by_a_guess_without_a_source),
		TEST(two_stolen_hosts),
		TEST(ten_of_a_host),
		TEST(by_the_own_limits),
		TEST(nor_where_limits_are_low),
		TEST(the_first_one),
		TEST(a_stolen_host_keeps_no_lock_away),
		TEST(three_of_a_source),
		TEST(a_stolen_host_opens_nothing),
		TEST(shut_stays_shut),
		TEST(a_right_code_clears),
		TEST(too_many_are_told),
		TEST(too_many_in_an_hour),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
