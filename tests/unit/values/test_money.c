/* SPDX-License-Identifier: BSD-2-Clause */
/* Amounts of money: what is one, what it is worth, how it is shown. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <setjmp.h>
#include <string.h>

#include <cmocka.h>

#include "lib/values/values.h"
#include "tests/support/unit_tests.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static const struct {
	const char *text;
	int64_t worth;
} good[] = {
	{ "0", 0 },
	{ "0.0", 0 },
	{ "0.000000", 0 },
	{ "1", 1000000 },
	{ "12", 12000000 },
	{ "007", 7000000 },
	{ "0.05", 50000 },
	{ "0.0333", 33300 },
	{ "12.345678", 12345678 },
	{ "0.1", 100000 },
	{ "0.000001", 1 },
	{ "0.999999", 999999 },
	/* behind the sixth digit: up, and never down to nothing */
	{ "0.0000001", 1 },
	{ "0.0000010", 1 },
	{ "0.00000100000000000001", 2 },
	{ "0.0333330", 33333 },
	{ "0.0333333", 33334 },
	{ "0.9999999", 1000000 },
	{ "9.9999991", 10000000 },
	/* the most */
	{ "999999.999999", PRICE_MAX - 1 },
	{ "999999.9999999", PRICE_MAX },
	{ "1000000", PRICE_MAX },
	{ "1000000.0000000", PRICE_MAX },
	{ "0000000000000000000001000000.000000000000000000", PRICE_MAX },
};

static const char *const bad[] = {
	"",
	" ",
	".",
	".5",
	"5.",
	"1..5",
	"1.5.5",
	"1.5.",
	"-1",
	"+1",
	"-0",
	" 1",
	"1 ",
	"1\n",
	"1.5 ",
	"1. 5",
	"0,05",
	"1,000",
	"1e3",
	"1.5e3",
	"0x10",
	"inf",
	"nan",
	"abc",
	"1a",
	"1.a",
	"1.-5",
	"$1",
	"1 EUR",
	"0.0333\xc2\xa0",
	"\xd9\xa1",
	"1000000.000001",
	"1000000.0000001",
	"1000001",
	"9999999",
	/* what wraps round 64 bits */
	"18446744073709551616",
	"18446744073710",
	"9223372036855",
	"99999999999999999999999999999999999999999999999999999999999999",
};

static void
test_good(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(good); i++) {
		int64_t worth = -1;

		if (money_parse(good[i].text, &worth) != 0)
			fail_msg("\"%s\" was refused", good[i].text);
		if (worth != good[i].worth)
			fail_msg(
			    "\"%s\" gave %lld", good[i].text, (long long)worth);
	}
}

static void
test_bad(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(bad); i++) {
		int64_t worth = -7;

		if (money_parse(bad[i], &worth) != -1)
			fail_msg("\"%s\" gave %lld", bad[i], (long long)worth);
		assert_int_equal(worth, -7);
	}
}

static void
test_text(void **state)
{
	static const struct {
		int64_t worth;
		const char *text;
	} rows[] = {
		{ 0, "0.00" },
		{ 1, "0.000001" },
		{ 10, "0.00001" },
		{ 50000, "0.05" },
		{ 33300, "0.0333" },
		{ 100000, "0.10" },
		{ 999999, "0.999999" },
		{ 1000000, "1.00" },
		{ 10000000, "10.00" },
		{ 12345678, "12.345678" },
		{ 12500000, "12.50" },
		{ PRICE_MAX, "1000000.00" },
		{ INT64_MAX, "9223372036854.775807" },
	};
	char text[PRICE_TEXT_MAX];

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		memset(text, 'x', sizeof(text));
		money_text(rows[i].worth, text);
		assert_string_equal(text, rows[i].text);
	}
}

/* What is shown reads back as the same. */
static void
test_round_trip(void **state)
{
	char text[PRICE_TEXT_MAX];
	int64_t worth, back;

	(void)state;
	for (worth = 0; worth <= PRICE_MAX; worth = worth * 3 + 1) {
		money_text(worth, text);
		assert_int_equal(money_parse(text, &back), 0);
		assert_int_equal(back, worth);
	}
}

UNIT_TESTS(test_money)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_good),
		cmocka_unit_test(test_bad),
		cmocka_unit_test(test_text),
		cmocka_unit_test(test_round_trip),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
