/* SPDX-License-Identifier: BSD-2-Clause */
/* Two texts, line by line. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "tests/support/unit_tests.h"
#include "twofactl/etc/etc.h"

static void
assert_diff(const char *old, const char *new, const char *wanted)
{
	const char *head = old != NULL ? "f:\n" : "f (new):\n";
	char *text = NULL;
	size_t len = 0;
	FILE *out = open_memstream(&text, &len);

	assert_non_null(out);
	text_change_print(out, "f", old, new);
	assert_int_equal(fclose(out), 0);
	assert_memory_equal(text, head, strlen(head));
	assert_string_equal(text + strlen(head), wanted);
	free(text);
}

static void
test_texts(void **state)
{
	(void)state;
	assert_diff("", "", "");
	assert_diff("a\nb\n", "a\nb\n", "");
	assert_diff(NULL, "a\nb\n", "+ a\n+ b\n");
	assert_diff("a\n", "", "- a\n");
	assert_diff("a\nb\nc\n", "a\nx\nc\n", "  a\n- b\n+ x\n  c\n");
	/* without an end of line, which is no change */
	assert_diff("a", "a\n", "");
	assert_diff("a\nb", "a", "  a\n- b\n");
	/* what moved is as little as can be */
	assert_diff("a\nb\nc\n", "b\nc\na\n", "- a\n  b\n  c\n+ a\n");
}

static void
test_far_apart(void **state)
{
	(void)state;
	assert_diff("1\n2\n3\n4\n5\n6\n7\n8\n9\n",
	    "1\n2\nx\n4\n5\n6\n7\n8\ny\n",
	    "  1\n  2\n- 3\n+ x\n  4\n  5\n...\n  7\n  8\n- 9\n+ y\n");
	assert_diff("1\n2\n3\n4\nx\n5\n6\n7\n8\n",
	    "1\n2\n3\n4\ny\n5\n6\n7\n8\n",
	    "...\n  3\n  4\n- x\n+ y\n  5\n  6\n...\n");
}

/* Of texts that are too long, all. */
static void
test_long(void **state)
{
	static char old[8192], out[32768];
	FILE *f = fmemopen(out, sizeof(out), "w");

	(void)state;
	for (size_t i = 0; i < 2001; i++)
		memcpy(old + 2 * i, "a\n", 2);
	assert_non_null(f);
	text_change_print(f, "f", old, "b\n");
	assert_int_equal(fclose(f), 0);
	assert_int_equal(strlen(out), strlen("f:\n") + (2001 + 1) * 4);
	assert_string_equal(out + strlen("f:\n") + (size_t)2001 * 4, "+ b\n");
}

UNIT_TESTS(test_line_diff)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_texts),
		cmocka_unit_test(test_far_apart),
		cmocka_unit_test(test_long),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
