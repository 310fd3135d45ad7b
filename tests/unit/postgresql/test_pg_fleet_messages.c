/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Messages and money of five hosts: limits hold exactly for all of them
 * together, and a host that was stolen uses up no more than its part.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/support/plain_claims.h"
#include "tests/support/state/fleetbox.h"

static const struct limits_of_sends *sends;

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
do_send(struct store *s, const struct statebox *b, int n)
{
	const char *which;

	(void)b;
	return (int)send_by(s, n, &which);
}

/* Others' messages of the minute before count as well, and those of an hour
 * ago, of the same minute, do not. */
static void
the_fleets_messages(void **state)
{
	static const struct limits_of_sends l = {
		.fleet_hour = 17, .spend_day = -1, .spend_month = -1
	};
	struct fleetbox *f = *state;
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
	static const struct limits_of_sends l = { .host_hour = 7,
		.fleet_hour = 3000,
		.spend_day = -1,
		.spend_month = -1 };
	struct fleetbox *f = *state;
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
	static const struct limits_of_sends l = { .fleet_hour = 3000,
		.spend_day = 230,
		.spend_month = -1,
		.price = 10 };
	struct fleetbox *f = *state;
	unsigned count[256];

	sends = &l;
	box_all_at_once(f->box, do_send, SESSIONS, count);
	assert_int_equal(count[SEND_TAKEN], 23);
	assert_int_equal(
	    postgres_sql("SELECT sum(price) FROM twofa.spend"), 230);
}

/* One that says it has no limit has one. */
static void
a_stolen_hosts_messages(void **state)
{
	static const struct limits_of_sends l = {
		.fleet_hour = 3000, .spend_day = -1, .spend_month = -1
	};
	struct fleetbox *f = *state;
	const char *which = "";

	postgres_sql("WITH a AS (INSERT INTO twofa.send(at, usr, number, "
		     "source, host, day, price, kind, scope) SELECT 1790000000,"
		     " 'x', 'x', 'x', 'fleet0', 1, 0, 0, '' FROM "
		     "generate_series(1, 1000) RETURNING 1) SELECT count(*) "
		     "FROM a");
	sends = &l;
	assert_int_equal(send_by(f->host[0], 1, &which), SEND_WAIT);
	assert_string_equal(which, "hourly-sends");
	assert_int_equal(send_by(f->host[1], 2, &which), SEND_TAKEN);
	/* answered or not, unless an administrator says otherwise */
	postgres_sql("WITH a AS (UPDATE twofa.send SET answered = 1 RETURNING "
		     "1) SELECT count(*) FROM a");
	assert_int_equal(send_by(f->host[0], 1, &which), SEND_WAIT);
	postgres_sql("UPDATE twofa.host SET hourly_sends = 1001 "
		     "WHERE name = 'fleet0' RETURNING 1");
	assert_int_equal(send_by(f->host[0], 1, &which), SEND_TAKEN);
	assert_int_equal(send_by(f->host[0], 1, &which), SEND_WAIT);
	assert_string_equal(which, "hourly-sends");
	postgres_sql("UPDATE twofa.host SET hourly_sends = 1000 "
		     "WHERE name = 'fleet0' RETURNING 1");
}

/* A host's word that such users answered rightly from there raises others'
 * limit by that of ten. */
static void
a_stolen_host_says_who_answered(void **state)
{
	static const struct limits_of_sends l = { .source_hour = 1,
		.fleet_hour = 3000,
		.spend_day = -1,
		.spend_month = -1 };
	struct fleetbox *f = *state;
	struct store_send_key k = { .counted_as = "+12025550100",
		.source = SOURCE };
	const char *which = "";
	int64_t id, wait_s;

	postgres_sql(
	    "WITH a AS (INSERT INTO twofa.answered_from SELECT CASE WHEN n < "
	    "50 THEN (SELECT twofa.digest(salt, 'source  " SOURCE "') FROM "
	    "twofa.salt) ELSE 'x' END, 'fleet0', "
	    "int4send(n), 1790000000 FROM generate_series(1, 20000) n "
	    "RETURNING 1)"
	    " SELECT count(*) FROM a");
	k.user = "alice";
	for (int n = 0; n < 51; n++)
		if (store_send_take(f->host[1], &k, &l, &id, &wait_s, &which) !=
		    SEND_TAKEN)
			fail_msg("%d %s %s", n, which, store_cause(f->host[1]));
	assert_int_equal(
	    store_send_take(f->host[1], &k, &l, &id, &wait_s, &which),
	    SEND_WAIT);
	assert_string_equal(which, "sends_per_source_hour");
	/* nor has it more rows */
	assert_int_equal(
	    postgres_sql("SELECT count(*) FROM twofa.answered_note(ROW(1, 0, "
			 "'', '', '', 1)"
			 "::twofa_v1.who, ROW('eve', 'elsewhere', NULL, 0, '', "
			 "NULL, 0, NULL)"
			 "::twofa_v1.right_code, 'fleet0', 1790000000)"),
	    1);
	assert_int_equal(
	    postgres_sql("SELECT count(*) FROM twofa.answered_from"), 20000);
}

static enum store_send
message(struct store *s, const char *number, const char **which)
{
	static const struct limits_of_sends l = { .user_hour = 5,
		.user_day = 15,
		.number_day = 15,
		.source_hour = 30,
		.host_hour = 300,
		.fleet_hour = 3000,
		.spend_day = -1,
		.spend_month = -1 };
	static const struct limits_of_sends none = { .spend_day = -1,
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
	struct fleetbox *f = *state;
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
	struct fleetbox *f = *state;
	const char *which = "";
	char text[128];
	int64_t id;

	assert_int_equal(
	    message(f->host[1], "+12025550100", &which), SEND_TAKEN);
	id = postgres_sql("SELECT max(id) FROM twofa.send");
	assert_int_equal(store_send_refund(f->host[0], id), 0);
	assert_int_equal(postgres_sql("SELECT count(*) FROM twofa.send"), 1);
	snprintf(text, sizeof(text),
	    "SELECT twofa_v1.started(NULL, 0, 'r', 1, 1, 1, NULL, "
	    "NULL, false, "
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

/* An enrolment's go to any number, whose owner types the code. */
static void
an_enrolments_messages(void **state)
{
	static const struct limits_of_sends l = { .user_hour = 2,
		.number_answered_day = 3,
		.spend_day = -1,
		.spend_month = -1 };
	const struct store_key key = { "alice" STORE_ENROLMENT, "+12025550100",
		"one", "type", { NULL } };
	struct store_send_key message = {
		.user = "alice", .counted_as = "+12025550100", .source = SOURCE
	};
	struct store_started to = {
		.request_id = "req", .method = METHOD_SMS, .life_ms = 300000
	};
	struct fleetbox *f = *state;
	struct store *s = f->host[0];
	struct store_row row;
	const char *which = "";
	int64_t wait_s;

	for (int n = 0; n < 3; n++) {
		message.user = n < 2 ? "alice" : "bob";
		assert_int_equal(
		    store_send_take(s, &message, &l, &to.send, &wait_s, &which),
		    SEND_TAKEN);
		assert_int_equal(
		    store_claim(s, &key, METHOD_ALL, METHOD_SMS, 15000, &row),
		    CLAIM_NEW);
		to.id = row.id;
		assert_int_equal(store_row_set_started(s, &to), 0);
		assert_int_equal(plain_finish(s, to.id, to.request_id), 1);
	}
	message.user = "carol";
	assert_int_equal(
	    store_send_take(s, &message, &l, &to.send, &wait_s, &which),
	    SEND_WAIT);
	assert_string_equal(which, "answered_per_number_day");
	message.user = "alice";
	message.counted_as = "+12025550101";
	assert_int_equal(
	    store_send_take(s, &message, &l, &to.send, &wait_s, &which),
	    SEND_WAIT);
	assert_string_equal(which, "sends_per_user_hour");
}

/* At a service of another uid a limit of a day is negated: of an older host it
 * is that of root's services. */
static void
a_day_at_another_uids_service(void **state)
{
	static const int days[] = { 1, -1 };
	struct fleetbox *f = *state;
	char text[256];

	for (int i = 0; i < 2; i++) {
		snprintf(text, sizeof(text),
		    "SELECT sent FROM twofa_v1.send_take(ROW(1, 33, '', '', '',"
		    " 0)::twofa_v1.who, ROW('alice', 'n', 'uid:33', false, 0, "
		    "0, -1, -1, 9, 9, %d, 9, 9, 9, 9, 99, 999)"
		    "::twofa_v1.message, true)",
		    days[i]);
		for (int n = 0; n < 2; n++)
			assert_int_equal(fleetbox_ask(f->host[i], text),
			    i == 1 && n == 1 ? SEND_WAIT : SEND_TAKEN);
	}
}

#define TEST(f)                                                                \
	cmocka_unit_test_setup_teardown(f, fleetbox_set_up, fleetbox_tear_down)

BOX_TESTS(test_pg_fleet_messages)
{
	const struct CMUnitTest tests[] = {
		TEST(the_fleets_messages),
		TEST(each_hosts_messages),
		TEST(the_fleets_money),
		TEST(a_stolen_hosts_messages),
		TEST(a_stolen_host_says_who_answered),
		TEST(three_messages_of_a_host),
		TEST(an_enrolments_messages),
		TEST(others_messages),
		TEST(a_price_that_is_none),
		TEST(a_day_at_another_uids_service),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
