/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A user's own verification that runs already: joined where it runs, or ended
 * when this login cannot use it; and what others have of the same vendor.
 */
#include "tests/support/logins/scripted.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "helper/store/store.h"
#include "lib/rules/rules.h"
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
#define T_DOWN                                                                 \
	{                                                                      \
		TWILIO "/Verifications", HTTP_REPLIED, 502, "<html>", NULL     \
	}
#define T_UNREACHED                                                            \
	{                                                                      \
		TWILIO "/Verifications", HTTP_NOT_SENT, 0, NULL, NULL          \
	}
#define MESSAGE_DOWN                                                           \
	{                                                                      \
		"/v2/messages", HTTP_REPLIED, 503, "", NULL                    \
	}
#define LEAVES                                                                 \
	{                                                                      \
		0, UI_GONE, NULL, NULL                                         \
	}

static struct login_result result;

static void
expect(struct scripted *s, struct script *script, enum frame_verdict verdict,
    const char *reason)
{
	scripted_expect(s, script, verdict, reason, &result);
}

static void
rule_methods(struct scripted *s, unsigned methods)
{
	s->conf.rule_count = 1;
	s->rule[0] = (struct rule){ .action = ACTION_REQUIRE,
		.methods = methods,
		.on_outage = OUTAGE_UNSET };
}

/* A session of this user that has left its prompt: row and code go on. */
static void
begin(struct scripted *s, struct script_reply start)
{
	struct script script = { .reply = { start }, .answer = { LEAVES } };

	scripted_run(s, &script, 9, &result);
	assert_int_equal(script.prompts, 1);
}

/* --- at another provider, by a method that the first lacks --- */

static void
test_joined_elsewhere(void **state)
{
	struct scripted *s = *state;
	struct script call = { .reply = { START_OK, CANCEL_OK, START_OK_2 },
		.answer = { TYPED_AFTER(32000, "v"), LEAVES } };
	struct script again = { .reply = { CHECK_OK_2 },
		.answer = { TYPED("123456") } };

	scripted_run(s, &call, 9, &result);
	assert_int_equal(call.requests, 3);
	s->conf.provider[1] = s->conf.provider[0];
	scripted_provider(s, 0, "telnyx-sms", "texts");
	s->conf.provider_count = 2;
	expect(s, &again, VERDICT_ALLOW, NULL);
	script_prompt(&again, 0, "already");
	assert_string_equal(result.provider, "vonage");
}

/* --- by a method that this rule does not allow --- */

static void
test_rule_forbids(void **state)
{
	const struct script_reply start = START_OK;
	struct scripted *s = *state;
	struct script script = { .reply = { CANCEL_OK, START_OK_2, CHECK_OK_2 },
		.answer = { TYPED("123456") } };

	begin(s, start);
	rule_methods(s, METHOD_BIT(METHOD_VOICE));
	expect(s, &script, VERDICT_ALLOW, NULL);
	script_prompt(&script, 0, "Verification code: calling");
}

/* The vendor does not let go yet: the next one is asked, and the row is that
 * one's. */
static void
test_rule_forbids_no_cancel(void **state)
{
	const struct script_reply start = START_OK;
	struct scripted *s = *state;
	struct script script = { .reply = { CANCEL_STATUS("19"),
				     CANCEL_STATUS("19"), T_START, T_OK },
		.answer = { TYPED("123456") } };
	struct script alone = { .reply = { CANCEL_STATUS("19") },
		.answer = { TYPED("") } };

	begin(s, start);
	rule_methods(s, METHOD_BIT(METHOD_VOICE));
	s->clock += 9000;
	expect(s, &alone, VERDICT_DENY, "inflight");
	script_prompt(&alone, 0,
	    "Another verification to your number is open. Wait 23 s before "
	    "you log in again (Enter ends): ");
	scripted_user(s, "phone = \"" SAMPLE_PHONE "\";\n");
	s->conf.rule_count = 0;
	s->clock += 400000;
	begin(s, start);
	rule_methods(s, METHOD_BIT(METHOD_VOICE));
	scripted_provider(s, 1, "twilio-verify", "two");
	scripted_user(s,
	    "phone = \"" SAMPLE_PHONE "\"; channels = [\"sms\", "
	    "\"voice\"];\n");
	expect(s, &script, VERDICT_ALLOW, NULL);
	assert_string_equal(result.provider, "two");
}

/* Who has another factor is asked for that, and reads for how long. Once the
 * time is over without a word why, minutes are all that can be said. */
static void
test_rule_forbids_for_how_long(void **state)
{
	const struct script_reply start = START_OK;
	struct scripted *s = *state;
	struct script app = { .reply = { CANCEL_STATUS("19") },
		.answer = { LEAVES } };
	struct script late = { .reply = { CANCEL_STATUS("19") } };

	begin(s, start);
	rule_methods(s, METHOD_BIT(METHOD_VOICE) | METHOD_BIT(METHOD_TOTP));
	scripted_totp(
	    s, "phone = \"+447700900123\"; channels = [\"sms\", \"voice\"];");
	s->clock += 30000;
	expect(s, &app, VERDICT_DENY, "peer-gone");
	script_prompt(&app, 0,
	    "Verification code of your app; no code can be sent for 2 s");
	scripted_user(
	    s, "phone = \"+447700900123\"; channels = [\"sms\", \"voice\"];");
	s->clock += 2000;
	expect(s, &late, VERDICT_DENY, "inflight");
	assert_int_equal(late.prompts, 1);
	script_prompt(&late, 0, "Wait a few minutes");
}

/* A limit leaves the old one usable: nothing is cancelled. */
static void
test_limit_first(void **state)
{
	const struct script_reply start = START_OK;
	struct scripted *s = *state;
	struct script none = { .requests = 0 };
	struct script join = { .reply = { CHECK_OK },
		.answer = { TYPED("123456") } };

	s->conf.sends.user_hour = 1;
	begin(s, start);
	rule_methods(s, METHOD_BIT(METHOD_VOICE));
	expect(s, &none, VERDICT_MAXTRIES, "limit");
	s->conf.rule_count = 0;
	expect(s, &join, VERDICT_ALLOW, NULL);
}

/* --- settings that have changed --- */

static void
test_renamed(void **state)
{
	const struct script_reply start = START_OK;
	struct scripted *s = *state;
	struct script script = { .reply = { START_OK_2, CHECK_OK_2 },
		.answer = { TYPED("123456") } };

	begin(s, start);
	s->first->name = "other";
	expect(s, &script, VERDICT_ALLOW, NULL);
	script_prompt(&script, 0, "Verification code sent to");
}

static void
test_other_type(void **state)
{
	const struct script_reply start = START_OK;
	struct scripted *s = *state;
	struct script script = { .reply = { T_START, T_OK },
		.answer = { TYPED("123456") } };

	scripted_user(s, "phone = \"" SAMPLE_PHONE "\";\n");
	begin(s, start);
	scripted_provider(s, 0, "twilio-verify", "vonage");
	expect(s, &script, VERDICT_ALLOW, NULL);
	script_prompt(&script, 0, "Verification code sent to");
}

/* An id that no request can be built with, as by an older version. */
static int
started(
    struct store *store, int64_t id, const char *request, enum method method)
{
	const struct store_started to = { .id = id,
		.request_id = request,
		.method = method,
		.life_ms = 300000 };

	return store_row_set_started(store, &to);
}

static void
test_unusable_id(void **state)
{
	struct scripted *s = *state;
	struct store *store = scripted_store_as(s, 5);
	struct store_key key;
	struct store_row row;
	struct script script = { .reply = { T_START, T_OK },
		.answer = { TYPED("123456") } };

	scripted_provider(s, 0, "twilio-verify", "one");
	scripted_user(s, "phone = \"" SAMPLE_PHONE "\";\n");
	key = (struct store_key){ .user = s->user,
		.receiver = SAMPLE_PHONE,
		.provider = "one",
		.type = "twilio-verify" };
	assert_int_equal(
	    store_claim(store, &key, 0, METHOD_SMS, 1000, &row), CLAIM_NEW);
	assert_int_equal(started(store, row.id, "no-sid", METHOD_SMS), 0);
	store_close(store);
	expect(s, &script, VERDICT_ALLOW, NULL);
	script_prompt(&script, 0, "Verification code sent to");
}

/* --- a half outage --- */

/* Each login costs the user one message, and the host two. */
static void
test_budget(void **state)
{
	struct scripted *s = *state;
	unsigned hour = 0, day = 0;
	int64_t spent, month;
	struct store *store;

	scripted_provider(s, 0, "twilio-verify", "down");
	scripted_provider(s, 1, "vonage-verify", "up");
	scripted_user(s, "phone = \"" SAMPLE_PHONE "\";\n");
	s->conf.sends.user_hour = 4;
	for (int i = 0; i < 4; i++) {
		struct script script = { .reply = { T_DOWN, START_OK,
					     CHECK_OK },
			.answer = { TYPED("123456") } };

		expect(s, &script, VERDICT_ALLOW, NULL);
		s->clock += 61000;
	}
	store = scripted_store(s);
	assert_int_equal(
	    store_totals_read(store, &hour, &day, &spent, &month), 0);
	store_close(store);
	assert_int_equal(hour, 8);
}

/* --- a code of our own --- */

static void
test_own_code_out_of_order(void **state)
{
	struct scripted *s = *state;
	struct script script = { .reply = { MESSAGE_DOWN, START_OK, CHECK_OK },
		.answer = { TYPED("123456") } };
	struct script alone = { .reply = { MESSAGE_DOWN },
		.answer = { LEAVES } };

	scripted_user(s, "phone = \"" SAMPLE_PHONE "\";\n");
	scripted_provider(s, 0, "telnyx-sms", "texts");
	expect(s, &alone, VERDICT_DENY, "peer-gone");
	script_prompt(&alone, 0, "Verification code sent to");
	s->clock += 700000;
	scripted_provider(s, 1, "vonage-verify", "up");
	expect(s, &script, VERDICT_ALLOW, NULL);
	assert_string_equal(result.provider, "up");
}

/* The codes that went out, and which of them is typed. */
static char own[3][16];
static unsigned owns;
static bool down;

static void
carry(struct scripted *s, const struct provider_conf *p,
    const struct http_request *req, struct http_reply *reply)
{
	const char *code = strstr(req->body, " is ");

	(void)s;
	(void)p;
	assert_non_null(code);
	assert_true(owns < 3);
	snprintf(own[owns++], sizeof(own[0]), "%.6s", code + 4);
	memset(reply, 0, sizeof(*reply));
	reply->fate = HTTP_REPLIED;
	reply->status = 503;
	if (down)
		return;
	reply->status = 200;
	reply->len = (size_t)snprintf((char *)reply->body, 400,
	    "{\"data\":{\"id\":\"c11236f4-00bf-4b89-84ba-88b25df9731%u\","
	    "\"to\":[{\"phone_number\":\"" SAMPLE_PHONE
	    "\",\"status\":\"queued\"}]}}",
	    owns);
}

static void
goes_down(void)
{
	down = true;
}

/* Whether the second went out nobody knows: both codes are right. */
static void
own_resend(struct scripted *s, unsigned typed, bool fails, bool right)
{
	struct script script = {
		.answer = { { 32000, UI_ANSWER, "r", fails ? goes_down : NULL },
		    { 0, UI_ANSWER, own[typed], NULL }, LEAVES }
	};

	owns = 0;
	down = false;
	s->clock += 700000;
	expect(s, &script, right ? VERDICT_ALLOW : VERDICT_DENY,
	    right ? NULL : "peer-gone");
	assert_int_equal(owns, 2);
}

static void
test_own_code_resend(void **state)
{
	struct scripted *s = *state;

	scripted_user(s, "phone = \"" SAMPLE_PHONE "\";\n");
	scripted_provider(s, 0, "telnyx-sms", "texts");
	scripted_unlimited(s);
	s->answer = carry;
	own_resend(s, 0, true, true);
	own_resend(s, 1, true, true);
	own_resend(s, 1, false, true);
	/* the first is void once the second is known to be on its way */
	own_resend(s, 0, false, false);
}

/* --- the receiver is what the vendor knows --- */

static void
claim_by(struct scripted *s, int64_t start_ms, const char *user,
    const char *number, const char *id)
{
	const struct store_key key = { .user = user,
		.receiver = number,
		.provider = s->first->name,
		.type = s->first->type->name };
	struct store *store = scripted_store_as(s, 5);
	struct store_row row;

	assert_int_equal(
	    store_claim(store, &key, 0, METHOD_EMAIL, start_ms, &row),
	    CLAIM_NEW);
	assert_int_equal(started(store, row.id, id, METHOD_EMAIL), 0);
	store_close(store);
}

static void
claim_of(
    struct scripted *s, const char *user, const char *number, const char *id)
{
	claim_by(s, 1000, user, number, id);
}

/* Another has this mailbox, too, and a code is out: nothing is sent. */
static void
test_one_mailbox(void **state)
{
	struct scripted *s = *state;
	struct script none = { .requests = 0 };
	struct script by_key = { .reply = { T_START, T_OK },
		.answer = { TYPED_AFTER(32000, "e"), TYPED("123456") } };

	scripted_provider(s, 0, "twilio-verify", "one");
	claim_of(s, "bob", SAMPLE_EMAIL, "VE00000000000000000000000000000000");
	scripted_user(s,
	    "phone = \"" SAMPLE_PHONE "\"; email = \"" SAMPLE_EMAIL
	    "\"; channels = [\"email\"];\n");
	expect(s, &none, VERDICT_DENY, "number-busy");
	scripted_user(s,
	    "phone = \"" SAMPLE_PHONE "\"; email = \"" SAMPLE_EMAIL
	    "\"; channels = [\"sms\", \"email\"];\n");
	expect(s, &by_key, VERDICT_ALLOW, NULL);
	script_prompt(&by_key, 1, "Verification code: wait 30 s");
}

/* This user's verification, at the second provider, has an id by which no code
 * can be checked. That provider, which then calls itself out of reach, takes no
 * turn of the first one: each is asked before an outage admits. */
static void
test_elsewhere_is_no_turn(void **state)
{
	struct scripted *s = *state;
	struct script script = { .reply = { T_UNREACHED, START_OK, CHECK_OK },
		.answer = { TYPED("123456") } };
	const struct store_key key = { .user = s->user,
		.receiver = SAMPLE_PHONE,
		.provider = "two",
		.type = "twilio-verify" };
	const unsigned sms = METHOD_BIT(METHOD_SMS);
	struct store *store = scripted_store_as(s, 5);
	struct store_row row;

	scripted_provider(s, 1, "twilio-verify", "two");
	scripted_user(s, "phone = \"" SAMPLE_PHONE "\";\n");
	s->conf.on_outage = OUTAGE_ALLOW;
	assert_int_equal(
	    store_claim(store, &key, sms, METHOD_SMS, 1000, &row), CLAIM_NEW);
	assert_int_equal(started(store, row.id, "VE", METHOD_SMS), 0);
	store_close(store);
	expect(s, &script, VERDICT_ALLOW, NULL);
	assert_string_equal(result.provider, "vonage");
}

/* The vendor says that it is another's all the same. */
static void
test_clash(void **state)
{
	struct scripted *s = *state;
	struct script script = { .reply = { T_START } };
	struct script later = { .reply = { T_START, T_OK },
		.answer = { TYPED("123456") } };

	scripted_provider(s, 0, "twilio-verify", "one");
	scripted_user(s, "phone = \"" SAMPLE_PHONE "\";\n");
	claim_of(s, "bob", "+12025550177", SID);
	expect(s, &script, VERDICT_DENY, "number-busy");
	/* his is over: that is nobody's id any more */
	s->clock += 300001;
	expect(s, &later, VERDICT_ALLOW, NULL);
}

#define AUTHY_CALL "/protected/json/sms/" SAMPLE_AUTHY_ID "?force=true"

/* The vendor goes by its own id: a corrected number changes nothing there. */
static void
test_phone_corrected(void **state)
{
	struct scripted *s = *state;
	const struct script_reply start = { AUTHY_CALL, HTTP_REPLIED, 200,
		"{\"success\":true}", NULL };
	struct script script = { .answer = { LEAVES } };

	scripted_provider(s, 0, "authy", "one");
	scripted_user(s,
	    "phone = \"" SAMPLE_PHONE "\"; authy_id = \"" SAMPLE_AUTHY_ID
	    "\"; channels = [\"sms\"];\n");
	begin(s, start);
	scripted_user(s,
	    "phone = \"+447700900555\"; authy_id = \"" SAMPLE_AUTHY_ID
	    "\"; channels = [\"sms\"];\n");
	expect(s, &script, VERDICT_DENY, "peer-gone");
	assert_int_equal(script.requests, 0);
	script_prompt(&script, 0, "already sent");
}

/* --- another's enrolment at this number --- */

#define UUID "c11236f4-00bf-4b89-84ba-88b25df9731"
#define V2_REPLY(path, http, body)                                             \
	{                                                                      \
		"/v2/verify" path, HTTP_REPLIED, http, body, NULL              \
	}

/* Its verification has ended at the vendor, whose reply says only that it
 * cannot be cancelled now. After the time in which that is so while it runs,
 * the row is removed. */
static void
test_ended_at_the_vendor(void **state)
{
	struct scripted *s = *state;
	struct script script = {
		.reply = { V2_REPLY(
			       "/" UUID "5", 404, "{\"title\":\"Not Found\"}"),
		    V2_REPLY("", 202, "{\"request_id\":\"" UUID "6\"}"),
		    V2_REPLY("/" UUID "6", 200,
			"{\"request_id\":\"" UUID
			"6\",\"status\":\"completed\"}") },
		.answer = { TYPED("123456") }
	};

	scripted_provider(s, 0, "vonage-verify-v2", "one");
	scripted_user(s, "phone = \"" SAMPLE_PHONE "\";\n");
	claim_of(s, "bob/enrolment", SAMPLE_PHONE, UUID "5");
	s->clock += 40000;
	expect(s, &script, VERDICT_ALLOW, NULL);
	script_prompt(&script, 0, "Verification code sent to");
}

/* No vendor is asked to end a row with a locally generated id: the state broker
 * gives no ticket for it. */
static void
test_no_vendors_id(void **state)
{
	struct scripted *s = *state;
	struct script script = { .reply = { START_OK, CHECK_OK },
		.answer = { TYPED("123456") } };

	scripted_user(s, "phone = \"" SAMPLE_PHONE "\";\n");
	claim_by(s, 1000, s->user, SAMPLE_PHONE, ".x");
	s->clock += 40000;
	expect(s, &script, VERDICT_ALLOW, NULL);
}

/* While the vendor ends the row, another session claims the number and so
 * removes the row: the enrolment again, whose start had 1 ms, or another login
 * of the owner. This login is allowed nevertheless. */
static struct scripted *claimed_in;
static const char *claimer;

static void
claims_meanwhile(void)
{
	const struct store_key key = { .user = claimer,
		.receiver = SAMPLE_PHONE,
		.provider = claimed_in->first->name,
		.type = claimed_in->first->type->name };
	struct store *store = scripted_store_as(claimed_in, 6);
	struct store_row row;

	(void)store_claim(store, &key, 0, METHOD_NONE, 1000, &row);
	store_close(store);
}

static void
test_claimed_meanwhile(void **state)
{
	static const struct script_reply cancel = CANCEL_OK;
	struct scripted *s = *state;
	const char *const claimers[] = { "bob/enrolment", s->user };

	claimed_in = s;
	scripted_unlimited(s);
	scripted_user(s, "phone = \"" SAMPLE_PHONE "\";\n");
	for (size_t i = 0; i < sizeof(claimers) / sizeof(claimers[0]); i++) {
		struct script script = { .reply = { cancel, START_OK_2,
					     CHECK_OK_2 },
			.answer = { TYPED("123456") } };

		s->clock += 700000;
		script.reply[0].meanwhile = claims_meanwhile;
		claimer = claimers[i];
		claim_by(s, 1, "bob/enrolment", SAMPLE_PHONE, SCRIPT_ID);
		s->clock += 40000;
		expect(s, &script, VERDICT_ALLOW, NULL);
	}
}

/* --- steps that go on after the code --- */

static void
test_steps_go_on(void **state)
{
	const struct script_reply start = START_OK;
	struct scripted *s = *state;
	struct script late = { .reply = { CANCEL_STATUS("19"), CHECK_OK },
		.answer = { TYPED("123456") } };
	struct script early = { .reply = { CANCEL_OK, START_OK_2, CHECK_OK_2 },
		.answer = { TYPED("123456") } };

	s->first->number[0] = 1;
	begin(s, start);
	s->clock += 305000;
	/* the vendor will not let go: a later step's code is good */
	expect(s, &late, VERDICT_ALLOW, NULL);
	script_prompt(&late, 0, "already sent");
	begin(s, start);
	s->clock += 305000;
	expect(s, &early, VERDICT_ALLOW, NULL);
	script_prompt(&early, 0, "Verification code sent to");
	/* its last step is over */
	begin(s, start);
	s->clock += 605001;
	begin(s, start);
}

#define TEST(f)                                                                \
	cmocka_unit_test_setup_teardown(f, scripted_setup, scripted_teardown)

UNIT_TESTS(test_takeover)
{
	const struct CMUnitTest tests[] = {
		TEST(test_joined_elsewhere),
		TEST(test_elsewhere_is_no_turn),
		TEST(test_rule_forbids),
		TEST(test_rule_forbids_no_cancel),
		TEST(test_rule_forbids_for_how_long),
		TEST(test_limit_first),
		TEST(test_renamed),
		TEST(test_other_type),
		TEST(test_unusable_id),
		TEST(test_budget),
		TEST(test_own_code_out_of_order),
		TEST(test_own_code_resend),
		TEST(test_one_mailbox),
		TEST(test_clash),
		TEST(test_phone_corrected),
		TEST(test_ended_at_the_vendor),
		TEST(test_no_vendors_id),
		TEST(test_claimed_meanwhile),
		TEST(test_steps_go_on),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
