/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Another message of a running verification, as vendors differ in it: cancel
 * and start, start again and keep the id, have the next of several steps come.
 */
#include "tests/support/logins/scripted.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "helper/store/store.h"
#include "helper/verification/verification.h"
#include "tests/support/samples.h"
#include "tests/support/unit_tests.h"

#define SERVICE "VAaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
#define SID "VEaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
#define SID_2 "VEbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"
#define TWILIO "/v2/Services/" SERVICE
#define T_STARTED(sid, to)                                                     \
	{                                                                      \
		TWILIO "/Verifications", HTTP_REPLIED, 201,                    \
		    "{\"sid\":\"" sid "\",\"service_sid\":\"" SERVICE          \
		    "\",\"to\":\"" to "\",\"status\":\"pending\"}",            \
		    NULL                                                       \
	}
#define T_CHECKED(sid, to, status)                                             \
	{                                                                      \
		TWILIO "/VerificationCheck", HTTP_REPLIED, 200,                \
		    "{\"sid\":\"" sid "\",\"service_sid\":\"" SERVICE          \
		    "\",\"to\":\"" to "\",\"status\":\"" status "\"}",         \
		    NULL                                                       \
	}
#define T_ERROR(path, http, code)                                              \
	{                                                                      \
		TWILIO path, HTTP_REPLIED, http,                               \
		    "{\"code\":" code ",\"message\":\"m\",\"status\":" #http   \
		    "}",                                                       \
		    NULL                                                       \
	}
#define T_START T_STARTED(SID, SAMPLE_PHONE)
#define T_OK T_CHECKED(SID, SAMPLE_PHONE, "approved")
#define T_WRONG T_CHECKED(SID, SAMPLE_PHONE, "pending")
#define NEXT_OK                                                                \
	REPLY("/verify/control/json",                                          \
	    "{\"status\":\"0\",\"command\":\"trigger_next_event\"}")

static struct login_result result;

static void
expect(struct scripted *s, struct script *script, enum frame_verdict verdict,
    const char *reason)
{
	scripted_expect(s, script, verdict, reason, &result);
}

static void
use(struct scripted *s, const char *type)
{
	scripted_provider(s, 0, type, "one");
	scripted_user(s,
	    "phone = \"" SAMPLE_PHONE "\"; email = \"" SAMPLE_EMAIL "\";"
	    " channels = [\"sms\", \"voice\", \"whatsapp\", \"email\"];\n");
}

static void
has(const struct script *script, unsigned n, const char *words)
{
	assert_true(n < script->requests);
	if (strstr(script->sent[n], words) == NULL)
		fail_msg(
		    "request %u: '%s' has no '%s'", n, script->sent[n], words);
}

/* --- start again, the same verification --- */

static void
test_same(void **state)
{
	struct scripted *s = *state;
	struct script script = { .reply = { T_START, T_WRONG, T_START, T_WRONG,
				     T_WRONG },
		.answer = { TYPED("111111"), TYPED_AFTER(32000, "r"),
		    TYPED("222222"), TYPED("333333") } };

	use(s, "twilio-verify");
	expect(s, &script, VERDICT_MAXTRIES, "wrong-codes");
	assert_int_equal(script.requests, 5);
	has(&script, 2, "Channel=sms");
	script_prompt(&script, 0, "(r v w e q cancel)");
	script_prompt(&script, 2,
	    "Verification code sent again to +44 ***-***-0000 by SMS");
	/* one count of tries over both messages */
	script_prompt(&script, 3, "1 try left");
	assert_string_equal(result.request, SID);
}

/* The first message's time is what counts: the code is the first one's. */
static void
test_same_expires(void **state)
{
	struct scripted *s = *state;
	struct script script = {
		.reply = { T_START, T_START, T_STARTED(SID_2, SAMPLE_PHONE),
		    T_CHECKED(SID_2, SAMPLE_PHONE, "approved") },
		.answer = { TYPED_AFTER(200000, "r"),
		    TYPED_AFTER(100001, "111111"), TYPED("222222") }
	};

	use(s, "twilio-verify");
	s->conf.provider[0].expiry_ms = 300000;
	expect(s, &script, VERDICT_ALLOW, NULL);
	script_prompt(&script, 2, "Verification code expired; new one sent to");
}

/* The vendor had forgotten it: the new id is the one to check. */
static void
test_same_other_id(void **state)
{
	struct scripted *s = *state;
	struct script script = {
		.reply = { T_START, T_STARTED(SID_2, SAMPLE_PHONE),
		    T_CHECKED(SID_2, SAMPLE_PHONE, "approved") },
		.answer = { TYPED_AFTER(32000, "r"), TYPED("222222") }
	};

	use(s, "twilio-verify");
	expect(s, &script, VERDICT_ALLOW, NULL);
	script_prompt(&script, 1, "Verification code: new one sent to");
	assert_string_equal(result.request, SID_2);
	has(&script, 2, "VerificationSid=" SID_2);
}

static void
test_same_call(void **state)
{
	struct scripted *s = *state;
	struct script script = { .reply = { T_START, T_START, T_OK },
		.answer = { TYPED_AFTER(32000, "v"), TYPED("222222") } };

	use(s, "twilio-verify");
	expect(s, &script, VERDICT_ALLOW, NULL);
	has(&script, 1, "Channel=call");
	script_prompt(&script, 1,
	    "Verification code: calling +44 ***-***-0000 now "
	    "(r call again, w WhatsApp, e email, q cancel): ");
	assert_int_equal(result.method, METHOD_VOICE);
}

/* An address is another verification at the vendor, and its reply names it. */
static void
test_same_email(void **state)
{
	struct scripted *s = *state;
	struct script script = {
		.reply = { T_START, T_STARTED(SID_2, SAMPLE_EMAIL),
		    T_CHECKED(SID_2, SAMPLE_EMAIL, "approved") },
		.answer = { TYPED_AFTER(32000, "e"), TYPED("222222") }
	};

	use(s, "twilio-verify");
	expect(s, &script, VERDICT_ALLOW, NULL);
	has(&script, 1, "To=alice%40example.org&Channel=email");
	script_prompt(&script, 1,
	    "Verification code: new one sent to a***@example.org by email (");
	assert_int_equal(result.method, METHOD_EMAIL);
}

/* The vendor's limit on messages: the code that is out stays good. */
static void
test_same_vendor_limit(void **state)
{
	struct scripted *s = *state;
	struct script script = {
		.reply = { T_START, T_ERROR("/Verifications", 429, "60203"),
		    T_ERROR("/Verifications", 429, "60203"), T_OK },
		.answer = { TYPED_AFTER(32000, "r"), TYPED("r"),
		    TYPED("222222") }
	};

	use(s, "twilio-verify");
	s->conf.provider[0].expiry_ms = 600000;
	expect(s, &script, VERDICT_ALLOW, NULL);
	script_prompt(&script, 1, "Verification code: wait 10 min");
	/* nothing can come before the deadline any more */
	assert_non_null(strstr(script.prompt[1], "(q cancel): "));
	script_prompt(&script, 2,
	    "Verification code wanted; that key does not work here");
}

static unsigned
messages(const struct scripted *s)
{
	struct store *store = scripted_store(s);
	unsigned sends = 0, day = 0;
	int64_t spent, month;

	assert_int_equal(
	    store_totals_read(store, &sends, &day, &spent, &month), 0);
	store_close(store);
	return sends;
}

/* Refused for this channel: the key goes, the code stays, nothing is counted.
 */
static void
test_same_refused(void **state)
{
	struct scripted *s = *state;
	struct script script = { .reply = { T_START,
				     T_ERROR("/Verifications", 400, "60205"),
				     T_OK },
		.answer = { TYPED_AFTER(32000, "w"), TYPED_AFTER(31000, "w"),
		    TYPED("222222") } };

	use(s, "twilio-verify");
	expect(s, &script, VERDICT_ALLOW, NULL);
	script_prompt(&script, 1, "(r resend, v call, e email, q cancel)");
	script_prompt(&script, 2,
	    "Verification code wanted; that key does not work here");
	assert_int_equal(messages(s), 1);
}

/* It may have been sent: counted, and the code is the same anyway. */
static void
test_same_unanswered(void **state)
{
	struct scripted *s = *state;
	struct script script = {
		.reply = { T_START,
		    { TWILIO "/Verifications", HTTP_UNKNOWN, 0, NULL, NULL },
		    T_OK },
		.answer = { TYPED_AFTER(32000, "r"), TYPED("222222") }
	};

	use(s, "twilio-verify");
	expect(s, &script, VERDICT_ALLOW, NULL);
	script_prompt(&script, 1, "Verification code: wait 30 s");
	assert_int_equal(messages(s), 2);
}

/* Too many wrong codes, the vendor says to a start; and what it blocks. */
static void
test_same_ended(void **state)
{
	static const char *const codes[][2] = { { "60202", "ended" },
		{ "60410", "fraud" } };
	struct scripted *s = *state;

	use(s, "twilio-verify");
	for (size_t i = 0; i < 2; i++) {
		struct script script = { .reply = { T_START, { 0 } },
			.answer = { TYPED_AFTER(32000, "r") } };
		struct script next = { .requests = 0 };
		char body[64];

		snprintf(body, sizeof(body),
		    "{\"code\":%s,\"message\":\"m\",\"status\":429}",
		    codes[i][0]);
		script.reply[1] =
		    (struct script_reply){ TWILIO "/Verifications",
			    HTTP_REPLIED, 429, body, NULL };
		expect(s, &script, VERDICT_DENY, codes[i][1]);
		/* and nothing new is sent for a while */
		expect(s, &next, VERDICT_MAXTRIES, "spent");
		s->clock += 3600000;
	}
}

static struct scripted *other_state;
static struct login_result other_result;

static void
other_resends(void)
{
	struct script script = { .reply = { T_START },
		.answer = { TYPED("r"), { 0, UI_GONE, NULL, NULL } } };

	scripted_run(other_state, &script, 2, &other_result);
	assert_int_equal(script.requests, 1);
	script_prompt(&script, 1, "Verification code sent again");
}

/* Another session had it sent again a moment ago: it is on its way. */
static void
test_same_of_another(void **state)
{
	struct scripted *s = *state;
	struct script script = { .reply = { T_START, T_OK },
		.answer = { { 32000, UI_ANSWER, "r", other_resends },
		    TYPED("222222") } };

	use(s, "twilio-verify");
	other_state = s;
	expect(s, &script, VERDICT_ALLOW, NULL);
	assert_int_equal(script.requests, 2);
	script_prompt(&script, 1, "Verification code: wait 62 s");
}

/* What a vendor does not deliver by is no way to the next message. */
static void
test_no_such_way(void **state)
{
	struct scripted *s = *state;
	const struct provider_conf *p = &s->conf.provider[0];

	assert_int_equal(verify_resend_how(p, 1, METHOD_SMS, METHOD_EMAIL),
	    VERIFY_RESEND_NONE);
	assert_int_equal(verify_resend_how(p, 1, METHOD_SMS, METHOD_PUSH),
	    VERIFY_RESEND_NONE);
	assert_int_not_equal(verify_resend_how(p, 1, METHOD_SMS, METHOD_VOICE),
	    VERIFY_RESEND_NONE);
}

/* --- our own limits, always first --- */

static void
test_own_limit_first(void **state)
{
	static const char *const types[] = { "twilio-verify", "vonage-verify" };
	struct scripted *s = *state;

	s->conf.sends.user_hour = 1;
	for (size_t i = 0; i < 2; i++) {
		struct script script = { .answer = { TYPED_AFTER(32000, "r"),
					     { 0, UI_GONE, NULL, NULL } } };
		const struct script_reply start = START_OK;
		const struct script_reply other = T_START;

		use(s, types[i]);
		script.reply[0] = i == 0 ? other : start;
		expect(s, &script, VERDICT_DENY, "peer-gone");
		assert_int_equal(script.requests, 1);
		script_prompt(&script, 1, "Verification code: wait 60 min");
		s->clock += 7200000;
	}
}

/* --- several steps --- */

static void
test_steps(void **state)
{
	struct scripted *s = *state;
	struct script script = { .reply = { START_OK, NEXT_OK, NEXT_OK,
				     CHECK_OK },
		.answer = { TYPED_AFTER(32000, "r"), TYPED("v"),
		    TYPED_AFTER(62000, "r"), TYPED("r"), TYPED("123456") } };

	use(s, "vonage-verify");
	s->left_ms = 280000;
	s->conf.provider[0].number[0] = 1; /* SMS, call, call */
	expect(s, &script, VERDICT_ALLOW, NULL);
	assert_int_equal(script.requests, 4);
	has(&script, 0, "workflow_id=1");
	has(&script, 1, "cmd=trigger_next_event");
	has(&script, 1, "request_id=" SCRIPT_ID);
	/* a call comes next, and no message */
	script_prompt(&script, 0, "by SMS (v call, q cancel): ");
	script_prompt(&script, 1,
	    "Verification code wanted; that key does not work here");
	script_prompt(&script, 2,
	    "Verification code: calling +44 ***-***-0000 now (r call again, q");
	/* the steps are over, and so are the keys */
	script_prompt(&script, 3,
	    "Verification code: calling +44 ***-***-0000 now (q cancel): ");
	script_prompt(&script, 4,
	    "Verification code wanted; that key does not work here");
	assert_int_equal(messages(s), 3);
}

/* Not now, says the vendor; the code stays. */
static void
test_step_refused(void **state)
{
	struct scripted *s = *state;
	struct script script = { .reply = { START_OK, CANCEL_STATUS("19"),
				     CHECK_OK },
		.answer = { TYPED_AFTER(32000, "v"), TYPED("123456") } };

	use(s, "vonage-verify");
	s->conf.provider[0].number[0] = 5;
	expect(s, &script, VERDICT_ALLOW, NULL);
	script_prompt(&script, 1, "Verification code: wait 30 s");
	assert_int_equal(messages(s), 1);
}

/* A user who wants calls has one step, whatever the workflow is. */
static void
test_no_steps_by_call(void **state)
{
	struct scripted *s = *state;
	struct script script = { .reply = { START_OK, CANCEL_OK, START_OK_2,
				     CHECK_OK_2 },
		.answer = { TYPED_AFTER(32000, "r"), TYPED("123456") } };

	use(s, "vonage-verify");
	scripted_user(
	    s, "phone = \"" SAMPLE_PHONE "\"; channels = [\"voice\"];\n");
	s->conf.provider[0].number[0] = 5;
	expect(s, &script, VERDICT_ALLOW, NULL);
	has(&script, 0, "workflow_id=7");
	has(&script, 1, "cmd=cancel");
}

/* --- where a code goes --- */

/* By email alone: no phone, and no prefix to judge. */
static void
test_address_alone(void **state)
{
	static const char *prefix = "+1";
	struct scripted *s = *state;
	struct script script = { .reply = { T_STARTED(SID, SAMPLE_EMAIL),
				     T_CHECKED(SID, SAMPLE_EMAIL, "approved") },
		.answer = { TYPED("222222") } };

	use(s, "twilio-verify");
	s->conf.allowed_prefixes = (struct text_list){ 1, &prefix };
	scripted_user(
	    s, "email = \"" SAMPLE_EMAIL "\"; channels = [\"email\"];\n");
	expect(s, &script, VERDICT_ALLOW, NULL);
	script_prompt(&script, 0,
	    "Verification code sent to a***@example.org by email (r resend, q "
	    "cancel): ");
	/* a phone that may not be used leaves the address */
	scripted_user(s,
	    "phone = \"" SAMPLE_PHONE "\"; email = \"" SAMPLE_EMAIL
	    "\"; channels = [\"sms\", \"email\"];\n");
	memset(script.sent, 0, sizeof(script.sent));
	script.requests = script.prompts = 0;
	expect(s, &script, VERDICT_ALLOW, NULL);
	has(&script, 0, "Channel=email");
}

static void
test_prefix(void **state)
{
	static const char *prefix = "+1";
	struct scripted *s = *state;
	struct script script = { .requests = 0 };

	use(s, "twilio-verify");
	s->conf.allowed_prefixes = (struct text_list){ 1, &prefix };
	scripted_user(s, "phone = \"" SAMPLE_PHONE "\";\n");
	expect(s, &script, VERDICT_DENY, "prefix");
	assert_int_equal(script.requests, 0);
}

/* The vendor knows people by an id of its own: without one it is not asked. */
static void
test_authy_id(void **state)
{
	struct scripted *s = *state;
	struct script none = { .requests = 0 };
	struct script script = {
		.reply = { { "/protected/json/sms/" SAMPLE_AUTHY_ID
			     "?force=true",
		    HTTP_REPLIED, 200, "{\"success\":true}", NULL } },
		.answer = { { 0, UI_GONE, NULL, NULL } }
	};

	use(s, "authy");
	expect(s, &none, VERDICT_DENY, "no-method");
	scripted_user(s,
	    "phone = \"" SAMPLE_PHONE "\"; authy_id = \"" SAMPLE_AUTHY_ID
	    "\"; channels = [\"sms\"];\n");
	scripted_run(s, &script, 1, &result);
	assert_int_equal(script.requests, 1);
}

#define TEST(f)                                                                \
	cmocka_unit_test_setup_teardown(f, scripted_setup, scripted_teardown)

UNIT_TESTS(test_another_message)
{
	const struct CMUnitTest tests[] = {
		TEST(test_same),
		TEST(test_same_expires),
		TEST(test_same_other_id),
		TEST(test_same_call),
		TEST(test_same_email),
		TEST(test_same_vendor_limit),
		TEST(test_same_refused),
		TEST(test_same_unanswered),
		TEST(test_same_ended),
		TEST(test_same_of_another),
		TEST(test_no_such_way),
		TEST(test_own_limit_first),
		TEST(test_steps),
		TEST(test_step_refused),
		TEST(test_no_steps_by_call),
		TEST(test_address_alone),
		TEST(test_prefix),
		TEST(test_authy_id),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
