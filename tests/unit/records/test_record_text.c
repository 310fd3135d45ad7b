/* SPDX-License-Identifier: BSD-2-Clause */
/* One key of a user's record: changed, and nothing else. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>

#include "tests/support/unit_tests.h"
#include "twofactl/records/record_text.h"

#define CAP 1024

/* The key k. */
static int
set(const char *old, const char *value, char *out, size_t cap, size_t *len)
{
	const struct record_text_change change = { .key = "k", .value = value };

	return record_text_put(old, &change, out, cap, len);
}

static void
test_edits(void **state)
{
	static const struct {
		const char *old, *want;
	} row[] = {
		/* added */
		{ "", "k = \"v\";\n" },
		{ "# only a comment", "# only a comment\nk = \"v\";\n" },
		{ "a = 1;\n", "a = 1;\nk = \"v\";\n" },
		{ "a = 1", "a = 1\nk = \"v\";\n" },
		{ "a = 1; // k = 2;", "a = 1; // k = 2;\nk = \"v\";\n" },
		{ "/* k = 1; */ a = \"k = 1;\";\n",
		    "/* k = 1; */ a = \"k = 1;\";\nk = \"v\";\n" },
		{ "kk = 1;\nK = 2;\n", "kk = 1;\nK = 2;\nk = \"v\";\n" },
		{ "a = { k = 1; };\n", "a = { k = 1; };\nk = \"v\";\n" },
		{ "a = ( { k = \"}\"; }, [ 1, 2 ] );",
		    "a = ( { k = \"}\"; }, [ 1, 2 ] );\nk = \"v\";\n" },
		/* replaced */
		{ "k = \"old\";\n", "k = \"v\";\n" },
		{ "k=\"old\"", "k=\"v\"" },
		{ "k : 5, a = 1;", "k : \"v\", a = 1;" },
		{ "a = 1;\n  k\t=  \"o\\\"l\\\\\" ; # why\nb = 2;\n",
		    "a = 1;\n  k\t=  \"v\" ; # why\nb = 2;\n" },
		{ "k /* x */ = // y\n true # z\nb = 1;",
		    "k /* x */ = // y\n \"v\" # z\nb = 1;" },
		{ "k = [ \"a;\", # ]\n \"b\" ]; b = 1;", "k = \"v\"; b = 1;" },
		{ "b = [\"x\"] k = ( ) c = 2", "b = [\"x\"] k = \"v\" c = 2" },
	};
	char out[CAP];
	size_t len;

	(void)state;
	for (size_t i = 0; i < sizeof(row) / sizeof(row[0]); i++) {
		assert_int_equal(set(row[i].old, "v", out, CAP, &len), 0);
		assert_string_equal(out, row[i].want);
		assert_int_equal(len, strlen(out));
	}
}

static void
test_value_is_escaped(void **state)
{
	char out[CAP];
	size_t len;

	(void)state;
	assert_int_equal(set("", "DOM\\al\"ice", out, CAP, &len), 0);
	assert_string_equal(out, "k = \"DOM\\\\al\\\"ice\";\n");
}

static void
test_literal_value(void **state)
{
	static const struct record_text_change change = {
		.key = "k", .value = "[\"a\", \"b\"]", .literal = true
	};
	char out[CAP];
	size_t len;

	(void)state;
	assert_int_equal(record_text_put("k = [ \"a\", # why\n ]; # here\n",
			     &change, out, CAP, &len),
	    0);
	assert_string_equal(out, "k = [\"a\", \"b\"]; # here\n");
	assert_int_equal(record_text_put("a = 1;", &change, out, CAP, &len), 0);
	assert_string_equal(out, "a = 1;\nk = [\"a\", \"b\"];\n");
}

static void
test_other_forms_are_refused(void **state)
{
	static const char *const bad[] = { "k", "k =", "k = ;", "= 1", "1",
		"k = \"a", "k = \"a\\", "k = ( \"a )", "k = ( 1", "/* a",
		"k = 1; /* a", "{ k = 1; }", "a = 1; }", "k = )",
		"@include \"x\"", "k == 1" };
	char out[CAP];
	size_t len;

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		if (set(bad[i], "v", out, CAP, &len) == 0)
			fail_msg("taken: %s", bad[i]);
}

/* Every size: it fits with its NUL, or is refused, and never overruns. */
static void
test_room(void **state)
{
	static const char *const old[] = { "", "a = 1", "k = 2;\n" };
	char out[CAP], want[CAP];
	size_t len, need;

	(void)state;
	for (size_t i = 0; i < sizeof(old) / sizeof(old[0]); i++) {
		assert_int_equal(set(old[i], "v", want, CAP, &need), 0);
		for (size_t cap = 0; cap < need + 4; cap++) {
			memset(out, '#', sizeof(out));
			assert_int_equal(set(old[i], "v", out, cap, &len),
			    cap > need ? 0 : -1);
			assert_int_equal(out[cap], '#');
		}
	}
}

UNIT_TESTS(test_record_text)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_edits),
		cmocka_unit_test(test_value_is_escaped),
		cmocka_unit_test(test_literal_value),
		cmocka_unit_test(test_other_forms_are_refused),
		cmocka_unit_test(test_room),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
