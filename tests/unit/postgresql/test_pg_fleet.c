/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Five hosts with one state: limits hold exactly for all of them together, and
 * a host that was stolen does no harm elsewhere.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "helper/state/postgresql/pg.h"
#include "lib/wire/frame.h"
#include "tests/support/plain_claims.h"
#include "tests/support/statebox.h"

#define NOW INT64_C(1000000)
#define WALL INT64_C(1790000000)
#define SOURCE "192.0.2.0/24"
#define HOSTS 5
#define SESSIONS 50

static const struct store_guess_limits usual = { 6, 30, 900, 100 };

struct fleet {
	struct statebox *box;
	struct store *host[HOSTS];
};

static struct store *
open_on(const struct statebox *b, int host, int64_t session)
{
	char name[16], cause[STORE_CAUSE_MAX] = "";
	const struct store_session me = { name, session, b->dir, 0, NULL, false,
		NULL, postgres_server() };
	struct store *s;

	snprintf(name, sizeof(name), "fleet%d", host);
	s = store_open(b->path, &me, cause);
	if (s == NULL)
		fail_msg("%s", cause);
	return s;
}

static int
set_up(void **state)
{
	struct fleet *f = calloc(1, sizeof(*f));
	char name[24];

	assert_non_null(f);
	box_remote = true;
	(void)postgres_empty();
	store_time_server = postgres_server();
	store_time_keys = postgres_keys();
	clock_told = postgres_clock;
	store_time_now(NOW);
	store_time_wall(WALL);
	box_set_up((void **)&f->box);
	for (int i = 0; i < HOSTS; i++) {
		snprintf(name, sizeof(name), "fleet%d", i);
		postgres_host(name);
		f->host[i] = open_on(f->box, i, 100 + i);
	}
	*state = f;
	return 0;
}

static int
tear_down(void **state)
{
	struct fleet *f = *state;

	for (int i = 0; i < HOSTS; i++)
		store_close(f->host[i]);
	box_tear_down((void **)&f->box);
	free(f);
	return 0;
}

static enum store_guess
guess_by(struct store *s, const char *source,
    const struct store_guess_limits *limits, struct store_guess_token *token)
{
	int64_t wait_s;

	return store_guess_take(s, "alice", source, limits, token, &wait_s);
}

static enum store_guess
guess(struct store *s, const char *source)
{
	struct store_guess_token token;

	return guess_by(s, source, &usual, &token);
}

/* Of so many guesses there, each from another network: how many are open. */
static int
guesses(struct store *s, const struct store_guess_limits *limits, int count)
{
	struct store_guess_token token;
	char source[32];
	int open = 0;

	for (int i = 0; i < count; i++) {
		snprintf(source, sizeof(source), "198.51.%d.0/24", i);
		open += guess_by(s, source, limits, &token) == GUESS_OPEN;
	}
	return open;
}

static bool
is_open(struct store *s, const char *source)
{
	int64_t wait_s;

	return store_guess_look(s, "alice", source, &wait_s) == GUESS_OPEN;
}

static int64_t
started(struct store *s, const char *number, const char *request)
{
	const struct store_key key = { "alice", number, "one", "type",
		{ NULL } };
	const struct store_started to = {
		.request_id = request, .method = METHOD_SMS, .life_ms = 300000
	};
	struct store_started of = to;
	struct store_row row;

	assert_int_equal(
	    store_claim(s, &key, METHOD_ALL, METHOD_SMS, 15000, &row),
	    CLAIM_NEW);
	of.id = row.id;
	assert_int_equal(store_started(s, &of), 0);
	return row.id;
}

static int
do_guess(struct store *unused, const struct statebox *b, int n)
{
	struct store *s = open_on(b, n % HOSTS, 1000 + n);
	struct store_guess_token token;
	char source[32];
	int result;

	(void)unused;
	snprintf(source, sizeof(source), "198.51.%d.0/24", n);
	result = (int)guess_by(s, source, &usual, &token);
	store_close(s);
	return result;
}

/* Ten of each host come: the thirtieth locks, all others find it locked. */
static void
fifty_guesses_on_five_hosts(void **state)
{
	struct fleet *f = *state;
	unsigned count[256];

	box_all_at_once(f->box, do_guess, SESSIONS, count);
	assert_int_equal(count[GUESS_OPEN], 30);
	assert_int_equal(count[GUESS_LOCKED], SESSIONS - 30);
}

static int
do_finish(struct store *unused, const struct statebox *b, int n)
{
	struct store *s = open_on(b, n % HOSTS, 1000 + n);
	int result = plain_finish(s, 1, "req-1");

	(void)unused;
	store_close(s);
	return result < 0 ? BOX_FAILED : result;
}

static void
one_code_on_five_hosts(void **state)
{
	struct fleet *f = *state;
	unsigned count[256];

	assert_int_equal(started(f->host[0], "+12025550100", "req-1"), 1);
	box_all_at_once(f->box, do_finish, SESSIONS, count);
	assert_int_equal(count[1], 1);
	assert_int_equal(count[0], SESSIONS - 1);
}

static const struct store_send_limits *sends;

static enum store_send
send_by(struct store *s, int n, const char **which)
{
	char user[16], number[24], source[32];
	const struct store_send_key message = {
		.user = user, .counted_as = number, .source = source
	};
	int64_t id, wait_s;

	snprintf(user, sizeof(user), "user%d", n);
	snprintf(number, sizeof(number), "+120255501%02d", n);
	snprintf(source, sizeof(source), "198.51.%d.0/24", n);
	return store_send_take(s, &message, sends, &id, &wait_s, which);
}

static int
do_send(struct store *unused, const struct statebox *b, int n)
{
	struct store *s = open_on(b, n % HOSTS, 1000 + n);
	const char *which;
	int result = (int)send_by(s, n, &which);

	(void)unused;
	store_close(s);
	return result;
}

/* Others' messages of the minute before count as well, and those of an hour
 * ago, of the same minute, do not. */
static void
the_fleets_messages(void **state)
{
	static const struct store_send_limits l = {
		.fleet_hour = 17, .spend_day = -1, .spend_month = -1
	};
	struct fleet *f = *state;
	const char *which = "";
	unsigned count[256];

	sends = &l;
	store_time_wall(WALL - 3600);
	assert_int_equal(send_by(f->host[1], 60, &which), SEND_TAKEN);
	store_time_wall(WALL - 3599);
	assert_int_equal(send_by(f->host[1], 60, &which), SEND_TAKEN);
	store_time_wall(WALL - 61);
	assert_int_equal(send_by(f->host[2], 61, &which), SEND_TAKEN);
	store_time_wall(WALL);
	box_all_at_once(f->box, do_send, SESSIONS, count);
	assert_int_equal(count[SEND_TAKEN], 15);
	assert_int_equal(count[SEND_WAIT], SESSIONS - 15);
	assert_int_equal(send_by(f->host[0], 1, &which), SEND_WAIT);
	assert_string_equal(which, "sends_per_fleet_hour");
	store_time_wall(WALL + 1);
	assert_int_equal(send_by(f->host[0], 1, &which), SEND_TAKEN);
	assert_int_equal(send_by(f->host[0], 1, &which), SEND_WAIT);
	/* what was not sent makes room */
	assert_int_equal(store_send_refund(f->host[0],
			     postgres_sql("SELECT max(id) FROM twofa.send")),
	    0);
	assert_int_equal(send_by(f->host[3], 1, &which), SEND_TAKEN);
	assert_int_equal(send_by(f->host[0], 1, &which), SEND_WAIT);
	store_time_wall(WALL + 3600 + 1);
	assert_int_equal(send_by(f->host[0], 1, &which), SEND_TAKEN);
}

static void
each_hosts_messages(void **state)
{
	static const struct store_send_limits l = { .host_hour = 7,
		.fleet_hour = 3000,
		.spend_day = -1,
		.spend_month = -1 };
	struct fleet *f = *state;
	unsigned count[256];

	sends = &l;
	box_all_at_once(f->box, do_send, SESSIONS, count);
	assert_int_equal(count[SEND_TAKEN], 7 * HOSTS);
	assert_int_equal(
	    postgres_sql("SELECT count(*) FROM (SELECT FROM twofa.send GROUP "
			 "BY host HAVING count(*) = 7) h"),
	    HOSTS);
}

static void
the_fleets_money(void **state)
{
	static const struct store_send_limits l = { .fleet_hour = 3000,
		.spend_day = 230,
		.spend_month = -1,
		.price = 10 };
	struct fleet *f = *state;
	unsigned count[256];

	sends = &l;
	box_all_at_once(f->box, do_send, SESSIONS, count);
	assert_int_equal(count[SEND_TAKEN], 23);
	assert_int_equal(
	    postgres_sql("SELECT sum(price) FROM twofa.spend"), 230);
}

/* A stolen host guesses as often as it likes, and says what limits it likes:
 * the user is locked there, and nowhere else. */
static void
a_stolen_host_locks_nobody(void **state)
{
	static const struct store_guess_limits lies = { 1, 1, 86400, 10000 };
	static const struct store_guess_limits none = { 100000, 100000, 1,
		10000 };
	struct fleet *f = *state;
	struct store_guess_token token;

	for (int i = 0; i < 40; i++)
		guess_by(f->host[0], SOURCE, &none, &token);
	assert_int_equal(guesses(f->host[0], &none, 60), 60);
	assert_false(is_open(f->host[0], SOURCE)); /* a hundred: shut there */
	assert_true(is_open(f->host[1], SOURCE));
	assert_int_equal(
	    store_refuse(f->host[0],
		&(struct store_refusal){ "alice", SOURCE, 86400, 0, "" }),
	    0);
	assert_true(is_open(f->host[1], SOURCE));
	/* nor with a slip of the user's own elsewhere */
	postgres_sql("DELETE FROM twofa.guess");
	assert_int_equal(
	    guess_by(f->host[0], "203.0.113.0/24", &lies, &token), GUESS_OPEN);
	assert_false(is_open(f->host[0], SOURCE));
	assert_int_equal(guess(f->host[1], SOURCE), GUESS_OPEN);
	assert_true(is_open(f->host[1], SOURCE));
	assert_true(is_open(f->host[2], SOURCE));
}

/* Ten of a host count for all: three hosts lock a user, two do not. */
static void
ten_of_a_host(void **state)
{
	struct fleet *f = *state;

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
 * have counted. */
static void
by_the_own_limits(void **state)
{
	static const struct store_guess_limits strict = { 2, 4, 900, 100 };
	const struct store_begin ask = {
		.user = "alice", .source = SOURCE, .guesses = &strict
	};
	struct fleet *f = *state;
	struct store_guess_token token;
	struct store_begun out;

	for (int i = 0; i < 2; i++)
		assert_int_equal(guess(f->host[0], SOURCE), GUESS_OPEN);
	assert_int_equal(store_begin(f->host[1], &ask, &out), 0);
	assert_int_equal(out.lock, GUESS_LOCKED);
	assert_int_equal(out.lock_s, 900);
	assert_int_equal(
	    guess_by(f->host[1], SOURCE, &strict, &token), GUESS_LOCKED);
	assert_int_equal(guess(f->host[1], SOURCE), GUESS_OPEN);
	store_time_wall(WALL + 1800);
	assert_int_equal(store_begin(f->host[2], &ask, &out), 0);
	assert_int_equal(out.lock, GUESS_OPEN);
}

/* Nor does it keep a lock from others by limits that are none. */
static void
a_stolen_host_keeps_no_lock_away(void **state)
{
	static const struct store_guess_limits none = { 100000, 100000, 1,
		10000 };
	struct fleet *f = *state;

	assert_int_equal(guesses(f->host[0], &none, 20), 20);
	assert_int_equal(guesses(f->host[1], &usual, 10), 10);
	assert_int_equal(guesses(f->host[2], &usual, 11), 10);
	store_time_wall(WALL + 899);
	assert_false(is_open(f->host[3], SOURCE));
}

static void
three_of_a_source(void **state)
{
	struct fleet *f = *state;

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
	struct fleet *f = *state;
	struct store_guess_token token;
	int64_t id = started(f->host[0], "+12025550100", "req-1");

	for (int i = 1; i <= 2; i++)
		assert_int_equal(guesses(f->host[i], &usual, 10), 10);
	assert_int_equal(
	    guess_by(f->host[0], SOURCE, &usual, &token), GUESS_OPEN);
	for (int i = 0; i < 5; i++)
		assert_int_equal(
		    store_guess_refund(f->host[0],
			&(struct store_counted){ "alice", SOURCE, &token }),
		    0);
	assert_int_equal(postgres_sql(wrong), 20);
	assert_int_equal(store_guess_right(f->host[0], "alice", SOURCE), 0);
	assert_int_equal(plain_finish(f->host[0], id, "req-1"), 1);
	assert_int_equal(postgres_sql(wrong), 20);
	assert_int_equal(guesses(f->host[3], &usual, 10), 10);
	assert_false(is_open(f->host[1], SOURCE));
	assert_int_equal(store_guess_right(f->host[0], "alice", SOURCE), 0);
	assert_false(is_open(f->host[0], SOURCE));
	assert_false(is_open(f->host[1], SOURCE));
}

/* A hundred wrong codes on a host shut the user there until unlock, whatever
 * another host says and however old they are. */
static void
shut_stays_shut(void **state)
{
	static const struct store_guess_limits none = { 100000, 100000, 1,
		10000 };
	struct fleet *f = *state;

	assert_int_equal(guesses(f->host[1], &none, 100), 100);
	store_time_wall(WALL + 2 * 86400);
	assert_false(is_open(f->host[1], SOURCE));
	assert_int_equal(store_guess_right(f->host[0], "alice", SOURCE), 0);
	assert_false(is_open(f->host[1], SOURCE));
}

/* A right code takes what is a day old with it, of any host. */
static void
a_right_code_clears(void **state)
{
	static const char rows[] =
	    "SELECT count(DISTINCT place) FROM twofa.guess WHERE source = ''";
	struct fleet *f = *state;

	assert_int_equal(guess(f->host[0], SOURCE), GUESS_OPEN);
	store_time_wall(WALL + 1);
	assert_int_equal(guess(f->host[1], SOURCE), GUESS_OPEN);
	store_time_wall(WALL + 86400);
	assert_int_equal(guess(f->host[2], SOURCE), GUESS_OPEN);
	assert_int_equal(postgres_sql(rows), 3);
	assert_int_equal(store_guess_right(f->host[2], "alice", SOURCE), 0);
	assert_int_equal(postgres_sql(rows), 1);
	assert_int_equal(
	    postgres_sql("SELECT count(*) FROM twofa.guess WHERE place = "
			 "'fleet1'"),
	    2);
}

/* Above guesses_per_host_hour a host's guesses count for it alone; those that a
 * right code followed are not among them. */
static void
too_many_in_an_hour(void **state)
{
	static const struct store_guess_limits few = { 50, 60, 900, 7 };
	static const char shared[] =
	    "SELECT sum(shared) FROM twofa.guess WHERE source = ''";
	struct fleet *f = *state;
	struct store_guess_token token;

	assert_int_equal(guesses(f->host[0], &few, 6), 6);
	assert_int_equal(store_guess_right(f->host[0], "alice", SOURCE), 0);
	assert_int_equal(guesses(f->host[0], &few, 6), 6);
	guess_by(f->host[0], SOURCE, &few, &token);
	assert_false(token.alone);
	assert_int_equal(postgres_sql(shared), 7);
	guess_by(f->host[0], SOURCE, &few, &token);
	assert_true(token.alone);
	assert_int_equal(postgres_sql(shared), 7);
	/* the host itself is not locked, nor is another meant */
	assert_true(is_open(f->host[0], SOURCE));
	guess_by(f->host[1], SOURCE, &few, &token);
	assert_false(token.alone);
	store_time_wall(WALL + 3600);
	guess_by(f->host[0], SOURCE, &few, &token);
	assert_false(token.alone);
	assert_int_equal(postgres_sql(shared), 9);
}

static enum store_send
message(struct store *s, const char *number, const char **which)
{
	static const struct store_send_limits l = { .user_hour = 5,
		.user_day = 15,
		.number_day = 15,
		.source_hour = 30,
		.host_hour = 300,
		.fleet_hour = 3000,
		.spend_day = -1,
		.spend_month = -1 };
	static const struct store_send_limits none = { .spend_day = -1,
		.spend_month = -1 };
	const struct store_send_key k = {
		.user = "alice", .counted_as = number, .source = SOURCE
	};
	int64_t id, wait_s;

	return store_send_take(s, &k, which == NULL ? &none : &l, &id, &wait_s,
	    which == NULL ? &(const char *){ "" } : which);
}

/* A stolen host asks for as many as it likes: there are some left for the user
 * elsewhere, in each hour and each day. */
static void
three_messages_of_a_host(void **state)
{
	struct fleet *f = *state;
	const char *which = "";

	for (int i = 0; i < 40; i++)
		assert_int_equal(
		    message(f->host[0], "+12025550100", NULL), SEND_TAKEN);
	assert_int_equal(
	    message(f->host[0], "+12025550100", &which), SEND_WAIT);
	for (int i = 0; i < 2; i++)
		assert_int_equal(
		    message(f->host[1], "+12025550100", &which), SEND_TAKEN);
	assert_int_equal(
	    message(f->host[2], "+12025550100", &which), SEND_WAIT);
	assert_string_equal(which, "sends_per_user_hour");
	for (int hour = 1; hour < 4; hour++) {
		store_time_wall(WALL + 3600 * hour);
		assert_int_equal(
		    message(f->host[1], "+12025550100", &which), SEND_TAKEN);
	}
	store_time_wall(WALL + 4 * 3600);
	assert_int_equal(
	    message(f->host[2], "+12025550100", &which), SEND_WAIT);
	assert_int_equal(strcmp(which, "sends_per_user_day") == 0 ||
		strcmp(which, "sends_per_number_day") == 0,
	    1);
}

/* What it sends is its own: no other host's message is its to take back or to
 * price. */
static void
others_messages(void **state)
{
	struct fleet *f = *state;
	const char *which = "";
	char text[128];
	int64_t id;

	assert_int_equal(
	    message(f->host[1], "+12025550100", &which), SEND_TAKEN);
	id = postgres_sql("SELECT max(id) FROM twofa.send");
	assert_int_equal(store_send_refund(f->host[0], id), 0);
	assert_int_equal(postgres_sql("SELECT count(*) FROM twofa.send"), 1);
	snprintf(text, sizeof(text),
	    "SELECT twofa_v1.started(NULL, 0, 'r', 1, 1, 1, NULL, NULL, false, "
	    "%lld, 1000000)",
	    (long long)id);
	postgres_sql("SET SESSION AUTHORIZATION twofa_fleet0");
	postgres_sql(text);
	postgres_sql("RESET SESSION AUTHORIZATION");
	assert_int_equal(postgres_sql("SELECT price FROM twofa.send"), 0);
	assert_int_equal(
	    postgres_sql("SELECT coalesce(sum(price), 0) FROM twofa.spend"), 0);
}

/* Sums of it would be too large for a number, so that no host could send; or
 * take back what others have booked. */
static void
a_price_that_is_none(void **state)
{
	static const char *const prices[] = { "9223372036854770000",
		"-1000000" };
	char text[512];

	(void)state;
	for (size_t i = 0; i < sizeof(prices) / sizeof(*prices); i++) {
		snprintf(text, sizeof(text),
		    "DO $$ BEGIN PERFORM twofa_v1.send_take(ROW(1, 0, '', '', "
		    "'', 0)::twofa_v1.who, ROW('alice', 'n', '192.0.2.0/24', "
		    "false, 0, %s, -1, -1, 9, 9, 9, 9, 0, 9, 9, 99, 999)"
		    "::twofa_v1.message, true); "
		    "EXCEPTION WHEN check_violation THEN NULL; END $$",
		    prices[i]);
		postgres_sql(text);
		assert_int_equal(
		    postgres_sql("SELECT count(*) FROM twofa.spend"), 0);
	}
}

/* A code is used up by who began it, or has tried it. */
static void
bound_to_a_try(void **state)
{
	struct fleet *f = *state;
	const struct store_right right = {
		.user = "alice", .source = SOURCE, .provider = ""
	};
	int64_t id = started(f->host[0], "+12025550100", "req-1");
	const struct store_finish end = { .id = id, .request_id = "req-1" };
	const struct store_attempt a = { "alice", SOURCE, &usual, id, 5, NULL };
	struct store_attempted out;
	struct store *other = open_on(f->box, 1, 999);

	assert_int_equal(store_finish(f->host[1], &end, &right), 0);
	assert_true(store_attempt(f->host[1], &a, &out));
	assert_int_equal(store_finish(other, &end, &right), 0);
	assert_int_equal(store_finish(f->host[1], &end, &right), 1);
	assert_int_equal(store_finish(f->host[1], &end, &right), 1);
	assert_int_equal(store_finish(other, &end, &right), 0);
	assert_int_equal(store_finish(f->host[0], &end, &right), 0);
	store_close(other);
}

/* How long a code counts as used is not for a stolen host to say. */
static void
used_codes_stay_used(void **state)
{
	struct fleet *f = *state;
	const struct store_right right = {
		.user = "alice", .source = SOURCE, .provider = ""
	};
	const struct store_code used = {
		.owner = "authy:1", .digest = { 1 }, .seconds = 86400
	};
	const struct store_code lie = { .owner = "authy:1", .digest = { 2 } };

	assert_int_equal(store_code_claim(f->host[0], &used, &right), 1);
	(void)store_code_claim(f->host[1], &lie, &right);
	(void)store_code_claim(f->host[1], &lie, &right);
	assert_int_equal(store_code_claim(f->host[0], &used, &right), 0);
}

/* A step of now: those to come cannot be used up before. */
static void
steps_of_now(void **state)
{
	static const unsigned char secret[STORE_CODE_DIGEST] = "secret";
	struct fleet *f = *state;
	const int64_t step = WALL / 30;

	postgres_sql("CREATE OR REPLACE FUNCTION twofa.step_off(p_step bigint, "
		     "wall bigint) RETURNS bigint LANGUAGE sql IMMUTABLE AS "
		     "'SELECT abs(p_step - wall / 30)'");
	assert_int_equal(
	    plain_totp_claim(f->host[0], "alice", secret, step + 2), 0);
	assert_int_equal(
	    plain_totp_claim(f->host[0], "alice", secret, step - 2), 0);
	assert_int_equal(
	    store_totp_renew(f->host[0], "alice", step + 1000000), 0);
	assert_int_equal(postgres_sql("SELECT count(*) FROM twofa.totp"), 0);
	for (int off = -1; off <= 1; off++) {
		assert_int_equal(
		    plain_totp_claim(f->host[0], "alice", secret, step + off),
		    1);
		assert_int_equal(
		    plain_totp_claim(f->host[1], "alice", secret, step + off),
		    0);
	}
	postgres_sql("CREATE OR REPLACE FUNCTION twofa.step_off(p_step bigint, "
		     "wall bigint) RETURNS bigint LANGUAGE sql IMMUTABLE AS "
		     "'SELECT 0::bigint'");
}

/* A used code is no wrong one, twice a session; who is locked is told nothing.
 */
static void
used_twice_a_session(void **state)
{
	static const unsigned char secret[STORE_CODE_DIGEST] = "secret";
	static const char wrong[] = "SELECT coalesce(sum(wrong), 0) FROM "
				    "twofa.guess WHERE source = ''";
	struct fleet *f = *state;
	const struct store_right right = {
		.user = "alice", .source = SOURCE, .provider = ""
	};
	struct store_used_step used = { .newest = WALL / 30 + 1 };
	struct store_totp_attempt a = { &usual, secret, WALL / 30, &right,
		&used, NULL };
	int64_t wait_s;
	int claimed;

	for (int i = 0; i < 5; i++) {
		assert_int_equal(
		    store_totp_attempt(f->host[0], &a, &claimed, &wait_s),
		    GUESS_OPEN);
		assert_int_equal(claimed, i == 0);
		assert_int_equal(postgres_sql(wrong), i < 3 ? 0 : i - 2);
	}
	assert_int_equal(
	    store_totp_attempt(f->host[1], &a, &claimed, &wait_s), GUESS_OPEN);
	assert_int_equal(postgres_sql(wrong), 2);
	for (int i = 0; i < 4; i++)
		assert_int_equal(guess(f->host[0], SOURCE), GUESS_OPEN);
	used.step = 0;
	assert_int_equal(store_totp_attempt(f->host[0], &a, &claimed, &wait_s),
	    GUESS_LOCKED);
	assert_int_equal(used.step, 0);
	assert_int_equal(postgres_sql(wrong), 6);
}

/* Whose rows are touched says who logged in, whatever is set afterwards. */
static void
who_it_is(void **state)
{
	static const char look[] =
	    "SELECT guess FROM twofa_v1.guess_take('(1,0,\"\",\"\",\"\",0)', "
	    "'alice', "
	    "'192.0.2.0/24', '(6,30,900,100)')";
	PGconn *conn;
	struct fleet *f = *state;
	PGresult *r;

	assert_int_equal(pg_connect(f->host[0]), 0);
	conn = f->host[0]->conn;
	static const char *const tries[] = { "SET ROLE twofa_host",
		"SET ROLE twofa_fleet1",
		"SET SESSION AUTHORIZATION "
		"twofa_fleet1",
		"SET session_authorization = 'twofa_fleet1'",
		"SELECT set_config('session_authorization', 'twofa_fleet1', "
		"false)",
		"SELECT set_config('twofa.host', 'fleet1', false)" };

	for (size_t i = 0; i < sizeof(tries) / sizeof(*tries); i++) {
		pq.PQsendQueryParams(
		    conn, tries[i], 0, NULL, NULL, NULL, NULL, 0);
		while ((r = pq.PQgetResult(conn)) != NULL)
			pq.PQclear(r);
		pq.PQsendQueryParams(conn, look, 0, NULL, NULL, NULL, NULL, 0);
		r = pq.PQgetResult(conn);
		assert_int_equal(pq.PQresultStatus(r), PGRES_TUPLES_OK);
		while (r != NULL) {
			pq.PQclear(r);
			r = pq.PQgetResult(conn);
		}
		assert_int_equal(
		    postgres_sql("SELECT sum(wrong) FROM twofa.guess WHERE "
				 "place = 'fleet0' AND source = ''"),
		    i + 1);
		assert_int_equal(postgres_sql("SELECT count(*) FROM twofa.guess"
					      " WHERE place <> 'fleet0'"),
		    0);
	}
}

/* What a stolen host asks, as its own client would. */
static void
send_text(struct store *s, const char *text)
{
	PGresult *r;

	assert_int_equal(pg_connect(s), 0);
	assert_int_equal(
	    pq.PQsendQueryParams(s->conn, text, 0, NULL, NULL, NULL, NULL, 0),
	    1);
	while ((r = pq.PQgetResult(s->conn)) != NULL) {
		if (pq.PQresultStatus(r) != PGRES_TUPLES_OK)
			assert_int_equal(
			    pq.PQresultStatus(r), PGRES_COMMAND_OK);
		pq.PQclear(r);
	}
}

/* One that says it has no limit has one. */
static void
a_stolen_hosts_messages(void **state)
{
	static const struct store_send_limits l = {
		.fleet_hour = 3000, .spend_day = -1, .spend_month = -1
	};
	struct fleet *f = *state;
	const char *which = "";

	postgres_sql("WITH a AS (INSERT INTO twofa.send(at, usr, number, "
		     "source, host, day, price, kind, scope) SELECT 1790000000,"
		     " 'x', 'x', 'x', 'fleet0', 1, 0, 0, '' FROM "
		     "generate_series(1, 1000) RETURNING 1) SELECT count(*) "
		     "FROM a");
	sends = &l;
	assert_int_equal(send_by(f->host[0], 1, &which), SEND_WAIT);
	assert_string_equal(which, "sends_per_host_hour");
	assert_int_equal(send_by(f->host[1], 2, &which), SEND_TAKEN);
}

#define HOLD                                                                   \
	"SELECT * FROM twofa_v1.guess_take('(1,0,\"\",\"\",\"\",0)', 'alice', "  \
	"'192.0.2.0/24', '(6,30,900,100)')"

/* A stolen host holds the row of a user, and keeps the connection open: the
 * user gets in elsewhere. Its transaction ends when it is 5 s old. */
static void
held_for_longer(void **state)
{
	struct fleet *f = *state;
	int64_t began, id = started(f->host[1], "+12025550100", "req-1");
	const struct store_attempt a = { "alice", SOURCE, &usual, id, 5, NULL };
	struct store_attempted out;

	send_text(f->host[0], "BEGIN");
	send_text(f->host[0], HOLD);
	began = frame_clock_ms();
	assert_true(store_attempt(f->host[1], &a, &out));
	assert_in_range(frame_clock_ms() - began, 3000, 9000);
	assert_int_equal(
	    postgres_sql("SELECT count(*) FROM pg_stat_activity WHERE usename "
			 "= 'twofa_fleet0' AND backend_xid IS NOT NULL"),
	    0);
	/* what it had counted is undone */
	assert_int_equal(postgres_sql("SELECT count(*) FROM twofa.guess WHERE "
				      "place = 'fleet0'"),
	    0);
	pg_disconnect(f->host[0]);
}

/* unblock ends nobody whose transaction is younger, or who is no host. */
static void
nobody_else_is_ended(void **state)
{
	struct fleet *f = *state;

	send_text(f->host[0], "BEGIN");
	send_text(f->host[0], HOLD);
	postgres_sql("BEGIN");
	postgres_sql("SELECT n FROM twofa.gate WHERE n = 0 FOR UPDATE");
	send_text(f->host[1], "SELECT twofa_v1.unblock()");
	send_text(f->host[0], "COMMIT");
	postgres_sql("COMMIT");
	assert_int_equal(postgres_sql("SELECT count(*) FROM twofa.guess WHERE "
				      "place = 'fleet0'"),
	    2);
}

/* explain locks rows though it is rolled back, so it does not wait long. */
static void
explain_does_not_wait(void **state)
{
	struct fleet *f = *state;
	const struct store_key key = { "alice", "+12025550100", "one", "type",
		{ NULL } };
	struct store_row row;
	int64_t began;

	send_text(f->host[0], "BEGIN");
	send_text(f->host[0],
	    "SELECT * FROM twofa_v1.claim('(1,0,\"\",\"\",\"\",0)', 'alice', "
	    "'{x}', 'one', "
	    "'type', 255, 1, 15000)");
	began = frame_clock_ms();
	store_wait_until(began + 900);
	assert_int_equal(
	    store_claim_look(f->host[1], &key, METHOD_ALL, 15000, &row),
	    CLAIM_ERROR);
	assert_int_equal(f->host[1]->failure, PG_BUSY);
	assert_in_range(frame_clock_ms() - began, 190, 900);
	store_wait_until(0);
	send_text(f->host[0], "ROLLBACK");
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

BOX_TESTS(test_pg_fleet)
{
	const struct CMUnitTest tests[] = {
		TEST(fifty_guesses_on_five_hosts),
		TEST(one_code_on_five_hosts),
		TEST(the_fleets_messages),
		TEST(each_hosts_messages),
		TEST(a_stolen_hosts_messages),
		TEST(the_fleets_money),
		TEST(a_stolen_host_locks_nobody),
		TEST(ten_of_a_host),
		TEST(by_the_own_limits),
		TEST(a_stolen_host_keeps_no_lock_away),
		TEST(three_of_a_source),
		TEST(a_stolen_host_opens_nothing),
		TEST(shut_stays_shut),
		TEST(a_right_code_clears),
		TEST(too_many_in_an_hour),
		TEST(three_messages_of_a_host),
		TEST(others_messages),
		TEST(a_price_that_is_none),
		TEST(bound_to_a_try),
		TEST(used_codes_stay_used),
		TEST(steps_of_now),
		TEST(used_twice_a_session),
		TEST(who_it_is),
		TEST(held_for_longer),
		TEST(nobody_else_is_ended),
		TEST(explain_does_not_wait),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
