/* SPDX-License-Identifier: BSD-2-Clause */
/* What twofactl has the helper ask of a provider, on a script. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "helper/providers/providers.h"
#include "helper/control/control.h"
#include "helper/store/store.h"
#include "lib/provider_types/provider_types.h"
#include "lib/values/values.h"
#include "tests/support/logins/scripted.h"
#include "tests/support/samples.h"
#include "tests/support/unit_tests.h"

#define SERVICE "VAaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
#define IDENTITY "ff483d1ff591898a9942916050d2ca3f"
#define FACTOR_1 "YF01aaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
#define FACTOR_2 "YF02aaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
#define FACTORS                                                                \
	"/v2/Services/" SERVICE "/Entities/" IDENTITY "/Factors?PageSize=50"
#define TOKENS "/v2/Services/" SERVICE "/AccessTokens"
#define FACTOR(sid, status)                                                    \
	"{\"sid\":\"" sid "\",\"service_sid\":\"" SERVICE                      \
	"\",\"identity\":\"" IDENTITY                                          \
	"\",\"factor_type\":\"push\",\"status\":\"" status "\"}"
#define LIST(factors) REPLY(FACTORS, "{\"factors\":[" factors "]}")
#define NOBODY                                                                 \
	{                                                                      \
		FACTORS, HTTP_REPLIED, 404, "{\"code\":20404}", NULL           \
	}
#define TOKEN(text)                                                            \
	{                                                                      \
		TOKENS, HTTP_REPLIED, 201,                                     \
		    "{\"factor_type\":\"push\",\"entity_identity\":"           \
		    "\"" IDENTITY "\",\"token\":\"" text "\"}",                \
		    NULL                                                       \
	}

#define T_SID "VEaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
#define T_REPLY(path, http, status)                                            \
	{                                                                      \
		"/v2/Services/" SERVICE path, HTTP_REPLIED, http,              \
		    "{\"sid\":\"" T_SID "\",\"service_sid\":\"" SERVICE        \
		    "\",\"to\":\"" SAMPLE_PHONE "\",\"status\":\"" status      \
		    "\"}",                                                     \
		    NULL                                                       \
	}
#define TV_ID "12ade33a-21c0-473b-b055-b3c836e1c292"
#define TV_ID_2 "5f0c8e1e-8c3c-4b8e-9d57-0d9a3b6f1c22"
#define TV_START(id)                                                           \
	REPLY("/v2/verifications/sms",                                         \
	    "{\"data\":{\"id\":\"" id "\",\"status\":\"pending\","             \
	    "\"phone_number\":\"" SAMPLE_PHONE "\"}}")
#define TV_OK(id)                                                              \
	REPLY("/v2/verifications/" id "/actions/verify",                       \
	    "{\"data\":{\"phone_number\":\"" SAMPLE_PHONE                      \
	    "\",\"response_code\":\"accepted\"}}")

static int
setup(void **state)
{
	int rc = scripted_setup(state);
	struct scripted *s = *state;

	s->facts.ruser = "";
	s->facts.request = "";
	s->facts.record = "";
	return rc;
}

/* A record that is not in its file. */
static void
trial(struct scripted *s, const char *text)
{
	s->facts.purpose = PURPOSE_ENROL;
	s->facts.record = text;
	s->facts.first_factor = FIRST_NONE;
}

static void
test_a_played_login(void **state)
{
	static struct script script = { .reply = { START_OK, CHECK_OK },
		.answer = { TYPED("r"), TYPED("123456") } };
	struct login_result result;

	((struct scripted *)*state)->facts.purpose = PURPOSE_TEST;
	scripted_expect(*state, &script, VERDICT_ALLOW, NULL, &result);
	script_prompt(&script, 0, "Verification code sent");
	script_prompt(&script, 1, "Verification code: wait");
	assert_int_equal(result.method, METHOD_SMS);
}

/* Lines come as records, so that no line can be taken for one. */
static void
test_lines_are_records(void **state)
{
	static struct script script = { .reply = { START_STATUS("9") } };
	struct login_result result;

	((struct scripted *)*state)->facts.purpose = PURPOSE_TEST;
	((struct scripted *)*state)->facts.service = "login";
	scripted_expect(*state, &script, VERDICT_DENY, "account", &result);
	assert_int_equal(script.said, 1);
	assert_memory_equal(script.line[0], "say\t", 4);
}

static void
test_enrol(void **state)
{
	struct scripted *s = *state;
	static struct script script = { .reply = { START_OK, CHECK_OK },
		.answer = { TYPED("123456") } };
	struct login_result result;

	trial(s, "phone = \"+447700900999\";\n");
	scripted_expect(s, &script, VERDICT_ALLOW, NULL, &result);
	script_prompt(&script, 0, "0999");
	assert_non_null(strstr(script.sent[0], "447700900999"));
}

/* The rules are for logins, and a lock is for those who guess. */
static void
test_enrol_asks_no_rule(void **state)
{
	struct scripted *s = *state;
	static struct script script = { .reply = { START_OK, CHECK_OK },
		.answer = { TYPED("123456") } };
	struct login_result result;

	trial(s, "phone = \"+447700900999\";\n");
	s->conf.rule_count = 1;
	s->rule[0] = (struct rule){ .action = ACTION_DENY };
	scripted_expect(s, &script, VERDICT_ALLOW, NULL, &result);
}

static void
test_wrong_codes_lock_nobody(void **state)
{
	struct scripted *s = *state;
	struct login_result result;
	int64_t wait = 0;
	struct store *store;

	trial(s, "phone = \"+447700900999\";\n");
	for (int i = 0; i < 4; i++) {
		static struct script script;

		script = (struct script){
			.reply = { START_OK, CHECK_STATUS("16"),
			    CHECK_STATUS("16"), CHECK_STATUS("17") },
			.answer = { TYPED("111111"), TYPED("222222"),
			    TYPED("333333") }
		};
		s->clock += 700000; /* what was spent is over */
		scripted_expect(
		    s, &script, VERDICT_MAXTRIES, "wrong-codes", &result);
	}
	store = scripted_store(s);
	assert_int_equal(
	    store_guess_look(store, s->user, "uid:0", &wait, NULL), GUESS_OPEN);
	store_close(store);
}

/* From here on a login of the same user. */
static void
login(struct scripted *s)
{
	s->facts.purpose = PURPOSE_LOGIN;
	s->facts.first_factor = FIRST_PASSWORD_SEEN;
	scripted_user(s, "phone = \"" SAMPLE_PHONE "\";\n");
}

/* A session that was killed at its prompt: nothing is ended. */
static void
killed_at_prompt(struct scripted *s, const char *name, const char *request_id)
{
	struct store *store;
	const struct store_key key = { .user = name,
		.receiver = SAMPLE_PHONE,
		.provider = s->first->name,
		.type = s->first->type->name };
	struct store_started to = { .request_id = request_id,
		.method = METHOD_SMS,
		.life_ms = 300000 };
	struct store_row row;

	scripted_user(s, "phone = \"" SAMPLE_PHONE "\";\n");
	store = scripted_store_as(s, 77);
	assert_int_equal(
	    store_claim(store, &key, METHODS_CODE, METHOD_SMS, 1000, &row),
	    CLAIM_NEW);
	to.id = row.id;
	assert_int_equal(store_row_set_started(store, &to), 0);
	store_close(store);
}

/* Neither takes up the other's code: that of an enrolment is ended first. */
static void
test_a_login_joins_no_enrolment(void **state)
{
	struct scripted *s = *state;
	static struct script second = { .reply = { CANCEL_OK, START_OK_2,
					    CHECK_OK_2 },
		.answer = { TYPED("123456") } };
	char name[96];
	struct login_result result;

	snprintf(name, sizeof(name), "%s/enrolment", s->user);
	killed_at_prompt(s, name, SCRIPT_ID);
	scripted_expect(s, &second, VERDICT_ALLOW, NULL, &result);
	script_prompt(&second, 0, "Verification code sent to");
	assert_int_equal(second.requests, 3);
}

/* The vendor would send the very code of the enrolment again. */
static void
test_a_login_cancels_what_would_come_again(void **state)
{
	struct scripted *s = *state;
	static struct script script = {
		.reply = { T_REPLY("/Verifications/" T_SID, 200, "canceled"),
		    T_REPLY("/Verifications", 201, "pending"),
		    T_REPLY("/VerificationCheck", 200, "approved") },
		.answer = { TYPED("123456") }
	};
	struct login_result result;

	scripted_provider(s, 0, "twilio-verify", "one");
	killed_at_prompt(s, "mistyped/enrolment", T_SID);
	scripted_expect(s, &script, VERDICT_ALLOW, NULL, &result);
	assert_int_equal(script.requests, 3);
}

/* A vendor that lets go of nothing yet is waited for or not, but the code of
 * the enrolment is never asked for. */
static void
test_a_login_cannot_end_an_enrolment(void **state)
{
	struct scripted *s = *state;
	static struct script script = { .reply = { CANCEL_STATUS("19") } };
	struct login_result result;

	killed_at_prompt(s, "mistyped/enrolment", SCRIPT_ID);
	s->clock += 100000; /* too late for a cancel */
	scripted_expect(s, &script, VERDICT_DENY, "inflight", &result);
	assert_int_equal(script.requests, 1);
}

/* Until it does, where that is soon enough for this login. */
static void
test_a_login_waits_for_the_vendor(void **state)
{
	struct scripted *s = *state;
	static struct script script = { .reply = { CANCEL_STATUS("19"),
					    CANCEL_OK, START_OK_2, CHECK_OK_2 },
		.answer = { TYPED_AFTER(3000, ""), TYPED("123456") } };
	struct login_result result;

	killed_at_prompt(s, "mistyped/enrolment", SCRIPT_ID);
	s->clock += 10000;
	s->left_ms = 90000;
	scripted_expect(s, &script, VERDICT_ALLOW, NULL, &result);
	assert_string_equal(script.prompt[0],
	    "Verification code can be sent in 22 s: another is open for your "
	    "number (Enter waits): ");
	assert_in_range(script.paused, 17000, 20000);
}

/* Where lines are shown at once, nothing has to be typed. */
static void
test_a_login_says_that_it_waits(void **state)
{
	struct scripted *s = *state;
	static struct script script = { .reply = { CANCEL_STATUS("19"),
					    CANCEL_OK, START_OK_2, CHECK_OK_2 },
		.answer = { TYPED("123456") } };
	struct login_result result;

	killed_at_prompt(s, "mistyped/enrolment", SCRIPT_ID);
	s->clock += 10000;
	s->left_ms = 90000;
	s->facts.service = "su";
	scripted_expect(s, &script, VERDICT_ALLOW, NULL, &result);
	assert_string_equal(script.line[0],
	    "Verification code can be sent in 22 s: another is open for your "
	    "number");
	assert_in_range(script.paused, 20000, 23000);
}

/* Whoever leaves at that prompt is not waited for. */
static void
test_a_login_leaves_the_wait(void **state)
{
	struct scripted *s = *state;
	static struct script script = { .reply = { CANCEL_STATUS("19") } };
	struct login_result result;

	script.answer[0].result = UI_NO_ANSWER;
	killed_at_prompt(s, "mistyped/enrolment", SCRIPT_ID);
	s->clock += 10000;
	s->left_ms = 90000;
	scripted_expect(s, &script, VERDICT_CONV_ERR, "no-answer", &result);
	assert_int_equal(script.requests, 1);
	assert_int_equal(script.paused, 0);
}

/* A person of that name is no enrolment. */
static void
test_a_person_named_enrolment(void **state)
{
	struct scripted *s = *state;
	static struct script script;
	struct login_result result;

	killed_at_prompt(s, "deploy//enrolment", SCRIPT_ID);
	scripted_expect(s, &script, VERDICT_DENY, "number-busy", &result);
	assert_int_equal(script.requests, 0);
}

/* An enrolment may end another's, and never a login's. */
static void
test_enrol_ends_no_login(void **state)
{
	struct scripted *s = *state;
	static struct script busy,
	    script = { .reply = { CANCEL_OK, START_OK_2, CHECK_OK_2 },
		    .answer = { TYPED("123456") } };
	struct login_result result;

	killed_at_prompt(s, s->user, SCRIPT_ID);
	trial(s, "phone = \"" SAMPLE_PHONE "\";\n");
	scripted_expect(s, &busy, VERDICT_DENY, "number-busy", &result);
	assert_int_equal(busy.requests, 0);
	s->clock += 700000;
	killed_at_prompt(s, "mistyped/enrolment", SCRIPT_ID);
	scripted_expect(s, &script, VERDICT_ALLOW, NULL, &result);
}

/* Ctrl-C at the code: cancelled at the vendor, and the number is free. */
static void
test_enrol_leaves_none(void **state)
{
	struct scripted *s = *state;
	static struct script first = { .reply = { START_OK, CANCEL_OK } },
			     second = { .reply = { START_OK_2, CHECK_OK_2 },
				     .answer = { TYPED("123456") } };
	struct login_result result;

	first.answer[0].result = UI_NO_ANSWER;
	trial(s, "phone = \"" SAMPLE_PHONE "\";\n");
	scripted_expect(s, &first, VERDICT_CONV_ERR, "no-answer", &result);
	assert_int_equal(first.requests, 2);
	login(s);
	scripted_expect(s, &second, VERDICT_ALLOW, NULL, &result);
	script_prompt(&second, 0, "Verification code sent to");
}

/* Also where the vendor does not let go of it yet. */
static void
test_enrol_waits_for_the_vendor(void **state)
{
	struct scripted *s = *state;
	static struct script first = { .reply = { START_OK, CANCEL_STATUS("19"),
					   CANCEL_OK } },
			     second = { .reply = { START_OK_2, CHECK_OK_2 },
				     .answer = { TYPED("123456") } };
	struct login_result result;

	first.answer[0].result = UI_NO_ANSWER;
	first.answer[0].after_ms = 4000;
	trial(s, "phone = \"" SAMPLE_PHONE "\";\n");
	s->left_ms = 90000;
	scripted_expect(s, &first, VERDICT_CONV_ERR, "no-answer", &result);
	assert_int_equal(first.requests, 3);
	assert_int_equal(first.said, 1);
	assert_in_range(first.paused, 27000, 29000);
	login(s);
	scripted_expect(s, &second, VERDICT_ALLOW, NULL, &result);
	assert_int_equal(second.paused, 0);
}

/* Not beyond the deadline: then the next login ends it. */
static void
test_enrol_waits_no_longer_than_it_may(void **state)
{
	struct scripted *s = *state;
	static struct script script = { .reply = {
					    START_OK, CANCEL_STATUS("19") } };
	struct login_result result;

	script.answer[0].result = UI_NO_ANSWER;
	trial(s, "phone = \"" SAMPLE_PHONE "\";\n");
	s->left_ms = 20000;
	scripted_expect(s, &script, VERDICT_CONV_ERR, "no-answer", &result);
	assert_int_equal(script.requests, 2);
	assert_int_equal(script.paused + script.said, 0);
}

/* The same at a vendor without a cancel, whose codes have an id each. */
static void
test_enrol_leaves_none_without_cancel(void **state)
{
	struct scripted *s = *state;
	static struct script first = { .reply = { TV_START(TV_ID) } },
			     second = { .reply = { TV_START(TV_ID_2),
					    TV_OK(TV_ID_2) },
				     .answer = { TYPED("12345") } };
	struct login_result result;

	scripted_provider(s, 0, "telnyx-verify", "two");
	first.answer[0].result = UI_NO_ANSWER;
	trial(s, "phone = \"" SAMPLE_PHONE "\";\n");
	scripted_expect(s, &first, VERDICT_CONV_ERR, "no-answer", &result);
	login(s);
	scripted_expect(s, &second, VERDICT_ALLOW, NULL, &result);
	assert_int_equal(second.requests, 2);
}

static void
test_enrol_takes_no_recovery_code(void **state)
{
	struct scripted *s = *state;
	static struct script script = { .reply = { START_OK, CHECK_OK },
		.answer = { TYPED("ABCD-EFGH-IJKL-MNOP"), TYPED("123456") } };
	struct login_result result;

	trial(s, "phone = \"+447700900999\";\n");
	scripted_expect(s, &script, VERDICT_ALLOW, NULL, &result);
	script_prompt(&script, 1, "recovery code");
}

static void
test_enrol_limits(void **state)
{
	struct scripted *s = *state;
	static struct script first = { .reply = { START_OK, CHECK_OK },
		.answer = { TYPED("123456") } },
			     script;
	struct login_result result;

	trial(s, "phone = \"+447700900999\";\n");
	s->conf.sends.number_answered_day = 1;
	scripted_expect(s, &first, VERDICT_ALLOW, NULL, &result);
	scripted_expect(s, &script, VERDICT_MAXTRIES, "limit", &result);
	assert_int_equal(script.requests, 0);
}

static void
test_enrol_refuses(void **state)
{
	struct scripted *s = *state;
	static struct script script;
	struct login_result result;
	char user[] = "../x";

	s->facts.purpose = PURPOSE_ENROL;
	scripted_expect(s, &script, VERDICT_DENY, "usage", &result);
	trial(s, "phone = \"12\";\n");
	scripted_expect(s, &script, VERDICT_DENY, "user-file", &result);
	/* a secret that is not there */
	trial(s, "totp_secret_file = \"/nowhere/alice.totp\";\n");
	scripted_expect(s, &script, VERDICT_DENY, "user-file", &result);
	s->facts.user = user;
	scripted_expect(s, &script, VERDICT_DENY, "usage", &result);
	assert_int_equal(script.requests, 0);
}

#define PEOPLE                                                                 \
	"people = ( { name = \"anna\"; phone = \"+447700900777\"; },\n"        \
	"  { name = \"ben\"; phone = \"+447700900888\"; push_identity = "      \
	"\"" IDENTITY "\"; } );\n"

/* One of the people of an account: facts.user is ACCOUNT//PERSON. */
static char *
person(struct scripted *s, const char *name)
{
	static char whom[OWNER_MAX + 1];

	owner_write(whom, s->user, name);
	return whom;
}

static void
test_enrol_a_person(void **state)
{
	struct scripted *s = *state;
	static struct script script = { .reply = { START_OK, CHECK_OK },
		.answer = { TYPED("123456") } };
	struct login_result result;

	trial(s, PEOPLE);
	s->facts.user = person(s, "ben");
	scripted_expect(s, &script, VERDICT_ALLOW, NULL, &result);
	script_prompt(&script, 0, "0888");
	assert_non_null(strstr(script.sent[0], "447700900888"));
}

static void
test_person_who_is_none(void **state)
{
	struct scripted *s = *state;
	static struct script script;
	struct login_result result;

	trial(s, PEOPLE);
	scripted_expect(s, &script, VERDICT_DENY, "user-file", &result);
	s->facts.user = person(s, "carl");
	scripted_expect(s, &script, VERDICT_DENY, "user-file", &result);
	s->facts.record = "phone = \"+447700900777\";\n";
	scripted_expect(s, &script, VERDICT_DENY, "user-file", &result);
	s->facts.record = PEOPLE;
	s->facts.user = person(s, "anna//ben");
	scripted_expect(s, &script, VERDICT_DENY, "usage", &result);
	assert_int_equal(script.requests, 0);
}

/* Named at the first prompt, which is not shown. */
static void
test_a_played_person(void **state)
{
	struct scripted *s = *state;
	static struct script script = { .reply = { START_OK, CHECK_OK },
		.answer = { TYPED("123456") } };
	struct login_result result;

	scripted_user(s, PEOPLE);
	s->facts.purpose = PURPOSE_TEST;
	s->facts.user = person(s, "ben");
	s->facts.auth_info = "";
	scripted_expect(s, &script, VERDICT_ALLOW, NULL, &result);
	script_prompt(&script, 0, "0888");
	assert_string_equal(result.person, "ben");
}

static void
test_enrol_without_a_channel(void **state)
{
	struct scripted *s = *state;
	static struct script script;
	struct login_result result;

	trial(s, "email = \"a@example.org\";\n");
	scripted_expect(s, &script, VERDICT_DENY, "no-method", &result);
}

static void
use_type(struct scripted *s, const char *type)
{
	struct provider_conf *p = &s->conf.provider[0];

	p->type = provider_type_find(type);
	assert_non_null(p->type);
	p->text[0] = "ACaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";
	p->text[1] = NULL;
	p->text[2] = SERVICE;
}

static void
test_lookup(void **state)
{
	struct scripted *s = *state;
	static struct script script = {
		.reply = { REPLY("/v2/PhoneNumbers/"
				 "%2B14155550123?Fields=line_type_intelligence",
		    "{\"phone_number\":\"+14155550123\",\"valid\":true,"
		    "\"country_code\":\"US\",\"validation_errors\":[],"
		    "\"line_type_intelligence\":{\"type\":\"landline\","
		    "\"error_code\":null}}") }
	};
	struct login_result result;

	use_type(s, "twilio-lookup");
	s->facts.purpose = PURPOSE_LOOKUP;
	s->facts.request = "+14155550123";
	scripted_expect(s, &script, VERDICT_ALLOW, NULL, &result);
	assert_int_equal(script.said, 1);
	assert_string_equal(script.line[0], "lookup\t2\t0\t2\tUS");
}

static void
test_lookup_knows_nothing(void **state)
{
	struct scripted *s = *state;
	static struct script script;
	struct login_result result;

	s->facts.purpose = PURPOSE_LOOKUP;
	s->facts.request = "+14155550123";
	scripted_expect(s, &script, VERDICT_DENY, "nothing", &result);
	s->facts.request = "14155550123";
	scripted_expect(s, &script, VERDICT_DENY, "usage", &result);
	assert_int_equal(script.said, 0);
}

static void
push(struct scripted *s)
{
	use_type(s, "twilio-push");
	s->facts.purpose = PURPOSE_PUSH;
	scripted_user(s,
	    "phone = \"+447700900123\"; push_identity = \"" IDENTITY "\";\n");
}

static void
test_push(void **state)
{
	static struct script script = {
		.reply = { NOBODY, TOKEN("a.b-c_d"), LIST(""),
		    LIST(FACTOR(FACTOR_1, "unverified")),
		    LIST(FACTOR(FACTOR_1, "verified")) },
		.answer = { TYPED("shown") }
	};
	struct login_result result;

	push(*state);
	scripted_expect(*state, &script, VERDICT_ALLOW, NULL, &result);
	assert_int_equal(script.said, 2);
	assert_string_equal(script.line[0], "token\t" IDENTITY "\ta.b-c_d");
	assert_string_equal(script.line[1], "factor\t" FACTOR_1);
	assert_string_equal(script.prompt[0], "shown");
	assert_int_equal(script.paused, 4000);
}

static void
test_push_of_a_person(void **state)
{
	static struct script script = { .reply = { NOBODY, TOKEN("a.b-c_d"),
					    LIST(
						FACTOR(FACTOR_1, "verified")) },
		.answer = { TYPED("shown") } };
	struct scripted *s = *state;
	struct login_result result;

	push(s);
	scripted_user(s, PEOPLE);
	scripted_expect(s, &script, VERDICT_DENY, "user-file", &result);
	s->facts.user = person(s, "carl");
	scripted_expect(s, &script, VERDICT_DENY, "user-file", &result);
	assert_int_equal(script.requests, 0);
	s->facts.user = person(s, "ben");
	scripted_expect(s, &script, VERDICT_ALLOW, NULL, &result);
	assert_string_equal(script.line[0], "token\t" IDENTITY "\ta.b-c_d");
}

/* The phone that was there before is not the new one. */
static void
test_push_of_a_second_phone(void **state)
{
	static struct script script = {
		.reply = { LIST(FACTOR(FACTOR_1, "verified")), TOKEN("a.b"),
		    LIST(FACTOR(FACTOR_1, "verified")),
		    LIST(FACTOR(FACTOR_1, "verified") "," FACTOR(
			FACTOR_2, "verified")) },
		.answer = { TYPED("shown") }
	};
	struct login_result result;

	push(*state);
	scripted_expect(*state, &script, VERDICT_ALLOW, NULL, &result);
	assert_string_equal(script.line[1], "factor\t" FACTOR_2);
}

/* A token of the longest comes in parts. */
static void
test_push_with_a_long_token(void **state)
{
	static char token[2049], body[2300];
	static struct script script;
	struct login_result result;
	size_t used = 0;

	push(*state);
	memset(token, 't', sizeof(token) - 1);
	snprintf(body, sizeof(body),
	    "{\"factor_type\":\"push\",\"entity_identity\":\"" IDENTITY
	    "\",\"token\":\"%s\"}",
	    token);
	script = (struct script){ .reply = { NOBODY, REPLY(TOKENS, body),
				      LIST(FACTOR(FACTOR_1, "verified")) },
		.answer = { TYPED("shown") } };
	scripted_expect(*state, &script, VERDICT_ALLOW, NULL, &result);
	assert_int_equal(script.said, 5);
	for (unsigned i = 0; i < 4; i++)
		used += strlen(script.line[i]);
	/* SCRIPT_TEXT cuts what it keeps of a line */
	assert_int_equal(used, 4 * (SCRIPT_TEXT - 1));
}

static void
test_push_that_nobody_takes(void **state)
{
	struct scripted *s = *state;
	static struct script script = { .reply = { NOBODY, TOKEN("a.b") },
		.answer = { TYPED("shown") } };
	struct login_result result;

	push(s);
	s->left_ms = 1500;
	scripted_expect(s, &script, VERDICT_DENY, "deadline", &result);
	assert_int_equal(script.said, 1);
}

static void
test_push_given_up(void **state)
{
	static struct script script = { .reply = { NOBODY, TOKEN("a.b") } };
	static struct script leaves = { .reply = { NOBODY, TOKEN("a.b"),
					    NOBODY },
		.answer = { TYPED("shown") },
		.leaves_ms = 1 };
	struct login_result result;

	push(*state);
	script.answer[0].result = UI_NO_ANSWER;
	scripted_expect(*state, &script, VERDICT_DENY, "kept", &result);
	scripted_expect(*state, &leaves, VERDICT_DENY, "peer-gone", &result);
}

static void
test_push_in_trouble(void **state)
{
	static struct script refused = { .reply = {
					     { FACTORS, HTTP_REPLIED, 401,
						 "{\"code\":20003}", NULL } } };
	static struct script later = {
		.reply = { NOBODY, TOKEN("a.b"),
		    { FACTORS, HTTP_UNKNOWN, 0, NULL, NULL },
		    { FACTORS, HTTP_REPLIED, 429, "{\"code\":20429}", NULL },
		    LIST(FACTOR(FACTOR_1, "verified")) },
		.answer = { TYPED("shown") }
	};
	static struct script gone = {
		.reply = { NOBODY, TOKEN("a.b"),
		    { FACTORS, HTTP_REPLIED, 401, "{\"code\":20003}", NULL } },
		.answer = { TYPED("shown") }
	};
	struct login_result result;

	push(*state);
	scripted_expect(*state, &refused, VERDICT_DENY, "config", &result);
	scripted_expect(*state, &later, VERDICT_ALLOW, NULL, &result);
	scripted_expect(*state, &gone, VERDICT_DENY, "config", &result);
	assert_int_equal(gone.said, 1);
}

static void
test_push_without_a_provider(void **state)
{
	struct scripted *s = *state;
	static struct script script;
	struct login_result result;

	s->facts.purpose = PURPOSE_PUSH;
	scripted_expect(s, &script, VERDICT_DENY, "settings", &result);
	push(s);
	scripted_user(s, "phone = 1;\n");
	scripted_expect(s, &script, VERDICT_DENY, "user-file", &result);
	s->facts.user = "al/ice";
	scripted_expect(s, &script, VERDICT_DENY, "usage", &result);
	assert_int_equal(script.requests, 0);
}

#define NEW_USER "/protected/json/users/new"
#define REGISTERED(id)                                                         \
	REPLY(NEW_USER, "{\"user\":{\"id\":" id "},\"success\":true}")
#define PERSON "phone = \"+447700900123\"; email = \"alice@example.org\";\n"

static void
registering(struct scripted *s, const char *record, const char *request)
{
	use_type(s, "authy");
	s->facts.purpose = PURPOSE_REGISTER;
	s->facts.record = record;
	s->facts.request = request;
}

static void
test_register(void **state)
{
	static struct script script = { .reply = { REGISTERED("7654321") } };
	static struct script again = { .reply = { REGISTERED("7654321") } };
	struct login_result result;

	registering(*state, PERSON, "new");
	scripted_expect(*state, &script, VERDICT_ALLOW, NULL, &result);
	assert_int_equal(script.said, 1);
	assert_string_equal(script.line[0], "factor\t7654321");
	/* the id of the number before */
	registering(*state, PERSON "authy_id = \"1\";", "new");
	scripted_expect(*state, &again, VERDICT_ALLOW, NULL, &result);
	assert_string_equal(again.line[0], "factor\t7654321");
}

static void
test_register_nobody(void **state)
{
	static struct script script;
	struct scripted *s = *state;
	struct login_result result;

	registering(s, PERSON "authy_id = \"1\";", "");
	scripted_expect(s, &script, VERDICT_DENY, "nothing", &result);
	registering(s, "email = \"alice@example.org\";", "new");
	scripted_expect(s, &script, VERDICT_DENY, "nothing", &result);
	registering(s, "", "new");
	scripted_expect(s, &script, VERDICT_DENY, "user-file", &result);
	registering(s, "phone = 1;", "new");
	scripted_expect(s, &script, VERDICT_DENY, "user-file", &result);
	registering(s, PERSON, "new");
	use_type(s, "vonage-verify");
	scripted_expect(s, &script, VERDICT_DENY, "nothing", &result);
	assert_int_equal(script.requests, 0);
}

static void
test_alert_of_what(void **state)
{
	static const char *const wrong[] = { "", "shu", "shutt", "no-event",
		"shut ", "shut 12", "shut +447700900123 ", " shut" };
	static struct script script;
	struct scripted *s = *state;
	struct login_result result;

	s->facts.purpose = PURPOSE_ALERT;
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		s->facts.request = wrong[i];
		scripted_expect(s, &script, VERDICT_DENY, "usage", &result);
	}
	assert_int_equal(script.requests, 0);
}

/* Else the codes would go to the number before. */
static void
test_register_without_an_address(void **state)
{
	static struct script script;
	struct login_result result;

	registering(
	    *state, "phone = \"+447700900123\"; authy_id = \"1\";", "new");
	scripted_expect(*state, &script, VERDICT_DENY, "config", &result);
	assert_int_equal(script.requests, 0);
}

static void
test_register_refused(void **state)
{
	static struct script refused = { .reply = {
					     { NEW_USER, HTTP_REPLIED, 400,
						 "{\"success\":false,"
						 "\"error_code\":\"60027\","
						 "\"message\":\"User was not "
						 "valid\"}",
						 NULL } } };
	static struct script hostile = { .reply = {
					     REGISTERED("\"1\\\";x=\\\"\"") } };
	static struct script lost = {
		.reply = { { NEW_USER, HTTP_UNKNOWN, 0, NULL, NULL } }
	};
	struct login_result result;

	registering(*state, PERSON, "new");
	scripted_expect(*state, &refused, VERDICT_DENY, "number", &result);
	scripted_expect(*state, &hostile, VERDICT_DENY, "transient", &result);
	scripted_expect(*state, &lost, VERDICT_DENY, "transient", &result);
	assert_int_equal(lost.requests, 1);
	assert_int_equal(refused.said + hostile.said + lost.said, 0);
}

static void
test_enrol_without_a_state(void **state)
{
	struct scripted *s = *state;
	static struct script script;
	struct login_result result;

	trial(s, "phone = \"+447700900999\";\n");
	s->conf.state = "/no/such/folder/state.db";
	scripted_expect(s, &script, VERDICT_DENY, "state", &result);
	s->conf.state = s->state;
	strcpy(s->conf.state_dir, "/no/such/folder");
	scripted_expect(s, &script, VERDICT_DENY, "state", &result);
	assert_int_equal(script.requests, 0);
}

#define TEST(t) cmocka_unit_test_setup_teardown(t, setup, scripted_teardown)

UNIT_TESTS(test_control_providers)
{
	const struct CMUnitTest tests[] = {
		TEST(test_a_played_login),
		TEST(test_lines_are_records),
		TEST(test_enrol),
		TEST(test_enrol_asks_no_rule),
		TEST(test_wrong_codes_lock_nobody),
		TEST(test_a_login_joins_no_enrolment),
		TEST(test_a_login_cancels_what_would_come_again),
		TEST(test_a_login_cannot_end_an_enrolment),
		TEST(test_a_login_waits_for_the_vendor),
		TEST(test_a_login_says_that_it_waits),
		TEST(test_a_login_leaves_the_wait),
		TEST(test_a_person_named_enrolment),
		TEST(test_enrol_ends_no_login),
		TEST(test_enrol_leaves_none),
		TEST(test_enrol_waits_for_the_vendor),
		TEST(test_enrol_waits_no_longer_than_it_may),
		TEST(test_enrol_leaves_none_without_cancel),
		TEST(test_enrol_takes_no_recovery_code),
		TEST(test_enrol_limits),
		TEST(test_enrol_refuses),
		TEST(test_enrol_a_person),
		TEST(test_person_who_is_none),
		TEST(test_a_played_person),
		TEST(test_enrol_without_a_channel),
		TEST(test_enrol_without_a_state),
		TEST(test_lookup),
		TEST(test_lookup_knows_nothing),
		TEST(test_push),
		TEST(test_push_of_a_person),
		TEST(test_push_of_a_second_phone),
		TEST(test_push_with_a_long_token),
		TEST(test_push_that_nobody_takes),
		TEST(test_push_given_up),
		TEST(test_push_in_trouble),
		TEST(test_push_without_a_provider),
		TEST(test_register),
		TEST(test_register_nobody),
		TEST(test_alert_of_what),
		TEST(test_register_without_an_address),
		TEST(test_register_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
