/* SPDX-License-Identifier: BSD-2-Clause */
/* Whole logins on a script: verdicts, prompts, and what the provider is asked.
 */
#include "tests/support/logins/scripted.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "helper/store/store.h"
#include "tests/support/plain_claims.h"
#include "tests/support/unit_tests.h"

static struct login_result result;

static void
expect(struct scripted *s, struct script *script, enum frame_verdict verdict,
    const char *reason)
{
	scripted_expect(s, script, verdict, reason, &result);
}

static void
assert_sent(const struct script *script, unsigned n, const char *words)
{
	assert_true(n < script->requests);
	if (strstr(script->sent[n], words) == NULL)
		fail_msg(
		    "request %u: '%s' has no '%s'", n, script->sent[n], words);
}

static void
test_right_code(void **state)
{
	struct script script = { .reply = { START_OK, CHECK_OK },
		.answer = { TYPED("123 456") } };

	expect(*state, &script, VERDICT_ALLOW, NULL);
	assert_int_equal(script.requests, 2);
	assert_sent(&script, 0, "number=447700900123");
	assert_sent(&script, 0, "workflow_id=6");
	assert_sent(&script, 1, "code=123456");
	assert_sent(&script, 1, "request_id=" SCRIPT_ID);
	assert_string_equal(script.prompt[0],
	    "Verification code sent to +44 ***-***-0123 by SMS "
	    "(r resend, v call, q cancel): ");
	assert_int_equal(result.outcome, LOGIN_ALLOWED);
	assert_int_equal(result.tries, 1);
	assert_string_equal(result.provider, "vonage");
	assert_string_equal(result.request, SCRIPT_ID);
	assert_int_equal(result.method, METHOD_SMS);
}

static void
test_wrong_then_right(void **state)
{
	struct script script = { .reply = { START_OK, CHECK_STATUS("16"),
				     CHECK_STATUS("16"), CHECK_OK },
		.answer = {
		    TYPED("111111"), TYPED("222222"), TYPED("333333") } };

	expect(*state, &script, VERDICT_ALLOW, NULL);
	script_prompt(&script, 1, "Verification code was wrong, 2 tries left");
	script_prompt(&script, 2, "Verification code was wrong, 1 try left");
	assert_int_equal(result.tries, 3);
}

static void
test_wrong_to_the_limit(void **state)
{
	struct script script = { .reply = { START_OK, CHECK_STATUS("16"),
				     CHECK_STATUS("16"), CHECK_STATUS("17") },
		.answer = {
		    TYPED("111111"), TYPED("222222"), TYPED("333333") } };
	struct script again = { .requests = 0 };

	expect(*state, &script, VERDICT_MAXTRIES, "wrong-codes");
	assert_int_equal(script.requests, 4);
	/* the next run of the stack: no message, no question */
	expect(*state, &again, VERDICT_MAXTRIES, "spent");
	assert_int_equal(again.requests, 0);
	assert_int_equal(again.prompts, 1);
	script_prompt(&again, 0, "(Enter ends): ");
}

/* A minute later another message may go out. */
static void
test_spent_ends(void **state)
{
	struct scripted *s = *state;
	struct script script = { .reply = { START_OK, CHECK_STATUS("17") },
		.answer = { TYPED("111111") } };
	struct script again = { .reply = { START_OK_2, CHECK_OK_2 },
		.answer = { TYPED("222222") } };

	expect(s, &script, VERDICT_MAXTRIES, "wrong-codes");
	s->clock += STORE_SPENT_MS + 1;
	expect(s, &again, VERDICT_ALLOW, NULL);
}

/* Our own limit, while the vendor still holds the verification open: it would
 * refuse another until this one expires, so that is what the person is told. */
static void
test_own_limit_waits_for_vendor(void **state)
{
	struct scripted *s = *state;
	struct script script = { .reply = { START_OK, CHECK_STATUS("16") },
		.answer = { TYPED("111111") } };
	struct script early = { .requests = 0 };
	struct script late = { .reply = { START_OK_2, CHECK_OK_2 },
		.answer = { TYPED("222222") } };

	s->conf.wrong_codes_per_login = 1;
	expect(s, &script, VERDICT_MAXTRIES, "wrong-codes");
	script_prompt(&script, 1,
	    "Too many wrong codes. Wait 5 min before you log in again "
	    "(Enter ends): ");
	s->clock += 299999;
	expect(s, &early, VERDICT_MAXTRIES, "spent");
	assert_int_equal(early.requests, 0);
	script_prompt(&early, 0,
	    "Too many wrong codes. Wait 1 s before you log in again (");
	s->clock += 1;
	expect(s, &late, VERDICT_ALLOW, NULL);
}

static void
test_limit_of_settings(void **state)
{
	struct scripted *s = *state;
	struct script script = { .reply = { START_OK, CHECK_STATUS("16") },
		.answer = { TYPED("111111") } };

	s->conf.wrong_codes_per_login = 1;
	expect(s, &script, VERDICT_MAXTRIES, "wrong-codes");
}

/* The vendor's cap holds when the settings allow more. */
static void
test_limit_of_vendor(void **state)
{
	struct scripted *s = *state;
	struct script script = { .reply = { START_OK, CHECK_STATUS("16"),
				     CHECK_STATUS("16"), CHECK_STATUS("16") },
		.answer = {
		    TYPED("111111"), TYPED("222222"), TYPED("333333") } };

	s->conf.wrong_codes_per_login = 5;
	expect(s, &script, VERDICT_MAXTRIES, "wrong-codes");
}

static void
test_one_count_over_runs(void **state)
{
	struct script first = { .reply = { START_OK, CHECK_STATUS("16") },
		.answer = {
		    TYPED("111111"), { 0, UI_NO_ANSWER, NULL, NULL } } };
	struct script second = { .reply = { CHECK_STATUS("16"),
				     CHECK_STATUS("16") },
		.answer = {
		    { 40000, UI_ANSWER, "222222", NULL }, TYPED("333333") } };

	expect(*state, &first, VERDICT_CONV_ERR, "no-answer");
	((struct scripted *)*state)->clock += 40000;
	expect(*state, &second, VERDICT_MAXTRIES, "wrong-codes");
	script_prompt(&second, 0,
	    "already sent to +44 ***-***-0123 by SMS "
	    "40 s ago");
	script_prompt(&second, 1, "1 try left");
}

static void
test_malformed(void **state)
{
	char long_text[UI_ANSWER_MAX + 1];
	struct script script = { .reply = { START_OK },
		.answer = { TYPED(""), TYPED("123"), TYPED("abcdef"),
		    TYPED("\xd9\xa1\xd9\xa2\xd9\xa3"), TYPED(long_text),
		    { 0, UI_PASSWORD_SEEN, NULL, NULL } } };

	memset(long_text, '1', sizeof(long_text) - 1);
	long_text[sizeof(long_text) - 1] = '\0';
	expect(*state, &script, VERDICT_CONV_ERR, "password-as-code");
	assert_int_equal(script.requests, 1);
	script_prompt(&script, 1, "Verification code has 6 digits");
	script_prompt(&script, 5, "Verification code has 6 digits");
}

static void
test_prompts_end(void **state)
{
	struct scripted *s = *state;
	struct script script = { .reply = { START_OK },
		.answer = { TYPED(""), TYPED(""), TYPED("") } };

	s->conf.prompts_per_login = 3;
	expect(s, &script, VERDICT_MAXTRIES, "prompts");
	assert_int_equal(script.requests, 1);
}

static void
test_resend_too_early(void **state)
{
	struct script script = { .reply = { START_OK, CHECK_OK },
		.answer = { TYPED_AFTER(8000, "r"), TYPED("123456") } };

	expect(*state, &script, VERDICT_ALLOW, NULL);
	script_prompt(
	    &script, 1, "Verification code: wait 24 s, then ask again");
	assert_int_equal(script.requests, 2);
}

static void
test_resend(void **state)
{
	struct script script = { .reply = { START_OK, CANCEL_OK, START_OK_2,
				     CHECK_OK_2 },
		.answer = { TYPED_AFTER(32000, "r"), TYPED("123456") } };

	expect(*state, &script, VERDICT_ALLOW, NULL);
	assert_sent(&script, 1, "cmd=cancel");
	assert_sent(&script, 1, "request_id=" SCRIPT_ID);
	assert_sent(&script, 3, "request_id=second");
	script_prompt(&script, 1,
	    "Verification code: new one sent to +44 ***-***-0123 by SMS");
	assert_string_equal(result.request, "second");
}

static void
test_call(void **state)
{
	struct script script = { .reply = { START_OK, CANCEL_OK, START_OK_2,
				     CHECK_OK_2 },
		.answer = { TYPED_AFTER(32000, "v"), TYPED("123456") } };

	expect(*state, &script, VERDICT_ALLOW, NULL);
	assert_sent(&script, 2, "workflow_id=7");
	script_prompt(&script, 1,
	    "Verification code: calling +44 ***-***-0123 now (r call again");
	assert_int_equal(result.method, METHOD_VOICE);
}

static void
test_cancel_refused(void **state)
{
	struct script script = { .reply = { START_OK, CANCEL_STATUS("19"),
				     CHECK_OK },
		.answer = {
		    TYPED_AFTER(32000, "r"), TYPED("r"), TYPED("123456") } };

	expect(*state, &script, VERDICT_ALLOW, NULL);
	script_prompt(&script, 1, "Verification code: wait 30 s");
	script_prompt(&script, 2, "Verification code: wait 30 s");
	assert_int_equal(script.requests, 3);
}

static void
test_cancel_unanswered(void **state)
{
	struct script script = {
		.reply = { START_OK,
		    { "/verify/control/json", HTTP_UNKNOWN, 0, NULL, NULL },
		    CHECK_OK },
		.answer = { TYPED_AFTER(32000, "r"), TYPED("123456") }
	};

	expect(*state, &script, VERDICT_ALLOW, NULL);
	script_prompt(&script, 1, "Verification code: wait 30 s");
}

static void
test_start_fails_after_cancel(void **state)
{
	struct script script = { .reply = { START_OK, CANCEL_OK,
				     START_STATUS("9") },
		.answer = { TYPED_AFTER(32000, "r") } };

	expect(*state, &script, VERDICT_DENY, "account");
}

static void
test_no_call_without_channel(void **state)
{
	struct scripted *s = *state;
	struct script script = { .reply = { START_OK, CHECK_OK },
		.answer = { TYPED_AFTER(32000, "v"), TYPED("123456") } };

	scripted_user(s, "phone = \"+447700900123\";\n");
	expect(s, &script, VERDICT_ALLOW, NULL);
	assert_null(strstr(script.prompt[0], "v call"));
	script_prompt(&script, 1,
	    "Verification code wanted; that key does not work here");
}

/* A key that can only work after the deadline is not offered. */
static void
test_keys_within_deadline(void **state)
{
	struct scripted *s = *state;
	struct script script = { .reply = { START_OK, CHECK_OK },
		.answer = { TYPED("123456") } };

	s->left_ms = 20000;
	expect(s, &script, VERDICT_ALLOW, NULL);
	assert_string_equal(script.prompt[0],
	    "Verification code sent to +44 ***-***-0123 by SMS (q cancel): ");
}

static void
test_quit(void **state)
{
	struct script script = { .reply = { START_OK, CANCEL_OK },
		.answer = { TYPED_AFTER(32000, "q") } };
	struct script next = { .reply = { START_OK_2, CHECK_OK_2 },
		.answer = { TYPED("1 23456") } };

	expect(*state, &script, VERDICT_MAXTRIES, "cancelled");
	expect(*state, &next, VERDICT_ALLOW, NULL);
}

/* Refused by the vendor: the code stays, and the next login joins. */
static void
test_quit_refused(void **state)
{
	struct script script = { .reply = { START_OK, CANCEL_STATUS("19") },
		.answer = { TYPED("q") } };
	struct script next = { .reply = { CHECK_OK },
		.answer = { TYPED("123456") } };

	expect(*state, &script, VERDICT_MAXTRIES, "cancelled");
	expect(*state, &next, VERDICT_ALLOW, NULL);
	script_prompt(&next, 0, "already sent");
}

static struct scripted *other_state;
static struct login_result other_result;

static void
other_joins(void)
{
	struct script script = { .answer = { { 0, UI_GONE, NULL, NULL } } };

	scripted_run(other_state, &script, 2, &other_result);
	assert_int_equal(script.requests, 0);
}

/* Somebody joined: q leaves theirs alone. */
static void
test_quit_joined(void **state)
{
	struct script script = { .reply = { START_OK },
		.answer = { { 32000, UI_ANSWER, "q", other_joins } } };

	other_state = *state;
	expect(*state, &script, VERDICT_MAXTRIES, "cancelled");
	assert_int_equal(script.requests, 1);
}

static int64_t
spent(const struct scripted *s)
{
	int64_t day, month;
	struct store *store = scripted_store(s);
	unsigned sends, sends_day;

	assert_int_equal(
	    store_totals_read(store, &sends, &sends_day, &day, &month), 0);
	store_close(store);
	assert_int_equal(sends, 1);
	return day;
}

/* What the vendor charged is booked, whoever types the code. */
static void
test_price_of_joined(void **state)
{
	struct scripted *s = *state;
	struct script first = { .reply = { START_OK },
		.answer = { { 0, UI_GONE, NULL, NULL } } };
	struct script second = {
		.reply = { REPLY("/verify/check/json",
		    "{\"request_id\":\"" SCRIPT_ID "\",\"status\":\"0\","
		    "\"price\":\"0.10000000\","
		    "\"estimated_price_messages_sent\":\"0.03330000\"}") },
		.answer = { TYPED("123456") }
	};

	s->conf.sends.price = 50000;
	scripted_run(s, &first, 1, &result);
	assert_true(spent(s) == 50000);
	scripted_run(s, &second, 2, &result);
	assert_int_equal(result.verdict, VERDICT_ALLOW);
	assert_int_equal(second.requests, 1);
	assert_true(spent(s) == 133300);
}

static void
other_takes_it(void)
{
	struct script script = { .reply = { CHECK_OK },
		.answer = { TYPED("123456") } };

	scripted_run(other_state, &script, 2, &other_result);
}

/* The same right code in two sessions: one is let in. */
static void
test_one_of_two(void **state)
{
	struct script script = { .reply = { START_OK, START_OK_2, CHECK_OK_2 },
		.answer = { { 0, UI_ANSWER, "123456", other_takes_it },
		    TYPED("123456"), TYPED("r"), TYPED_AFTER(32000, "r"),
		    TYPED("123456") } };

	other_state = *state;
	expect(*state, &script, VERDICT_ALLOW, NULL);
	assert_int_equal(other_result.verdict, VERDICT_ALLOW);
	/* no sooner than r would have it; and till then nothing is asked */
	script_prompt(&script, 1,
	    "Verification code used by another login: wait 32 s, then ask "
	    "again (r resend, q cancel): ");
	script_prompt(
	    &script, 2, "Verification code: wait 32 s, then ask again");
	script_prompt(
	    &script, 3, "Verification code: wait 32 s, then ask again");
	script_prompt(&script, 4, "Verification code sent to ");
	assert_int_equal(result.tries, 1);
	assert_int_equal(script.requests, 3);
}

/* Later than that it is sent at once. */
static void
test_one_of_two_later(void **state)
{
	struct script script = { .reply = { START_OK, START_OK_2, CHECK_OK_2 },
		.answer = { { 32000, UI_ANSWER, "123456", other_takes_it },
		    TYPED("123456") } };

	other_state = *state;
	expect(*state, &script, VERDICT_ALLOW, NULL);
	script_prompt(&script, 1,
	    "Verification code used by another login; new one sent to +44 "
	    "***-***-");
}

/* There is no time for another message. */
static void
test_one_of_two_too_late(void **state)
{
	struct scripted *s = *state;
	struct script script = { .reply = { START_OK },
		.answer = { { 0, UI_ANSWER, "123456", other_takes_it } } };

	other_state = s;
	s->left_ms = 20000;
	expect(*state, &script, VERDICT_DENY, "used");
	assert_int_equal(script.requests, 1);
}

/* The same, while our own check is on its way. Even a provider that says yes
 * twice lets in one. */
static void
test_one_of_two_at_once(void **state)
{
	struct script script = { .reply = { START_OK, CHECK_OK },
		.answer = { TYPED("123456"), TYPED("q") } };

	script.reply[1].meanwhile = other_takes_it;
	other_state = *state;
	expect(*state, &script, VERDICT_MAXTRIES, "cancelled");
	script_prompt(
	    &script, 1, "Verification code used by another login: wait 32 s");
	assert_int_equal(script.requests, 2);
	assert_int_equal(other_result.verdict, VERDICT_ALLOW);
}

static void
other_uses_up_tries(void)
{
	struct script script = { .reply = { CHECK_STATUS("16"),
				     CHECK_STATUS("17") },
		.answer = { TYPED("111111"), TYPED("222222") } };

	scripted_run(other_state, &script, 2, &other_result);
}

/* The right code was counted within the limit, and the provider says yes: that
 * another session ended the verification meanwhile takes nothing away. */
/* "Begun" and "right" are the same words at Verify v1: the start's own reply,
 * heard twice, lets nobody in. */
static void
test_start_reply_again(void **state)
{
	struct script script = { .reply = { START_OK,
				     REPLY("/verify/check/json",
					 "{\"request_id\":\"" SCRIPT_ID
					 "\",\"status\":\"0\"}") },
		.answer = { TYPED("000000") } };

	expect(*state, &script, VERDICT_DENY, "ended");
	assert_int_equal(script.requests, 2);
}

static void
test_right_while_spent(void **state)
{
	struct script script = { .reply = { START_OK, CHECK_OK },
		.answer = { TYPED("123456") } };

	script.reply[1].meanwhile = other_uses_up_tries;
	other_state = *state;
	expect(*state, &script, VERDICT_ALLOW, NULL);
	assert_int_equal(other_result.verdict, VERDICT_MAXTRIES);
}

static void
other_resends(void)
{
	struct script script = { .reply = { CANCEL_OK, START_OK_2 },
		.answer = { TYPED("r"), { 0, UI_GONE, NULL, NULL } } };

	scripted_run(other_state, &script, 2, &other_result);
	assert_int_equal(script.requests, 2);
}

/* Another session replaced the code: the newest id is checked. */
static void
test_id_replaced(void **state)
{
	struct script script = { .reply = { START_OK, CHECK_OK_2 },
		.answer = { { 32000, UI_ANSWER, "123456", other_resends } } };

	other_state = *state;
	expect(*state, &script, VERDICT_ALLOW, NULL);
	assert_sent(&script, 1, "request_id=second");
}

/* A check of the old id ends after another session has replaced it: the new
 * code is not harmed. */
static void
test_stale_check(void **state)
{
	struct script script = { .reply = { START_OK, CHECK_STATUS("6") },
		.answer = {
		    { 32000, UI_ANSWER, "123456", NULL }, TYPED("222222") } };

	script.reply[1].meanwhile = other_resends;
	script.reply[2] = (struct script_reply)CHECK_OK_2;
	other_state = *state;
	expect(*state, &script, VERDICT_ALLOW, NULL);
	script_prompt(&script, 1,
	    "Verification code used by another login; new one sent by SMS 0 s "
	    "ago");
}

/* What a right code of another session does between our cancel and start. */
static void
take_row(void)
{
	struct store *store = scripted_store(other_state);

	assert_int_equal(
	    plain_finish(store, scripted_newest(other_state), SCRIPT_ID), 1);
	store_close(store);
}

static void
test_resend_after_right(void **state)
{
	struct script script = { .reply = { START_OK, CANCEL_STATUS("6"),
				     START_OK_2, CHECK_OK_2 },
		.answer = { TYPED_AFTER(32000, "r"), TYPED("123456") } };

	script.reply[1].meanwhile = take_row;
	other_state = *state;
	expect(*state, &script, VERDICT_ALLOW, NULL);
	script_prompt(&script, 1,
	    "Verification code used by another login; new one sent to ");
}

/* sshd has refused this user and hides what is typed. */
static void
test_answers_refused(void **state)
{
	struct script script = { .reply = { START_OK },
		.answer = { TYPED("\b\n\r\177IN") } };

	expect(*state, &script, VERDICT_MAXTRIES, "answers-refused");
	assert_int_equal(script.requests, 1);
}

/* A terminal's Backspace on an empty line may be a character of the answer. */
static void
test_backspace(void **state)
{
	struct script script = { .reply = { START_OK, CHECK_OK },
		.answer = { TYPED("\b123456"), TYPED("\b"), TYPED("123456") } };
	struct scripted *s = *state;

	s->facts.service = "su";
	expect(s, &script, VERDICT_ALLOW, NULL);
	script_prompt(&script, 1, "Verification code has 6 digits");
	script_prompt(&script, 2, "Verification code has 6 digits");
}

/* Without a first factor every answer counts by its length alone, since sshd
 * may have replaced it: for everybody, whoever exists. */
static void
test_decoy(void **state)
{
	static const char *const names[] = { NULL, "nobody-of-that-name" };
	struct scripted *s = *state;
	size_t i;

	s->facts.first_factor = FIRST_NONE;
	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		struct script script = { .answer = { TYPED("q"), TYPED("v"),
					     TYPED("abc"), TYPED("abcdef"),
					     TYPED("\b\n\r\177IN"),
					     TYPED("123456") } };

		if (names[i] != NULL)
			s->facts.user = names[i];
		expect(s, &script, VERDICT_MAXTRIES,
		    names[i] == NULL ? "no-first-factor" : "no-account");
		assert_int_equal(script.requests, 0);
		script_prompt(&script, 1, "Verification code: wait 32 s");
		script_prompt(&script, 2, "Verification code: wait 32 s");
		script_prompt(&script, 3, "Verification code has 6 digits");
		script_prompt(
		    &script, 4, "Verification code was wrong, 2 tries left");
		script_prompt(
		    &script, 5, "Verification code was wrong, 1 try left");
		script_prompt(&script, 6,
		    "Too many wrong codes. Wait 60 s before you log in again");
	}
}

static void
test_expired(void **state)
{
	struct script script = { .reply = { START_OK, START_OK_2, CHECK_OK_2 },
		.answer = { TYPED_AFTER(300001, "123456"), TYPED("222222") } };

	expect(*state, &script, VERDICT_ALLOW, NULL);
	script_prompt(&script, 1, "Verification code expired; new one sent to");
}

static void
test_expired_twice(void **state)
{
	struct script script = { .reply = { START_OK, START_OK_2 },
		.answer = { TYPED_AFTER(300001, "123456"),
		    TYPED_AFTER(300001, "222222") } };

	expect(*state, &script, VERDICT_DENY, "expired");
}

/* Gone at the vendor before our own deadline is no expiry. */
static void
test_gone_early(void **state)
{
	struct script script = { .reply = { START_OK, CHECK_STATUS("6") },
		.answer = { TYPED("123456") } };

	expect(*state, &script, VERDICT_DENY, "ended");
}

static void
test_foreign_id(void **state)
{
	struct script script = { .reply = { START_OK, CHECK_OK_2 },
		.answer = { TYPED("123456") } };

	expect(*state, &script, VERDICT_DENY, "ended");
}

static void
test_ends_of_asking(void **state)
{
	static const struct {
		enum ui_result ui;
		enum frame_verdict verdict;
		const char *reason;
	} rows[] = {
		{ UI_TIMEOUT, VERDICT_DENY, "deadline" },
		{ UI_GONE, VERDICT_DENY, "peer-gone" },
		{ UI_NO_ANSWER, VERDICT_CONV_ERR, "no-answer" },
		{ UI_PASSWORD_SEEN, VERDICT_CONV_ERR, "password-as-code" },
	};
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct script script = { .reply = { START_OK },
			.answer = { { 0, rows[i].ui, NULL, NULL } } };

		if (i > 0)
			script.reply[0].path = NULL; /* joined */
		expect(*state, &script, rows[i].verdict, rows[i].reason);
	}
}

/* Each class of a check that is neither right nor wrong. */
static void
test_check_outcomes(void **state)
{
	static const struct {
		struct script_reply reply;
		const char *reason;
		unsigned tries; /* what the next login finds counted */
	} rows[] = {
		{ CHECK_STATUS("2"), "config", 0 },
		{ CHECK_STATUS("4"), "config", 0 },
		{ CHECK_STATUS("9"), "account", 0 },
		{ CHECK_STATUS("5"), "transient", 1 },
		{ { "/verify/check/json", HTTP_UNKNOWN, 0, NULL, NULL },
		    "transient", 1 },
		{ { "/verify/check/json", HTTP_NOT_SENT, 0, NULL, NULL },
		    "transient", 0 },
		{ { "/verify/check/json", HTTP_CERTIFICATE, 0, NULL, NULL },
		    "config", 0 },
		{ { "/verify/check/json", HTTP_LOCAL, 0, NULL, NULL }, "config",
		    0 },
		{ { "/verify/check/json", HTTP_REPLIED, 502, "<html>", NULL },
		    "transient", 1 },
		{ { "/verify/check/json", HTTP_REPLIED, 200, "", NULL },
		    "transient", 1 },
	};
	struct scripted *s = *state;
	size_t i;

	scripted_unlimited(s);
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct script script = { .reply = { START_OK, rows[i].reply },
			.answer = { TYPED("123456") } };
		struct script next = { .reply = { CHECK_STATUS("16") },
			.answer = { TYPED("1 2 3 4 5 6"),
			    { 0, UI_GONE, NULL, NULL } } };

		expect(s, &script, VERDICT_DENY, rows[i].reason);
		/* the row stays joinable, with this many tries */
		expect(s, &next, VERDICT_DENY, "peer-gone");
		script_prompt(&next, 1,
		    rows[i].tries == 0 ? "2 tries left" : "1 try left");
		s->clock += 3600000;
	}
}

static void
test_check_throttled_once(void **state)
{
	struct script script = { .reply = { START_OK, CHECK_STATUS("1"),
				     CHECK_OK },
		.answer = { TYPED("123456") } };

	expect(*state, &script, VERDICT_ALLOW, NULL);
	assert_int_equal(script.paused, 2000);
	assert_int_equal(result.tries, 1);
}

static void
test_check_throttled_twice(void **state)
{
	struct script script = { .reply = { START_OK, CHECK_STATUS("1"),
				     CHECK_STATUS("1") },
		.answer = { TYPED("123456") } };

	expect(*state, &script, VERDICT_DENY, "throttle");
}

static void
add_second_provider(struct scripted *s)
{
	s->conf.provider[1] = s->conf.provider[0];
	s->conf.provider[1].name = "second";
	s->conf.provider_count = 2;
}

/* What a start's outcome lets happen at the next provider. */
static void
test_start_outcomes(void **state)
{
	static const struct {
		struct script_reply reply;
		bool failover;
		bool retried;
		const char *reason; /* with no provider left */
	} rows[] = {
		{ START_STATUS("1"), true, true, "throttle" },
		{ START_STATUS("2"), true, false, "config" },
		{ START_STATUS("4"), true, false, "config" },
		{ START_STATUS("5"), true, false, "transient" },
		{ START_STATUS("7"), false, false, "fraud" },
		{ START_STATUS("8"), true, false, "account" },
		{ START_STATUS("10"), true, false, "inflight" },
		{ { "/verify/json", HTTP_NOT_SENT, 0, NULL, NULL }, true, false,
		    "transient" },
		{ { "/verify/json", HTTP_UNKNOWN, 0, NULL, NULL }, true, false,
		    "transient" },
		{ { "/verify/json", HTTP_CERTIFICATE, 0, NULL, NULL }, true,
		    false, "config" },
		{ { "/verify/json", HTTP_LOCAL, 0, NULL, NULL }, true, false,
		    "config" },
		{ { "/verify/json", HTTP_REPLIED, 502, "<html>", NULL }, true,
		    false, "transient" },
	};
	struct scripted *s = *state;
	size_t i;
	unsigned n;

	scripted_unlimited(s);
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct script alone = { .reply = { rows[i].reply,
					    rows[i].reply },
			.answer = { TYPED("123456") } };
		struct script two = { .reply = { rows[i].reply, rows[i].reply },
			.answer = { TYPED("123456") } };

		s->conf.provider_count = 1;
		expect(s, &alone, VERDICT_DENY, rows[i].reason);
		assert_int_equal(alone.requests, rows[i].retried ? 2 : 1);
		assert_int_equal(alone.prompts, 1);
		s->clock += 3600000;
		add_second_provider(s);
		n = rows[i].retried ? 2 : 1;
		if (rows[i].failover) {
			two.reply[n++] = (struct script_reply)START_OK;
			two.reply[n++] = (struct script_reply)CHECK_OK;
			expect(s, &two, VERDICT_ALLOW, NULL);
			assert_string_equal(result.provider, "second");
		} else {
			expect(s, &two, VERDICT_DENY, rows[i].reason);
		}
		assert_int_equal(two.requests, n);
		s->clock += 3600000;
	}
}

static void
test_no_failover_after_unknown(void **state)
{
	struct scripted *s = *state;
	struct script script = {
		.reply = { { "/verify/json", HTTP_UNKNOWN, 0, NULL, NULL } },
		.answer = { TYPED("123456") }
	};

	add_second_provider(s);
	s->conf.failover_after_unknown = false;
	expect(s, &script, VERDICT_DENY, "transient");
	assert_int_equal(script.requests, 1);
}

/* The number was refused for SMS: the call is tried, and nothing after it. */
static void
test_number_refused(void **state)
{
	struct script script = { .reply = { START_STATUS("15"),
				     START_STATUS("15") },
		.answer = { TYPED("123456") } };

	expect(*state, &script, VERDICT_DENY, "number");
	assert_sent(&script, 1, "workflow_id=7");
}

/* A login with an unanswered start behind it asks another provider, and does
 * not send at the same one for a minute. */
static void
test_unknown_start_waits(void **state)
{
	struct scripted *s = *state;
	struct script lost = {
		.reply = { { "/verify/json", HTTP_UNKNOWN, 0, NULL, NULL } },
		.answer = { TYPED("123456") }
	};
	struct script soon = { .requests = 0 };
	struct script later = { .reply = { START_OK, CHECK_OK },
		.answer = { TYPED("123456") } };

	expect(s, &lost, VERDICT_DENY, "transient");
	expect(s, &soon, VERDICT_DENY, "transient");
	assert_int_equal(soon.requests, 0);
	s->clock += STORE_UNKNOWN_MS + 1;
	expect(s, &later, VERDICT_ALLOW, NULL);
}

/* A helper that was killed in the middle of its start is not waited for. */
static void
test_starter_died(void **state)
{
	const struct store_key key = { NULL, "+447700900123", "vonage",
		"vonage-verify", { NULL } };
	struct scripted *s = *state;
	struct store_key mine = key;
	struct store *store = scripted_store_as(s, 77);
	struct script soon = { .requests = 0 };
	struct script later = { .reply = { START_OK, CHECK_OK },
		.answer = { TYPED("123456") } };
	struct store_row row;

	mine.user = s->user;
	assert_int_equal(
	    store_claim(store, &mine, METHOD_ALL, METHOD_SMS, 55000, &row),
	    CLAIM_NEW);
	store_close(store);
	s->dead = 77;
	expect(s, &soon, VERDICT_DENY, "transient");
	assert_int_equal(soon.paused, 0);
	s->clock += STORE_UNKNOWN_MS + 1;
	expect(s, &later, VERDICT_ALLOW, NULL);
}

/* Nor does another user's start keep the number for longer than that. */
static void
test_another_starter_dead(void **state)
{
	const struct store_key key = { "another", "+447700900123", "vonage",
		"vonage-verify", { NULL } };
	struct scripted *s = *state;
	struct store *store = scripted_store_as(s, 77);
	struct script soon = { .requests = 0 };
	struct script later = { .reply = { START_OK, CHECK_OK },
		.answer = { TYPED("123456") } };
	struct store_row row;

	assert_int_equal(
	    store_claim(store, &key, METHOD_ALL, METHOD_SMS, 55000, &row),
	    CLAIM_NEW);
	store_close(store);
	s->dead = 77;
	expect(s, &soon, VERDICT_DENY, "number-busy");
	assert_int_equal(soon.paused, 0);
	s->clock += STORE_UNKNOWN_MS + 1;
	expect(s, &later, VERDICT_ALLOW, NULL);
}

static struct scripted *world;

static void
starting(int64_t session)
{
	struct store *store = scripted_store_as(world, session);
	const struct store_key key = { world->user, "+447700900123", "vonage",
		"vonage-verify", { NULL } };
	struct store_row row;

	assert_int_equal(
	    store_claim(store, &key, METHOD_ALL, METHOD_SMS, 55000, &row),
	    CLAIM_NEW);
	store_close(store);
}

/* Session 77 gives its start up and ends, and session 88 begins one. */
static void
another_goes_on(void)
{
	struct store *store = scripted_store_as(world, 77);

	world->at_look = NULL;
	assert_int_equal(
	    store_row_remove_unsent(store, scripted_newest(world)), 0);
	store_close(store);
	world->dead = 77;
	starting(88);
}

/* A start of one that lives is waited for, though the one before has ended. */
static void
test_starter_ended(void **state)
{
	struct script script = { .leaves_ms = 2000 };
	struct store_started sent = {
		.request_id = SCRIPT_ID, .method = METHOD_SMS, .life_ms = 300000
	};
	struct script next = { .reply = { CHECK_OK },
		.answer = { TYPED("123456") } };
	struct store *store;

	world = *state;
	starting(77);
	world->at_look = another_goes_on;
	scripted_run(world, &script, 1, &result);
	assert_int_equal(result.verdict, VERDICT_DENY);
	assert_true(script.paused >= 2000);
	store = scripted_store_as(world, 88);
	sent.id = scripted_newest(world);
	assert_int_equal(store_row_set_started(store, &sent), 0);
	store_close(store);
	expect(world, &next, VERDICT_ALLOW, NULL);
}

/* What runs at the second provider is joined there. */
static void
test_join_elsewhere(void **state)
{
	struct scripted *s = *state;
	struct script first = {
		.reply = { { "/verify/json", HTTP_UNKNOWN, 0, NULL, NULL },
		    START_OK },
		.answer = { { 0, UI_NO_ANSWER, NULL, NULL } }
	};
	struct script next = { .reply = { CHECK_OK },
		.answer = { TYPED("123456") } };

	add_second_provider(s);
	expect(s, &first, VERDICT_CONV_ERR, "no-answer");
	expect(s, &next, VERDICT_ALLOW, NULL);
	assert_string_equal(result.provider, "second");
}

static void
test_on_outage(void **state)
{
	static const struct {
		struct script_reply reply;
		enum on_outage on;
		enum frame_verdict verdict;
	} rows[] = {
		{ { "/verify/json", HTTP_NOT_SENT, 0, NULL, NULL }, OUTAGE_DENY,
		    VERDICT_DENY },
		{ { "/verify/json", HTTP_NOT_SENT, 0, NULL, NULL },
		    OUTAGE_OFFLINE, VERDICT_DENY },
		{ { "/verify/json", HTTP_NOT_SENT, 0, NULL, NULL },
		    OUTAGE_ALLOW, VERDICT_ALLOW },
		{ { "/verify/json", HTTP_UNKNOWN, 0, NULL, NULL }, OUTAGE_ALLOW,
		    VERDICT_ALLOW },
		{ { "/verify/json", HTTP_REPLIED, 503, "", NULL }, OUTAGE_ALLOW,
		    VERDICT_ALLOW },
		{ { "/verify/json", HTTP_CERTIFICATE, 0, NULL, NULL },
		    OUTAGE_ALLOW, VERDICT_DENY },
		{ { "/verify/json", HTTP_LOCAL, 0, NULL, NULL }, OUTAGE_ALLOW,
		    VERDICT_DENY },
		{ { "/verify/json", HTTP_REPLIED, 401, "", NULL }, OUTAGE_ALLOW,
		    VERDICT_DENY },
		{ START_STATUS("5"), OUTAGE_ALLOW, VERDICT_ALLOW },
		{ START_STATUS("4"), OUTAGE_ALLOW, VERDICT_DENY },
		{ START_STATUS("7"), OUTAGE_ALLOW, VERDICT_DENY },
		{ START_STATUS("9"), OUTAGE_ALLOW, VERDICT_DENY },
		{ START_STATUS("10"), OUTAGE_ALLOW, VERDICT_DENY },
	};
	struct scripted *s = *state;
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct script script = { .reply = { rows[i].reply },
			.answer = { TYPED("") } };

		s->conf.on_outage = rows[i].on;
		scripted_run(s, &script, 1, &result);
		if (result.verdict != rows[i].verdict)
			fail_msg("row %zu: verdict %d", i, result.verdict);
		if (result.verdict == VERDICT_ALLOW)
			assert_string_equal(
			    reason_word(result.reason), "outage");
		s->clock += 3600000;
	}
}

/* One provider out of reach, the other without credit: no outage. */
static void
test_on_outage_needs_all(void **state)
{
	struct scripted *s = *state;
	struct script script = {
		.reply = { { "/verify/json", HTTP_NOT_SENT, 0, NULL, NULL },
		    START_STATUS("9") },
		.answer = { TYPED("") }
	};
	struct script soon = {
		.reply = { { "/verify/json", HTTP_UNKNOWN, 0, NULL, NULL },
		    { "/verify/json", HTTP_NOT_SENT, 0, NULL, NULL } },
		.answer = { TYPED("") }
	};
	struct script untried = {
		.reply = { { "/verify/json", HTTP_NOT_SENT, 0, NULL, NULL } },
		.answer = { TYPED("") }
	};

	add_second_provider(s);
	s->conf.on_outage = OUTAGE_ALLOW;
	expect(s, &script, VERDICT_DENY, "account");
	s->clock += 3600000;
	expect(s, &soon, VERDICT_ALLOW, "outage");
	/* the first one's start is of unknown fate and was not tried again */
	expect(s, &untried, VERDICT_DENY, "transient");
}

/* The limit after a login in which the first provider's message is of unknown
 * fate: the second passes the limit, and is answered; the first counts for the
 * user, since whoever has that one has not shown it. */
static void
test_unknown_fate_counts(void **state)
{
	const struct script both = {
		.reply = { { "/verify/json", HTTP_UNKNOWN, 0, NULL, NULL },
		    START_OK, CHECK_OK },
		.answer = { TYPED("123456") }
	};
	struct scripted *s = *state;
	struct script script = both, full = { .answer = { TYPED("") } };

	add_second_provider(s);
	s->conf.sends.user_hour = 1;
	expect(s, &script, VERDICT_ALLOW, NULL);
	assert_int_equal(script.requests, 3);
	/* past the minute in which the first is shut */
	s->clock += 120000;
	expect(s, &full, VERDICT_MAXTRIES, "limit");
	s->conf.sends.user_hour = 2;
	script = both;
	expect(s, &script, VERDICT_ALLOW, NULL);
	s->clock += 120000;
	s->conf.sends.user_hour = 1000;
	s->conf.sends.number_day = 2;
	expect(s, &full, VERDICT_MAXTRIES, "limit");
	assert_int_equal(full.requests, 0);
}

static void
test_no_conversation(void **state)
{
	struct scripted *s = *state;
	struct script script = { .requests = 0 };

	s->facts.conversation = false;
	expect(s, &script, VERDICT_CONV_ERR, "no-conversation");
	assert_int_equal(script.requests, 0);
}

static void
test_rehearsal(void **state)
{
	struct scripted *s = *state;
	struct script script = { .reply = { START_OK, CHECK_OK },
		.answer = { TYPED("123456") } };

	snprintf(s->first->scheme, sizeof(s->first->scheme), "http");
	expect(s, &script, VERDICT_ALLOW, NULL);
	script_prompt(&script, 0, "[REHEARSAL] Verification code sent");
}

/* Nothing of ours can be written: denied, and nothing is sent. */
static void
test_state_broken(void **state)
{
	struct scripted *s = *state;
	struct script script = { .requests = 0 };

	assert_int_equal(unlink(s->state), 0);
	assert_int_equal(mkdir(s->state, 0700), 0);
	expect(s, &script, VERDICT_DENY, "state");
	assert_int_equal(script.requests, 0);
}

/* A folder of its own for host.key must be as fit as that of the state. */
static void
test_state_dir_broken(void **state)
{
	struct scripted *s = *state;
	struct script script = { .reply = { START_OK, CHECK_OK },
		.answer = { TYPED("123456") } };
	char path[256];

	snprintf(
	    s->conf.state_dir, sizeof(s->conf.state_dir), "%s/apart", s->dir);
	expect(s, &script, VERDICT_DENY, "state");
	assert_int_equal(mkdir(s->conf.state_dir, 0755), 0);
	expect(s, &script, VERDICT_DENY, "state");
	assert_int_equal(script.requests, 0);
	assert_int_equal(chmod(s->conf.state_dir, 0700), 0);
	script.prompts = 0;
	expect(s, &script, VERDICT_ALLOW, NULL);
	snprintf(path, sizeof(path), "%s/apart/latency", s->dir);
	assert_int_equal(access(path, F_OK), 0);
	snprintf(path, sizeof(path), "%s/latency", s->dir);
	assert_int_equal(access(path, F_OK), -1);
}

#define T(f)                                                                   \
	cmocka_unit_test_setup_teardown(f, scripted_setup, scripted_teardown)

UNIT_TESTS(test_login)
{
	const struct CMUnitTest tests[] = {
		T(test_right_code),
		T(test_wrong_then_right),
		T(test_wrong_to_the_limit),
		T(test_spent_ends),
		T(test_own_limit_waits_for_vendor),
		T(test_limit_of_settings),
		T(test_limit_of_vendor),
		T(test_one_count_over_runs),
		T(test_malformed),
		T(test_prompts_end),
		T(test_resend_too_early),
		T(test_resend),
		T(test_call),
		T(test_cancel_refused),
		T(test_cancel_unanswered),
		T(test_start_fails_after_cancel),
		T(test_no_call_without_channel),
		T(test_keys_within_deadline),
		T(test_quit),
		T(test_quit_refused),
		T(test_quit_joined),
		T(test_price_of_joined),
		T(test_one_of_two),
		T(test_one_of_two_later),
		T(test_one_of_two_too_late),
		T(test_one_of_two_at_once),
		T(test_start_reply_again),
		T(test_right_while_spent),
		T(test_id_replaced),
		T(test_stale_check),
		T(test_resend_after_right),
		T(test_answers_refused),
		T(test_backspace),
		T(test_decoy),
		T(test_expired),
		T(test_expired_twice),
		T(test_gone_early),
		T(test_foreign_id),
		T(test_ends_of_asking),
		T(test_check_outcomes),
		T(test_check_throttled_once),
		T(test_check_throttled_twice),
		T(test_start_outcomes),
		T(test_no_failover_after_unknown),
		T(test_number_refused),
		T(test_unknown_start_waits),
		T(test_starter_died),
		T(test_another_starter_dead),
		T(test_starter_ended),
		T(test_join_elsewhere),
		T(test_on_outage),
		T(test_on_outage_needs_all),
		T(test_no_conversation),
		T(test_unknown_fate_counts),
		T(test_rehearsal),
		T(test_state_broken),
		T(test_state_dir_broken),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
