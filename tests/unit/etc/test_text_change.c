/* SPDX-License-Identifier: BSD-2-Clause */
/* What changes between two texts, as an admin reads it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdlib.h>

#include "tests/support/unit_tests.h"
#include "twofactl/etc/etc.h"

static const struct {
	const char *before, *after, *printed;
} rows[] = {
	{ "a\nb\nc\nd\n", "a\nb\nx\nc\nd\n", "f:\n  a\n  b\n+ x\n  c\n  d\n" },
	{ "a\nb\nc\nd\n", "a\nb\nx\ny\nd\n",
	    "f:\n  a\n  b\n- c\n+ x\n+ y\n  d\n" },
	{ "a\nb\n", "b\n", "f:\n- a\n  b\n" },
	{ "a\n", "a\nb\n", "f:\n  a\n+ b\n" },
	{ "b\n", "a\nb\n", "f:\n+ a\n  b\n" },
	{ NULL, "a\nb\n", "f (new):\n+ a\n+ b\n" },
	{ "a\n", "", "f:\n- a\n" },
	/* without a newline at the end, which is no change */
	{ "a\nb", "a\nb\nc\n", "f:\n  a\n  b\n+ c\n" },
	{ "a\nb", "a\nx\nb", "f:\n  a\n+ x\n  b\n" },
	/* no line counts twice */
	{ "a\na\n", "a\na\na\n", "f:\n  a\n  a\n+ a\n" },
	{ "a\na\na\n", "a\n", "f:\n  a\n- a\n- a\n" },
	{ "\n\n", "\n", "f:\n  \n- \n" },
};

static void
test_rows(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char *text = NULL;
		size_t len = 0;
		FILE *out = open_memstream(&text, &len);

		assert_non_null(out);
		text_change_print(out, "f", rows[i].before, rows[i].after);
		assert_int_equal(fclose(out), 0);
		assert_string_equal(text, rows[i].printed);
		free(text);
	}
}

UNIT_TESTS(test_text_change)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_rows) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
