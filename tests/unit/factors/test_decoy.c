/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A decoy shows what an enrolled user sees, whoever sends the codes: the same
 * login, once with a first factor in evidence and once without, word by word.
 */
#include "helper/factors/factors.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "helper/store/store.h"
#include "lib/rules/rules.h"
#include "tests/support/logins/scripted.h"
#include "tests/support/replies/replies.h"
#include "tests/support/samples.h"
#include "tests/support/unit_tests.h"

#define CALLS_MAX 8
#define FILE_MAX 64

/* What the provider is asked, and which reply each gets. */
static char calls[CALLS_MAX][FILE_MAX];
static unsigned made, planned;
static char wrong_code[16];

/* Is it a reply of this kind? ended: to the last wrong code. */
static bool
is_kind(const struct reply_table *t, const struct reply_row *r,
    const char *call, const char *outcome, bool ended)
{
	static struct http_reply reply;
	struct provider_conf conf;
	struct provider_ctx ctx;
	struct number_facts lookup;
	char by_sms[32];

	snprintf(by_sms, sizeof(by_sms), "%s:sms", call);
	if (strcmp(r->call, call) != 0 && strcmp(r->call, by_sms) != 0)
		return false;
	/* "foreign": an ok start with another id than the sample's */
	if (strcmp(r->outcome, outcome) != 0 &&
	    (strcmp(outcome, "ok") != 0 || strcmp(r->outcome, "foreign") != 0))
		return false;
	sample_conf(sample_of_type(t->type), &conf);
	sample_ctx(sample_of_type(t->type), &conf, &ctx);
	replies_read(t->type, r->file, &reply);
	replies_aim(r, &ctx);
	replies_judge(r, &ctx, &reply, &lookup);
	return ctx.told.wrong_codes == ended;
}

static void
plan(const struct reply_table *t, const char *call, const char *outcome,
    bool ended)
{
	for (size_t i = 0; i < t->rows; i++) {
		if (!is_kind(t, &t->row[i], call, outcome, ended))
			continue;
		assert_true(planned < CALLS_MAX);
		snprintf(calls[planned++], FILE_MAX, "%s", t->row[i].file);
		return;
	}
	fail_msg("%s has no reply: %s %s %d", t->type, call, outcome, ended);
}

static void
give(struct scripted *s, const struct provider_conf *p,
    const struct http_request *req, struct http_reply *reply)
{
	(void)s;
	if (made >= planned)
		fail_msg("%s was not expected", req->path);
	replies_read(p->type->name, calls[made++], reply);
}

/* Start, a wrong code, another message, two wrong codes. */
static void
plan_all(const struct provider_ops *ops, bool resend)
{
	static struct reply_table table;

	replies_load(ops->type->name, &table);
	made = planned = 0;
	plan(&table, "start", "ok", false);
	if (!ops->type->own_code)
		plan(&table, "check", "wrong", false);
	if (resend && ops->type->again == AGAIN_REPLACE &&
	    ops->call[CALL_CANCEL].reply != NULL)
		plan(&table, "cancel", "ok", false);
	if (resend)
		plan(&table, "start", "ok", false);
	if (ops->type->own_code)
		return;
	plan(&table, "check", "wrong", false);
	/* of a new verification it is the second one */
	if (ops->type->ends_itself &&
	    !(resend && ops->type->again == AGAIN_REPLACE))
		plan(&table, "check", "deny", true);
	else
		plan(&table, "check", "wrong", false);
}

static void
login(struct scripted *s, struct script *script, enum first_factor first)
{
	const struct script_answer answers[] = { TYPED(wrong_code), TYPED("r"),
		TYPED_AFTER(32000, "r"), TYPED("12"), TYPED(wrong_code),
		TYPED(wrong_code) };
	struct login_result result;

	memset(script, 0, sizeof(*script));
	memcpy(script->answer, answers, sizeof(answers));
	s->facts.first_factor = first;
	scripted_run(s, script, 1, &result);
	assert_int_equal(result.verdict, VERDICT_MAXTRIES);
}

/* The last four digits are the person's own. */
static void
hide_digits(char *line)
{
	char *at = strstr(line, "***-***-");

	if (at != NULL)
		memset(at + strlen("***-***-"), 'N', 4);
}

static void
same_words(const char *type, struct script *real, struct script *decoy)
{
	assert_int_equal(real->prompts, decoy->prompts);
	assert_int_equal(real->said, decoy->said);
	for (unsigned i = 0; i < real->prompts; i++) {
		hide_digits(real->prompt[i]);
		hide_digits(decoy->prompt[i]);
		if (strcmp(real->prompt[i], decoy->prompt[i]) != 0)
			fail_msg("%s: '%s', and a decoy's is '%s'", type,
			    real->prompt[i], decoy->prompt[i]);
	}
	for (unsigned i = 0; i < real->said; i++)
		if (strcmp(real->line[i], decoy->line[i]) != 0)
			fail_msg("%s: '%s', and a decoy's is '%s'", type,
			    real->line[i], decoy->line[i]);
}

static void
compare(struct scripted *s, const char *type, bool resend)
{
	static struct script real, decoy;
	const struct provider_ops *ops = provider_ops(s->conf.provider[0].type);

	memset(wrong_code, '1', sizeof(wrong_code));
	wrong_code[s->conf.provider[0].code_length] = '\0';
	s->clock += 3600000;
	plan_all(ops, resend);
	login(s, &real, FIRST_PASSWORD_SEEN);
	assert_int_equal(made, planned);
	made = planned = 0;
	login(s, &decoy, FIRST_NONE);
	same_words(type, &real, &decoy);
	assert_true(real.prompts == 7);
}

static void
test_every_type(void **state)
{
	const struct sample *sample;
	struct scripted *s = *state;
	unsigned types = 0;

	for (unsigned i = 0; (sample = sample_nth(i)) != NULL; i++) {
		if ((provider_type_find(sample->type)->methods &
			METHODS_CODE) == 0)
			continue;
		scripted_provider(s, 0, sample->type, "one");
		compare(s, sample->type, true);
		types++;
	}
	assert_true(types >= 4);
}

/* An admin's longer workflow goes on by a call, which this user has not. */
static void
test_steps(void **state)
{
	struct scripted *s = *state;

	scripted_provider(s, 0, "vonage-verify", "one");
	s->conf.provider[0].number[0] = 1;
	compare(s, "workflow 1", false);
}

/* Our own limit below the vendor's. */
static void
test_fewer_tries(void **state)
{
	static struct script real, decoy;
	struct scripted *s = *state;

	scripted_provider(s, 0, "vonage-verify", "one");
	s->conf.wrong_codes_per_login = 1;
	memset(wrong_code, '1', 6);
	wrong_code[6] = '\0';
	plan_all(provider_ops(s->conf.provider[0].type), true);
	login(s, &real, FIRST_PASSWORD_SEEN);
	login(s, &decoy, FIRST_NONE);
	same_words("one try", &real, &decoy);
	script_prompt(&decoy, 1, "Wait 5 min");
}

/* The vendor's below ours. */
static void
test_vendors_tries(void **state)
{
	static struct script real, decoy;
	struct scripted *s = *state;

	scripted_provider(s, 0, "vonage-verify", "one");
	s->conf.wrong_codes_per_login = 10;
	memset(wrong_code, '1', 6);
	wrong_code[6] = '\0';
	plan_all(provider_ops(s->conf.provider[0].type), true);
	login(s, &real, FIRST_PASSWORD_SEEN);
	login(s, &decoy, FIRST_NONE);
	same_words("the vendor's tries", &real, &decoy);
}

/* The order begins with what delivers no codes. */
static void
test_first_of_codes(void **state)
{
	static struct script script;
	static const char *const others[] = { "vonage-insight", "twilio-push",
		"twilio-totp", "telnyx-lookup" };
	struct scripted *s = *state;

	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
		s->conf.provider_count = 2;
		scripted_provider(s, 0, others[i], "one");
		sample_conf(sample_of_type("authy"), &s->conf.provider[1]);
		memset(wrong_code, '1', 7);
		wrong_code[7] = '\0';
		login(s, &script, FIRST_NONE);
		script_prompt(
		    &script, 1, "Verification code was wrong, 2 tries left");
		script_prompt(&script, 4, "Verification code has 7 digits");
		/* and with nothing that delivers any */
		s->conf.provider_count = 1;
		wrong_code[6] = '\0';
		login(s, &script, FIRST_NONE);
		script_prompt(
		    &script, 1, "Verification code was wrong, 2 tries left");
	}
}

/* A code that has expired is renewed once. */
static void
test_expiry(void **state)
{
	static struct script script;
	const struct script_answer answers[] = { TYPED_AFTER(300000, "111111"),
		TYPED("111111"), TYPED_AFTER(300000, "111111") };
	struct scripted *s = *state;
	struct login_result result;

	scripted_provider(s, 0, "vonage-verify", "one");
	s->conf.provider[0].expiry_ms = 300000;
	s->facts.first_factor = FIRST_NONE;
	memset(&script, 0, sizeof(script));
	memcpy(script.answer, answers, sizeof(answers));
	scripted_run(s, &script, 1, &result);
	script_prompt(&script, 1, "Verification code expired; new one sent to");
	script_prompt(&script, 2, "Verification code was wrong, 2 tries left");
	assert_int_equal(script.prompts, 4);
	script_prompt(&script, 3, "Time is up. Try again (Enter ends): ");
	assert_int_equal(result.verdict, VERDICT_DENY);
}

/* A decoy of this shape, with every method allowed; what is typed. */
static void
of_shape(struct scripted *s, const char *shape, struct script *script,
    const struct script_answer *answers, size_t count,
    struct login_result *result)
{
	assert_int_equal(decoy_shape_write(s->dir, shape), 0);
	scripted_provider(s, 0, "vonage-verify", "one");
	s->conf.provider[0].expiry_ms = 300000;
	s->conf.rule_count = 0;
	s->facts.user = "nobody-of-that-name";
	memset(script, 0, sizeof(*script));
	memcpy(script->answer, answers, count * sizeof(answers[0]));
	scripted_run(s, script, 1, result);
	assert_int_equal(script->requests, 0);
	assert_int_equal(result->outcome, LOGIN_DENIED);
	assert_string_equal(reason_word(result->reason), "no-account");
}

/* No network is asked for an app's codes: our own check takes what it took. */
static void
test_app_time(void **state)
{
	static struct script script;
	const struct script_answer answers[] = { TYPED("111111"),
		TYPED("111111"), TYPED("111111") };
	struct scripted *s = *state;
	struct login_result result;
	int64_t begun;

	latency_add(s->dir, LATENCY_START, 5000);
	latency_add(s->dir, LATENCY_CHECK, 5000);
	of_shape(s, "channels=totp,sms keys=phone,totp", &script, answers, 3,
	    &result);
	script_prompt(&script, 0, "Verification code of your app (r code");
	assert_int_equal(result.verdict, VERDICT_MAXTRIES);
	assert_int_equal(script.paused, 0);
	for (int i = 0; i < LATENCY_RING; i++)
		latency_add(s->dir, LATENCY_APP, 1 + 400);
	begun = frame_clock_ms();
	of_shape(s, "channels=totp,sms keys=phone,totp", &script, answers, 3,
	    &result);
	/* what the steps in the state really take is no pause */
	assert_true(script.paused <= 3 * 440);
	assert_true(script.paused + frame_clock_ms() - begun >= 3 * 400);
}

/* A code that has expired twice leads on to the app, as a user's does. */
static void
test_expiry_with_an_app(void **state)
{
	static struct script script;
	const struct script_answer answers[] = { TYPED_AFTER(300000, "111111"),
		TYPED_AFTER(300000, "111111"), TYPED("q") };
	struct scripted *s = *state;
	struct login_result result;

	of_shape(
	    s, "channels=sms keys=phone,totp", &script, answers, 3, &result);
	script_prompt(&script, 1, "Verification code expired; new one sent to");
	script_prompt(&script, 2,
	    "Verification code of your app; no code was sent (q cancel)");
	assert_int_equal(script.prompts, 3);
}

/* Nobody delivers to users of this shape: they are told so at once. */
static void
test_unreachable(void **state)
{
	static struct script script;
	const struct script_answer none[] = { TYPED("q") };
	struct scripted *s = *state;
	struct login_result result;

	of_shape(s, "channels=whatsapp keys=phone", &script, none, 1, &result);
	assert_int_equal(script.prompts, 1);
	script_prompt(&script, 0, "The code could not be sent");
	/* without a shape there is a prompt */
	assert_int_equal(decoy_shape_write(s->dir, "nonsense"), 0);
	s->conf.rule_count = 1;
	s->rule[0].methods = METHOD_BIT(METHOD_VOICE);
	script.answer[0] = none[0];
	script.prompts = 0;
	scripted_run(s, &script, 1, &result);
	script_prompt(&script, 0, "Verification code sent to");
}

/* A real one is cancelled, which takes its time. */
static void
test_quit_time(void **state)
{
	static struct script script;
	const struct script_answer answers[] = { TYPED("") };
	struct scripted *s = *state;
	struct login_result result;

	s->facts.first_factor = FIRST_PASSWORD_SEEN;
	of_shape(s, DECOY_SHAPE_DEFAULT, &script, answers, 0, &result);
	script.answer[0] = (struct script_answer)TYPED("q");
	script.paused = 0;
	script.prompts = script.said = 0;
	scripted_run(s, &script, 1, &result);
	assert_in_range(script.paused, 315 + 225, 385 + 275);
	assert_string_equal(script.line[0], "Cancelled.");
}

/* A name may be the text by which the state has a number, under the same key:
 * what is shown tells nobody which of its rows that number has. */
static void
test_name_of_a_number(void **state)
{
	static struct script script;
	struct scripted *s = *state;
	unsigned char key[HOST_KEY_LEN], mac[32];
	char name[HOST_KEY_TEXT], number[] = "+447700900120", digits[5] = "";
	struct login_result result;
	unsigned same = 0;

	scripted_provider(s, 0, "vonage-verify", "one");
	for (int n = 0; n < 3; n++, number[12]++) {
		assert_true(sha256_of(number, strlen(number), mac));
		hex_text(mac, sizeof(mac), name);
		s->facts.user = name;
		memset(&script, 0, sizeof(script));
		scripted_run(s, &script, 1, &result);
		assert_int_equal(host_key_read_existing(s->dir, key), 0);
		host_key_hmac(key, name, mac);
		for (int i = 0; i < 4; i++)
			digits[i] = (char)('0' + mac[5 + i] % 10);
		script_prompt(&script, 0, "sent to +44 ***-***-");
		same += strstr(script.prompt[0], digits) != NULL;
	}
	assert_true(same < 3);
}

static int
setup(void **state)
{
	static const char *prefix = "+447";
	struct scripted *s;

	if (scripted_setup(state) != 0)
		return -1;
	s = *state;
	scripted_unlimited(s);
	s->answer = give;
	s->left_ms = 280000;
	s->conf.allowed_prefixes = (struct text_list){ 1, &prefix };
	/* no other method takes over */
	s->conf.rule_count = 1;
	s->rule[0] = (struct rule){ .action = ACTION_REQUIRE,
		.methods = METHOD_BIT(METHOD_SMS),
		.on_outage = OUTAGE_UNSET };
	scripted_user(s,
	    "phone = \"" SAMPLE_PHONE "\"; authy_id = \"" SAMPLE_AUTHY_ID
	    "\";\n");
	return 0;
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, scripted_teardown)

UNIT_TESTS(test_decoy)
{
	const struct CMUnitTest tests[] = {
		TEST(test_every_type),
		TEST(test_steps),
		TEST(test_fewer_tries),
		TEST(test_vendors_tries),
		TEST(test_first_of_codes),
		TEST(test_expiry),
		TEST(test_app_time),
		TEST(test_expiry_with_an_app),
		TEST(test_unreachable),
		TEST(test_quit_time),
		TEST(test_name_of_a_number),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
