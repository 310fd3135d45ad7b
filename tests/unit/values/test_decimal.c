/* SPDX-License-Identifier: BSD-2-Clause */
/* Decimal numbers: which texts are one, up to which bound. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <string.h>

#include <cmocka.h>

#include "lib/values/values.h"
#include "tests/support/unit_tests.h"

static void
test_whole_texts(void **state)
{
	static const char *const bad[] = { "", " 1", "1 ", "+1", "-1", "0x1",
		"1.", "1e3", "a", "12a", "1\n" };

	(void)state;
	assert_int_equal(decimal_read("0", 9), 0);
	assert_int_equal(decimal_read("007", 9), 7);
	assert_int_equal(decimal_read("4294967295", UINT32_MAX), UINT32_MAX);
	for (size_t i = 0; i < COUNT_OF(bad); i++)
		assert_int_equal(decimal_read(bad[i], INT64_MAX), -1);
	assert_int_equal(decimal_read(NULL, 9), -1);
}

/* Also where the digits' value does not fit in 64 bits. */
static void
test_bounds(void **state)
{
	(void)state;
	assert_int_equal(decimal_read("65535", 65535), 65535);
	assert_int_equal(decimal_read("65536", 65535), -1);
	assert_int_equal(decimal_read("10", 9), -1);
	assert_int_equal(decimal_read("1", 0), -1);
	assert_int_equal(decimal_read("0", 0), 0);
	assert_true(
	    decimal_read("9223372036854775807", INT64_MAX) == INT64_MAX);
	assert_int_equal(decimal_read("9223372036854775808", INT64_MAX), -1);
	assert_int_equal(decimal_read("18446744073709551617", INT64_MAX), -1);
}

static void
test_taking(void **state)
{
	const char *text = "10:30:100";

	(void)state;
	assert_int_equal(decimal_take(&text, 100), 10);
	assert_string_equal(text, ":30:100");
	assert_int_equal(decimal_take(&text, 100), -1);
	assert_string_equal(text, ":30:100");
	text++;
	assert_int_equal(decimal_take(&text, 20), -1);
	assert_string_equal(text, "30:100");
}

UNIT_TESTS(test_decimal)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_whole_texts),
		cmocka_unit_test(test_bounds),
		cmocka_unit_test(test_taking),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
