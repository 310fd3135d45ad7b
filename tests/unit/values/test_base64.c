/* SPDX-License-Identifier: BSD-2-Clause */
/* Base64: what is decoded, and to how many bytes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "lib/values/values.h"
#include "tests/support/unit_tests.h"

static void
each_text(void **state)
{
	static const struct {
		const char *text, *bytes; /* NULL: refused */
	} row[] = { { "", "" }, { "YWJj", "abc" }, { "YWI=", "ab" },
		{ "YQ==", "a" }, { "+/8=", "\xfb\xff" }, { "YQ", NULL },
		{ "YWJ", NULL }, { "=", NULL }, { "====", NULL },
		{ "YWJjY===", NULL }, { "YQ=a", NULL }, { " YWJj", NULL },
		{ "YWJj\n", NULL }, { "YW-_", NULL }, { "YWJj====", NULL } };
	unsigned char out[8];

	(void)state;
	for (size_t i = 0; i < COUNT_OF(row); i++) {
		const int n =
		    base64_decode(row[i].text, strlen(row[i].text), out);

		if (row[i].bytes == NULL) {
			assert_int_equal(n, -1);
			continue;
		}
		assert_int_equal(n, strlen(row[i].bytes));
		assert_memory_equal(out, row[i].bytes, (size_t)n);
	}
}

/* As in a line of SSH_AUTH_INFO_0: what is behind the length is not read. */
static void
text_that_goes_on(void **state)
{
	unsigned char out[8];

	(void)state;
	assert_int_equal(base64_decode("YQ== b", 4, out), 1);
	assert_int_equal(base64_decode("YWI=\nYWJj", 4, out), 2);
}

UNIT_TESTS(test_base64)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_text),
		cmocka_unit_test(text_that_goes_on),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
