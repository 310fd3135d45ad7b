/* SPDX-License-Identifier: BSD-2-Clause */
/* An app's codes: RFC 6238 appendix B, and what is no code or no secret. */
#include "lib/values/values.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "tests/support/unit_tests.h"

static struct secret
secret_of(const char *text)
{
	struct secret s = { .len = strlen(text) };

	snprintf(s.b, sizeof(s.b), "%s", text);
	return s;
}

static const struct totp_kind usual = { 0 };

static void
codes_of_the_standard(void **state)
{
	static const struct {
		int64_t wall;
		const char *code; /* the last six of its eight digits */
	} rows[] = { { 59, "287082" }, { 1111111109, "081804" },
		{ 1111111111, "050471" }, { 1234567890, "005924" },
		{ 2000000000, "279037" }, { INT64_C(20000000000), "353130" } };
	const struct secret s = secret_of("GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ");
	int64_t step = 0;

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const int64_t wall = rows[i].wall;

		assert_int_equal(
		    totp_match(&s, &usual, rows[i].code, wall, &step), 1);
		assert_int_equal(step, wall / 30);
		/* its own step, wherever in the one beside we are */
		assert_int_equal(
		    totp_match(&s, &usual, rows[i].code, wall + 30, &step), 1);
		assert_int_equal(step, wall / 30);
		assert_int_equal(
		    totp_match(&s, &usual, rows[i].code, wall + 60, &step), 0);
	}
}

/* RFC 4226, appendix D, in both lengths. */
static void
counters_of_the_standard(void **state)
{
	static const char *const codes[] = { "84755224", "94287082", "37359152",
		"26969429", "40338314", "68254676", "18287922", "82162583",
		"73399871", "45520489" };
	const struct secret s = secret_of("GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ");
	const struct totp_kind six = { .hotp = true },
			       eight = { .hotp = true, .digits = 8 };
	int64_t at = -1;

	(void)state;
	for (int i = 0; i < 10; i++) {
		assert_int_equal(
		    hotp_match(&s, &six, codes[i] + 2, 0, 10, &at), 1);
		assert_int_equal(at, i);
		assert_int_equal(
		    hotp_match(&s, &eight, codes[i], i, 1, &at), 1);
		assert_int_equal(at, i);
		assert_int_equal(
		    hotp_match(&s, &six, codes[i] + 2, i + 1, 9, &at), 0);
		assert_int_equal(
		    hotp_match(&s, &six, codes[i] + 2, 0, i == 0 ? 1 : i, &at),
		    i == 0);
		assert_int_equal(hotp_match(&s, &six, codes[i], 0, 10, &at), 0);
		assert_int_equal(
		    hotp_match(&s, &eight, codes[i] + 2, 0, 10, &at), 0);
	}
	assert_int_equal(
	    hotp_match(&(struct secret){ "1", 1 }, &six, "755224", 0, 1, &at),
	    -1);
}

/* The codes that are right at once, of 10^6, for each set of apps and tokens
 * with 6 digits. */
static void
chance_of_a_guess(void **state)
{
	(void)state;
	for (unsigned apps = 0; apps <= USER_APPS_MAX; apps++)
		for (unsigned hotp = 0; apps + hotp <= USER_APPS_MAX; hotp++)
			assert_true(
			    apps * 3 + hotp * hotp_look_ahead(apps + hotp) <=
			    12);
	assert_int_equal(hotp_look_ahead(1), 10);
	assert_int_equal(hotp_look_ahead(4), 3);
}

/* Of RFC 6238, in full. */
static void
eight_digits(void **state)
{
	const struct secret s = secret_of("GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ");
	const struct totp_kind kind = { .digits = 8 };
	int64_t step;

	(void)state;
	assert_int_equal(totp_match(&s, &kind, "94287082", 59, &step), 1);
	assert_int_equal(totp_match(&s, &kind, "287082", 59, &step), 0);
	assert_int_equal(totp_match(&s, &usual, "94287082", 59, &step), 0);
	assert_false(totp_kind_equals(&kind, &usual));
	assert_true(
	    totp_kind_equals(&(struct totp_kind){ .digits = 6 }, &usual));
}

/* The same appendix, SHA-256; codes of 60 s are checked against oathtool's. */
static void
codes_of_the_standard_sha256(void **state)
{
	static const struct {
		int64_t wall;
		const char *code;
	} rows[] = { { 59, "119246" }, { 1111111109, "084774" },
		{ 1111111111, "062674" }, { 1234567890, "819424" },
		{ 2000000000, "698825" }, { INT64_C(20000000000), "737706" } };
	const struct secret s =
	    secret_of("GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQGEZA");
	const struct totp_kind kind = { .sha256 = true };
	int64_t step = 0;

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		assert_int_equal(
		    totp_match(&s, &kind, rows[i].code, rows[i].wall, &step),
		    1);
		assert_int_equal(step, rows[i].wall / 30);
		assert_int_equal(
		    totp_match(&s, &usual, rows[i].code, rows[i].wall, &step),
		    0);
	}
}

/* The counter of 59 s in steps of 30 is that of 60 to 119 in steps of 60: the
 * codes of the standard serve. Its step is the same for each time at which it
 * is right, and half a minute too early or late is right. */
static void
codes_of_a_minute(void **state)
{
	static const struct {
		const char *text, *code;
		struct totp_kind kind;
	} rows[] = { { "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ", "287082",
			 { .period = 60 } },
		{ "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQGEZA",
		    "119246", { .period = 60, .sha256 = true } } };
	int64_t step;

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct secret s = secret_of(rows[i].text);

		for (int64_t wall = 30; wall < 240; wall++) {
			const bool right = wall < 150;

			step = -1;
			assert_int_equal(totp_match(&s, &rows[i].kind,
					     rows[i].code, wall, &step),
			    right);
			assert_int_equal(step, right ? 2 : -1);
			if (right) /* as a state in PostgreSQL takes it */
				assert_in_range(wall / 30 - step + 1, 0, 3);
		}
	}
}

/* Never an error: what a person types is not the secret's fault. */
static void
what_is_no_code(void **state)
{
	static const char *const typed[] = { "", "28708", "2870820", "94287082",
		"28708a", "      ", "+87082" };
	const struct secret s = secret_of("GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ");
	int64_t step = 0;

	(void)state;
	for (size_t i = 0; i < sizeof(typed) / sizeof(typed[0]); i++)
		if (totp_match(&s, &usual, typed[i], 59, &step) != 0)
			fail_msg("'%s' is no wrong code", typed[i]);
	assert_int_equal(step, 0);
}

static void
what_is_no_secret(void **state)
{
	const struct secret bad = secret_of("1089!");
	const struct secret small = secret_of("GEZDGNBV");
	int64_t step = 0;

	(void)state;
	assert_int_equal(totp_match(&bad, &usual, "287082", 59, &step), -1);
	assert_int_equal(totp_match(&bad, &usual, "28708", 59, &step), -1);
	assert_false(totp_secret_is_valid(&bad));
	assert_false(totp_secret_is_valid(&small));
}

/* Blanks and small letters: the same secret, and known by one spelling. */
static void
one_spelling(void **state)
{
	static const char *const typed[] = { "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ",
		"gezdgnbvgy3tqojqgezdgnbvgy3tqojq",
		"GEZD GNBV GY3T QOJQ GEZD GNBV GY3T QOJQ" };
	const struct secret bad = secret_of("1089!");
	struct secret plain, out = { .len = 0 };

	(void)state;
	for (size_t i = 0; i < sizeof(typed) / sizeof(typed[0]); i++) {
		plain = secret_of(typed[i]);
		assert_int_equal(totp_secret_normalise(&plain, &out), 0);
		assert_string_equal(out.b, typed[0]);
		assert_int_equal(out.len, strlen(typed[0]));
	}
	assert_int_equal(totp_secret_normalise(&bad, &out), -1);
}

UNIT_TESTS(test_totp)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(codes_of_the_standard),
		cmocka_unit_test(counters_of_the_standard),
		cmocka_unit_test(chance_of_a_guess),
		cmocka_unit_test(eight_digits),
		cmocka_unit_test(codes_of_the_standard_sha256),
		cmocka_unit_test(codes_of_a_minute),
		cmocka_unit_test(what_is_no_code),
		cmocka_unit_test(what_is_no_secret),
		cmocka_unit_test(one_spelling),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
