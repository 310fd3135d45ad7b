/* SPDX-License-Identifier: BSD-2-Clause */
/* Records between helper and twofactl: what is written is read, and nothing
 * else is. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "lib/items/items.h"
#include "tests/support/unit_tests.h"

static void
test_written_is_read(void **state)
{
	static const char *const text[] = { "alice", "192.0.2.0/24" };
	static const int64_t number[] = { 1, 2, 3, 4, 5, 6, INT64_C(1) << 50 };
	static const struct {
		enum item_kind kind;
		const char *line;
	} row[] = {
		{ ITEM_ERROR, "error\talice" },
		{ ITEM_LEFT, "left\t1" },
		{ ITEM_CODE, "code\talice" },
		{ ITEM_FORGOT, "forgot\t1" },
		{ ITEM_FREED, "freed\t1" },
		{ ITEM_USER,
		    "user\talice\t1\t2\t3\t4\t5\t6\t1125899906842624" },
		{ ITEM_SOURCE, "source\talice\t192.0.2.0/24\t1\t2" },
		{ ITEM_TOTALS, "totals\t1\t2\t3\t4" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(row) / sizeof(row[0]); i++) {
		char line[FRAME_PROMPT_MAX + 1];
		struct item r;

		item_write(line, row[i].kind, text, number);
		assert_string_equal(line, row[i].line);
		assert_int_equal(item_read(&r, line), 0);
		assert_int_equal(r.kind, row[i].kind);
	}
}

static void
test_fields(void **state)
{
	struct item r;

	(void)state;
	assert_int_equal(item_read(&r, "source\tbob\tuid:1001\t7\t900"), 0);
	assert_string_equal(r.text[1], "bob");
	assert_string_equal(r.text[2], "uid:1001");
	assert_int_equal(r.number[3], 7);
	assert_int_equal(r.number[4], 900);
}

/* What the state holds is data: it cannot make fields or reach a terminal. */
static void
test_texts_are_escaped(void **state)
{
	static const char *const text[] = { "a\tb\n\x1b[31m\xff" };
	char line[FRAME_PROMPT_MAX + 1];
	struct item r;

	(void)state;
	item_write(line, ITEM_ERROR, text, NULL);
	assert_string_equal(line, "error\ta\\x09b\\x0a\\x1b[31m\\xff");
	assert_int_equal(item_read(&r, line), 0);
}

static void
test_long_text_is_cut(void **state)
{
	static char big[4000];
	const char *const text[] = { big };
	char line[FRAME_PROMPT_MAX + 1];
	struct item r;

	(void)state;
	memset(big, 'x', sizeof(big) - 1);
	item_write(line, ITEM_ERROR, text, NULL);
	assert_int_equal(strlen(line), FRAME_PROMPT_MAX);
	assert_int_equal(item_read(&r, line), 0);
	assert_int_equal(r.kind, ITEM_ERROR);
}

/* Other hosts name users and sources: no text takes the fields behind it along,
 * for without this line twofactl would take none. A line that is longer than
 * any is none. */
static void
test_long_text_leaves_room(void **state)
{
	static char text[2 * FRAME_PROMPT_MAX];
	const char *const texts[] = { text, text };
	const int64_t number[] = { 1, 2, 3, 4, 5, 6, 999999999999999999 };
	char line[FRAME_PROMPT_MAX + 1];
	struct item r;

	(void)state;
	memset(text, 'a', sizeof(text) - 1);
	for (enum item_kind kind = ITEM_USER; kind <= ITEM_SOURCE; kind++) {
		item_write(line, kind, texts, number);
		assert_in_range(strlen(line), 200, FRAME_PROMPT_MAX);
		assert_int_equal(item_read(&r, line), 0);
		assert_int_equal(r.number[kind == ITEM_USER ? 8 : 4],
		    kind == ITEM_USER ? number[6] : number[1]);
	}
	assert_int_equal(item_read(&r, text), -1);
}

static void
test_negative_is_nothing(void **state)
{
	static const int64_t number[] = { -5 };
	char line[FRAME_PROMPT_MAX + 1];

	(void)state;
	item_write(line, ITEM_LEFT, NULL, number);
	assert_string_equal(line, "left\t0");
}

static void
test_others_are_refused(void **state)
{
	static const char *const bad[] = { "", "\t", "left", "left\t",
		"left\t1\t2", "left\t-1", "left\t+1", "left\t 1", "left\t1 ",
		"left\t0x10", "left\t1e3", "left\t1234567890123456789",
		"Left\t1", "left \t1", "gone\t1", "error", "error\ta\tb",
		"code\ta\nb", "code\t\x7f", "code\t\xc3\xa6", "totals\t1\t2\t3",
		"source\ta\t1\t2", "user\ta\t1\t2\t3\t4\t5\t6",
		"user\ta\t1\t2\t3\t4\t5\t6\t7\t8\t9\t10\t11" };
	struct item r;

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		if (item_read(&r, bad[i]) == 0)
			fail_msg("taken: %s", bad[i]);
}

UNIT_TESTS(test_record)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_written_is_read),
		cmocka_unit_test(test_fields),
		cmocka_unit_test(test_texts_are_escaped),
		cmocka_unit_test(test_long_text_is_cut),
		cmocka_unit_test(test_long_text_leaves_room),
		cmocka_unit_test(test_negative_is_nothing),
		cmocka_unit_test(test_others_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
