/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Logins on a script with an authenticator app whose secret the provider
 * keeps: asked there alone, counted here, each code once.
 */
#include "tests/support/logins/twilio_challenge.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "helper/providers/providers.h"
#include "helper/store/store.h"
#include "helper/verification/verification.h"
#include "lib/settings/settings.h"
#include "tests/support/plain_claims.h"
#include "tests/support/unit_tests.h"

#define FIRST CHALLENGES
#define NEXT CHALLENGES "/" SID
#define RIGHT(path) REPLY(path, CHALLENGE("totp", SID, "approved"))
#define WRONG(path) REPLY(path, CHALLENGE("totp", SID, "pending"))
#define ERROR CHALLENGE_ERROR

static struct login_result result;

static void
expect(struct scripted *s, struct script *script, enum frame_verdict verdict,
    const char *reason)
{
	scripted_expect(s, script, verdict, reason, &result);
}

static int
setup(void **state)
{
	struct scripted *s;

	if (scripted_setup(state) != 0)
		return -1;
	s = *state;
	scripted_provider(s, 1, "twilio-totp", "apps");
	scripted_user(s, TOTP_KEYS);
	return 0;
}

static void
test_right(void **state)
{
	struct script script = { .reply = { RIGHT(FIRST) },
		.answer = { TYPED("123456") } };

	expect(*state, &script, VERDICT_ALLOW, NULL);
	assert_string_equal(
	    script.prompt[0], "Verification code of your app (q cancel): ");
	assert_int_equal(result.method, METHOD_TOTP);
	assert_string_equal(result.provider, "apps");
	assert_string_equal(result.request, SID);
	assert_int_equal(result.tries, 1);
}

/* The tries after the first are of the same challenge. */
static void
test_wrong_then_right(void **state)
{
	struct script script = { .reply = { WRONG(FIRST),
				     ERROR(NEXT, 403, "60324"), RIGHT(NEXT) },
		.answer = {
		    TYPED("111111"), TYPED("222222"), TYPED("123456") } };

	expect(*state, &script, VERDICT_ALLOW, NULL);
	script_prompt(&script, 1, "Verification code was wrong, 2 tries left");
	script_prompt(&script, 2, "Verification code was wrong, 1 try left");
	assert_int_equal(result.tries, 3);
}

static void
test_to_the_limit(void **state)
{
	struct script script = {
		.reply = { WRONG(FIRST), WRONG(NEXT), WRONG(NEXT) },
		.answer = { TYPED("111111"), TYPED("222222"), TYPED("333333") }
	};

	expect(*state, &script, VERDICT_MAXTRIES, "wrong-codes");
}

/* As a login of another account with the same app would. */
static void
use_up_by_another(const struct scripted *s, const char *code)
{
	static struct user_record record = { .totp_factor = SAMPLE_FACTOR };
	const struct provider_conf p = { .type = provider_type_find(
					     "twilio-totp") };
	struct store *store = scripted_store(s);
	struct store_code used;

	assert_int_equal(
	    provider_used_code_make(store, &s->conf, &record, &p, code, &used),
	    0);
	assert_int_equal(
	    plain_code_claim(store, used.owner, used.digest, used.seconds), 1);
	store_close(store);
}

/* Whatever the vendor says of it the second time. */
static void
test_right_once(void **state)
{
	struct scripted *s = *state;
	struct script first = { .reply = { RIGHT(FIRST) },
		.answer = { TYPED("123456") } };
	struct script again = { .reply = { RIGHT(FIRST), RIGHT(FIRST) },
		.answer = { TYPED("123456"), TYPED("654321") } };
	struct script later = { .reply = { RIGHT(FIRST) },
		.answer = { TYPED("123456") } };

	expect(s, &first, VERDICT_ALLOW, NULL);
	s->wall += 301; /* set forward: the code may still be right there */
	expect(s, &again, VERDICT_ALLOW, NULL);
	script_prompt(&again, 1, "Verification code was wrong, 2 tries left");
	s->clock += 86400000;
	expect(s, &later, VERDICT_ALLOW, NULL);
}

/* The last window of six that type one code within 90 s: five times it is told
 * so, whatever the vendor would say, and asked nothing; then it is wrong. */
static void
test_used_is_no_wrong_one(void **state)
{
	struct scripted *s = *state;
	struct script first = { .reply = { RIGHT(FIRST) },
		.answer = { TYPED("123456") } };
	struct script again = { .reply = { RIGHT(FIRST), RIGHT(FIRST) } };
	int i;

	expect(s, &first, VERDICT_ALLOW, NULL);
	for (i = 0; i < 6; i++)
		again.answer[i] = (struct script_answer)TYPED("123456");
	again.answer[i] = (struct script_answer)TYPED("654321");
	expect(s, &again, VERDICT_ALLOW, NULL);
	for (i = 1; i < 6; i++)
		script_prompt(&again, (unsigned)i,
		    "Verification code was used already; type the next one (q");
	script_prompt(&again, 6, "Verification code was wrong, 2 tries left");
	assert_int_equal(again.requests, 2);
}

/* With another host.key no code that was used a moment ago has its digest. */
static void
test_used_under_another_key(void **state)
{
	struct scripted *s = *state;
	struct script first = { .reply = { RIGHT(FIRST) },
		.answer = { TYPED("123456") } };
	struct script again = { .reply = { RIGHT(FIRST), RIGHT(FIRST) },
		.answer = { TYPED("123456"), TYPED("q") } };
	struct script later = { .reply = { RIGHT(FIRST) },
		.answer = { TYPED("654321") } };
	char path[PATH_MAX];

	expect(s, &first, VERDICT_ALLOW, NULL);
	snprintf(path, sizeof(path), "%s/host.key", s->conf.state_dir);
	assert_int_equal(unlink(path), 0);
	expect(s, &again, VERDICT_MAXTRIES, "cancelled");
	script_prompt(&again, 1, "Verification code was wrong, 2 tries left");
	s->wall += 601;
	expect(s, &later, VERDICT_ALLOW, NULL);
}

/* Each host has a host.key of its own, and all have the fleet's. */
static void
test_used_under_the_fleets_key(void **state)
{
	struct scripted *s = *state;
	struct script first = { .reply = { RIGHT(FIRST) },
		.answer = { TYPED("123456") } };
	struct script again = { .reply = { RIGHT(FIRST) },
		.answer = { TYPED("123456"), TYPED("654321") } };
	char path[PATH_MAX];

	s->conf.store.fleet_key_file = "/unused";
	memset(s->conf.store.fleet_key, 7, SETTINGS_FLEET_KEY_LEN);
	expect(s, &first, VERDICT_ALLOW, NULL);
	snprintf(path, sizeof(path), "%s/host.key", s->conf.state_dir);
	assert_int_equal(access(path, F_OK), -1);
	/* the very same code is known again, and no other is suspected */
	expect(s, &again, VERDICT_ALLOW, NULL);
	script_prompt(
	    &again, 1, "Verification code was used already; type the next");
}

/* One app of two accounts: a code of it lets one of them in. */
static void
test_right_once_for_all(void **state)
{
	struct scripted *s = *state;
	struct script script = { .answer = { TYPED("123456"), TYPED("q") } };

	use_up_by_another(s, "123456");
	expect(s, &script, VERDICT_MAXTRIES, "cancelled");
	assert_int_equal(script.requests, 0);
	script_prompt(
	    &script, 1, "Verification code was used already; type the next");
}

/* The challenge of the first try has expired there: this code was not looked
 * at, and goes to a new one, once. */
static void
test_challenge_expired(void **state)
{
	struct scripted *s = *state;
	struct script script = { .reply = { WRONG(FIRST),
				     ERROR(NEXT, 400, "60323"), RIGHT(FIRST) },
		.answer = { TYPED("111111"), TYPED("123456") } };
	struct script twice = { .reply = { WRONG(FIRST),
				    ERROR(NEXT, 400, "60323"),
				    ERROR(FIRST, 400, "60323") },
		.answer = { TYPED("111111"), TYPED("654321") } };

	expect(s, &script, VERDICT_ALLOW, NULL);
	assert_int_equal(result.tries, 2);
	expect(s, &twice, VERDICT_DENY, "expired");
}

/* The app's provider has answered in this login, so not all are out of reach.
 */
static void
test_answer_is_no_outage(void **state)
{
	static const struct script_reply down = { "/verify/json", HTTP_NOT_SENT,
		0, NULL, NULL };
	struct scripted *s = *state;
	struct script script = { .reply = { WRONG(FIRST), down },
		.answer = { TYPED("111111"), TYPED("r"), LEFT } };

	scripted_user(s, PHONE TOTP_KEYS "channels = [\"totp\", \"sms\"];\n");
	s->conf.on_outage = OUTAGE_ALLOW;
	expect(s, &script, VERDICT_DENY, "peer-gone");
	script_prompt(&script, 2, "of your app");
}

/* The state holds no code, only a digest under the host's key. */
static void
test_code_is_not_kept(void **state)
{
	struct scripted *s = *state;
	struct script script = { .reply = { RIGHT(FIRST) },
		.answer = { TYPED("918273") } };
	static char bytes[8 << 20];
	const char *const ends[] = { "", "-wal" };
	char path[200];
	size_t len;
	FILE *f;

	expect(s, &script, VERDICT_ALLOW, NULL);
	for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++) {
		snprintf(path, sizeof(path), "%s%s", s->state, ends[i]);
		f = fopen(path, "rb");
		if (f == NULL)
			continue;
		len = fread(bytes, 1, sizeof(bytes), f);
		fclose(f);
		assert_null(memmem(bytes, len, "918273", 6));
	}
}

/* Nothing else is asked of anybody; what certainly was not compared is not
 * counted. */
static void
test_ends(void **state)
{
	static const struct {
		struct script_reply reply;
		const char *reason;
		bool counted;
	} rows[] = {
		{ { FIRST, HTTP_NOT_SENT, 0, NULL, NULL }, "transient", false },
		{ { FIRST, HTTP_UNKNOWN, 0, NULL, NULL }, "transient", true },
		{ { FIRST, HTTP_CERTIFICATE, 0, NULL, NULL }, "config", false },
		{ ERROR(FIRST, 500, "0"), "transient", true },
		{ ERROR(FIRST, 401, "20003"), "config", false },
		{ ERROR(FIRST, 403, "60318"), "config", false },
		{ ERROR(FIRST, 404, "20404"), "ended", false },
		{ REPLY(FIRST, "<html>"), "transient", true },
		{ REPLY(FIRST, CHALLENGE("totp", SID, "expired")), "ended",
		    true },
	};
	struct scripted *s = *state;
	int64_t wait_s;

	scripted_user(s, PHONE TOTP_KEYS "channels = [\"totp\", \"sms\"];\n");
	s->conf.on_outage = OUTAGE_ALLOW;
	s->conf.guesses = (struct limits_of_guesses){ 1, 100, 900, 0 };
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct script script = { .reply = { rows[i].reply },
			.answer = { TYPED("123456") } };
		struct store *store;
		enum store_guess guess;

		scripted_run(s, &script, 1, &result);
		if (result.reason == REASON_NONE ||
		    strcmp(reason_word(result.reason), rows[i].reason) != 0)
			fail_msg("row %zu: %s", i, reason_word(result.reason));
		assert_int_equal(result.verdict, VERDICT_DENY);
		assert_int_equal(script.requests, 1);
		store = scripted_store(s);
		guess = store_guess_look(
		    store, s->user, "192.0.2.0/24", &wait_s, NULL);
		if ((guess == GUESS_LOCKED) != rows[i].counted)
			fail_msg("row %zu: counted otherwise", i);
		assert_true(store_user_unlock(store, s->user) >= 0);
		store_close(store);
	}
}

static void
test_vendor_cap(void **state)
{
	struct script script = { .reply = { ERROR(FIRST, 429, "60308") },
		.answer = { TYPED("123456") } };

	expect(*state, &script, VERDICT_MAXTRIES, "wrong-codes");
}

static void
test_throttled_once(void **state)
{
	struct script script = { .reply = { ERROR(FIRST, 429, "20429"),
				     RIGHT(FIRST) },
		.answer = { TYPED("123456") } };

	expect(*state, &script, VERDICT_ALLOW, NULL);
	assert_int_equal(script.paused, 2000);
}

/* Six wrong ones lock, by whatever method. */
static void
test_counted(void **state)
{
	struct scripted *s = *state;
	struct script locked = { .answer = { TYPED("") } };

	for (int i = 0; i < 2; i++) {
		struct script script = { .reply = { WRONG(FIRST), WRONG(NEXT),
					     WRONG(NEXT) },
			.answer = { TYPED("111111"), TYPED("222222"),
			    TYPED("333333") } };

		expect(s, &script, VERDICT_MAXTRIES, "wrong-codes");
	}
	expect(s, &locked, VERDICT_MAXTRIES, "locked");
	assert_int_equal(locked.requests, 0);
}

/* Not told: asked like anybody, nobody is asked about it, all are wrong. */
static void
test_locked_untold(void **state)
{
	struct scripted *s = *state;
	struct script first = { .reply = { WRONG(FIRST) },
		.answer = { TYPED("111111"), LEFT } };
	struct script script = { .answer = { TYPED("123456"), TYPED("123456"),
				     TYPED("123456") } };

	s->conf.tell_locked = false;
	s->conf.guesses.after = 1;
	expect(s, &first, VERDICT_DENY, "peer-gone");
	expect(s, &script, VERDICT_MAXTRIES, "locked");
	script_prompt(&script, 2, "Verification code was wrong, 1 try left");
	assert_int_equal(script.requests, 0);
	assert_true(script.paused > 0); /* as long as a check takes */
}

static void
test_key_t(void **state)
{
	struct scripted *s = *state;
	struct script script = { .reply = { START_OK, RIGHT(FIRST) },
		.answer = { TYPED("t"), TYPED("123456") } };

	scripted_user(s, PHONE TOTP_KEYS);
	expect(s, &script, VERDICT_ALLOW, NULL);
	script_prompt(&script, 0, "t app");
	assert_int_equal(result.method, METHOD_TOTP);
}

/* As long as the provider's settings say. */
static void
test_length(void **state)
{
	struct scripted *s = *state;
	struct script script = { .reply = { RIGHT(FIRST) },
		.answer = { TYPED("123456"), TYPED("12345678") } };

	s->conf.provider[1].code_length = 8;
	expect(s, &script, VERDICT_ALLOW, NULL);
	script_prompt(&script, 1, "Verification code has 8 digits");
}

/* Without a provider of that kind there is no app. */
static void
test_no_provider(void **state)
{
	struct scripted *s = *state;
	struct script script = { .reply = { START_OK },
		.answer = { TYPED("t"), LEFT } };

	scripted_user(s, PHONE TOTP_KEYS);
	s->conf.provider_count = 1;
	expect(s, &script, VERDICT_DENY, "peer-gone");
	script_prompt(&script, 1,
	    "Verification code wanted; that key does not work here");
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, scripted_teardown)

UNIT_TESTS(test_app_code)
{
	const struct CMUnitTest tests[] = {
		TEST(test_right),
		TEST(test_wrong_then_right),
		TEST(test_to_the_limit),
		TEST(test_right_once),
		TEST(test_used_is_no_wrong_one),
		TEST(test_used_under_another_key),
		TEST(test_used_under_the_fleets_key),
		TEST(test_right_once_for_all),
		TEST(test_challenge_expired),
		TEST(test_answer_is_no_outage),
		TEST(test_code_is_not_kept),
		TEST(test_ends),
		TEST(test_vendor_cap),
		TEST(test_throttled_once),
		TEST(test_counted),
		TEST(test_locked_untold),
		TEST(test_key_t),
		TEST(test_length),
		TEST(test_no_provider),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
