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
#include <sqlite3.h>
#include <stdio.h>
#include <string.h>

#include "helper/store/store.h"
#include "lib/values/values.h"
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

/* A hundred names were typed at this account. */
static void
crowd(const struct scripted *s)
{
	char own[OWNER_STATE_MAX], shared[OWNER_STATE_MAX], hex[24];
	struct store *store;

	scripted_time(s);
	store = scripted_store(s);
	owner_write_decoy(s->user, "", shared);
	for (unsigned n = 0; n < STORE_DECOYS_MAX; n++) {
		snprintf(hex, sizeof(hex), "%016x", n);
		owner_write_decoy(s->user, hex, own);
		assert_int_equal(store_decoy_note_name(store, own, shared),
		    n + 1 < STORE_DECOYS_MAX);
	}
	store_close(store);
}

/* What the state has of wrong codes, and of messages in thousands. */
static int64_t
rows(const struct scripted *s)
{
	static const char sql[] =
	    "SELECT (SELECT count(*) FROM guess WHERE wrong > 0 AND user LIKE"
	    " '%//%') + 1000 * ((SELECT count(*) FROM send)"
	    " + (SELECT count(*) FROM verification))";
	sqlite3_stmt *st = NULL;
	int64_t value = -1;
	sqlite3 *db;

	assert_int_equal(sqlite3_open(s->state, &db), SQLITE_OK);
	(void)sqlite3_db_config(db, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, NULL);
	assert_int_equal(sqlite3_prepare_v2(db, sql, -1, &st, NULL), SQLITE_OK);
	if (sqlite3_step(st) == SQLITE_ROW)
		value = sqlite3_column_int64(st, 0);
	sqlite3_finalize(st);
	sqlite3_close(db);
	return value;
}

/* One more login of that name, and what is shown in all of it. */
static void
another(struct scripted *s, const char *name, const struct script *typed,
    int64_t n, char shown[SCRIPT_TEXT * 8])
{
	static struct script run;
	struct login_result result;

	run = *typed;
	run.answer[0].text = name;
	s->clock += 1000;
	s->wall += 1;
	scripted_run(s, &run, n, &result);
	assert_int_not_equal(result.verdict, VERDICT_ALLOW);
	snprintf(shown, SCRIPT_TEXT * 8, "%d ", (int)result.verdict);
	for (unsigned i = 0; i < run.prompts; i++) {
		const size_t used = strlen(shown);

		snprintf(shown + used, SCRIPT_TEXT * 8 - used, "%s\n",
		    shape(run.prompt[i]));
	}
	for (unsigned i = 0; i < run.said; i++) {
		const size_t used = strlen(shown);

		snprintf(shown + used, SCRIPT_TEXT * 8 - used, "%s\n",
		    shape(run.line[i]));
	}
	if (strcmp(name, "anna") != 0)
		assert_int_equal(run.requests, 0);
}

/* Logins that meet a running code, its count of tries, its end, limits and a
 * lock. */
static void
compare_crowd(struct scripted *s)
{
	static const struct script
	    leaves = { .answer = { TYPED(""), TYPED("q") } },
	    one = { .answer = { TYPED(""), TYPED("111111"), TYPED("q") } },
	    all = { .answer = { TYPED(""), TYPED("111111"),
			TYPED_AFTER(40000, "r"), TYPED("222222"),
			TYPED_AFTER(70000, "r"), TYPED("333333"),
			TYPED("444444"), TYPED("555555"), TYPED("666666") } };
	static const struct script *const typed[] = { &leaves, &one, &leaves,
		&all, &leaves, &all, &one, &all, &all, &leaves };
	static char known[SCRIPT_TEXT * 8], unknown[SCRIPT_TEXT * 8];

	crowd(s);
	for (size_t i = 0; i < sizeof(typed) / sizeof(*typed); i++) {
		const int64_t clock = s->clock, wall = s->wall;
		int64_t before;

		another(s, "anna", typed[i], (int64_t)i + 1, known);
		before = rows(s);
		s->clock = clock;
		s->wall = wall;
		another(s, "zoe", typed[i], (int64_t)i + 101, unknown);
		assert_string_equal(known, unknown);
		assert_int_equal(rows(s), before);
	}
	/* anna met what was not told */
	assert_true(rows(s) % 1000 > 0);
}

static void
many_names(struct scripted *s, const char *type)
{
	s->answer = scene_reply;
	if (type != NULL)
		scripted_provider(s, 0, type, type);
	people(s, "phone = \"+447700900123\";");
	compare_crowd(s);
}

static void
many_names_vonage(void **state)
{
	many_names(*state, NULL);
}

static void
many_names_own_code(void **state)
{
	many_names(*state, "telnyx-sms");
}

static void
many_names_app(void **state)
{
	struct scripted *s = *state;
	char more[256];

	s->answer = scene_reply;
	scripted_totp(s, "");
	snprintf(more, sizeof(more), "totp_secret_file = \"%s/totp\";", s->dir);
	people(s, more);
	compare_crowd(s);
}

/* What is not told is there all the same: the code that is on its way. */
static void
a_person_of_many_names(void **state)
{
	static struct script first = { .answer = { TYPED("anna"),
					   { 0, UI_GONE, "", NULL } } },
			     second = { .answer = { TYPED("anna"),
					    TYPED("111111"),
					    TYPED("123456") } };
	struct scripted *s = *state;
	struct login_result result;
	char shown[SCRIPT_TEXT];

	s->answer = scene_reply;
	people(s, "phone = \"+447700900123\";");
	crowd(s);
	scripted_run(s, &first, 1, &result);
	assert_int_equal(first.requests, 1);
	s->clock += 7000;
	scripted_run(s, &second, 2, &result);
	assert_int_equal(result.verdict, VERDICT_ALLOW);
	assert_int_equal(second.requests, 2);
	snprintf(shown, sizeof(shown), "%s", shape(first.prompt[1]));
	assert_string_equal(shape(second.prompt[1]), shown);
	assert_int_equal(rows(s) % 1000, 0);
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
		TEST(many_names_vonage),
		TEST(many_names_own_code),
		TEST(many_names_app),
		TEST(a_person_of_many_names),
		TEST(nothing_is_right),
		TEST(somebody_gets_in),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
