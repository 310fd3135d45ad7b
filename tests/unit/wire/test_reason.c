/* SPDX-License-Identifier: BSD-2-Clause */
/* Words and reasons, both ways. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>

#include "lib/wire/wire.h"
#include "tests/support/unit_tests.h"

/* Each word is found as its own reason, which no other word has. */
static void
test_each_word(void **state)
{
	static const char plain[] = "abcdefghijklmnopqrstuvwxyz-";

	(void)state;
	for (unsigned i = 1; i < REASON_COUNT; i++) {
		const char *word = reason_word((enum reason)i);

		assert_true(strlen(word) > 0);
		assert_int_equal(strspn(word, plain), strlen(word));
		assert_int_equal(reason_from_word(word), i);
	}
	assert_string_equal(reason_word(REASON_ARGUMENTS), "arguments");
	assert_string_equal(reason_word(REASON_WRONG_CODES), "wrong-codes");
	assert_string_equal(reason_word(REASON_USAGE), "usage");
}

static void
test_what_is_none(void **state)
{
	(void)state;
	assert_string_equal(reason_word(REASON_NONE), "");
	assert_string_equal(reason_word(REASON_COUNT), "");
	assert_string_equal(reason_word((enum reason)(REASON_COUNT + 1)), "");
	assert_string_equal(reason_word((enum reason) - 1), "");
	assert_int_equal(reason_from_word(""), REASON_NONE);
	assert_int_equal(reason_from_word("new-word"), REASON_NONE);
	assert_int_equal(reason_from_word("wrong-code"), REASON_NONE);
	assert_int_equal(reason_from_word("wrong-codes "), REASON_NONE);
	assert_int_equal(reason_from_word("Denied"), REASON_NONE);
}

UNIT_TESTS(test_reason)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_each_word),
		cmocka_unit_test(test_what_is_none),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
