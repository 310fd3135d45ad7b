/* SPDX-License-Identifier: BSD-2-Clause */
/* Escapes: nothing that a name or a vendor sends can forge a line. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdbool.h>
#include <string.h>

#include "lib/wire/wire.h"
#include "tests/support/unit_tests.h"

static void
test_escape_text(void **state)
{
	static const struct {
		const char *text, *wanted;
		size_t cap;
	} rows[] = {
		{ "plain ~", "plain ~", 16 },
		{ "a\nb", "a\\x0ab", 16 },
		{ "\x1b[31m", "\\x1b[31m", 16 },
		{ "\x7f\xc3\xa9", "\\x7f\\xc3\\xa9", 16 },
		{ "", "", 1 },
		{ "abc", "ab", 3 },
		{ "a\n", "a", 5 }, /* no half escape */
		{ "a\n", "a\\x0a", 6 },
		{ "abc", "", 1 },
	};
	char out[16];

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		memset(out, 'x', sizeof(out));
		escape_text(rows[i].text, out, rows[i].cap);
		assert_string_equal(out, rows[i].wanted);
	}
}

static void
test_escape_byte(void **state)
{
	char out[ESCAPE_MAX];

	(void)state;
	for (unsigned byte = 0; byte < 256; byte++) {
		const bool plain = byte >= ' ' && byte <= '~';
		const size_t len = escape_byte((unsigned char)byte, out);

		assert_int_equal(len, plain ? 1 : ESCAPE_MAX);
		assert_int_equal(out[0], plain ? (char)byte : '\\');
		for (size_t i = 0; i < len; i++)
			assert_true(out[i] >= ' ' && out[i] <= '~');
	}
}

UNIT_TESTS(test_escape)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_escape_text),
		cmocka_unit_test(test_escape_byte),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
