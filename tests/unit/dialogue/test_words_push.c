/* SPDX-License-Identifier: BSD-2-Clause */
/* What a push says: whole, and in 100 columns, whatever comes together. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "helper/dialogue/dialogue.h"
#include "helper/dialogue/dialogue_inside.h"
#include "lib/provider_types/provider_types.h"
#include "tests/support/unit_tests.h"

#define COLUMNS 100

static const struct challenge_view view = { .method = METHOD_PUSH,
	.push_digits = "42",
	.push_s = 85,
	.age_s = -1,
	.can_resend = true,
	.keys = METHOD_BIT(METHOD_TOTP) };

static void
fits(const char *prompt)
{
	if (strlen(prompt) > COLUMNS)
		fail_msg("%zu columns: %s", strlen(prompt), prompt);
	if (strcmp(prompt + strlen(prompt) - 2, ": ") != 0)
		fail_msg("no prompt: %s", prompt);
}

/* Every note, with every key or none, asked after or not. */
static void
test_all(void **state)
{
	const char *plain;

	(void)state;
	for (unsigned i = 0; i <= STEP_NO_KEY; i++) {
		for (unsigned bits = 0; bits < 8; bits++) {
			struct challenge_view v = view;

			v.can_resend = (bits & 1) != 0;
			v.keys = (bits & 2) != 0 ? METHOD_ALL : 0;
			v.push_early = (bits & 4) != 0;
			plain = words_push_prompt((enum challenge_step)i, &v);
			fits(plain);
			/* the phone's number and what to press, always */
			assert_non_null(strstr(plain, "number 42"));
			assert_non_null(strstr(plain, "press Enter"));
			assert_non_null(strstr(plain, "q cancel): "));
		}
	}
}

/* The longest page and code are whole, whatever comes together. */
static void
test_page(void **state)
{
	char page[PROVIDER_PAGE_MAX + 1] = "";
	const char *out;
	char code[PROVIDER_USER_CODE_MAX + 1] = "";
	struct challenge_view v = view;

	(void)state;
	memset(page, 'p', sizeof(page) - 1);
	memset(code, 'c', sizeof(code) - 1);
	v.page = page;
	v.user_code = code;
	v.keys |= METHOD_BIT(METHOD_PAGE);
	for (unsigned i = 0; i <= STEP_NO_KEY; i++) {
		v.push_early = i % 2 != 0;
		out = words_push_prompt((enum challenge_step)i, &v);
		assert_non_null(strstr(out, page));
		assert_non_null(strstr(out, code));
		assert_non_null(
		    strstr(out, "r code by phone, t app, q cancel"));
		assert_non_null(strstr(out, "then press Enter (k QR code, "));
		assert_string_equal(out + strlen(out) - 3, "): ");
	}
}

static void
test_words(void **state)
{
	const char *out;
	struct challenge_view v = view;

	(void)state;
	out = words_push_prompt(STEP_ASK, &v);
	assert_string_equal(out,
	    "Approve on your phone (number 42), then press Enter "
	    "(r code by phone, t app, q cancel): ");
	v.push_early = true;
	out = words_push_prompt(STEP_ASK, &v);
	assert_string_equal(out,
	    "Not approved yet: see your phone (number 42), then press Enter "
	    "(r code by phone, t app, q cancel): ");
	out = words_push_wait(&v, true);
	assert_string_equal(out,
	    "Approve on your phone, number 42, within 85 s; Ctrl-C gives up");
	out = words_push_wait(&v, false);
	assert_string_equal(
	    out, "Approve on your phone, number 42, within 85 s");
}

/* A lock that no wrong code made speaks of none. */
static void
test_locks(void **state)
{
	static const struct {
		int64_t s;
		const char *words;
	} rows[] = {
		{ 1, "Locked for 1 s" },
		{ 119, "Locked for 119 s" },
		{ 120, "Locked for 2 min" },
		{ 3541, "Locked for 60 min" },
		{ 3600, "Locked for 60 min" },
		{ 0, "Locked" },
	};
	const char *out;
	char want[128];

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		out = words_locked(rows[i].s, true);
		snprintf(
		    want, sizeof(want), "%s (Enter ends): ", rows[i].words);
		assert_string_equal(out, want);
		out = words_recovery_after_denial(rows[i].s);
		snprintf(want, sizeof(want),
		    "%s. Recovery code (q cancel): ", rows[i].words);
		assert_string_equal(out, want);
		fits(out);
	}
	assert_string_equal(
	    words_push_limit(3599), "No more pushes for 60 min (Enter ends): ");
}

UNIT_TESTS(test_words_push)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_all),
		cmocka_unit_test(test_page),
		cmocka_unit_test(test_words),
		cmocka_unit_test(test_locks),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
