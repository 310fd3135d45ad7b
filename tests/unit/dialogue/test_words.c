/* SPDX-License-Identifier: BSD-2-Clause */
/* Prompts: every one fits in 100 columns, and says what it should. */
#include "helper/dialogue/dialogue.h"
#include "helper/dialogue/dialogue_inside.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "lib/settings/settings.h"
#include "tests/support/unit_tests.h"

static const enum challenge_step all_notes[] = { STEP_ASK, STEP_WRONG,
	STEP_USED, STEP_MALFORMED, STEP_WAIT, STEP_SENT, STEP_TAKEN,
	STEP_RENEWED, STEP_NO_KEY, STEP_INSTEAD, STEP_LOCKED,
	STEP_NO_RECOVERY };

static const enum ending all_ends[] = { END_NOT_SENT, END_NUMBER, END_BUSY,
	END_SPENT, END_LIMIT, END_CANCELLED, END_TIMEOUT, END_DENIED,
	END_UNANSWERED, END_UNCHECKED };

/* a host at which every provider is the simulator */
static struct settings rehearsal = { .provider_count = 1,
	.provider = { { .rehearsal = true } } };

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static void
fits(enum challenge_step note, const struct challenge_view *v)
{
	const char *prompt = words_prompt(note, v), *marked;
	const size_t len = strlen(prompt);

	if (len > WORDS_COLUMNS)
		fail_msg("%zu columns: '%s'", len, prompt);
	if (len < 12 || strcmp(prompt + len - 11, "q cancel): ") != 0)
		fail_msg("'%s' is cut", prompt);
	/* clients ask nobody where these words are missing, or not first */
	if (strstr(prompt, "code") == NULL && strstr(prompt, "Code") == NULL)
		fail_msg("no code in '%s'", prompt);
	if (v->method != METHOD_RECOVERY &&
	    strncmp(prompt, "Verification code", 17) != 0)
		fail_msg("no verification code in '%s'", prompt);
	/* every key that works is named, and no other */
	for (unsigned i = 0; i < 5; i++) {
		static const enum method methods[] = { METHOD_VOICE,
			METHOD_WHATSAPP, METHOD_EMAIL, METHOD_PUSH,
			METHOD_TOTP };
		const char key[] = { "vwept"[i], ' ', '\0' };
		const char *at = strrchr(prompt, '(') + 1;

		while ((at = strstr(at, key)) != NULL && at[-1] != '(' &&
		    at[-1] != ' ')
			at++;
		if ((at != NULL) != ((v->keys & METHOD_BIT(methods[i])) != 0))
			fail_msg("key %c in '%s'", key[0], prompt);
	}
	marked = words_mark_rehearsal(&rehearsal, prompt);
	assert_memory_equal(marked, "[REHEARSAL] ", 12);
	assert_string_equal(marked + 12, prompt);
}

/* The same with every set of keys. */
static void
fits_with_keys(enum challenge_step note, struct challenge_view *v)
{
	const unsigned all = METHOD_BIT(METHOD_VOICE) |
	    METHOD_BIT(METHOD_WHATSAPP) | METHOD_BIT(METHOD_EMAIL) |
	    METHOD_BIT(METHOD_PUSH) | METHOD_BIT(METHOD_TOTP);

	for (v->keys = 0; v->keys <= all; v->keys++) {
		if ((v->keys & ~all) != 0)
			continue;
		v->can_resend = false;
		fits(note, v);
		v->can_resend = true;
		fits(note, v);
	}
}

/* News, method, reason, age, keys: all of them with one another, and the
 * longest of what can be long. */
static void
test_width(void **state)
{
	static const enum method methods[] = { METHOD_SMS, METHOD_VOICE,
		METHOD_WHATSAPP, METHOD_EMAIL, METHOD_TOTP, METHOD_RECOVERY };
	static const int64_t ages[] = { -1, 119, 3599 };
	struct challenge_view v = { .code_length = 10,
		.resend_s = 7199,
		.tries_left = 5,
		.locked_s = 86400 };

	(void)state;
	memset(v.receiver, 'x', sizeof(v.receiver) - 1);
	for (size_t n = 0; n < COUNT(all_notes); n++)
		for (size_t m = 0; m < COUNT(methods); m++)
			for (size_t e = 0; e < COUNT(all_ends) * 6; e++) {
				v.method = methods[m];
				v.why = all_ends[e / 6];
				v.age_s = ages[e % 3];
				v.same_code = e % 6 > 2;
				v.none_sent = false;
				fits_with_keys(all_notes[n], &v);
				v.none_sent = true;
				fits_with_keys(all_notes[n], &v);
			}
}

/* What happened, in words. */
static void
test_words(void **state)
{
	static const struct {
		enum challenge_step note;
		enum method method;
		int64_t age_s;
		bool same_code;
		const char *number, *words;
	} rows[] = {
		{ STEP_ASK, METHOD_SMS, -1, false, "+1 ***-***-0123",
		    "Verification code sent to +1 ***-***-0123 by SMS (" },
		{ STEP_ASK, METHOD_VOICE, -1, false, "+1 ***-***-0123",
		    "Verification code: calling +1 ***-***-0123 now (" },
		{ STEP_ASK, METHOD_VOICE, 40, false, "+1 ***-***-0123",
		    "Verification code already sent to +1 ***-***-0123 by call "
		    "40 s ago (" },
		{ STEP_ASK, METHOD_SMS, 239, false, "+1 ***-***-0123",
		    "Verification code already sent to +1 ***-***-0123 by SMS "
		    "3 min ago (" },
		{ STEP_ASK, METHOD_WHATSAPP, -1, false, "+1 ***-***-0123",
		    "Verification code sent to +1 ***-***-0123 by WhatsApp (" },
		{ STEP_ASK, METHOD_EMAIL, -1, false, "a***@example.org",
		    "Verification code sent to a***@example.org by email (" },
		{ STEP_SENT, METHOD_SMS, -1, false, "+1 ***-***-0123",
		    "Verification code: new one sent to +1 ***-***-0123 by SMS "
		    "(" },
		{ STEP_SENT, METHOD_SMS, -1, true, "+1 ***-***-0123",
		    "Verification code sent again to +1 ***-***-0123 by SMS "
		    "(" },
		{ STEP_SENT, METHOD_VOICE, 40, true, "+1 ***-***-0123",
		    "Verification code: calling +1 ***-***-0123 now (" },
		{ STEP_RENEWED, METHOD_VOICE, -1, false, "+1 ***-***-0123",
		    "Verification code expired; calling +1 ***-***-0123 now "
		    "(" },
		{ STEP_RENEWED, METHOD_EMAIL, -1, false, "a***@example.org",
		    "Verification code expired; new one sent to "
		    "a***@example.org by email (" },
	};
	const char *prompt;

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct challenge_view v = { .method = rows[i].method,
			.age_s = rows[i].age_s,
			.same_code = rows[i].same_code };

		snprintf(v.receiver, sizeof(v.receiver), "%s", rows[i].number);
		prompt = words_prompt(rows[i].note, &v);
		if (strncmp(prompt, rows[i].words, strlen(rows[i].words)) != 0)
			fail_msg("'%s', not '%s'", prompt, rows[i].words);
	}
}

/* What most people see fits a terminal of 80 columns. */
static void
test_most_common(void **state)
{
	static const char words[] =
	    "Verification code sent to +44 ***-***-0100 by SMS "
	    "(r resend, v call, q cancel): ";
	const struct challenge_view v = { .method = METHOD_SMS,
		.receiver = "+44 ***-***-0100",
		.age_s = -1,
		.can_resend = true,
		.keys = METHOD_BIT(METHOD_VOICE) };
	const char *prompt;

	(void)state;
	prompt = words_prompt(STEP_ASK, &v);
	assert_string_equal(prompt, words);
	assert_int_equal(sizeof(words) - 1, 80);
}

/* Letters alone where words do not fit. */
static void
test_letters(void **state)
{
	struct challenge_view v = { .method = METHOD_SMS,
		.receiver = "+998 ***-***-0123",
		.age_s = -1,
		.can_resend = true,
		.keys = METHOD_BIT(METHOD_VOICE) | METHOD_BIT(METHOD_WHATSAPP) |
		    METHOD_BIT(METHOD_EMAIL) | METHOD_BIT(METHOD_PUSH) |
		    METHOD_BIT(METHOD_TOTP) };
	const char *prompt;

	(void)state;
	prompt = words_prompt(STEP_ASK, &v);
	assert_string_equal(prompt,
	    "Verification code sent to +998 ***-***-0123 by SMS "
	    "(r v w e p t q cancel): ");
	v.keys = METHOD_BIT(METHOD_WHATSAPP) | METHOD_BIT(METHOD_EMAIL);
	prompt = words_prompt(STEP_ASK, &v);
	assert_string_equal(prompt,
	    "Verification code sent to +998 ***-***-0123 by SMS "
	    "(r resend, w WhatsApp, e email, q cancel): ");
}

static void
test_masks(void **state)
{
	static const struct {
		const char *address, *mask;
	} rows[] = {
		{ "alice@example.org", "a***@example.org" },
		{ "a@example.org", "***@example.org" },
		{ "ab@example.org", "a***@example.org" },
		{ "alice@a.b", "a***@a.b" },
		{ "alice@mail.sales.emea.example.org",
		    "a***@...sales.emea.example.org" },
		{ "alice", "" },
		{ "", "" },
	};
	char mask[EMAIL_MASK];

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		email_mask(rows[i].address, mask);
		assert_true(strlen(mask) < EMAIL_MASK);
		assert_string_equal(mask, rows[i].mask);
	}
}

static void
test_spans(void **state)
{
	static const struct {
		int64_t s;
		const char *text;
	} rows[] = {
		{ 1, "Wait 1 s" },
		{ 119, "Wait 119 s" },
		{ 120, "Wait 2 min" },
		{ 121, "Wait 3 min" },
		{ 7140, "Wait 119 min" },
		{ 7200, "Wait 2 h" },
		{ 7201, "Wait 3 h" },
		{ 86400, "Wait 24 h" },
	};
	const char *prompt;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		prompt = words_limit(rows[i].s, false);
		if (strncmp(prompt, rows[i].text, strlen(rows[i].text)) != 0)
			fail_msg("%s", prompt);
		prompt = words_limit(rows[i].s, true);
		assert_true(strlen(prompt) <= 80);
	}
	prompt = words_limit(3600, true);
	assert_string_equal(prompt,
	    "Wait 60 min, or use an ssh connection that you have open "
	    "(Enter ends): ");
}

static void
test_tries(void **state)
{
	struct challenge_view v = { .method = METHOD_SMS,
		.receiver = "+998 ***-***-0123",
		.can_resend = true,
		.keys = METHOD_BIT(METHOD_VOICE) | METHOD_BIT(METHOD_TOTP) };
	const char *prompt;

	(void)state;
	v.tries_left = 1;
	prompt = words_mark_rehearsal(&rehearsal, words_prompt(STEP_WRONG, &v));
	assert_string_equal(prompt,
	    "[REHEARSAL] Verification code was wrong, 1 try left "
	    "(r resend, v call, t app, q cancel): ");
}

UNIT_TESTS(test_words)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_width),
		cmocka_unit_test(test_words),
		cmocka_unit_test(test_most_common),
		cmocka_unit_test(test_letters),
		cmocka_unit_test(test_masks),
		cmocka_unit_test(test_spans),
		cmocka_unit_test(test_tries),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
