/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A running verification when something goes wrong beside it: a helper that
 * was killed, a vendor that blocks or locks, a code that was used elsewhere.
 */
#include "tests/support/logins/scripted.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "helper/store/store.h"
#include "helper/verification/verification.h"
#include "helper/verification/verification_inside.h"
#include "tests/support/samples.h"
#include "tests/support/unit_tests.h"

#define SERVICE "VAaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
#define SID "VEaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
#define TWILIO "/v2/Services/" SERVICE
#define T_REPLY(path, http, to, status)                                        \
	{                                                                      \
		TWILIO path, HTTP_REPLIED, http,                               \
		    "{\"sid\":\"" SID "\",\"service_sid\":\"" SERVICE          \
		    "\",\"to\":\"" to "\",\"status\":\"" status "\"}",         \
		    NULL                                                       \
	}
#define T_START T_REPLY("/Verifications", 201, SAMPLE_PHONE, "pending")
#define T_OK T_REPLY("/VerificationCheck", 200, SAMPLE_PHONE, "approved")
#define T_WRONG T_REPLY("/VerificationCheck", 200, SAMPLE_PHONE, "pending")
#define T_LOCKED                                                               \
	T_REPLY("/VerificationCheck", 200, SAMPLE_PHONE, "max_attempts_reached")
#define LEAVES                                                                 \
	{                                                                      \
		0, UI_GONE, NULL, NULL                                         \
	}

static struct login_result result;
static struct scripted *world;

static void
expect(struct scripted *s, struct script *script, enum frame_verdict verdict,
    const char *reason)
{
	scripted_expect(s, script, verdict, reason, &result);
}

/* --- killed in the middle of a resend --- */

/* Session 77 holds the row for its resend, and dies. */
static void
another_dies(void)
{
	struct store *store = scripted_store_as(world, 77);

	assert_int_equal(store_row_hold_for_replacing(
			     store, scripted_newest(world), SCRIPT_ID, false),
	    1);
	store_close(store);
	world->dead = 77;
}

static void
test_killed_in_a_resend(void **state)
{
	struct scripted *s = *state;
	struct script script = { .reply = { START_OK, CHECK_OK },
		.answer = { { 0, UI_ANSWER, "123456", another_dies } } };

	world = s;
	expect(s, &script, VERDICT_ALLOW, NULL);
	assert_int_equal(script.paused, 0);
}

/* One that lives is waited for. */
static void
another_lives(void)
{
	another_dies();
	world->dead = 0;
}

static void
test_waits_for_a_resend(void **state)
{
	struct scripted *s = *state;
	struct script script = { .reply = { START_OK },
		.answer = { { 0, UI_ANSWER, "123456", another_lives } } };

	world = s;
	s->left_ms = 5500;
	s->first->timeout_ms = 1000;
	script.leaves_ms = 2000;
	expect(s, &script, VERDICT_DENY, "deadline");
	assert_true(script.paused >= 2000);
}

/* --- blocked at r --- */

/* A recovery code is for a lost phone, not for a number that is blocked. */
static void
test_blocked_at_r(void **state)
{
	static const char *const codes[] = { "ABCDEFGHJKMNPQRS" };
	struct scripted *s = *state;
	struct script script = { .reply = { START_OK, CANCEL_OK,
				     START_STATUS("7") },
		.answer = { TYPED_AFTER(33000, "r"), LEAVES } };
	struct script lost = { .reply = { START_OK, CANCEL_OK,
				   START_STATUS("15") },
		.answer = { TYPED_AFTER(33000, "r"), LEAVES } };
	struct store *store = scripted_store(s);

	assert_int_equal(store_recovery_set(store, s->user, codes, 1, NULL), 0);
	store_close(store);
	expect(s, &script, VERDICT_DENY, "fraud");
	assert_int_equal(script.prompts, 2);
	script_prompt(&script, 1, "(Enter ends): ");
	/* a number that is refused is another thing */
	expect(s, &lost, VERDICT_DENY, "peer-gone");
	assert_int_equal(lost.prompts, 2);
}

/* --- the vendor's own lock, and its own time --- */

static void
test_locked_there(void **state)
{
	struct scripted *s = *state;
	struct script script = { .reply = { T_START, T_WRONG, T_LOCKED },
		.answer = { TYPED("111111"), TYPED("222222") } };
	struct script soon = { .requests = 0 };
	struct script later = { .reply = { T_START, T_OK },
		.answer = { TYPED("333333") } };

	scripted_provider(s, 0, "twilio-verify", "one");
	scripted_user(s, "phone = \"" SAMPLE_PHONE "\";\n");
	s->first->expiry_ms = 600000;
	expect(s, &script, VERDICT_MAXTRIES, "wrong-codes");
	assert_int_equal(script.said, 0);
	script_prompt(&script, script.prompts - 1, "10 min");
	s->clock += 599000;
	expect(s, &soon, VERDICT_MAXTRIES, "spent");
	s->clock += 1001;
	expect(s, &later, VERDICT_ALLOW, NULL);
}

/* Our time is shorter than the service's: the same code comes once more, and is
 * good. */
static void
test_again_after_our_time(void **state)
{
	struct scripted *s = *state;
	struct script script = { .reply = { T_START, T_START, T_OK },
		.answer = { TYPED_AFTER(125000, "r"), TYPED("222222") } };

	scripted_provider(s, 0, "twilio-verify", "one");
	scripted_user(s, "phone = \"" SAMPLE_PHONE "\";\n");
	s->left_ms = 280000;
	s->first->expiry_ms = 120000;
	expect(s, &script, VERDICT_ALLOW, NULL);
	assert_int_equal(script.requests, 3);
}

/* --- what a message has cost --- */

/* Nobody typed the code: it has cost that all the same. */
static void
test_price_of_a_message(void **state)
{
	struct scripted *s = *state;
	struct script script = {
		.reply = { { "/v2/messages", HTTP_REPLIED, 200,
		    "{\"data\":{\"id\":\"c11236f4-00bf-4b89-84ba-88b25df97315\""
		    ",\"cost\":{\"amount\":\"0.0051\",\"currency\":\"USD\"},"
		    "\"to\":[{\"phone_number\":\"" SAMPLE_PHONE
		    "\",\"status\":\"queued\"}]}}",
		    NULL } },
		.answer = { LEAVES }
	};
	int64_t spent = 0, month = 0;
	unsigned hour, day;
	struct store *store;

	scripted_provider(s, 0, "telnyx-sms", "one");
	scripted_user(s, "phone = \"" SAMPLE_PHONE "\";\n");
	expect(s, &script, VERDICT_DENY, "peer-gone");
	store = scripted_store(s);
	assert_int_equal(
	    store_totals_read(store, &hour, &day, &spent, &month), 0);
	store_close(store);
	assert_int_equal(spent, 5100);
}

/* --- a code of the app at the prompt of a message --- */

#define AUTHY_START                                                            \
	{                                                                      \
		"/protected/json/sms/" SAMPLE_AUTHY_ID "?force=true",          \
		    HTTP_REPLIED, 200, "{\"success\":true}", NULL              \
	}
#define AUTHY_OK                                                               \
	{                                                                      \
		"/protected/json/verify/1234567/" SAMPLE_AUTHY_ID              \
		"?force=true",                                                 \
		    HTTP_REPLIED, 200,                                         \
		    "{\"success\":\"true\",\"token\":\"is valid\"}", NULL      \
	}

static void
test_used_token(void **state)
{
	struct scripted *s = *state;

	scripted_provider(s, 0, "authy", "one");
	scripted_user(s,
	    "phone = \"" SAMPLE_PHONE "\"; authy_id = \"" SAMPLE_AUTHY_ID
	    "\"; channels = [\"sms\"];\n");
	for (int i = 0; i < 3; i++) {
		struct script script = { .reply = { AUTHY_START, AUTHY_OK },
			.answer = { TYPED("1234567"), TYPED("q") } };

		/* the third comes when it is no token any more */
		if (i == 2)
			s->clock += (STORE_CODE_USED_S + 1) * INT64_C(1000);
		expect(s, &script, i == 1 ? VERDICT_MAXTRIES : VERDICT_ALLOW,
		    i == 1 ? "cancelled" : NULL);
		if (i == 1)
			script_prompt(&script, 1,
			    "Verification code used by another login: wait");
		s->clock += 2000;
	}
}

/* --- locked, and not told --- */

/* By email alone, or by a second provider's code of another length: the prompts
 * are those of an unlocked login, word by word. */
static void
test_hidden_lock(void **state)
{
	static const char *const records[] = {
		"email = \"" SAMPLE_EMAIL "\"; channels = [\"email\"];\n",
		"phone = \"" SAMPLE_PHONE "\"; email = \"" SAMPLE_EMAIL
		"\"; channels = [\"whatsapp\", \"email\"];\n",
	};
	static const char *const sent_to[] = { SAMPLE_EMAIL, SAMPLE_PHONE };
	struct scripted *s = *state;

	s->conf.tell_locked = false;
	s->conf.guesses = (struct limits_of_guesses){ 1, 30, 900, 0 };
	scripted_provider(s, 0, "vonage-verify", "one");
	scripted_provider(s, 1, "twilio-verify", "two");
	s->conf.provider[1].code_length = 8;
	for (size_t i = 0; i < 2; i++) {
		char body[300], reply[300];
		struct script open = { .answer = { TYPED("12345"),
					   TYPED("12345678"), LEAVES } };
		struct script hidden = open;

		snprintf(body, sizeof(body),
		    "{\"sid\":\"" SID "\",\"service_sid\":\"" SERVICE
		    "\",\"to\":\"%s\",\"status\":\"pending\"}",
		    sent_to[i]);
		memcpy(reply, body, sizeof(body));
		open.reply[0] = (struct script_reply){ TWILIO "/Verifications",
			HTTP_REPLIED, 201, body, NULL };
		open.reply[1] =
		    (struct script_reply){ TWILIO "/VerificationCheck",
			    HTTP_REPLIED, 200, reply, NULL };
		scripted_user(s, records[i]);
		expect(s, &open, VERDICT_DENY, "peer-gone");
		expect(s, &hidden, VERDICT_DENY, "locked");
		assert_int_equal(hidden.requests, 0);
		assert_int_equal(hidden.prompts, open.prompts);
		for (unsigned n = 0; n < open.prompts; n++)
			assert_string_equal(hidden.prompt[n], open.prompt[n]);
		s->clock += 3600000;
	}
}

/* A lock longer than any, as a state that is not ours may have it, is not
 * doubled up to: that would never end. */
static void
test_endless_lock(void **state)
{
	static const int64_t waits[] = { INT64_MAX, INT64_MIN };
	const struct scripted *s = *state;
	const struct environment env = { .conf = &s->conf };
	const struct login login = { .env = &env };
	const struct store_guess_token none = { .counted = false };

	(void)alarm(20);
	for (size_t i = 0; i < COUNT_OF(waits); i++)
		assert_false(verify_wait_for_unlock(
		    &login, &none, GUESS_LOCKED, waits[i], 0));
	(void)alarm(0);
}

#define TEST(f)                                                                \
	cmocka_unit_test_setup_teardown(f, scripted_setup, scripted_teardown)

UNIT_TESTS(test_verify)
{
	const struct CMUnitTest tests[] = {
		TEST(test_killed_in_a_resend),
		TEST(test_waits_for_a_resend),
		TEST(test_blocked_at_r),
		TEST(test_locked_there),
		TEST(test_again_after_our_time),
		TEST(test_price_of_a_message),
		TEST(test_used_token),
		TEST(test_hidden_lock),
		TEST(test_endless_lock),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
