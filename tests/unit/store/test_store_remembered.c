/* SPDX-License-Identifier: BSD-2-Clause */
/* Remembered logins: from when to when, for whom, and how they end. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <string.h>

#include <cmocka.h>

#include "tests/support/statebox.h"
#include "tests/support/store_time.h"
#include "tests/support/unit_tests.h"

#define NOW INT64_C(1790000000)
#define LIFE 900

static const unsigned char here[STORE_REMEMBERED_LEN] = { 1, 0, 3 };
static const unsigned char there[STORE_REMEMBERED_LEN] = { 1, 0, 4 };

static void
put(struct statebox *b, const char *user, const unsigned char *binding,
    int64_t wall, int64_t until)
{
	if (at_remembered_put(b->s, user, binding, wall, until) != 0)
		fail_msg("%s", store_cause(b->s));
}

static int
get(struct statebox *b, const char *user, const unsigned char *binding,
    int64_t wall)
{
	return at_remembered_get(b->s, user, binding, wall);
}

static void
borders(void **state)
{
	struct statebox *b = *state;

	assert_int_equal(get(b, "alice", here, NOW), 0);
	put(b, "alice", here, NOW, NOW + LIFE);
	assert_int_equal(get(b, "alice", here, NOW), 1);
	assert_int_equal(get(b, "alice", here, NOW + LIFE - 1), 1);
	assert_int_equal(get(b, "alice", here, NOW + LIFE), 0);
	/* asking has not made it last */
	assert_int_equal(get(b, "alice", here, NOW + LIFE + 1), 0);
	assert_int_equal(get(b, "alice", there, NOW), 0);
	assert_int_equal(get(b, "bob", here, NOW), 0);
	assert_int_equal(get(b, "alic", here, NOW), 0);
}

static void
clock_back(void **state)
{
	struct statebox *b = *state;

	put(b, "alice", here, NOW, NOW + LIFE);
	assert_int_equal(get(b, "alice", here, NOW - 1), 0);
	assert_int_equal(get(b, "alice", here, NOW - 3600), 0);
	/* the next that is remembered takes it away */
	put(b, "bob", here, NOW - 3600, NOW);
	assert_int_equal(get(b, "alice", here, NOW), 0);
	assert_int_equal(get(b, "bob", here, NOW - 1), 1);
}

static void
put_again(void **state)
{
	struct statebox *b = *state;

	put(b, "alice", here, NOW, NOW + LIFE);
	put(b, "alice", there, NOW, NOW + LIFE);
	put(b, "alice", here, NOW + 10, NOW + 20);
	assert_int_equal(get(b, "alice", here, NOW + 9), 0);
	assert_int_equal(get(b, "alice", here, NOW + 19), 1);
	assert_int_equal(get(b, "alice", here, NOW + 20), 0);
	assert_int_equal(get(b, "alice", there, NOW + 20), 1);
	/* over before it began */
	put(b, "alice", there, NOW, NOW);
	assert_int_equal(get(b, "alice", there, NOW), 0);
}

static void
forget(void **state)
{
	struct statebox *b = *state;

	put(b, "alice", here, NOW, NOW + LIFE);
	put(b, "alice", there, NOW, NOW + LIFE);
	put(b, "bob", here, NOW, NOW + LIFE);
	assert_int_equal(store_remembered_forget(b->s, "alice"), 2);
	assert_int_equal(store_remembered_forget(b->s, "alice"), 0);
	assert_int_equal(get(b, "alice", here, NOW), 0);
	assert_int_equal(get(b, "bob", here, NOW), 1);
	put(b, "carol", here, NOW, NOW + LIFE);
	assert_int_equal(store_remembered_forget(b->s, NULL), 2);
	assert_int_equal(get(b, "bob", here, NOW), 0);
}

static void
old_ones_go(void **state)
{
	struct statebox *b = *state;
	unsigned char binding[STORE_REMEMBERED_LEN] = { 0 };

	for (unsigned i = 0; i < 500; i++) {
		memcpy(binding, &i, sizeof(i));
		put(b, "alice", binding, NOW + i, NOW + i + 60);
	}
	assert_in_range(box_sql(b, "SELECT count(*) FROM grace"), 60, 61);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, box_set_up, box_tear_down)

BOX_TESTS(test_store_remembered)
{
	const struct CMUnitTest tests[] = {
		TEST(borders),
		TEST(clock_back),
		TEST(put_again),
		TEST(forget),
		TEST(old_ones_go),
	};

	return BOX_RUN(tests);
}
