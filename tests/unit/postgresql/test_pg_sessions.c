/* SPDX-License-Identifier: BSD-2-Clause */
/* A change by twofactl self while another session of the same host changes the
 * record: what the server compares is what it writes over. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "helper/store/postgresql/postgresql_inside.h"
#include "lib/fleet_records/fleet_records.h"
#include "tests/support/statebox.h"

#define NOW INT64_C(1000000)
#define WALL INT64_C(1790000000)
#define NUMBER "+12025550142"
#define OTHER "+12025550143"
#define RECORD(number)                                                         \
	"phone = \"" number "\";\nchannels = [\"sms\", \"voice\"];\n"
#define AGAIN 7 /* as enrol() has it */

static unsigned char fleet[FLEET_SEAL_KEY] = "the fleet's own key of 32 bytes";
static struct store *web, *two; /* of one host, which has the right */

static int
set_up(void **state)
{
	(void)box_to_postgres();
	store_time_now(NOW);
	store_time_wall(WALL);
	box_make_fleet(fleet);
	postgres_sql(
	    "UPDATE twofa.host SET enrols = true WHERE name = 'web01'");
	box_set_up(state);
	web = box_store_of(*state, "web01", fleet);
	two = box_store_of(*state, "web01", fleet);
	return 0;
}

static int
tear_down(void **state)
{
	store_close(web);
	store_close(two); /* and its locks, if the test failed */
	postgres_sql("UPDATE twofa.meta SET fleet_key = NULL");
	return box_tear_down(state);
}

#define BASE "0123456789abcdef0123456789abcdef"
#define AT "1790000000"
#define ADMINS RECORD(NUMBER)
/* a change that waits for a day */
#define CHANGE "# self " AT " 0" OTHER " + " BASE " " NUMBER "\n" ADMINS
#define EVIL RECORD("+12025550199")

static void
records(const char *user, const char *text, const char *by)
{
	box_put_record(fleet, user, text, by);
}

static int
self_set_up(void **state)
{
	const int rc = set_up(state);

	postgres_sql("TRUNCATE twofa.recovery");
	records("carol", ADMINS, "twofa_operator uid=0");
	return rc;
}

static void
hex_seal(const char *text, char out[2 * FLEET_SEAL_LEN + 1])
{
	unsigned char seal[FLEET_SEAL_LEN];

	assert_int_equal(fleet_seal_make(fleet, "carol", text, seal), 0);
	hex_text(seal, sizeof(seal), out);
}

static void
asks(struct store *s, const char *sql)
{
	assert_int_equal(
	    pq.PQsendQueryParams(s->conn, sql, 0, NULL, NULL, NULL, NULL, 0),
	    1);
	assert_int_equal(pq.PQflush(s->conn), 0);
}

static void
asks_to_change(struct store *s, const char *body, const char *was)
{
	unsigned char mark[FLEET_SEAL_LEN];
	char b[80], w[80], m[80], sql[2048];

	hex_seal(body, b);
	hex_seal(was, w);
	assert_int_equal(fleet_seal_key_fingerprint(fleet, mark), 0);
	hex_text(mark, sizeof(mark), m);
	snprintf(sql, sizeof(sql),
	    "SELECT twofa_v1.enrol('(1,0,\"\",\"\",\"\",0)'::twofa_v1.who, "
	    "'carol', '%s', '\\x%s', '\\x%s', 0, NULL, '\\x%s')",
	    body, b, m, w);
	asks(s, sql);
}

/* The first value, or -1. */
static int
answer(struct store *s)
{
	PGresult *r;
	int value = -1;

	while ((r = pq.PQgetResult(s->conn)) != NULL) {
		if (pq.PQresultStatus(r) == PGRES_TUPLES_OK &&
		    pq.PQntuples(r) > 0)
			value = atoi(pq.PQgetvalue(r, 0, 0));
		pq.PQclear(r);
	}
	return value;
}

static void
until_one_waits(void)
{
	const struct timespec moment = { .tv_nsec = 10000000 };

	for (int i = 0; i < 3000; i++) {
		if (postgres_sql("SELECT count(*) FROM pg_stat_activity WHERE "
				 "wait_event_type = 'Lock'") > 0)
			return;
		nanosleep(&moment, NULL);
	}
	fail_msg("nobody waits within 30 s");
}

/* The second one's record is there only once the first one has ended. */
static void
a_record_that_comes_meanwhile(void **state)
{
	char *text;

	(void)state;
	assert_int_equal(pg_connect(web), 0);
	assert_int_equal(pg_connect(two), 0);
	asks_to_change(web, EVIL, ADMINS);
	assert_int_equal(answer(web), STORE_ENROLLED_REFUSED);
	asks_to_change(two, CHANGE, ADMINS);
	assert_int_equal(answer(two), AGAIN);
	asks(two, "BEGIN");
	(void)answer(two);
	asks_to_change(two, CHANGE, ADMINS);
	assert_int_equal(answer(two), STORE_ENROLLED_DONE);
	asks(web, "SET lock_timeout = 0");
	(void)answer(web);
	asks_to_change(web, EVIL, CHANGE);
	until_one_waits();
	asks(two, "COMMIT");
	(void)answer(two);
	assert_int_equal(answer(web), STORE_ENROLLED_REFUSED);
	assert_int_equal(
	    store_record_read(web, "carol", &text), STORE_RECORD_FOUND);
	assert_string_equal(text, CHANGE);
	free(text);
}

BOX_TESTS(test_pg_sessions)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
		    a_record_that_comes_meanwhile, self_set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
