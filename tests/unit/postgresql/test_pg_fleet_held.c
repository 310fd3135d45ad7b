/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Which host it is, and what one can hold: locks of rows, a verification.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "lib/wire/frame.h"
#include "tests/support/state/fleetbox.h"

static const struct store_guess_limits usual = { 6, 30, 900, 100 };

/* Whose rows are touched says who logged in, whatever is set afterwards. */
static void
who_it_is(void **state)
{
	static const char look[] =
	    "SELECT guess FROM twofa_v1.guess_take('(1,0,\"\",\"\",\"\")', "
	    "'alice', "
	    "'192.0.2.0/24', '(6,30,900,100)')";
	PGconn *conn;
	struct fleetbox *f = *state;
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

#define HOLD                                                                   \
	"SELECT * FROM twofa_v1.guess_take('(1,0,\"\",\"\",\"\")', 'alice', "  \
	"'192.0.2.0/24', '(6,30,900,100)')"

/* A stolen host holds the row of a user, and keeps the connection open: the
 * user gets in elsewhere. Its transaction ends when it is 5 s old. */
static void
held_for_longer(void **state)
{
	struct fleetbox *f = *state;
	int64_t began,
	    id = fleetbox_started(f->host[1], "+12025550100", "req-1");
	const struct store_attempt a = { "alice", SOURCE, &usual, id, 5, NULL };
	struct store_attempted out;

	fleetbox_ask(f->host[0], "BEGIN");
	fleetbox_ask(f->host[0], HOLD);
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
	struct fleetbox *f = *state;

	fleetbox_ask(f->host[0], "BEGIN");
	fleetbox_ask(f->host[0], HOLD);
	postgres_sql("BEGIN");
	postgres_sql("SELECT n FROM twofa.gate WHERE n = 0 FOR UPDATE");
	fleetbox_ask(f->host[1], "SELECT twofa_v1.unblock()");
	fleetbox_ask(f->host[0], "COMMIT");
	postgres_sql("COMMIT");
	assert_int_equal(postgres_sql("SELECT count(*) FROM twofa.guess WHERE "
				      "place = 'fleet0'"),
	    2);
}

/* explain locks rows though it is rolled back, so it does not wait long. */
static void
explain_does_not_wait(void **state)
{
	struct fleetbox *f = *state;
	const struct store_key key = { "alice", "+12025550100", "one", "type",
		{ NULL } };
	struct store_row row;
	int64_t began;

	fleetbox_ask(f->host[0], "BEGIN");
	fleetbox_ask(f->host[0],
	    "SELECT * FROM twofa_v1.claim('(1,0,\"\",\"\",\"\")', 'alice', "
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
	fleetbox_ask(f->host[0], "ROLLBACK");
}

#define TEST(f)                                                                \
	cmocka_unit_test_setup_teardown(f, fleetbox_set_up, fleetbox_tear_down)

BOX_TESTS(test_pg_fleet_held)
{
	const struct CMUnitTest tests[] = {
		TEST(who_it_is),
		TEST(held_for_longer),
		TEST(nobody_else_is_ended),
		TEST(explain_does_not_wait),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
