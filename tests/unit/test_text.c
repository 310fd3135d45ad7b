/* SPDX-License-Identifier: BSD-2-Clause */
/* Prompts: every one fits in 100 columns, and says what it should. */
#include "helper/text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <string.h>

static const enum text_news all_news[] = { NEWS_SENT, NEWS_WRONG,
	NEWS_MALFORMED, NEWS_WAIT, NEWS_AGAIN, NEWS_RENEWED, NEWS_NO_KEY,
	NEWS_INSTEAD, NEWS_LOCKED, NEWS_NO_RECOVERY };

/* The phone is never what is asked for instead of the phone, and a lock leaves
 * recovery codes alone. */
static bool
can_stand(enum method m, enum text_news news)
{
	if (news == NEWS_LOCKED)
		return m == METHOD_RECOVERY;
	return m == METHOD_TOTP || m == METHOD_RECOVERY || news != NEWS_INSTEAD;
}

/* The widest of everything that can stand together. */
static struct challenge_view
widest(enum method m)
{
	struct challenge_view v = { .number = "+998 ***-***-0123",
		.method = m,
		.code_length = 10,
		.age_s = 3599,
		.resend_s = 86400,
		.can_resend = true,
		.keys = (m == METHOD_SMS ? METHOD_BIT(METHOD_VOICE) : 0) |
		    (m != METHOD_TOTP && m != METHOD_RECOVERY
			    ? METHOD_BIT(METHOD_TOTP)
			    : 0),
		.tries_left = 5,
		.locked_s = 86400,
		.why = END_NOT_SENT };

	if (m == METHOD_RECOVERY)
		v.can_resend = false;
	return v;
}

static void
test_width(void **state)
{
	static const enum method methods[] = { METHOD_SMS, METHOD_VOICE,
		METHOD_WHATSAPP, METHOD_EMAIL, METHOD_TOTP, METHOD_RECOVERY };
	char prompt[TEXT_PROMPT_MAX];
	size_t i, n;

	(void)state;
	for (i = 0; i < sizeof(methods) / sizeof(methods[0]); i++) {
		struct challenge_view v = widest(methods[i]);

		for (n = 0; n < sizeof(all_news) / sizeof(all_news[0]); n++) {
			if (!can_stand(methods[i], all_news[n]))
				continue;
			text_prompt(prompt, all_news[n], &v, false);
			if (strlen(prompt) > 100)
				fail_msg("%zu columns: '%s'", strlen(prompt),
				    prompt);
			assert_string_equal(
			    prompt + strlen(prompt) - 11, "q cancel): ");
		}
	}
}

static void
test_spans(void **state)
{
	static const struct {
		int64_t s;
		const char *text;
	} rows[] = {
		{ 1, "Wait 1 s before" },
		{ 119, "Wait 119 s before" },
		{ 120, "Wait 2 min before" },
		{ 121, "Wait 3 min before" },
		{ 7140, "Wait 119 min before" },
		{ 7200, "Wait 2 h before" },
		{ 7201, "Wait 3 h before" },
		{ 86400, "Wait 24 h before" },
	};
	char prompt[TEXT_PROMPT_MAX];
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		text_limit(prompt, sizeof(prompt), rows[i].s);
		if (strncmp(prompt, rows[i].text, strlen(rows[i].text)) != 0)
			fail_msg("%s", prompt);
	}
}

static void
test_tries(void **state)
{
	struct challenge_view v = widest(METHOD_SMS);
	char prompt[TEXT_PROMPT_MAX];

	(void)state;
	v.tries_left = 1;
	text_prompt(prompt, NEWS_WRONG, &v, true);
	assert_string_equal(prompt,
	    "[REHEARSAL] Wrong code, 1 try left "
	    "(r resend, v call, t app, q cancel): ");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_width),
		cmocka_unit_test(test_spans),
		cmocka_unit_test(test_tries),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
