/* SPDX-License-Identifier: BSD-2-Clause */
/* Days of UTC: which text is one, which is over, and what a person reads. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <setjmp.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "lib/values/values.h"
#include "tests/support/unit_tests.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static void
good(void **state)
{
	static const struct {
		const char *text;
		unsigned day;
	} days[] = {
		{ "1971-01-01", 365 },
		{ "1972-02-29", 789 },
		{ "2000-02-29", 11016 },
		{ "2026-11-20", 20777 },
		{ "2027-01-31", 20849 },
		{ "2028-02-29", 21243 },
		{ "2099-12-31", 47481 },
	};
	char text[DAY_TEXT_MAX];

	(void)state;
	for (size_t i = 0; i < COUNT(days); i++) {
		assert_int_equal(day_read(days[i].text), days[i].day);
		day_text(days[i].day, text);
		assert_string_equal(text, days[i].text);
	}
}

static void
bad(void **state)
{
	static const char *const texts[] = { "", "2027", "2027-01",
		"2027-02-30", "2027-02-29", "2100-02-29", "2100-01-01",
		"2207-01-31", "9999-12-31", "1970-01-01", "0000-00-00",
		"2027-13-01", "2027-00-01", "2027-01-00", "2027-01-32",
		"2027-1-31", "27-01-31", "2027-01-31 ", " 2027-01-31",
		"2027-01-31x", "2027-01-31T00:00", "2027/01/31", "31.01.2027",
		"20270131", "+027-01-31", "-2027-01-31", "2027--1-31",
		"tomorrow", "\xff" };

	(void)state;
	for (size_t i = 0; i < COUNT(texts); i++)
		if (day_read(texts[i]) != 0)
			fail_msg(
			    "\"%s\" is day %u", texts[i], day_read(texts[i]));
}

/* Each day of a hundred years, by the calendar. */
static void
every_day(void **state)
{
	static const unsigned lengths[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30,
		31, 30, 31 };
	unsigned day = 365;
	char text[16];

	(void)state;
	for (unsigned y = 1971; y < 2100; y++)
		for (unsigned m = 0; m < 12; m++)
			for (unsigned d = 1; d <= 31; d++) {
				const bool is =
				    d <= lengths[m] + (m == 1 && y % 4 == 0);

				snprintf(text, sizeof(text), "%04u-%02u-%02u",
				    y, m + 1, d);
				assert_int_equal(day_read(text), is ? day : 0);
				day += is;
			}
}

static void
over(void **state)
{
	(void)state;
	assert_false(day_is_past(100, 99));
	assert_false(day_is_past(100, 100));
	assert_true(day_is_past(100, 101));
	/* today is not known */
	assert_true(day_is_past(100, 0));
	/* without an end */
	assert_false(day_is_past(0, 100));
	assert_false(day_is_past(0, 0));
	assert_int_equal(day_days_left(100, 86), 14);
	assert_int_equal(day_days_left(100, 103), -3);
	assert_int_equal(day_days_left(100, 0), -1);
}

static void
words(void **state)
{
	char text[DAY_END_MAX];

	(void)state;
	day_end_text(20849, 20849, text);
	assert_string_equal(text, "good until the end of 2027-01-31, UTC");
	day_end_text(20849, 20850, text);
	assert_string_equal(text, "over since the end of 2027-01-31, UTC");
	day_end_text(0, 20850, text);
	assert_string_equal(text, "without an end");
	day_text(0, text);
	assert_string_equal(text, "");
	day_end_text(20849, 0, text);
	assert_non_null(strstr(text, "clock is set before " TWOFA_DATE));
	assert_non_null(strstr(text, "timedatectl"));
	assert_int_equal(day_read(TWOFA_DATE), TWOFA_DAY);
}

UNIT_TESTS(test_day)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(good),
		cmocka_unit_test(bad),
		cmocka_unit_test(every_day),
		cmocka_unit_test(over),
		cmocka_unit_test(words),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
