/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A step that waits for the lock of the state file goes by the time when it has
 * it: what others did meanwhile is not ahead of the clock.
 */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <setjmp.h>
#include <string.h>

#include <cmocka.h>
#include <sqlite3.h>

#include "helper/store/sqlite/sqlite.h"
#include "tests/support/plain_claims.h"
#include "tests/support/statebox.h"
#include "tests/support/store_time.h"
#include "tests/support/unit_tests.h"

#define DAY 86400
#define MIDNIGHT (INT64_C(20000) * DAY) /* of a day of UTC */
#define BEFORE (MIDNIGHT - 2)
#define AFTER (MIDNIGHT + 3)

static const unsigned char bobs[STORE_REMEMBERED_LEN] = { 1, 0, 3 };
static const unsigned char alices[STORE_REMEMBERED_LEN] = { 1, 0, 4 };

/* Another program has the lock; it ends with these words. */
static sqlite3 *other;
static const char *words;

static void
run(const char *text)
{
	if (sqlite3_exec(other, text, NULL, NULL, NULL) != SQLITE_OK)
		fail_msg("%s: %s", text, sqlite3_errmsg(other));
}

static void
nothing_more(void)
{
}

static void
ends_later(void)
{
	store_waiting = nothing_more;
	store_time_wall(AFTER);
	run(words);
	run("COMMIT");
}

/* From now on the box's next step waits from BEFORE to AFTER. */
static void
is_locked(struct statebox *b, const char *text)
{
	assert_int_equal(sqlite3_open(b->path, &other), SQLITE_OK);
	run("BEGIN IMMEDIATE");
	words = text;
	store_time_wall(BEFORE);
	store_waiting = ends_later;
}

static int
tear_down(void **state)
{
	store_waiting = nothing_more;
	sqlite3_close(other);
	return box_tear_down(state);
}

static void
a_login_that_is_remembered(void **state)
{
	struct statebox *b = *state;

	assert_int_equal(
	    at_remembered_put(b->s, "bob", bobs, BEFORE, BEFORE + 900), 0);
	is_locked(b, "UPDATE grace SET since = since + 5, until = until + 5");
	assert_int_equal(plain_remembered_put(b->s, "alice", alices, 900), 0);
	assert_int_equal(at_remembered_get(b->s, "bob", bobs, AFTER), 1);
	assert_int_equal(at_remembered_get(b->s, "alice", alices, AFTER), 1);
}

/* Money of the new day stays there. */
static void
money(void **state)
{
	struct statebox *b = *state;
	const struct store_send_key key = { .user = "alice",
		.counted_as = "+12025550100",
		.source = "192.0.2.0/24" };
	const struct limits_of_sends limits = {
		.price = 10, .spend_day = -1, .spend_month = -1
	};
	int64_t id, wait_s;
	const char *which;

	is_locked(b, "INSERT INTO spend VALUES(20000, '', 500)");
	assert_int_equal(
	    store_send_take(b->s, &key, &limits, &id, &wait_s, &which),
	    SEND_TAKEN);
	assert_int_equal(
	    box_sql(b, "SELECT sum(price) FROM spend WHERE day = 20000"), 510);
}

static void
a_lock(void **state)
{
	struct statebox *b = *state;
	const struct limits_of_guesses limits = { 1, 30, 900, 0 };
	struct store_guess_token token;
	int64_t wait_s;

	assert_int_equal(at_guess_take(b->s, "alice", "192.0.2.0/24", &limits,
			     BEFORE, &token, &wait_s),
	    GUESS_OPEN);
	is_locked(b,
	    "UPDATE guess SET locked_at = locked_at + 5, until = until + 5"
	    " WHERE until > 0");
	assert_int_equal(store_guess_take(b->s, "alice", "192.0.2.0/24",
			     &limits, &token, &wait_s),
	    GUESS_LOCKED);
	assert_int_equal(wait_s, 900);
	assert_int_equal(
	    box_sql(b, "SELECT max(until) FROM guess") - AFTER, 900);
}

#define TEST(f) BOX_FILE_TEST(f, box_set_up, tear_down)

BOX_TESTS(test_store_waited)
{
	const struct CMUnitTest tests[] = {
		TEST(a_login_that_is_remembered),
		TEST(money),
		TEST(a_lock),
	};

	return BOX_RUN(tests);
}
