/* SPDX-License-Identifier: BSD-2-Clause */
/* CSV as spreadsheets write it, and as they should not. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/support/unit_tests.h"
#include "twofactl/enrol/enrol_inside.h"

/* All rows as "LINE:field|field\n", then the cause if there is one. */
static void
dump(const char *text, size_t len, char *out, size_t cap)
{
	static struct csv_row row;
	enum csv_result result;
	size_t used = 0;
	struct csv c;

	out[0] = '\0';
	csv_begin(&c, text, len);
	while ((result = csv_next(&c, &row)) == CSV_ROW) {
		used +=
		    (size_t)snprintf(out + used, cap - used, "%u:", row.line);
		for (size_t i = 0; i < row.count; i++)
			used += (size_t)snprintf(out + used, cap - used, "%s%s",
			    i > 0 ? "|" : "", row.field[i]);
		used += (size_t)snprintf(out + used, cap - used, "\n");
	}
	if (result == CSV_BAD)
		snprintf(out + used, cap - used, "%u! %s", row.line, c.cause);
	/* the end stays the end */
	assert_int_equal(csv_next(&c, &row), result);
}

static void
test_rows(void **state)
{
	static const struct {
		const char *text, *want;
	} row[] = {
		{ "", "" },
		{ "a", "1:a\n" },
		{ "a,b\nc,d\n", "1:a|b\n2:c|d\n" },
		{ "a,b\r\nc,d\r\n", "1:a|b\n2:c|d\n" },
		{ "a,b\rc,d", "1:a|b\n2:c|d\n" },
		{ "\xef\xbb\xbf"
		  "a,b\n",
		    "1:a|b\n" },
		{ "a;b\n1,5;c\n", "1:a|b\n2:1,5|c\n" },
		{ "a\tb\nc d\te\n", "1:a|b\n2:c d|e\n" },
		{ "\"a;b\",c\n", "1:a;b|c\n" },
		{ "sep=;\r\na,x;b\r\n1;2\r\n", "2:a,x|b\n3:1|2\n" },
		{ "\xef\xbb\xbfSEP=\t\na\tb\n", "2:a|b\n" },
		{ "sep=;x,b\n", "1:sep=|x,b\n" },
		{ "sep=", "1:sep=\n" },
		{ "sep=,", "" },
		{ "\"a,\"\"b\"\"\",c\n", "1:a,\"b\"|c\n" },
		{ "\"two\nlines\",b\nc,d", "1:two\nlines|b\n3:c|d\n" },
		{ "\"two\r\nlines\",b\r\nc,d", "1:two\r\nlines|b\n3:c|d\n" },
		{ " a , \"b \" ,c\n", "1:a|b |c\n" },
		{ "a\n\n\n,,\nb,\n", "1:a\n5:b|\n" },
		{ "\n\na,b", "3:a|b\n" },
		{ "a,\"\"", "1:a|\n" },
		{ "a,b \" c", "1:a|b \" c\n" },
		{ "a\n\"b", "1:a\n2! a quote is never closed" },
		{ "a\n\"b\"c\n",
		    "1:a\n2! there is text after a closing quote" },
	};
	char out[4096];

	(void)state;
	for (size_t i = 0; i < sizeof(row) / sizeof(row[0]); i++) {
		dump(row[i].text, strlen(row[i].text), out, sizeof(out));
		assert_string_equal(out, row[i].want);
	}
}

static void
test_not_utf8(void **state)
{
	static const char utf16[] = "\xff\xfeu\0s\0e\0r\0";
	char out[256];

	(void)state;
	dump(utf16, sizeof(utf16) - 1, out, sizeof(out));
	assert_string_equal(
	    out, "1! the file is not UTF-8 text; save it as \"CSV UTF-8\"");
}

static void
test_bounds(void **state)
{
	char *text = calloc(1, 3 * CSV_ROW_MAX), out[2 * CSV_ROW_MAX];

	(void)state;
	assert_non_null(text);
	memset(text, ',', CSV_FIELDS_MAX);
	text[0] = 'a';
	dump(text, CSV_FIELDS_MAX, out, sizeof(out));
	assert_null(strchr(out, '!'));
	dump(text, CSV_FIELDS_MAX + 1, out, sizeof(out));
	memset(text, 'x', CSV_FIELDS_MAX + 1);
	memset(text, ',', CSV_FIELDS_MAX);
	dump(text, CSV_FIELDS_MAX + 1, out, sizeof(out));
	assert_string_equal(out, "1! the row has too many columns");
	memset(text, 'x', 2 * CSV_ROW_MAX);
	dump(text, CSV_ROW_MAX - 1, out, sizeof(out));
	assert_int_equal(strlen(out), CSV_ROW_MAX - 1 + strlen("1:\n"));
	dump(text, CSV_ROW_MAX, out, sizeof(out));
	assert_string_equal(out, "1! the row is too long");
	dump(text, 2 * CSV_ROW_MAX, out, sizeof(out));
	assert_string_equal(out, "1! the row is too long");
	text[0] = '"';
	dump(text, CSV_ROW_MAX + 2, out, sizeof(out));
	assert_string_equal(out, "1! the row is too long");
	free(text);
}

/* It ends, and reads nothing outside (under ASan). */
static void
test_any_bytes(void **state)
{
	static const char alphabet[] = "a,;\t\"\"\"\r\n\n \xef\xbb\xbf";
	static struct csv_row row;
	uint32_t random = 3;

	(void)state;
	for (int round = 0; round < 50000; round++) {
		size_t len = random % 40;
		char *text = malloc(len + 1);
		unsigned rows = 0;
		struct csv c;

		assert_non_null(text);
		for (size_t i = 0; i < len; i++) {
			random = random * 1664525u + 1013904223u;
			text[i] =
			    alphabet[(random >> 16) % (sizeof(alphabet) - 1)];
		}
		random = random * 1664525u + 1013904223u;
		text = realloc(text, len > 0 ? len : 1);
		csv_begin(&c, text, len);
		while (csv_next(&c, &row) == CSV_ROW) {
			assert_in_range(row.count, 1, CSV_FIELDS_MAX);
			assert_true(++rows <= len);
		}
		free(text);
	}
}

UNIT_TESTS(test_csv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rows),
		cmocka_unit_test(test_not_utf8),
		cmocka_unit_test(test_bounds),
		cmocka_unit_test(test_any_bytes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
