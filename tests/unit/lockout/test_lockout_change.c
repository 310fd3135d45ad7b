/* SPDX-License-Identifier: BSD-2-Clause */
/* Who could log in before a change, and could not after it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "tests/support/unit_tests.h"
#include "twofactl/lockout/lockout.h"

static void
test_row(void **state)
{
	static const struct {
		enum lockout before, after;
		bool admin;
		enum lockout_change change;
	} row[] = {
		{ LOCKOUT_IN, LOCKOUT_IN, true, LOCKOUT_CHANGE_NONE },
		{ LOCKOUT_NOTHING, LOCKOUT_NOTHING, true, LOCKOUT_CHANGE_NONE },
		{ LOCKOUT_KEY, LOCKOUT_IN, false, LOCKOUT_CHANGE_NONE },
		{ LOCKOUT_IN, LOCKOUT_RECORD, true, LOCKOUT_CHANGE_NEW },
		{ LOCKOUT_IN, LOCKOUT_RECORD, false, LOCKOUT_CHANGE_NEW },
		{ LOCKOUT_KEY, LOCKOUT_RECORD, true, LOCKOUT_CHANGE_OLD },
		{ LOCKOUT_MEANT, LOCKOUT_MEANT, true, LOCKOUT_CHANGE_OLD },
		{ LOCKOUT_IN, LOCKOUT_MEANT, true, LOCKOUT_CHANGE_NEW },
		{ LOCKOUT_IN, LOCKOUT_MEANT, false, LOCKOUT_CHANGE_MEANT },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(row) / sizeof(row[0]); i++) {
		struct lockout_row old = { .name = "eve",
			.admin = row[i].admin,
			.how = row[i].before };
		struct lockout_row new = { .name = "eve",
			.admin = row[i].admin,
			.how = row[i].after };
		const struct lockout_table before = { 1, 1, &old, 0, false };
		const struct lockout_table after = { 1, 1, &new, 0, false };

		if (lockout_change(&before, &after, 0) != row[i].change)
			fail_msg("row %zu", i);
	}
}

/* Who was not looked at before may have got in. */
static void
test_no_row(void **state)
{
	struct lockout_row new = {
		.name = "eve", .admin = false, .how = LOCKOUT_RECORD
	};
	const struct lockout_table before = { .count = 0 };
	const struct lockout_table after = { 1, 1, &new, 0, false };

	(void)state;
	assert_int_equal(
	    lockout_change(&before, &after, 0), LOCKOUT_CHANGE_NEW);
}

static void
test_last(void **state)
{
	struct lockout_row in[] = {
		{ .name = "adm", .admin = true, .how = LOCKOUT_IN },
		{ .name = "eve", .admin = false, .how = LOCKOUT_IN }
	};
	struct lockout_row out[] = {
		{ .name = "adm", .admin = true, .how = LOCKOUT_RECORD },
		{ .name = "eve", .admin = false, .how = LOCKOUT_IN }
	};
	const struct lockout_table good = { 2, 2, in, 0, false };
	const struct lockout_table bad = { 2, 2, out, 0, false };

	(void)state;
	assert_true(lockout_change_denies_all_admins(&good, &bad));
	assert_false(lockout_change_denies_all_admins(&good, &good));
	assert_false(lockout_change_denies_all_admins(&bad, &bad));
}

UNIT_TESTS(test_lockout_change)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_row),
		cmocka_unit_test(test_no_row),
		cmocka_unit_test(test_last),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
