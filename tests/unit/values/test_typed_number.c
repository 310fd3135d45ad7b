/* SPDX-License-Identifier: BSD-2-Clause */
/* Phone numbers as people write them: one E.164 number, or a reason. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "tests/support/unit_tests.h"
#include "lib/values/values.h"

struct row {
	const char *typed, *country, *want;
};

static void
expect_number(const struct row *row)
{
	char out[PHONE_MAX + 1] = "?";
	const char *wrong = typed_number_read(row->typed, row->country, out);

	if (wrong != NULL)
		fail_msg("%s: the number %s", row->typed, wrong);
	if (strcmp(out, row->want) != 0)
		fail_msg("%s: %s, not %s", row->typed, out, row->want);
}

/* want: a word of the reason. */
static void
expect_refusal(const struct row *row)
{
	char out[PHONE_MAX + 1] = "?";
	const char *wrong = typed_number_read(row->typed, row->country, out);

	if (wrong == NULL)
		fail_msg("%s: taken as %s", row->typed, out);
	if (strstr(wrong, row->want) == NULL)
		fail_msg("%s: %s", row->typed, wrong);
	assert_string_equal(out, "");
}

static void
test_numbers(void **state)
{
	static const struct row row[] = {
		/* with a calling code */
		{ "+14155550123", NULL, "+14155550123" },
		{ "+14155550123", "44", "+14155550123" },
		{ " +1 (415) 555-0123 ", NULL, "+14155550123" },
		{ "+1.415.555.0123", NULL, "+14155550123" },
		{ "+44 (0)20 7946 0000", NULL, "+442079460000" },
		{ "+44(0)2079460000", "1", "+442079460000" },
		{ "0044 20 7946 0000", NULL, "+442079460000" },
		{ "0044 (0) 20 7946 0000", NULL, "+442079460000" },
		{ "+49/30/1234567", NULL, "+49301234567" },
		{ "+683 4000", NULL, "+6834000" },
		{ "+39 06 1234 5678", NULL, "+390612345678" },
		{ "+358 40 1234567", "1", "+358401234567" },
		{ "+1\xc2\xa0"
		  "415\xe2\x80\x91"
		  "555\xe2\x80\x93"
		  "0123",
		    NULL, "+14155550123" },
		{ "\xe2\x80\xaa+14155550123\xe2\x80\xac", NULL,
		    "+14155550123" },
		/* with --country */
		{ "(415) 555-0123", "1", "+14155550123" },
		{ "1-415-555-0123", "1", "+14155550123" },
		{ "020 7946 0000", "44", "+442079460000" },
		{ "20 7946 0000", "44", "+442079460000" },
		{ "(0)20 7946 0000", "44", "+442079460000" },
		{ "07700 900001", "44", "+447700900001" },
		{ "8 (912) 345-67-89", "7", "+79123456789" },
		{ "7 912 345 67 89", "7", "+79123456789" },
		{ "701 234 56 78", "7", "+77012345678" },
		{ "06 20 123 4567", "36", "+36201234567" },
		{ "06 1234 5678", "39", "+390612345678" },
		{ "347 123 4567", "39", "+393471234567" },
		{ "07 01 02 03 04", "225", "+2250701020304" },
		{ "47 12 34 56", "47", "+4747123456" },
		{ "4747123456", "47", "+4747123456" },
		{ "33612345678", "33", "+33612345678" },
		{ "06 12 34 56 78", "33", "+33612345678" },
		{ "91234 56789", "91", "+919123456789" },
		{ "919123456789", "91", "+919123456789" },
		{ "0491 12345678", "49", "+4949112345678" },
		{ "491 2345", "49", "+494912345" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(row) / sizeof(row[0]); i++)
		expect_number(&row[i]);
}

static void
test_refusals(void **state)
{
	static const struct row row[] = {
		{ "", NULL, "empty" },
		{ " - ", "1", "empty" },
		{ "+", NULL, "empty" },
		{ "4155550123", NULL, "--country" },
		{ "07700900001", NULL, "--country" },
		{ "14155550123", NULL, "--country" },
		{ "(0)20 7946 0000", NULL, "--country" },
		{ "44 (0)20 7946 0000", "44", "(0)" },
		{ "+0 415 555 0123", NULL, "begins with a 0" },
		{ "000 415 555 0123", NULL, "begins with a 0" },
		{ "00", NULL, "begins with a 0" },
		{ "+4420 (0) 79460000", NULL, "somewhere other" },
		{ "+39 (0)6 1234 5678", NULL, "keep their 0" },
		{ "+1 415 555 012", NULL, "10 digits" },
		{ "415 555 01234", "1", "10 digits" },
		{ "+44 12", NULL, "7 to 15" },
		{ "+4420794600001234", NULL, "7 to 15" },
		{ "123456789012345678901234567890123", "1", "too many" },
		{ "+1 415 555 0123 x5", NULL, "characters" },
		{ "+1 415 555 0123 ext. 5", NULL, "characters" },
		{ "+1415+5550123", NULL, "characters" },
		{ "++14155550123", NULL, "characters" },
		{ "alice", NULL, "characters" },
		{ "+1415555012\xd9\xa3", NULL, "characters" },
		{ "+14155550123\n", NULL, "characters" },
		{ "+1415555012\"", NULL, "characters" },
		{ "1.41556E+10", "1", "spreadsheet" },
		{ "4,47701E+11", NULL, "spreadsheet" },
		{ "4915112345678", "49", "already" },
		{ "447700900001", "44", "already" },
		{ "391 234 5678", "39", "already" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(row) / sizeof(row[0]); i++)
		expect_refusal(&row[i]);
}

/* Whatever is taken, phone_is_valid takes it, and writing it again is the same.
 */
static void
test_any_bytes(void **state)
{
	static const char alphabet[] = "+0123456789 ()-.x\xc2\xa0";
	char typed[24], out[PHONE_MAX + 1], again[PHONE_MAX + 1];
	uint32_t random = 7;

	(void)state;
	for (int round = 0; round < 200000; round++) {
		size_t len = 0;

		do {
			random = random * 1664525u + 1013904223u;
			typed[len++] =
			    alphabet[(random >> 16) % (sizeof(alphabet) - 1)];
		} while (len < sizeof(typed) - 1 && (random >> 8) % 16 != 0);
		typed[len] = '\0';
		if (typed_number_read(typed, (random & 1) ? "44" : NULL, out) !=
		    NULL) {
			assert_string_equal(out, "");
			continue;
		}
		assert_true(phone_is_valid(out));
		assert_null(typed_number_read(out, NULL, again));
		assert_string_equal(again, out);
	}
}

static void
test_country(void **state)
{
	static const char *const good[] = { "1", "7", "44", "49", "353",
		"683" };
	static const char *const bad[] = { "", "0", "+1", "12", "449", "35",
		"US", "1 ", "0044", "4444" };

	(void)state;
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++)
		assert_int_equal(typed_number_country_check(good[i]), 0);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_equal(typed_number_country_check(bad[i]), -1);
}

UNIT_TESTS(test_typed_number)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_numbers),
		cmocka_unit_test(test_refusals),
		cmocka_unit_test(test_any_bytes),
		cmocka_unit_test(test_country),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
