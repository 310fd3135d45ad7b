/* SPDX-License-Identifier: BSD-2-Clause */
/* Which logins are noted as a success, for twofactl status. */
#include "tests/support/logins/scripted.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <sqlite3.h>

#include "helper/store/store.h"
#include "tests/support/unit_tests.h"

static struct login_result result;

static void
count(void *ctx, const char *provider, enum method method, int64_t wall)
{
	unsigned *n = ctx;

	(void)wall;
	assert_string_equal(provider, "vonage");
	assert_int_equal(method, METHOD_SMS);
	(*n)++;
}

static unsigned
noted(const struct scripted *s)
{
	struct store *store = scripted_store(s);
	unsigned n = 0;

	assert_int_equal(store_successes_by_provider(store, &n, count), 0);
	store_close(store);
	return n;
}

static void
right_code(void **state)
{
	struct script script = { .reply = { START_OK, CHECK_OK },
		.answer = { TYPED("123456") } };

	assert_int_equal(noted(*state), 0);
	scripted_expect(*state, &script, VERDICT_ALLOW, NULL, &result);
	assert_int_equal(noted(*state), 1);
}

/* twofactl test has the same dialogue, and lets nobody in. */
static void
test_of_an_admin(void **state)
{
	struct scripted *s = *state;
	struct script script = { .reply = { START_OK, CHECK_OK },
		.answer = { TYPED("123456") } };

	s->facts.purpose = PURPOSE_TEST;
	s->facts.request = "root";
	scripted_expect(s, &script, VERDICT_ALLOW, NULL, &result);
	assert_int_equal(noted(s), 0);
}

static void
outage(void **state)
{
	struct scripted *s = *state;
	struct script script = {
		.reply = { { "/verify/json", HTTP_NOT_SENT, 0, NULL, NULL } }
	};

	s->conf.on_outage = OUTAGE_ALLOW;
	scripted_expect(s, &script, VERDICT_ALLOW, "outage", &result);
	assert_int_equal(noted(s), 0);
}

static void
run_sql(const struct scripted *s, const char *sql)
{
	sqlite3 *db;

	assert_int_equal(sqlite3_open(s->conf.state, &db), SQLITE_OK);
	assert_int_equal(sqlite3_exec(db, sql, NULL, NULL, NULL), SQLITE_OK);
	sqlite3_close(db);
}

/* A state that cannot note it lets nobody in, and the code stays good. */
static void
not_to_be_noted(void **state)
{
	struct scripted *s = *state;
	struct script first = { .reply = { START_OK, CHECK_OK },
		.answer = { TYPED("123456") } };
	struct script again = { .reply = { CHECK_OK },
		.answer = { TYPED("123456") } };

	assert_int_equal(noted(s), 0); /* there is a state */
	run_sql(s,
	    "CREATE TRIGGER stop BEFORE INSERT ON passed"
	    " BEGIN SELECT RAISE(ABORT, 'stop'); END");
	scripted_expect(s, &first, VERDICT_DENY, "state", &result);
	assert_int_equal(noted(s), 0);
	run_sql(s, "DROP TRIGGER stop");
	scripted_expect(s, &again, VERDICT_ALLOW, NULL, &result);
	assert_int_equal(noted(s), 1);
}

#define T(f)                                                                   \
	cmocka_unit_test_setup_teardown(f, scripted_setup, scripted_teardown)

UNIT_TESTS(test_noted)
{
	const struct CMUnitTest tests[] = {
		T(right_code),
		T(test_of_an_admin),
		T(outage),
		T(not_to_be_noted),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
