/* SPDX-License-Identifier: BSD-2-Clause */
/* Which copies run, and how that passes over to the next program. */
#include "helper/listener/listener_inside.h"

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <string.h>

#include <cmocka.h>

#include "tests/support/unit_tests.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static struct listener_workers copies, back;
static char text[LISTENER_WORKERS_TEXT_MAX];

static int
fresh(void **state)
{
	(void)state;
	memset(&copies, 0, sizeof(copies));
	memset(&back, 0, sizeof(back));
	return 0;
}

static void
test_counts(void **state)
{
	struct listener_worker taken;

	(void)state;
	listener_workers_add(&copies, 10, 0, 5);
	listener_workers_add(&copies, 11, 1000, 6);
	listener_workers_add(&copies, 12, 1000, 7);
	assert_int_equal(listener_workers_count_for_uid(&copies, 0), 1);
	assert_int_equal(listener_workers_count_for_uid(&copies, 1000), 2);
	assert_int_equal(listener_workers_count_non_root(&copies), 2);
	assert_true(listener_workers_remove(&copies, 11, &taken));
	assert_int_equal(taken.uid, 1000);
	assert_int_equal(taken.begun, 6);
	assert_false(listener_workers_remove(&copies, 11, &taken));
	assert_int_equal(listener_workers_count_non_root(&copies), 1);
}

/* The largest values, and as many as there can be. */
static void
test_all_pass_over(void **state)
{
	(void)state;
	for (size_t i = 0; i < LISTENER_WORKERS_MAX; i++)
		listener_workers_add(&copies, (pid_t)(INT32_MAX - i),
		    (uid_t)(UINT32_MAX - i), INT64_MAX - (int64_t)i);
	listener_workers_add(
	    &copies, 5, 0, 1); /* one too many is not written anywhere */
	listener_workers_save(&copies, text);
	assert_in_range(strlen(text), 1, LISTENER_WORKERS_TEXT_MAX - 1);
	listener_workers_restore(&back, text);
	assert_int_equal(back.count, LISTENER_WORKERS_MAX);
	assert_memory_equal(back.list, copies.list, sizeof(copies.list));
}

static void
test_none_pass_over(void **state)
{
	(void)state;
	listener_workers_save(&copies, text);
	assert_string_equal(text, "");
	listener_workers_restore(&back, text);
	assert_int_equal(back.count, 0);
}

/* What is no such text ends the reading. */
static void
test_other_texts(void **state)
{
	static const struct {
		const char *text;
		size_t count;
	} rows[] = {
		{ "10,0,5;", 1 },
		{ "10,0,5;x", 1 },
		{ "10,0,5;11", 1 },
		{ "10,0,5;11,", 1 },
		{ "10,0,5;11,0;12,0,5;", 1 },
		{ "10,0,5", 0 },
		{ "1,0,5;", 0 },
		{ "0,0,5;", 0 },
		{ "-1,0,5;", 0 },
		{ "10,-1,5;", 0 },
		{ "10,0,-5;", 0 },
		{ "10,0,;", 0 },
		{ ",0,5;", 0 },
		{ "2147483648,0,5;", 0 },
		{ "10,4294967296,5;", 0 },
		{ "10,0,9223372036854775808;", 0 },
		{ "alice", 0 },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		back.count = 0;
		listener_workers_restore(&back, rows[i].text);
		assert_int_equal(back.count, rows[i].count);
	}
}

UNIT_TESTS(test_workers)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_counts, fresh),
		cmocka_unit_test_setup(test_all_pass_over, fresh),
		cmocka_unit_test_setup(test_none_pass_over, fresh),
		cmocka_unit_test_setup(test_other_texts, fresh),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
