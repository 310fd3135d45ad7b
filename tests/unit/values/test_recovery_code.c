/* SPDX-License-Identifier: BSD-2-Clause */
/* The shape, the making and the hash of recovery codes. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <string.h>

#include <cmocka.h>

#include "lib/values/values.h"
#include "tests/support/unit_tests.h"

static void
shape_good(void **state)
{
	static const char *const typed[] = { "ABCDEFGH2345WXYZ",
		"abcdefgh2345wxyz", "ABCD-EFGH-2345-WXYZ",
		"abcd efgh 2345 wxyz", "AbCd--EfGh  2345-wXyZ",
		"A-B-C-D-E-F-G-H-2-3-4-5-W-X-Y-Z", " ABCD-EFGH-2345-WXYZ ",
		"ABCDEFGH2345WXYZ-" };
	char out[RECOVERY_LEN + 1];

	(void)state;
	for (size_t i = 0; i < sizeof(typed) / sizeof(typed[0]); i++) {
		assert_true(recovery_code_normalise(typed[i], out));
		assert_string_equal(out, "ABCDEFGH2345WXYZ");
	}
	assert_true(recovery_code_normalise("234567234567234a", out));
	assert_string_equal(out, "234567234567234A");
	assert_true(recovery_code_normalise("ZZZZ777766665555", out));
}

static void
shape_bad(void **state)
{
	static const char *const typed[] = { "", " ", "-", "123456", "r", "q",
		"ABCDEFGH2345WXY",   /* one less */
		"ABCDEFGH2345WXYZA", /* one more */
		"2345672345672345",  /* no letter */
		"ABCDEFGH2345WXY0", "ABCDEFGH2345WXY1", "ABCDEFGH2345WXY8",
		"ABCDEFGH2345WXY9", "ABCDEFGH2345WXY=", "ABCDEFGH2345WXY_",
		"-ABCDEFGH2345WXYZ", "ABCDEFGH2345WXYZ\n", "ABCD\tEFGH2345WXYZ",
		"ABCDEFGH2345WX\xc3\x9c", "ABCDEFGH2345WXY@",
		"ABCDEFGH2345WXY[", "ABCDEFGH2345WXY`", "ABCDEFGH2345WXY{",
		"----------------" };
	static const char zeros[RECOVERY_LEN + 1];
	char out[RECOVERY_LEN + 1];

	(void)state;
	for (size_t i = 0; i < sizeof(typed) / sizeof(typed[0]); i++) {
		memset(out, 'x', sizeof(out));
		assert_false(recovery_code_normalise(typed[i], out));
		assert_memory_equal(out, zeros, sizeof(out));
	}
}

/* Every character at every place: 32 of them in 16 places of 2,000 codes. */
static void
made(void **state)
{
	unsigned seen[RECOVERY_LEN][128] = { { 0 } };
	char code[RECOVERY_LEN + 1], last[RECOVERY_LEN + 1] = "";
	char typed[RECOVERY_LEN + 1], text[RECOVERY_TEXT + 1];

	(void)state;
	for (int i = 0; i < 2000; i++) {
		assert_int_equal(recovery_code_make(code), 0);
		assert_string_not_equal(code, last);
		memcpy(last, code, sizeof(last));
		text_in_fours(text, sizeof(text), code, '-');
		assert_int_equal(strlen(text), RECOVERY_TEXT);
		assert_true(recovery_code_normalise(text, typed));
		assert_string_equal(typed, code);
		for (int at = 0; at < RECOVERY_LEN; at++)
			seen[at][(unsigned char)code[at]]++;
	}
	for (int at = 0; at < RECOVERY_LEN; at++)
		for (const char *c = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"; *c;
		     c++)
			/* 62 expected; 20 is over five sigma away */
			assert_in_range(seen[at][(unsigned char)*c], 20, 120);
}

static void
text_in_groups(void **state)
{
	char text[RECOVERY_TEXT + 1];

	(void)state;
	text_in_fours(text, sizeof(text), "ABCDEFGH2345WXYZ", '-');
	assert_string_equal(text, "ABCD-EFGH-2345-WXYZ");
}

/* printf '\0\1\2...\17ABCDEFGH2345WXYZ' | sha256sum */
static void
hashed(void **state)
{
	static const unsigned char want[RECOVERY_HASH] = { 0xe0, 0x76, 0x2b,
		0x7f, 0xb4, 0x51, 0xad, 0x06, 0x57, 0xc2, 0xe2, 0x6c, 0x29,
		0x84, 0xd7, 0xe8, 0x94, 0xad, 0x36, 0x34, 0xec, 0xc6, 0x2c,
		0xad, 0x7e, 0x2c, 0xa6, 0x2f, 0xe4, 0x08, 0x5e, 0x91 };
	unsigned char salt[RECOVERY_SALT], hash[RECOVERY_HASH];

	(void)state;
	for (unsigned char i = 0; i < RECOVERY_SALT; i++)
		salt[i] = i;
	assert_int_equal(recovery_code_hash(salt, "ABCDEFGH2345WXYZ", hash), 0);
	assert_memory_equal(hash, want, sizeof(want));
	salt[0] = 1;
	assert_int_equal(recovery_code_hash(salt, "ABCDEFGH2345WXYZ", hash), 0);
	assert_memory_not_equal(hash, want, sizeof(want));
}

UNIT_TESTS(test_recovery_code)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(shape_good),
		cmocka_unit_test(shape_bad),
		cmocka_unit_test(made),
		cmocka_unit_test(text_in_groups),
		cmocka_unit_test(hashed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
