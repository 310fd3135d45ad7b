/* SPDX-License-Identifier: BSD-2-Clause */
/* Records one behind the other, on their way to the state. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "lib/fleet_records/fleet_records.h"
#include "tests/support/unit_tests.h"

#define SEAL "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"

static char text[FRAME_RECORD_MAX + 1];
static struct fleet_batch one;

static void
one_after_the_other(void **state)
{
	unsigned char seal[FLEET_SEAL_LEN];
	const char *next = text;
	size_t used = 0;

	(void)state;
	assert_true(hex_parse(SEAL, seal, FLEET_SEAL_LEN));
	used = fleet_batch_add(text, used, "alice", NULL, NULL, "a\nb 1 2\n");
	used = fleet_batch_add(text, used, "bob", "ops,db", seal, "");
	used = fleet_batch_add(text, used, "carol", "", seal, "c");
	assert_string_equal(text,
	    "alice = - 8\na\nb 1 2\nbob ops,db " SEAL " 0\ncarol - " SEAL
	    " 1\nc");
	assert_int_equal(used, strlen(text));
	assert_int_equal(fleet_batch_read(&next, &one), 1);
	assert_string_equal(one.user, "alice");
	assert_string_equal(one.text, "a\nb 1 2\n");
	assert_true(one.keeps_groups && !one.had);
	assert_int_equal(fleet_batch_read(&next, &one), 1);
	assert_string_equal(one.groups, "ops,db");
	assert_string_equal(one.text, "");
	assert_true(one.had && !one.keeps_groups);
	assert_memory_equal(one.seal, seal, sizeof(seal));
	assert_int_equal(fleet_batch_read(&next, &one), 1);
	assert_string_equal(one.groups, "");
	assert_true(one.had && !one.keeps_groups);
	assert_int_equal(fleet_batch_read(&next, &one), 0);
}

/* What has no room stays away, whole. */
static void
no_room(void **state)
{
	static char large[FRAME_RECORD_MAX - 40];
	const char *next = text;
	size_t used;

	(void)state;
	memset(large, 'x', sizeof(large) - 1);
	used = fleet_batch_add(text, 0, "alice", NULL, NULL, large);
	assert_int_not_equal(used, 0);
	assert_int_equal(
	    fleet_batch_add(text, used, "bob", NULL, NULL, large), 0);
	assert_int_equal(fleet_batch_read(&next, &one), 1);
	assert_string_equal(one.text, large);
	assert_int_equal(fleet_batch_read(&next, &one), 0);
}

static void
none(void **state)
{
	static const char *const rows[] = {
		"alice",
		"alice = - 1",
		"alice = - 2\na",
		"alice = - -1\na",
		"alice = - \na",
		"alice = - 99999999\na",
		"alice = - 58000\na",
		" = - 1\na",
		"al/ce = - 1\na",
		"../x = - 1\na",
		"alice ,ops - 1\na",
		"alice ops,,db - 1\na",
		"alice o/ps - 1\na",
		"alice = 00 1\na",
		"alice = " SEAL "00 1\na",
		"alice  - 1\na",
		"alice = - 1\nab = - 0\n",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		const char *next = rows[i];
		int rc = fleet_batch_read(&next, &one);

		if (rc == 1)
			rc = fleet_batch_read(&next, &one);
		if (rc != (i + 1 == sizeof(rows) / sizeof(*rows) ? 1 : -1))
			fail_msg("%s", rows[i]);
	}
}

static void
groups(void **state)
{
	char name[FLEET_GROUPS_MAX + 3];

	(void)state;
	assert_true(fleet_batch_groups_are_valid(""));
	assert_true(fleet_batch_groups_are_valid("ops"));
	assert_true(fleet_batch_groups_are_valid("ops,db,web-1"));
	assert_false(fleet_batch_groups_are_valid(","));
	assert_false(fleet_batch_groups_are_valid("ops,"));
	assert_false(fleet_batch_groups_are_valid("ops db"));
	assert_false(fleet_batch_groups_are_valid("-"));
	assert_false(fleet_batch_groups_are_valid("="));
	memset(name, 'a', sizeof(name));
	name[USER_NAME_MAX] = '\0';
	assert_true(fleet_batch_groups_are_valid(name));
	name[USER_NAME_MAX] = 'a';
	name[USER_NAME_MAX + 1] = '\0';
	assert_false(fleet_batch_groups_are_valid(name));
	for (size_t i = 0; i < sizeof(name) - 1; i++)
		name[i] = i % 2 == 0 ? 'a' : ',';
	name[FLEET_GROUPS_MAX] = '\0';
	assert_true(fleet_batch_groups_are_valid(name));
	name[FLEET_GROUPS_MAX] = ',';
	name[FLEET_GROUPS_MAX + 1] = 'a';
	name[FLEET_GROUPS_MAX + 2] = '\0';
	assert_false(fleet_batch_groups_are_valid(name));
}

UNIT_TESTS(test_record_batch)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(one_after_the_other),
		cmocka_unit_test(no_room),
		cmocka_unit_test(none),
		cmocka_unit_test(groups),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
