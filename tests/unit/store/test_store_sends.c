/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The account of messages: every limit one below, at and one above, with the
 * clock moved; money; refunds; and that a year of logins does not fill a disk.
 */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <string.h>
#include <sys/stat.h>

#include <cmocka.h>

#include "helper/store/sqlite/sqlite.h"
#include "tests/support/statebox.h"
#include "tests/support/store_time.h"
#include "tests/support/unit_tests.h"

#define HOUR 3600
#define DAY 86400
#define MIDNIGHT (INT64_C(20000) * DAY) /* of a day of UTC */
#define NOON (MIDNIGHT + 12 * HOUR)
#define CENT 10000 /* millionths */

static const struct limits_of_sends no_limits = { .spend_day = -1,
	.spend_month = -1 };

struct took {
	enum store_send result;
	int64_t id, wait_s;
	const char *which;
};

static struct took
send_as(struct statebox *b, const char *user, const char *number,
    const char *source, const struct limits_of_sends *limits, int64_t wall)
{
	const struct store_send_key key = { user, number, source, false, false,
		false, false };
	struct took t = { SEND_ERROR, -1, -1, NULL };

	t.result =
	    at_send_take(b->s, &key, limits, wall, &t.id, &t.wait_s, &t.which);
	if (t.result == SEND_ERROR)
		print_message("%s\n", store_cause(b->s));
	return t;
}

static struct took
alice(struct statebox *b, const struct limits_of_sends *limits, int64_t wall)
{
	return send_as(
	    b, "alice", "+12025550100", "192.0.2.0/24", limits, wall);
}

static void
taken(struct took t)
{
	assert_int_equal(t.result, SEND_TAKEN);
	assert_true(t.id > 0);
}

static void
waits(struct took t, const char *which, int64_t wait_s)
{
	assert_int_equal(t.result, SEND_WAIT);
	assert_string_equal(t.which, which);
	assert_int_equal(t.wait_s, wait_s);
}

/* A limit of three in a window: the fourth waits until the first has left it,
 * to the second. */
static void
border(struct statebox *b, const struct limits_of_sends *limits,
    const char *which, int64_t window)
{
	taken(alice(b, limits, NOON));
	taken(alice(b, limits, NOON + 10));
	taken(alice(b, limits, NOON + 20)); /* at the limit */
	waits(alice(b, limits, NOON + 20), which, window - 20);
	waits(alice(b, limits, NOON + 21), which, window - 21);
	waits(alice(b, limits, NOON + window - 1), which, 1);
	taken(alice(b, limits, NOON + window));
	waits(alice(b, limits, NOON + window), which, 10);
	waits(alice(b, limits, NOON + window + 9), which, 1);
	taken(alice(b, limits, NOON + window + 10));
}

static void
user_hour(void **state)
{
	struct statebox *b = *state;
	struct limits_of_sends limits = no_limits;

	limits.user_hour = 3;
	border(b, &limits, "sends_per_user_hour", HOUR);
	/* somebody else at the same phone and place */
	taken(send_as(b, "bob", "+12025550100", "192.0.2.0/24", &limits,
	    NOON + HOUR + 10));
}

/* The next provider of one login: the limits of user and number let it pass,
 * and it counts for the next login as any other. */
static void
carried(void **state)
{
	struct statebox *b = *state;
	const struct store_send_key key = { "alice", "+12025550100",
		"192.0.2.0/24", false, CARRIED_BESIDE, false, false };
	struct limits_of_sends limits = no_limits;
	const char *which = "";
	int64_t id, wait_s;

	limits.user_hour = limits.user_day = limits.number_day = 1;
	limits.host_hour = 3;
	taken(alice(b, &limits, NOON));
	for (int i = 0; i < 2; i++)
		assert_int_equal(at_send_take(b->s, &key, &limits, NOON, &id,
				     &wait_s, &which),
		    SEND_TAKEN);
	assert_int_equal(
	    at_send_take(b->s, &key, &limits, NOON, &id, &wait_s, &which),
	    SEND_WAIT);
	assert_string_equal(which, "sends_per_host_hour");
	limits.user_hour = 0;
	limits.user_day = 4;
	limits.number_day = 3;
	waits(
	    alice(b, &limits, NOON + HOUR), "sends_per_number_day", DAY - HOUR);
	limits.user_day = 3;
	limits.number_day = 0;
	waits(alice(b, &limits, NOON + HOUR), "sends_per_user_day", DAY - HOUR);
	limits.user_day = 4;
	taken(alice(b, &limits, NOON + HOUR));
}

static void
user_day(void **state)
{
	struct statebox *b = *state;
	struct limits_of_sends limits = no_limits;

	limits.user_day = 3;
	border(b, &limits, "sends_per_user_day", DAY);
	taken(send_as(b, "bob", "+12025550100", "192.0.2.0/24", &limits,
	    NOON + DAY + 10));
}

static void
number_day(void **state)
{
	struct statebox *b = *state;
	struct limits_of_sends limits = no_limits;

	limits.number_day = 3;
	border(b, &limits, "sends_per_number_day", DAY);
	waits(send_as(b, "bob", "+12025550100", "uid:1001", &limits,
		  NOON + DAY + 10),
	    "sends_per_number_day", 10);
	taken(send_as(b, "alice", "+12025550101", "192.0.2.0/24", &limits,
	    NOON + DAY + 10));
}

static void
source_hour(void **state)
{
	struct statebox *b = *state;
	struct limits_of_sends limits = no_limits;

	limits.source_hour = 3;
	border(b, &limits, "sends_per_source_hour", HOUR);
	waits(send_as(b, "bob", "+12025550101", "192.0.2.0/24", &limits,
		  NOON + HOUR + 10),
	    "sends_per_source_hour", 10);
	taken(send_as(
	    b, "alice", "+12025550100", "uid:1001", &limits, NOON + HOUR + 10));
}

static void
host_hour(void **state)
{
	struct statebox *b = *state;
	struct limits_of_sends limits = no_limits;

	limits.host_hour = 3;
	border(b, &limits, "sends_per_host_hour", HOUR);
	waits(send_as(b, "bob", "+12025550101", "uid:1001", &limits,
		  NOON + HOUR + 10),
	    "sends_per_host_hour", 10);
}

/* A refused one counts against no limit. */
static void
all_or_none(void **state)
{
	struct statebox *b = *state;
	struct limits_of_sends limits = no_limits;

	limits.user_hour = 1;
	limits.host_hour = 2;
	limits.spend_day = 2 * CENT;
	limits.price = CENT;
	taken(alice(b, &limits, NOON));
	for (int i = 0; i < 5; i++)
		waits(alice(b, &limits, NOON + 1), "sends_per_user_hour",
		    HOUR - 1);
	taken(send_as(b, "bob", "+12025550101", "uid:1001", &limits, NOON + 2));
	assert_int_equal(box_sql(b, "SELECT count(*) FROM send"), 2);
}

/* Of several, the one that holds longest is named. */
static void
longest_is_named(void **state)
{
	struct statebox *b = *state;
	struct limits_of_sends limits = no_limits;

	limits.user_hour = 1;
	limits.user_day = 2;
	limits.price = CENT;
	taken(alice(b, &limits, NOON));
	waits(alice(b, &limits, NOON + 60), "sends_per_user_hour", HOUR - 60);
	taken(alice(b, &limits, NOON + HOUR));
	waits(alice(b, &limits, NOON + HOUR), "sends_per_user_day", DAY - HOUR);
	limits.spend_day = 2 * CENT;
	waits(alice(b, &limits, NOON + HOUR), "sends_per_user_day", DAY - HOUR);
	limits.spend_month = 2 * CENT;
	waits(alice(b, &limits, NOON + HOUR), "spend_per_month",
	    30 * DAY - 13 * HOUR);
	/* the same wait: the first in the table's order */
	limits = no_limits;
	limits.host_hour = limits.source_hour = limits.user_hour = 1;
	waits(alice(b, &limits, NOON + HOUR), "sends_per_user_hour", HOUR);
}

static void
no_limit(void **state)
{
	struct statebox *b = *state;

	for (int i = 0; i < 400; i++)
		taken(alice(b, &no_limits, NOON));
}

static void
refunds(void **state)
{
	struct statebox *b = *state;
	struct limits_of_sends limits = no_limits;
	struct took first, second;

	limits.user_hour = 2;
	limits.spend_day = 2 * CENT;
	limits.price = CENT;
	first = alice(b, &limits, NOON);
	second = alice(b, &limits, NOON + 100);
	taken(first);
	taken(second);
	waits(alice(b, &limits, NOON + 100), "spend_per_day", 12 * HOUR - 100);
	assert_int_equal(store_send_refund(b->s, first.id), 0);
	/* twice is once */
	assert_int_equal(store_send_refund(b->s, first.id), 0);
	assert_int_equal(store_send_refund(b->s, 4711), 0);
	taken(alice(b, &limits, NOON + 200));
	limits.spend_day = -1;
	waits(alice(b, &limits, NOON + 200), "sends_per_user_hour", HOUR - 100);
	/* ids are not given out again: a late refund hits nobody else's */
	assert_int_equal(store_send_refund(b->s, second.id), 0);
	first = alice(b, &limits, NOON + 200);
	taken(first);
	assert_true(first.id > second.id);
}

static void
spend_day(void **state)
{
	struct statebox *b = *state;
	struct limits_of_sends limits = no_limits;

	limits.spend_day = 10 * CENT;
	limits.price = 5 * CENT - 1;
	taken(alice(b, &limits, MIDNIGHT));
	limits.price = 5 * CENT + 2;
	waits(alice(b, &limits, MIDNIGHT), "spend_per_day", DAY);
	limits.price = 5 * CENT + 1; /* exactly at the limit */
	taken(alice(b, &limits, MIDNIGHT));
	limits.price = 0;
	taken(alice(b, &limits, MIDNIGHT));
	limits.price = 1;
	waits(alice(b, &limits, MIDNIGHT), "spend_per_day", DAY);
	waits(alice(b, &limits, MIDNIGHT + DAY - 1), "spend_per_day", 1);
	taken(alice(b, &limits, MIDNIGHT + DAY));
	limits.spend_day = 0;
	waits(alice(b, &limits, MIDNIGHT + 2 * DAY), "spend_per_day", DAY);
	limits.price = 0;
	taken(alice(b, &limits, MIDNIGHT + 2 * DAY));
}

static void
spend_month(void **state)
{
	struct statebox *b = *state;
	struct limits_of_sends limits = no_limits;

	limits.spend_month = 30 * CENT;
	limits.price = 10 * CENT;
	taken(alice(b, &limits, NOON));
	taken(alice(b, &limits, NOON + 5 * DAY));
	taken(alice(b, &limits, NOON + 29 * DAY));
	/* the first day leaves after 30 days */
	waits(alice(b, &limits, NOON + 29 * DAY), "spend_per_month", 12 * HOUR);
	waits(alice(b, &limits, MIDNIGHT + 30 * DAY - 1), "spend_per_month", 1);
	/* two days must leave for this one */
	limits.price = 15 * CENT;
	waits(alice(b, &limits, NOON + 29 * DAY), "spend_per_month",
	    12 * HOUR + 5 * DAY);
	/* never: until there is nothing else */
	limits.price = 31 * CENT;
	waits(alice(b, &limits, NOON + 29 * DAY), "spend_per_month",
	    12 * HOUR + 29 * DAY);
	limits.price = 10 * CENT;
	taken(alice(b, &limits, MIDNIGHT + 30 * DAY));
	waits(
	    alice(b, &limits, MIDNIGHT + 30 * DAY), "spend_per_month", 5 * DAY);
}

static void
totals(struct statebox *b, int64_t wall, unsigned hour, unsigned day,
    int64_t spent_day, int64_t spent_month)
{
	int64_t d = -1, m = -1;
	unsigned h = 99, n = 99;

	assert_int_equal(at_totals(b->s, wall, &h, &n, &d, &m), 0);
	assert_int_equal(h, hour);
	assert_int_equal(n, day);
	assert_int_equal(d, spent_day);
	assert_int_equal(m, spent_month);
}

static void
real_prices(void **state)
{
	struct statebox *b = *state;
	struct limits_of_sends limits = no_limits;
	struct took a, c;

	limits.price = 5 * CENT;
	a = alice(b, &limits, NOON);
	c = alice(b, &limits, NOON + HOUR);
	totals(b, NOON + HOUR, 1, 2, 10 * CENT, 10 * CENT);
	assert_int_equal(sqlite_send_set_price(b->s, a.id, 7 * CENT), 0);
	totals(b, NOON + HOUR, 1, 2, 12 * CENT, 12 * CENT);
	assert_int_equal(sqlite_send_set_price(b->s, a.id, 0), 0);
	totals(b, NOON + HOUR, 1, 2, 5 * CENT, 5 * CENT);
	assert_int_equal(sqlite_send_set_price(b->s, c.id, 1), 0);
	totals(b, NOON + HOUR, 1, 2, 1, 1);
	assert_int_equal(store_send_refund(b->s, c.id), 0);
	totals(b, NOON + HOUR, 0, 1, 0, 0);
	assert_int_equal(sqlite_send_set_price(b->s, c.id, 9 * CENT), 0);
	totals(b, NOON + HOUR, 0, 1, 0, 0);
	assert_int_equal(sqlite_send_set_price(b->s, a.id, -1), -1);
	assert_int_equal(sqlite_send_set_price(b->s, a.id, INT64_MAX), -1);
	limits.price = INT64_MAX;
	assert_int_equal(alice(b, &limits, NOON).result, SEND_ERROR);
	limits.price = -1;
	assert_int_equal(alice(b, &limits, NOON).result, SEND_ERROR);
	totals(b, NOON + HOUR, 0, 1, 0, 0);
}

static void
totals_at_their_borders(void **state)
{
	struct statebox *b = *state;
	struct limits_of_sends limits = no_limits;

	limits.price = 3;
	totals(b, NOON, 0, 0, 0, 0);
	alice(b, &limits, NOON);
	totals(b, NOON + HOUR - 1, 1, 1, 3, 3);
	totals(b, NOON + HOUR, 0, 1, 3, 3);
	totals(b, MIDNIGHT + DAY - 1, 0, 1, 3, 3);
	totals(b, MIDNIGHT + DAY, 0, 1, 0, 3);
	totals(b, NOON + DAY - 1, 0, 1, 0, 3);
	totals(b, NOON + DAY, 0, 0, 0, 3);
	totals(b, MIDNIGHT + 30 * DAY - 1, 0, 0, 0, 3);
	totals(b, MIDNIGHT + 30 * DAY, 0, 0, 0, 0);
}

/* They count as made now: none is forgotten, none lasts beyond its window. */
static void
clock_back_an_hour(void **state)
{
	struct statebox *b = *state;
	struct limits_of_sends limits = no_limits;

	limits.user_hour = 3;
	taken(alice(b, &limits, NOON));
	taken(alice(b, &limits, NOON + 10));
	taken(alice(b, &limits, NOON + 20));
	waits(alice(b, &limits, NOON + 20 - HOUR), "sends_per_user_hour", HOUR);
	waits(alice(b, &limits, NOON + 19), "sends_per_user_hour", 1);
	taken(alice(b, &limits, NOON + 20));
}

static void
clock_forward_an_hour(void **state)
{
	struct statebox *b = *state;
	struct limits_of_sends limits = no_limits;

	limits.user_hour = 3;
	limits.user_day = 4;
	for (int i = 0; i < 3; i++)
		taken(alice(b, &limits, NOON + i));
	taken(alice(b, &limits, NOON + 2 + HOUR));
	waits(alice(b, &limits, NOON + 2 + HOUR), "sends_per_user_day",
	    DAY - 2 - HOUR);
	/* and back where it was: no room has been won */
	waits(alice(b, &limits, NOON + 3), "sends_per_user_day", DAY - 3);
}

static void
clock_back_many(void **state)
{
	struct statebox *b = *state;
	struct limits_of_sends limits = no_limits;
	int64_t back = NOON - 5 * HOUR;

	for (int i = 0; i < 100; i++)
		taken(alice(b, &no_limits, NOON));
	limits.user_hour = 1;
	/* mended a few at a time, but all of them at once */
	waits(alice(b, &limits, back), "sends_per_user_hour", HOUR);
	assert_int_equal(box_sql(b, "SELECT count(DISTINCT at) FROM send"), 1);
	for (int i = 0; i < 10; i++)
		waits(alice(b, &limits, back + 10), "sends_per_user_hour",
		    HOUR - 10);
	waits(alice(b, &limits, back + HOUR - 1), "sends_per_user_hour", 1);
	taken(alice(b, &limits, back + HOUR));
}

static off_t
bytes(const struct statebox *b, const char *suffix)
{
	char path[128];
	struct stat st;

	snprintf(path, sizeof(path), "%s%s", b->path, suffix);
	assert_int_equal(stat(path, &st), 0);
	return st.st_size;
}

/* A year ahead: the host waits an hour, as it is told, and not a day. */
static void
clock_back_host(void **state)
{
	struct statebox *b = *state;
	struct limits_of_sends limits = no_limits;
	off_t wal;

	for (int i = 0; i < 1000; i++)
		taken(alice(b, &no_limits, NOON + 365 * DAY + i));
	wal = bytes(b, "-wal");
	limits.host_hour = 100;
	waits(alice(b, &limits, NOON), "sends_per_host_hour", HOUR);
	assert_int_equal(box_sql(b, "SELECT count(DISTINCT at) FROM send"), 1);
	waits(alice(b, &limits, NOON + 600), "sends_per_host_hour", HOUR - 600);
	waits(alice(b, &limits, NOON + HOUR - 1), "sends_per_host_hour", 1);
	taken(alice(b, &limits, NOON + HOUR));
	assert_int_equal(bytes(b, "-wal"), wal);
}

static void
clock_back_over_midnight(void **state)
{
	struct statebox *b = *state;
	struct limits_of_sends limits = no_limits;
	struct took t;

	limits.price = CENT;
	limits.spend_day = 2 * CENT;
	taken(alice(b, &limits, MIDNIGHT + 10));
	t = alice(b, &limits, MIDNIGHT + 20);
	taken(t);
	waits(alice(b, &limits, MIDNIGHT - HOUR), "spend_per_day", HOUR);
	totals(b, MIDNIGHT - HOUR, 2, 2, 2 * CENT, 2 * CENT);
	assert_int_equal(store_send_refund(b->s, t.id), 0);
	totals(b, MIDNIGHT - HOUR, 1, 1, CENT, CENT);
	taken(alice(b, &limits, MIDNIGHT - HOUR));
	totals(b, MIDNIGHT - HOUR, 2, 2, 2 * CENT, 2 * CENT);
	/* the money of yesterday, now that it is a new day */
	taken(alice(b, &limits, MIDNIGHT));
}

/* The messages of the days to come are gone, their money is not: it is spent
 * today, and not each day again until then. */
static void
clock_back_money_alone(void **state)
{
	struct statebox *b = *state;
	struct limits_of_sends limits = no_limits;

	limits.price = CENT;
	limits.spend_day = CENT;
	taken(alice(b, &limits, NOON + 40 * DAY));
	box_sql(b, "DELETE FROM send");
	waits(alice(b, &limits, NOON), "spend_per_day", 12 * HOUR);
	waits(alice(b, &limits, NOON + 10), "spend_per_day", 12 * HOUR - 10);
	taken(alice(b, &limits, NOON + DAY));
}

static void
no_phone_numbers(void **state)
{
	struct statebox *b = *state;

	alice(b, &no_limits, NOON);
	assert_int_equal(
	    box_sql(b, "SELECT count(*) FROM send WHERE number LIKE '%2025%'"),
	    0);
	assert_int_equal(box_sql(b, "SELECT length(number) FROM send"), 64);
}

/* A year of 55 a day: rows are let go as fast as they come. */
static void
a_year_of_logins(void **state)
{
	struct statebox *b = *state;
	struct limits_of_sends limits = no_limits;
	char user[32], number[32], source[32];
	off_t db = bytes(b, ""), wal = bytes(b, "-wal");

	limits.price = CENT;
	for (int i = 0; i < 5000; i++) {
		snprintf(user, sizeof(user), "user%d", i % 997);
		snprintf(number, sizeof(number), "+1202%07d", i % 997);
		snprintf(source, sizeof(source), "10.%d.%d.0/24", i / 256 % 256,
		    i % 256);
		taken(send_as(b, user, number, source, &limits,
		    NOON + (int64_t)i * 6300));
	}
	assert_int_equal(bytes(b, ""), db);
	assert_int_equal(bytes(b, "-wal"), wal);
	assert_in_range(box_sql(b, "SELECT count(*) FROM send"), 13, 29);
	assert_in_range(box_sql(b, "SELECT count(*) FROM spend"), 300, 400);
	assert_true(box_sql(b, "PRAGMA freelist_count") > 128);
}

/* After a rush, the account shrinks again by itself. */
static void
a_rush_is_pruned(void **state)
{
	struct statebox *b = *state;

	for (int i = 0; i < 300; i++)
		taken(alice(b, &no_limits, NOON));
	for (int i = 0; i < 45; i++)
		taken(alice(b, &no_limits, NOON + 2 * DAY));
	assert_in_range(box_sql(b, "SELECT count(*) FROM send"), 45, 45);
}

static int64_t
price_after(struct statebox *b, int64_t session, int64_t price, int result)
{
	const struct store_key who = { "alice", "+12025550100", "one", "type",
		{ NULL } };
	struct store_started to = { .request_id = "r",
		.method = METHOD_SMS,
		.life_ms = 300000,
		.price = price };
	struct store_row row;

	box_sql(b, "DELETE FROM verification");
	box_sql(b, "DELETE FROM send");
	box_sql(b,
	    "INSERT INTO send(id, at, user, number, source, day, price)"
	    " VALUES(9, 1, 'alice', 'n', 'uid:1', 1, 50000)");
	assert_int_equal(
	    at_claim(b->s, &who, METHOD_ALL, METHOD_SMS, 1, 1000, 15000, &row),
	    CLAIM_NEW);
	to.id = row.id;
	to.send = 9;
	assert_int_equal(at_started_so(b->s, session, 1000, &to), result);
	return box_sql(b, "SELECT price FROM send");
}

/* It has cost that, whether the row is still to be had or not; an odd price is
 * no reason to lose it. */
static void
price_of_a_start(void **state)
{
	struct statebox *b = *state;

	assert_int_equal(price_after(b, 1, 0, 0), 50000);
	assert_int_equal(price_after(b, 1, 70000, 0), 70000);
	assert_int_equal(price_after(b, 2, 70000, -1), 70000);
	assert_int_equal(price_after(b, 1, INT64_C(1000000000001), 0), 50000);
}

/* The reply comes late, and another session has begun elsewhere meanwhile: the
 * number is taken, and the message has its price. */
static void
price_of_a_late_start(void **state)
{
	static const struct store_key one = { "alice", "+12025550100", "one",
		"vonage-verify", { NULL } };
	static const struct store_key two = { "alice", "+12025550100", "two",
		"vonage-verify", { NULL } };
	struct statebox *b = *state;
	struct limits_of_sends limits = no_limits;
	struct store_started to = { .request_id = "late",
		.method = METHOD_SMS,
		.life_ms = 300000,
		.price = 70000 };
	struct store_row row, other;
	int64_t day = 0, month = 0;
	unsigned in_hour, in_day;
	struct took t;

	limits.price = CENT;
	t = alice(b, &limits, NOON);
	taken(t);
	assert_int_equal(
	    at_claim(b->s, &one, 0, METHOD_SMS, 1, 1000000, 60000, &row),
	    CLAIM_NEW);
	assert_int_equal(at_unknown(b->s, row.id, 1, 1000000), 0);
	assert_int_equal(
	    at_claim(b->s, &two, 0, METHOD_SMS, 2, 1000100, 60000, &other),
	    CLAIM_NEW);
	to.id = row.id;
	to.send = t.id;
	assert_int_equal(at_started_so(b->s, 1, 1000200, &to), -1);
	assert_int_equal(
	    at_totals(b->s, NOON, &in_hour, &in_day, &day, &month), 0);
	assert_int_equal(day, 70000);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, box_set_up, box_tear_down)
#define FILE_TEST(f) BOX_FILE_TEST(f, box_set_up, box_tear_down)

BOX_TESTS(test_store_sends)
{
	const struct CMUnitTest tests[] = {
		FILE_TEST(price_of_a_start),
		TEST(price_of_a_late_start),
		TEST(user_hour),
		TEST(carried),
		TEST(user_day),
		TEST(number_day),
		TEST(source_hour),
		TEST(host_hour),
		TEST(all_or_none),
		TEST(longest_is_named),
		TEST(no_limit),
		TEST(refunds),
		TEST(spend_day),
		TEST(spend_month),
		FILE_TEST(real_prices),
		TEST(totals_at_their_borders),
		TEST(clock_back_an_hour),
		TEST(clock_forward_an_hour),
		TEST(clock_back_many),
		FILE_TEST(clock_back_host),
		TEST(clock_back_over_midnight),
		TEST(clock_back_money_alone),
		TEST(no_phone_numbers),
		FILE_TEST(a_year_of_logins),
		TEST(a_rush_is_pruned),
	};

	return BOX_RUN(tests);
}
