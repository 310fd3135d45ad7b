/* SPDX-License-Identifier: BSD-2-Clause */
/* Phone numbers: which are valid, where the country code ends, what shows. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "lib/values/values.h"
#include "tests/support/unit_tests.h"

static void
test_valid(void **state)
{
	static const char *const good[] = {
		"+1234567",
		"+14155550123",
		"+123456789012345",
		"+4512345678",
	};
	static const char *const bad[] = {
		"",
		"+",
		"14155550123",
		"+0155550123",
		"+123456",
		"+1234567890123456",
		"+1415555012a",
		"+1 4155550123",
		"+1-4155550123",
		"++14155550123",
		"+14155550123 ",
		"+14155550123\n",
		" +14155550123",
		"+\xd9\xa1\xd9\xa2\xd9\xa3\xd9\xa4",
		"tel:+14155550123",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++)
		assert_true(phone_is_valid(good[i]));
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_false(phone_is_valid(bad[i]));
}

static void
test_country(void **state)
{
	static const struct {
		const char *number;
		size_t len;
	} rows[] = {
		{ "+14155550123", 1 },
		{ "+79161234567", 1 },
		{ "+20212345678", 2 },
		{ "+21212345678", 3 },
		{ "+27212345678", 2 },
		{ "+28212345678", 3 },
		{ "+33612345678", 2 },
		{ "+35312345678", 3 },
		{ "+37112345678", 3 },
		{ "+38512345678", 3 },
		{ "+39312345678", 2 },
		{ "+42012345678", 3 },
		{ "+44771234567", 2 },
		{ "+45123456780", 2 },
		{ "+49151234567", 2 },
		{ "+50312345678", 3 },
		{ "+52551234567", 2 },
		{ "+58212345678", 2 },
		{ "+59112345678", 3 },
		{ "+61412345678", 2 },
		{ "+67912345678", 3 },
		{ "+80012345678", 3 },
		{ "+81312345678", 2 },
		{ "+82212345678", 2 },
		{ "+85212345678", 3 },
		{ "+86131234567", 2 },
		{ "+88012345678", 3 },
		{ "+90212345678", 2 },
		{ "+95123456780", 2 },
		{ "+96612345678", 3 },
		{ "+98212345678", 2 },
		{ "+99212345678", 3 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		assert_true(phone_is_valid(rows[i].number));
		assert_int_equal(
		    phone_country_len(rows[i].number), rows[i].len);
	}
}

/* E.164 list: 2 codes of one digit, 44 of two. */
static void
test_country_count(void **state)
{
	char number[] = "+0012345678";
	size_t two = 0;

	(void)state;
	for (number[1] = '1'; number[1] <= '9'; number[1]++)
		for (number[2] = '0'; number[2] <= '9'; number[2]++)
			two += phone_country_len(number) == 2;
	assert_int_equal(two, 44);
}

static void
test_mask(void **state)
{
	static const struct {
		const char *number, *mask;
	} rows[] = {
		{ "+14155550123", "+1 ***-***-0123" },
		{ "+4512345678", "+45 ***-***-5678" },
		{ "+353851234567", "+353 ***-***-4567" },
		{ "+123456789012345", "+1 ***-***-2345" },
		/* never a whole number, however short */
		{ "+6831234", "+683 ***-***-***4" },
		{ "+29012345", "+290 ***-***-**45" },
		{ "+1234567", "+1 ***-***-*567" },
		{ "+35412345678", "+354 ***-***-5678" },
		{ "not a number", "" },
	};
	char out[PHONE_MASK];

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		memset(out, 'x', sizeof(out));
		phone_mask(rows[i].number, out);
		assert_string_equal(out, rows[i].mask);
	}
}

UNIT_TESTS(test_phone)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_valid),
		cmocka_unit_test(test_country),
		cmocka_unit_test(test_country_count),
		cmocka_unit_test(test_mask),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
