/* SPDX-License-Identifier: BSD-2-Clause */
/* What is a code, what is a key, what is neither. */
#include "helper/dialogue/dialogue.h"
#include "helper/dialogue/dialogue_inside.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <string.h>

#include "tests/support/unit_tests.h"

struct row {
	const char *typed;
	unsigned length;
	enum answer is;
	const char *code;
};

static const struct row rows[] = {
	{ "123456", 6, ANSWER_CODE, "123456" },
	{ "012345", 6, ANSWER_CODE, "012345" },
	{ "123 456", 6, ANSWER_CODE, "123456" },
	{ "123-456", 6, ANSWER_CODE, "123456" },
	{ " 123456\t", 6, ANSWER_CODE, "123456" },
	{ "1 2 3 4 5 6", 6, ANSWER_CODE, "123456" },
	{ "1234", 4, ANSWER_CODE, "1234" },
	{ "0123456789", 10, ANSWER_CODE, "0123456789" },
	{ "r", 6, ANSWER_RESEND, "" },
	{ "R", 6, ANSWER_RESEND, "" },
	{ " r ", 6, ANSWER_RESEND, "" },
	{ "v", 6, ANSWER_METHOD, "v" },
	{ "V", 6, ANSWER_METHOD, "v" },
	{ "q", 6, ANSWER_QUIT, "" },
	{ "Q", 6, ANSWER_QUIT, "" },
	{ "w", 6, ANSWER_METHOD, "w" },
	{ "E", 6, ANSWER_METHOD, "e" },
	{ "n", 6, ANSWER_METHOD, "n" },
	{ "p", 6, ANSWER_METHOD, "p" },
	{ "k", 6, ANSWER_METHOD, "k" },
	{ "t", 6, ANSWER_METHOD, "t" },
	{ "", 6, ANSWER_EMPTY, "" },
	{ " \t ", 6, ANSWER_EMPTY, "" },
	{ "-", 6, ANSWER_MALFORMED, "" },
	{ "- - -", 6, ANSWER_MALFORMED, "" },
	{ "123", 6, ANSWER_MALFORMED, "" },
	{ "12345", 6, ANSWER_MALFORMED, "" },
	{ "1234567", 6, ANSWER_MALFORMED, "" },
	{ "12345678901", 10, ANSWER_MALFORMED, "" },
	{ "1", 6, ANSWER_MALFORMED, "" },
	{ "rr", 6, ANSWER_MALFORMED, "" },
	{ "quit", 6, ANSWER_MALFORMED, "" },
	{ "x", 6, ANSWER_MALFORMED, "" },
	{ "12345a", 6, ANSWER_MALFORMED, "" },
	{ "abcdef", 6, ANSWER_MALFORMED, "" },
	{ "+12345", 6, ANSWER_MALFORMED, "" },
	{ "12.456", 6, ANSWER_MALFORMED, "" },
	{ "12_3456", 6, ANSWER_MALFORMED, "" },
	{ "../sms", 6, ANSWER_MALFORMED, "" },
	{ "\xd9\xa1\xd9\xa2\xd9\xa3", 6, ANSWER_MALFORMED, "" },
	{ "12345\xef\xbc\x96", 6, ANSWER_MALFORMED, "" },
	{ "123\n456", 6, ANSWER_MALFORMED, "" },
	{ "123456\r", 6, ANSWER_MALFORMED, "" },
	{ "\b\n\r\177IN", 6, ANSWER_MALFORMED, "" },
};

static const struct challenge_view six = { .code_length = 6 };

static void
test_rows(void **state)
{
	struct ui_answer a;
	char code[ANSWER_CODE_MAX + 1];
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		memset(&a, 0, sizeof(a));
		memset(code, 'x', sizeof(code));
		strcpy(a.text, rows[i].typed);
		a.typed = strlen(a.text);
		if (answer_read(&a,
			&(struct challenge_view){
			    .code_length = rows[i].length },
			code) != rows[i].is)
			fail_msg("row %zu: '%s'", i, rows[i].typed);
		if (rows[i].is == ANSWER_CODE || rows[i].is == ANSWER_METHOD)
			assert_string_equal(code, rows[i].code);
		else if (rows[i].is == ANSWER_MALFORMED)
			assert_string_equal(code, "");
	}
}

/* 600 and 4,000 bytes come as no text and a length. */
static void
test_too_long(void **state)
{
	struct ui_answer a = { .text = "", .typed = 600 };
	char code[ANSWER_CODE_MAX + 1];

	(void)state;
	assert_int_equal(answer_read(&a, &six, code), ANSWER_MALFORMED);
	a.typed = 4000;
	assert_int_equal(answer_read(&a, &six, code), ANSWER_MALFORMED);
}

static void
test_two_lengths(void **state)
{
	const struct challenge_view v = { .code_length = 6, .other_length = 8 };
	char code[ANSWER_CODE_MAX + 1];

	(void)state;
	for (size_t n = 1; n < 17; n++) {
		struct ui_answer a = { .typed = n };

		memset(a.text, '1', n);
		assert_int_equal(answer_read(&a, &v, code),
		    n == 6 || n == 8 ? ANSWER_CODE : ANSWER_MALFORMED);
		assert_int_equal(answer_guess_standin(&a, &v) == ANSWER_CODE,
		    n == 6 || n == 8);
	}
}

static void
test_standin(void **state)
{
	struct ui_answer a = { .text = "\b\n\r\177IN", .typed = 6 };

	(void)state;
	assert_int_equal(answer_guess_standin(&a, &six), ANSWER_CODE);
	a.typed = 5;
	assert_int_equal(answer_guess_standin(&a, &six), ANSWER_MALFORMED);
	a.typed = 7;
	assert_int_equal(answer_guess_standin(&a, &six), ANSWER_MALFORMED);
	a.typed = 1;
	assert_int_equal(answer_guess_standin(&a, &six), ANSWER_RESEND);
	a.typed = 16;
	assert_int_equal(answer_guess_standin(&a, &six), ANSWER_RECOVERY);
	a.typed = 19;
	assert_int_equal(answer_guess_standin(&a, &six), ANSWER_RECOVERY);
}

UNIT_TESTS(test_answer)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rows),
		cmocka_unit_test(test_two_lengths),
		cmocka_unit_test(test_too_long),
		cmocka_unit_test(test_standin),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
