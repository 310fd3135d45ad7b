/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * People of one account: a name that is nobody's goes through what somebody's
 * does, by each vendor, and nothing is ever sent or right.
 */
#include "tests/support/logins/login_scenes.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "tests/support/unit_tests.h"

static void
people(const struct scripted *s, const char *more)
{
	char text[1024];

	snprintf(text, sizeof(text), "people = ( { name = \"anna\"; %s } );\n",
	    more);
	scripted_user(s, text);
}

/* A text without its digits. */
static const char *
shape(const char *text)
{
	static char out[SCRIPT_TEXT];
	size_t i = 0;

	for (; text[i] != '\0'; i++)
		out[i] = text[i] >= '0' && text[i] <= '9' ? '#' : text[i];
	out[i] = '\0';
	return out;
}

static void
login(struct scripted *s, struct script *script, const char *name, int64_t n,
    struct login_result *result)
{
	*script = (struct script){ .answer = { TYPED(name), TYPED("111111"),
				       TYPED_AFTER(40000, "r"), TYPED("222222"),
				       TYPED("333333"), TYPED("444444"),
				       TYPED("555555") } };
	scripted_run(s, script, n, result);
}

/* Three logins of one name, then three of another: what is shown. */
static void
compare(struct scripted *s)
{
	static struct script known, unknown;
	struct login_result a, b;

	for (int64_t n = 1; n <= 3; n++) {
		login(s, &known, "anna", n, &a);
		login(s, &unknown, "zoe", n + 10, &b);
		if (unknown.requests > 0)
			fail_msg("sent: %s", unknown.sent[0]);
		assert_int_equal(a.verdict, b.verdict);
		assert_int_not_equal(b.verdict, VERDICT_ALLOW);
		assert_int_equal(b.reason, REASON_PERSON_UNKNOWN);
		assert_string_equal(a.person, "anna");
		assert_string_equal(b.person, "");
		assert_int_equal(known.prompts, unknown.prompts);
		for (unsigned i = 0; i < known.prompts; i++) {
			char shown[SCRIPT_TEXT];

			strcpy(shown, shape(known.prompt[i]));
			assert_string_equal(shown, shape(unknown.prompt[i]));
		}
		s->clock += 400000;
		s->wall += 400;
	}
}

/* The vendor is honest: every code typed is wrong. */
static void
wrong_codes(struct scripted *s, const char *type)
{
	scripted_unlimited(s);
	s->answer = scene_reply;
	s->conf.wrong_codes_per_login = 2; /* less than any vendor's */
	if (type != NULL)
		scripted_provider(s, 0, type, type);
	people(s, "phone = \"+447700900123\";");
	compare(s);
}

static void
vonage(void **state)
{
	wrong_codes(*state, NULL);
}

static void
own_code(void **state)
{
	wrong_codes(*state, "telnyx-sms");
}

static void
app(void **state)
{
	struct scripted *s = *state;
	char more[256];

	scripted_unlimited(s);
	s->answer = scene_reply;
	scripted_totp(s, "");
	snprintf(more, sizeof(more), "totp_secret_file = \"%s/totp\";", s->dir);
	people(s, more);
	compare(s);
}

/* The right code of whoever the prompts are like. */
static void
nothing_is_right(void **state)
{
	struct scripted *s = *state;
	static struct script script;
	struct login_result result;

	s->answer = scene_reply;
	s->conf.on_outage = OUTAGE_ALLOW;
	scripted_recovery(s);
	scene_stranger(s, &script);
	scripted_run(s, &script, 1, &result);
	assert_int_not_equal(result.verdict, VERDICT_ALLOW);
	assert_int_equal(result.reason, REASON_PERSON_UNKNOWN);
	assert_int_equal(script.requests, 0);
}

static void
somebody_gets_in(void **state)
{
	struct scripted *s = *state;
	static struct script script;
	struct login_result result;

	s->answer = scene_reply;
	scene_person(s, &script);
	scripted_run(s, &script, 1, &result);
	assert_int_equal(result.verdict, VERDICT_ALLOW);
	assert_string_equal(result.person, "anna");
	script_prompt(&script, 0, "Who are you? ");
}

#define TEST(f)                                                                \
	cmocka_unit_test_setup_teardown(f, scripted_setup, scripted_teardown)

UNIT_TESTS(test_people)
{
	const struct CMUnitTest tests[] = {
		TEST(vonage),
		TEST(own_code),
		TEST(app),
		TEST(nothing_is_right),
		TEST(somebody_gets_in),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
