/* SPDX-License-Identifier: BSD-2-Clause */
/* Codes with an end, beside recovery codes. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <string.h>

#include <cmocka.h>

#include "lib/values/values.h"
#include "tests/support/plain_claims.h"
#include "tests/support/statebox.h"
#include "tests/support/store_time.h"
#include "tests/support/unit_tests.h"

#define HOUR 3600
#define MADE (INT64_C(86400) * TWOFA_DAY + 1000) /* wall clock */

static const char *const codes[] = { "ABCDEFGH2345WXYZ", "BBCDEFGH2345WXYZ",
	"CBCDEFGH2345WXYZ", "DBCDEFGH2345WXYZ" };

static int
make(struct store *s, const char *user, const char *code, unsigned use)
{
	struct store_recovery end = {
		.use = use, .until = HOUR, .by = "carol lost phone, INC-77"
	};

	return store_recovery_set(s, user, &code, 1, &end);
}

/* Ends the code that was made with these bytes. */
static int
end(struct store *s, const char *user, const struct store_recovery *made)
{
	struct store_recovery gone = *made;

	gone.use = 0;
	return store_recovery_set(s, user, NULL, 0, &gone);
}

static int
use(struct store *s, const char *code, enum method method,
    struct store_recovery *used)
{
	static const unsigned char binding[STORE_REMEMBERED_LEN];
	const struct store_right right = { .user = "alice",
		.source = "uid:1",
		.method = method,
		.provider = "",
		.binding = binding,
		.remember_s = HOUR };
	struct store_recovery list[STORE_CODES_MAX];
	const int count = store_recovery_list(s, "alice", list);
	unsigned left;

	assert_true(count >= 0);
	for (int i = 0; i < count; i++)
		assert_int_equal(
		    recovery_code_hash(list[i].salt, code, list[i].hash), 0);
	return store_recovery_claim(s, list, count, &right, used, &left);
}

static int
login(struct store *s, const char *code)
{
	struct store_recovery used;

	return use(s, code, METHOD_RECOVERY, &used);
}

static int
enrol(struct store *s, const char *code)
{
	struct store_recovery used;

	return use(s, code, METHOD_NONE, &used);
}

static int
set_up(void **state)
{
	const int rc = box_set_up(state);

	store_time_wall(MADE);
	store_time_now(1000000);
	return rc;
}

static int
tear_down(void **state)
{
	store_time_machine();
	return box_tear_down(state);
}

static void
once(void **state)
{
	struct statebox *b = *state;
	struct store_recovery used;

	assert_int_equal(make(b->s, "alice", codes[0], RECOVERY_USE_LOGIN), 0);
	assert_int_equal(login(b->s, codes[1]), 0);
	assert_int_equal(enrol(b->s, codes[0]), 0);
	assert_int_equal(use(b->s, codes[0], METHOD_RECOVERY, &used), 1);
	assert_int_equal(used.use, RECOVERY_USE_LOGIN);
	assert_true(used.until == MADE + HOUR);
	assert_string_equal(used.by, "carol lost phone, INC-77");
	assert_int_equal(login(b->s, codes[0]), 0);
	assert_int_equal(box_sql(b, "SELECT count(*) FROM recovery"), 0);
	/* it is for one login */
	assert_int_equal(box_sql(b, "SELECT count(*) FROM grace"), 0);
}

static void
method_of_success(void **state)
{
	const struct store_right right = { .user = "alice",
		.source = "uid:1",
		.service = "sshd",
		.method = METHOD_RECOVERY,
		.provider = "" };
	struct store_recovery list[STORE_CODES_MAX], used;
	struct statebox *b = *state;
	unsigned left;

	assert_int_equal(make(b->s, "alice", codes[0], RECOVERY_USE_LOGIN), 0);
	assert_int_equal(store_recovery_list(b->s, "alice", list), 1);
	assert_int_equal(
	    recovery_code_hash(list[0].salt, codes[0], list[0].hash), 0);
	assert_int_equal(
	    store_recovery_claim(b->s, list, 1, &right, &used, &left), 1);
	assert_int_equal(
	    box_sql(b, "SELECT method FROM passed"), METHOD_BYPASS);
}

/* A login and an enrolment, one each; and the enrolment ends it. */
static void
invitation(void **state)
{
	struct statebox *b = *state;

	assert_int_equal(make(b->s, "alice", codes[0], RECOVERY_USE_BOTH), 0);
	assert_int_equal(login(b->s, codes[0]), 1);
	assert_int_equal(login(b->s, codes[0]), 0);
	assert_int_equal(enrol(b->s, codes[1]), 0);
	assert_int_equal(enrol(b->s, codes[0]), 1);
	assert_int_equal(enrol(b->s, codes[0]), 0);
	assert_int_equal(make(b->s, "alice", codes[0], RECOVERY_USE_BOTH), 0);
	assert_int_equal(enrol(b->s, codes[0]), 1);
	assert_int_equal(login(b->s, codes[0]), 0);
}

static void
past_the_end(void **state)
{
	struct statebox *b = *state;
	struct store_begun begun;
	const struct store_begin ask = { .user = "alice", .source = "uid:1" };

	assert_int_equal(make(b->s, "alice", codes[0], RECOVERY_USE_BOTH), 0);
	assert_int_equal(store_begin(b->s, &ask, &begun), 0);
	assert_int_equal(begun.recovery_left, 1);
	store_time_wall(MADE + HOUR);
	assert_int_equal(login(b->s, codes[0]), 0);
	assert_int_equal(enrol(b->s, codes[0]), 0);
	assert_int_equal(store_begin(b->s, &ask, &begun), 0);
	assert_int_equal(begun.recovery_left, 0);
	store_time_wall(MADE + HOUR - 1);
	assert_int_equal(login(b->s, codes[0]), 1);
}

/* By either clock, as the code of the invitation itself. */
static void
past_the_end_sends(void **state)
{
	static const struct store_send_key key = {
		.user = "alice", .counted_as = "+12025550100", .source = "uid:1"
	};
	static const struct limits_of_sends limits = { .spend_day = -1,
		.spend_month = -1 };
	struct statebox *b = *state;
	const char *which;
	int64_t id, wait_s;

	assert_int_equal(make(b->s, "alice", codes[0], RECOVERY_USE_BOTH), 0);
	assert_int_equal(
	    store_send_take(b->s, &key, &limits, &id, &wait_s, &which),
	    SEND_WAIT);
	store_time_now(1000000 + 1000 * HOUR);
	assert_int_equal(login(b->s, codes[0]), 0);
	assert_int_equal(
	    store_send_take(b->s, &key, &limits, &id, &wait_s, &which),
	    SEND_TAKEN);
}

/* The wall clock alone is set back: the boot's says that it has ended. */
static void
clock_back(void **state)
{
	struct statebox *b = *state;

	assert_int_equal(make(b->s, "alice", codes[0], RECOVERY_USE_LOGIN), 0);
	store_time_now(1000000 + 1000 * HOUR);
	assert_int_equal(login(b->s, codes[0]), 0);
	/* before it was made; before this release */
	store_time_now(1000000);
	store_time_wall(MADE - 1);
	assert_int_equal(login(b->s, codes[0]), 0);
	box_sql(b, "UPDATE recovery SET since = 0");
	assert_int_equal(login(b->s, codes[0]), 1);
	assert_int_equal(make(b->s, "alice", codes[0], RECOVERY_USE_LOGIN), 0);
	box_sql(b, "UPDATE recovery SET since = 0");
	store_time_wall(INT64_C(86400) * TWOFA_DAY - 1);
	assert_int_equal(login(b->s, codes[0]), 0);
	store_time_wall(MADE);
	assert_int_equal(login(b->s, codes[0]), 1);
}

/* Of another boot only the wall clock is known; what ended while another was
 * made is gone for good. */
static void
other_boot(void **state)
{
	struct statebox *b = *state;

	assert_int_equal(make(b->s, "alice", codes[0], RECOVERY_USE_LOGIN), 0);
	box_sql(b, "UPDATE recovery SET boot = 'before'");
	store_time_now(1000000 + 1000 * HOUR);
	assert_int_equal(login(b->s, codes[0]), 1);
	assert_int_equal(make(b->s, "alice", codes[0], RECOVERY_USE_LOGIN), 0);
	box_sql(b, "UPDATE recovery SET boot = 'before'");
	store_time_wall(MADE + HOUR);
	assert_int_equal(make(b->s, "alice", codes[1], RECOVERY_USE_LOGIN), 0);
	store_time_wall(MADE);
	assert_int_equal(login(b->s, codes[0]), 0);
	assert_int_equal(box_sql(b, "SELECT count(*) FROM recovery"), 1);
}

static void
three(void **state)
{
	struct statebox *b = *state;

	for (int i = 0; i < RECOVERY_BYPASS_MAX; i++)
		assert_int_equal(
		    make(b->s, "alice", codes[i], RECOVERY_USE_LOGIN), 0);
	assert_int_equal(make(b->s, "alice", codes[3], RECOVERY_USE_LOGIN), 1);
	assert_int_equal(make(b->s, "bob", codes[3], RECOVERY_USE_LOGIN), 0);
	assert_int_equal(login(b->s, codes[3]), 0);
	assert_int_equal(login(b->s, codes[0]), 1);
	assert_int_equal(make(b->s, "alice", codes[3], RECOVERY_USE_LOGIN), 0);
	/* ended ones do not count */
	store_time_wall(MADE + HOUR);
	assert_int_equal(make(b->s, "alice", codes[3], RECOVERY_USE_LOGIN), 0);
	assert_int_equal(login(b->s, codes[3]), 1);
}

static void
beside_paper(void **state)
{
	struct statebox *b = *state;
	struct store_recovery used;

	assert_int_equal(make(b->s, "alice", codes[0], RECOVERY_USE_LOGIN), 0);
	assert_int_equal(store_recovery_count_codes(b->s, "alice"), 0);
	assert_true(store_recovery_count_users(b->s) == 0);
	assert_int_equal(
	    store_recovery_set(b->s, "alice", codes + 1, 2, NULL), 0);
	assert_int_equal(store_recovery_count_codes(b->s, "alice"), 2);
	assert_int_equal(use(b->s, codes[1], METHOD_RECOVERY, &used), 1);
	assert_int_equal(used.use, 0);
	assert_int_equal(box_sql(b, "SELECT count(*) FROM grace"), 1);
	assert_int_equal(enrol(b->s, codes[2]), 0);
	assert_int_equal(login(b->s, codes[0]), 1);
	assert_int_equal(make(b->s, "alice", codes[0], RECOVERY_USE_LOGIN), 0);
	/* the user is removed */
	assert_int_equal(store_recovery_set(b->s, "alice", NULL, 0, NULL), 0);
	assert_int_equal(login(b->s, codes[0]), 0);
	assert_int_equal(box_sql(b, "SELECT count(*) FROM recovery"), 0);
}

/* One code ends, in two windows once, and no code of another user or on paper.
 */
static void
ended(void **state)
{
	struct statebox *b = *state;
	struct store_recovery made[2], list[STORE_CODES_MAX];

	assert_int_equal(
	    store_recovery_set(b->s, "alice", codes + 2, 1, NULL), 0);
	for (int i = 0; i < 2; i++) {
		made[i] = (struct store_recovery){
			.use = RECOVERY_USE_BOTH, .until = HOUR, .by = "carol x"
		};
		assert_int_equal(
		    store_recovery_set(b->s, "alice", &codes[i], 1, &made[i]),
		    0);
	}
	assert_int_equal(store_recovery_list(b->s, "alice", list), 3);
	assert_memory_equal(list[1].salt, made[0].salt, RECOVERY_SALT);
	assert_int_equal(end(b->s, "bob", &made[0]), 1);
	assert_int_equal(end(b->s, "alice", &list[0]), 1);
	assert_int_equal(end(b->s, "alice", &made[0]), 0);
	assert_int_equal(end(b->s, "alice", &made[0]), 1);
	assert_int_equal(login(b->s, codes[0]), 0);
	assert_int_equal(login(b->s, codes[1]), 1);
	assert_int_equal(
	    end(b->s, "alice", &made[1]), 0); /* for an enrolment */
	assert_int_equal(enrol(b->s, codes[1]), 0);
	assert_int_equal(login(b->s, codes[2]), 1);
}

static int
do_login(struct store *s, const struct statebox *b, int n)
{
	(void)b;
	(void)n;
	return login(s, codes[0]) == 1 ? 1 : 0;
}

static void
many_at_once(void **state)
{
	static const unsigned uses[] = { RECOVERY_USE_LOGIN,
		RECOVERY_USE_BOTH };
	struct statebox *b = *state;
	unsigned count[256];

	for (size_t i = 0; i < 2; i++) {
		assert_int_equal(make(b->s, "alice", codes[0], uses[i]), 0);
		box_all_at_once(b, do_login, BOX_CROWD, count);
		assert_int_equal(count[1], 1);
		assert_int_equal(count[0], BOX_CROWD - 1);
	}
	assert_int_equal(enrol(b->s, codes[0]), 1);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

UNIT_TESTS(test_store_bypass)
{
	const struct CMUnitTest tests[] = {
		TEST(once),
		TEST(method_of_success),
		TEST(invitation),
		TEST(past_the_end),
		TEST(past_the_end_sends),
		TEST(clock_back),
		TEST(other_boot),
		TEST(three),
		TEST(beside_paper),
		TEST(ended),
		TEST(many_at_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
