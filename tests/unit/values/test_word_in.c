/* SPDX-License-Identifier: BSD-2-Clause */
/* A word is among others as a whole, or not at all. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>

#include <cmocka.h>

#include "lib/values/values.h"
#include "tests/support/unit_tests.h"

static void
whole_words(void **state)
{
	static const char *const none[] = { "", " ", "1", "10", "100016",
		"0016", "10001 10002", "10001 ", " 10001", "10003" };

	(void)state;
	assert_true(text_has_word("10001 10002 10016", "10001"));
	assert_true(text_has_word("10001 10002 10016", "10002"));
	assert_true(text_has_word("10001 10002 10016", "10016"));
	assert_true(text_has_word("a", "a"));
	for (size_t i = 0; i < COUNT_OF(none); i++)
		assert_false(text_has_word("10001 10002 10016", none[i]));
	assert_true(text_has_word("a  b", "b"));
	assert_false(text_has_word("a  b", ""));
	assert_false(text_has_word("", ""));
	assert_false(text_has_word("", "a"));
}

UNIT_TESTS(test_word_in)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(whole_words),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
