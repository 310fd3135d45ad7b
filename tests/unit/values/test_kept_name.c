/* SPDX-License-Identifier: BSD-2-Clause */
/* ACCOUNT//PERSON, put together and taken apart. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>

#include "lib/values/values.h"
#include "tests/support/unit_tests.h"

#define TEN "abcdefghij"
#define LONG TEN TEN TEN TEN TEN TEN "abcd" /* USER_NAME_MAX */

static void
test_there_and_back(void **state)
{
	static const struct {
		const char *text, *account, *person;
	} row[] = {
		{ "alice", "alice", "" },
		{ "deploy//anna", "deploy", "anna" },
		{ "DOM\\deploy//a.b@c", "DOM\\deploy", "a.b@c" },
		{ LONG "//" LONG, LONG, LONG },
	};
	char out[OWNER_MAX + 1];
	struct owner k;

	(void)state;
	for (size_t i = 0; i < sizeof(row) / sizeof(row[0]); i++) {
		assert_true(owner_read(&k, row[i].text));
		assert_string_equal(k.account, row[i].account);
		assert_string_equal(k.person, row[i].person);
		owner_write(out, k.account, k.person);
		assert_string_equal(out, row[i].text);
	}
	owner_write(out, "alice", NULL);
	assert_string_equal(out, "alice");
}

static void
test_no_name(void **state)
{
	static const char *const bad[] = { "", "//", "//anna", "deploy//",
		"deploy/anna", "deploy///anna", "deploy//anna//ben",
		"deploy//anna/enrolment", "alice/enrolment", "deploy//.anna",
		"deploy//an na", "-x//anna", "x" LONG, "deploy//x" LONG,
		"x" LONG "//anna", "deploy//anna\n" };
	struct owner k;

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		assert_false(owner_read(&k, bad[i]));
		assert_string_equal(k.account, "");
		assert_string_equal(k.person, "");
	}
}

UNIT_TESTS(test_kept_name)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_there_and_back),
		cmocka_unit_test(test_no_name),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
