/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Logins on a script beyond the code by phone: limits, locks, the app,
 * recovery codes, outage and grace.
 */
#include "tests/support/logins/scripted.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "helper/store/store.h"
#include "tests/support/unit_tests.h"

#define RECOVERY "ABCDEFGH234567AB"
#define PHONE "phone = \"+447700900123\"; "

static struct login_result result;

static void
expect(struct scripted *s, struct script *script, enum frame_verdict verdict,
    const char *reason)
{
	scripted_expect(s, script, verdict, reason, &result);
}

static void
with_recovery(const struct scripted *s)
{
	static const char *const codes[] = { RECOVERY, "ZZZZZZZZ22222222" };
	struct store *store = scripted_store(s);

	assert_int_equal(store_recovery_set(store, s->user, codes, 2, NULL), 0);
	store_close(store);
}

/* One wrong code and away: each call counts one guess. */
static void
guess_wrong(struct scripted *s, const char *address)
{
	struct script script = { .reply = { START_OK, CHECK_STATUS("16") },
		.answer = { TYPED("111111"), { 0, UI_GONE, NULL, NULL } } };

	s->facts.ssh_addr = address;
	s->clock += 3600000; /* no verification is left to join */
	scripted_run(s, &script, 1, &result);
	assert_string_equal(reason_word(result.reason), "peer-gone");
	assert_int_equal(script.requests, 2);
}

static void
test_totp_instead_of_phone(void **state)
{
	struct scripted *s = *state;
	char code[7];
	struct script script = { .reply = { START_OK },
		.answer = { TYPED("t"), TYPED(code) } };

	scripted_totp(s, PHONE);
	scripted_totp_code(s, 0, code);
	expect(s, &script, VERDICT_ALLOW, NULL);
	script_prompt(&script, 0, "(r resend, t app, q cancel): ");
	script_prompt(&script, 1,
	    "Verification code of your app (r code by phone, q cancel): ");
	assert_int_equal(result.method, METHOD_TOTP);
	assert_int_equal(script.requests, 1);
}

/* The order of channels decides what is asked for first. */
static void
test_totp_first(void **state)
{
	struct scripted *s = *state;
	char code[7];
	struct script script = { .answer = { TYPED(code) } };

	scripted_totp(s, PHONE "channels = [\"totp\", \"sms\"];");
	scripted_totp_code(s, 0, code);
	expect(s, &script, VERDICT_ALLOW, NULL);
	assert_int_equal(script.requests, 0);
}

static void
test_totp_without_phone(void **state)
{
	struct scripted *s = *state;
	char code[7];
	struct script script = { .answer = { TYPED("r"), TYPED(code) } };

	scripted_totp(s, "");
	scripted_totp_code(s, 0, code);
	expect(s, &script, VERDICT_ALLOW, NULL);
	assert_string_equal(
	    script.prompt[0], "Verification code of your app (q cancel): ");
	script_prompt(&script, 1,
	    "Verification code wanted; that key does not work here");
}

/* From the app to the phone, and back to the same code. */
static void
test_totp_then_phone(void **state)
{
	struct scripted *s = *state;
	struct script script = { .reply = { START_OK, CHECK_OK },
		.answer = {
		    TYPED("r"), TYPED("t"), TYPED("r"), TYPED("123456") } };

	scripted_totp(s, PHONE "channels = [\"totp\", \"sms\"];");
	expect(s, &script, VERDICT_ALLOW, NULL);
	script_prompt(&script, 1, "Verification code sent to");
	script_prompt(&script, 2, "of your app");
	script_prompt(&script, 3, "Verification code sent to");
	assert_int_equal(result.method, METHOD_SMS);
	assert_int_equal(script.requests, 2);
}

/* One step to each side is taken, two are not. */
static void
test_totp_skew(void **state)
{
	static const struct {
		int64_t offset_s;
		bool right;
	} rows[] = { { -60, false }, { -30, true }, { 0, true }, { 30, true },
		{ 60, false } };
	struct scripted *s = *state;
	size_t i;

	scripted_totp(s, "");
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char code[7];
		struct script script = { .answer = { TYPED(code),
					     { 0, UI_GONE, NULL, NULL } } };

		s->clock += 3600000;
		scripted_totp_code(s, rows[i].offset_s, code);
		expect(s, &script, rows[i].right ? VERDICT_ALLOW : VERDICT_DENY,
		    rows[i].right ? NULL : "peer-gone");
	}
}

/* Neither the used step nor an earlier one; and no wrong code is counted. */
static void
test_totp_once(void **state)
{
	struct scripted *s = *state;
	char code[7], before[7], next[7];
	struct script first = { .answer = { TYPED(code) } };
	struct script again = { .answer = { TYPED(code), TYPED(before),
				    { 30000, UI_ANSWER, next, NULL } } };

	scripted_totp(s, "");
	scripted_totp_code(s, 0, code);
	scripted_totp_code(s, -30, before);
	scripted_totp_code(s, 30, next);
	expect(s, &first, VERDICT_ALLOW, NULL);
	expect(s, &again, VERDICT_ALLOW, NULL);
	script_prompt(&again, 1,
	    "Verification code was used already; type the next one (in ");
	script_prompt(&again, 2,
	    "Verification code was used already; type the next one (in ");
}

/* Five times a login; then it is as wrong as any other. */
static void
test_totp_used_six_times(void **state)
{
	struct scripted *s = *state;
	char code[7];
	struct script first = { .answer = { TYPED(code) } };
	struct script again = {
		.answer = { TYPED(code), TYPED(code), TYPED(code), TYPED(code),
		    TYPED(code), TYPED(code), TYPED("000000"), TYPED(code) }
	};

	scripted_totp(s, "");
	scripted_totp_code(s, 0, code);
	expect(s, &first, VERDICT_ALLOW, NULL);
	expect(s, &again, VERDICT_MAXTRIES, "wrong-codes");
	for (unsigned i = 1; i <= 5; i++)
		script_prompt(&again, i, "Verification code was used already");
	script_prompt(&again, 6, "Verification code was wrong, 2 tries left");
	script_prompt(&again, 7, "Verification code was wrong, 1 try left");
}

static void
test_totp_to_the_limit(void **state)
{
	struct scripted *s = *state;
	struct script script = { .answer = { TYPED("000000"), TYPED("000000"),
				     TYPED("000000") } };

	scripted_totp(s, "");
	expect(s, &script, VERDICT_MAXTRIES, "wrong-codes");
	assert_int_equal(result.tries, 3);
}

static void
test_recovery_at_phone_prompt(void **state)
{
	struct scripted *s = *state;
	struct script script = { .reply = { START_OK },
		.answer = { TYPED("abcd-efgh-2345-67ab") } };
	struct script again = { .answer = { TYPED(RECOVERY),
				    { 0, UI_GONE, NULL, NULL } } };

	with_recovery(s);
	expect(s, &script, VERDICT_ALLOW, NULL);
	assert_int_equal(result.method, METHOD_RECOVERY);
	/* once; the running code is joined */
	expect(s, &again, VERDICT_DENY, "peer-gone");
	script_prompt(&again, 1, "recovery code is not valid");
}

/* A rule that leaves recovery codes out takes none. */
static void
test_recovery_not_allowed(void **state)
{
	struct scripted *s = *state;
	struct script script = { .reply = { START_OK },
		.answer = { TYPED(RECOVERY), { 0, UI_GONE, NULL, NULL } } };

	with_recovery(s);
	s->conf.rule_count = 1;
	s->rule[0] = (struct rule){ .action = ACTION_REQUIRE,
		.methods = METHOD_BIT(METHOD_SMS),
		.on_outage = OUTAGE_UNSET };
	expect(s, &script, VERDICT_DENY, "peer-gone");
	script_prompt(&script, 1, "recovery code is not valid");
}

/* What remains when no code can be sent, by cause and by on_outage. */
static void
test_offline(void **state)
{
	static const struct {
		struct script_reply reply;
		enum on_outage on;
		bool offered;
	} rows[] = {
		{ { "/verify/json", HTTP_NOT_SENT, 0, NULL, NULL },
		    OUTAGE_OFFLINE, true },
		{ { "/verify/json", HTTP_UNKNOWN, 0, NULL, NULL },
		    OUTAGE_OFFLINE, true },
		{ { "/verify/json", HTTP_NOT_SENT, 0, NULL, NULL }, OUTAGE_DENY,
		    false },
		/* codes that are left are asked for, also where others are
		 * let in */
		{ { "/verify/json", HTTP_NOT_SENT, 0, NULL, NULL },
		    OUTAGE_ALLOW, true },
		{ { "/verify/json", HTTP_UNKNOWN, 0, NULL, NULL }, OUTAGE_ALLOW,
		    true },
		{ { "/verify/json", HTTP_CERTIFICATE, 0, NULL, NULL },
		    OUTAGE_OFFLINE, true },
		{ START_STATUS("4"), OUTAGE_DENY, true },
		{ START_STATUS("9"), OUTAGE_ALLOW, true },
		{ START_STATUS("10"), OUTAGE_OFFLINE, true },
		{ START_STATUS("7"), OUTAGE_OFFLINE, false },
	};
	struct scripted *s = *state;
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct script script = { .reply = { rows[i].reply },
			.answer = { TYPED(RECOVERY) } };

		with_recovery(s);
		s->conf.on_outage = rows[i].on;
		scripted_run(s, &script, 1, &result);
		if ((result.verdict == VERDICT_ALLOW) != rows[i].offered)
			fail_msg("row %zu: %s", i, reason_word(result.reason));
		if (rows[i].offered)
			script_prompt(&script, 0, ". Recovery code (q");
		else
			script_prompt(&script, 0, "(Enter ends): ");
		s->clock += 3600000;
	}
}

/* A key that asks for the phone while nobody can be reached: the app is what
 * is left, and its code is asked for. */
static void
test_app_is_asked_for_in_an_outage(void **state)
{
	static const struct script_reply down = { "/verify/json", HTTP_NOT_SENT,
		0, NULL, NULL };
	static const struct {
		const char *record, *typed[2]; /* before the app's code */
		unsigned prompt;               /* that names the app */
	} rows[] = {
		{ PHONE "channels = [\"totp\", \"sms\"];", { "r" }, 1 },
		{ PHONE "channels = [\"totp\", \"sms\"];", { "r", "r" }, 1 },
		{ PHONE "channels = [\"totp\", \"sms\"];", { "v", "r" }, 2 },
		{ PHONE "channels = [\"sms\"];", { NULL }, 0 },
	};
	struct scripted *s = *state;
	char code[7];

	s->conf.on_outage = OUTAGE_ALLOW;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct script script = { .reply = { down } };
		size_t n = 0;

		for (; n < 2 && rows[i].typed[n] != NULL; n++)
			script.answer[n] =
			    (struct script_answer)TYPED(rows[i].typed[n]);
		script.answer[n] = (struct script_answer)TYPED(code);
		scripted_totp(s, rows[i].record);
		scripted_totp_code(s, 0, code);
		expect(s, &script, VERDICT_ALLOW, NULL);
		script_prompt(
		    &script, rows[i].prompt, "; no code could be sent");
		assert_int_equal(result.method, METHOD_TOTP);
		assert_int_equal(script.requests, 1);
		s->clock += 3600000;
	}
}

/* Whoever answers is there: an answer that makes no sense is no outage. */
static void
test_answers_are_no_outage(void **state)
{
	static const struct script_reply rows[] = {
		START_STATUS("99"),
		REPLY("/verify/json", "{\"status\":\"0\"}"),
		REPLY("/verify/json", "<html>"),
		{ "/verify/json", HTTP_REPLIED, 302, "", NULL },
	};
	struct scripted *s = *state;
	size_t i;

	s->conf.on_outage = OUTAGE_ALLOW;
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct script script = { .reply = { rows[i] } };

		expect(s, &script, VERDICT_DENY, "transient");
		s->clock += 3600000;
	}
}

/* Throttled, then silent: somebody was there a moment ago. */
static void
test_throttle_is_no_outage(void **state)
{
	struct scripted *s = *state;
	struct script script = { .reply = {
				     START_STATUS("1"),
				     { "/verify/json", HTTP_UNKNOWN, 0, NULL,
					 NULL },
				 } };

	s->conf.on_outage = OUTAGE_ALLOW;
	scripted_run(s, &script, 1, &result);
	assert_int_equal(result.verdict, VERDICT_DENY);
	assert_int_equal(script.requests, 2);
}

/* Somebody who lets the time run down before asking for a code has shown no
 * outage: the provider was not given the time that the settings give it. */
static void
test_late_start_is_no_outage(void **state)
{
	struct scripted *s = *state;
	struct script script = {
		.reply = { { "/verify/json", HTTP_UNKNOWN, 0, NULL, NULL } },
		.answer = { TYPED("r"), { 0, UI_GONE, NULL, NULL } }
	};
	struct script first = {
		.reply = { { "/verify/json", HTTP_UNKNOWN, 0, NULL, NULL } }
	};

	s->conf.on_outage = OUTAGE_ALLOW;
	s->left_ms = 5000; /* timeout_ms is 10 s */
	expect(s, &first, VERDICT_DENY, "transient");
	s->clock += 3600000;
	scripted_totp(s, PHONE "channels = [\"totp\", \"sms\"];");
	expect(s, &script, VERDICT_DENY, "peer-gone");
	assert_int_equal(script.requests, 1);
}

#define MOBILE "{ number = \"+447700900123\"; }"
#define LANDLINE "{ number = \"+442079460123\"; voice = true; }"
#define TEXT_SENT                                                              \
	REPLY("/v2/messages",                                                  \
	    "{\"data\":{\"id\":\"" TEXT_ID "\",\"to\":[{\"phone_number\":"     \
	    "\"+447700900123\",\"status\":\"queued\"}]}}")
#define TEXT_ID "40385f64-5717-4562-b3fc-2c963f66afa6"
#define DOWN                                                                   \
	{                                                                      \
		"/verify/json", HTTP_NOT_SENT, 0, NULL, NULL                   \
	}

/* With a provider of texts, which reaches the mobile phone alone. */
static void
with_two_phones(struct scripted *s, const char *phones)
{
	char record[256];

	scripted_unlimited(s);
	scripted_provider(s, 1, "telnyx-sms", "texts");
	s->conf.on_outage = OUTAGE_ALLOW;
	PRINT_TO(record,
	    "phones = ( %s ); provider = \"texts\";"
	    "channels = [\"sms\", \"voice\"];",
	    phones);
	scripted_user(s, record);
}

/* The silence of those who reach one phone is no outage of all. */
static void
test_no_outage_at_one_phone(void **state)
{
	struct script script = { .reply = { DOWN } };

	with_two_phones(*state, LANDLINE ", " MOBILE);
	expect(*state, &script, VERDICT_DENY, "transient");
	assert_int_equal(script.requests, 1);
}

/* Nor is it when another one has just sent a text. */
static void
test_no_outage_at_the_next_phone(void **state)
{
	struct script script = { .reply = { TEXT_SENT, DOWN },
		.answer = { TYPED_AFTER(33000, "n") } };

	with_two_phones(*state, MOBILE ", " LANDLINE);
	expect(*state, &script, VERDICT_DENY, "transient");
	assert_int_equal(script.requests, 2);
}

static void
test_spent_then_recovery(void **state)
{
	struct scripted *s = *state;
	struct script spend = { .reply = { START_OK, CHECK_STATUS("17") },
		.answer = { TYPED("111111") } };
	struct script script = { .answer = { TYPED(RECOVERY) } };

	with_recovery(s);
	expect(s, &spend, VERDICT_MAXTRIES, "wrong-codes");
	expect(s, &script, VERDICT_ALLOW, NULL);
	script_prompt(&script, 0, "Too many wrong codes. Recovery code (q");
}

static void
test_locked(void **state)
{
	struct scripted *s = *state;
	struct script locked = { .answer = { TYPED("") } };
	struct script after = { .reply = { START_OK, CHECK_OK },
		.answer = { TYPED("123456") } };

	for (int i = 0; i < 6; i++)
		guess_wrong(s, "192.0.2.7");
	expect(s, &locked, VERDICT_MAXTRIES, "locked");
	assert_string_equal(locked.prompt[0],
	    "Too many wrong codes: locked for 15 min (Enter ends): ");
	assert_int_equal(locked.requests, 0);
	s->clock += 900000;
	expect(s, &after, VERDICT_ALLOW, NULL);
}

/* From another network the owner is not locked out. */
static void
test_locked_elsewhere(void **state)
{
	struct scripted *s = *state;
	struct script script = { .reply = { START_OK, CHECK_OK },
		.answer = { TYPED("123456") } };

	for (int i = 0; i < 6; i++)
		guess_wrong(s, "192.0.2.7");
	s->clock += 320000; /* the last code has expired, the lock has not */
	s->facts.ssh_addr = "198.51.100.1";
	expect(s, &script, VERDICT_ALLOW, NULL);
}

/* An address with a scope is a network of its own, not the console's uid. */
static void
test_locked_scope(void **state)
{
	struct scripted *s = *state;
	struct script script = { .reply = { START_OK, CHECK_OK },
		.answer = { TYPED("123456") } };

	for (int i = 0; i < 6; i++)
		guess_wrong(s, "fe80::1%eth0");
	s->clock += 320000;
	s->facts.service = "login";
	s->facts.tty = "tty1";
	s->facts.rhost = s->facts.ssh_addr = "";
	expect(s, &script, VERDICT_ALLOW, NULL);
}

static void
test_locked_recovery(void **state)
{
	struct scripted *s = *state;
	struct script script = { .answer = { TYPED("r"), TYPED("123456"),
				     TYPED(RECOVERY) } };
	struct script after = { .reply = { START_OK, CHECK_OK },
		.answer = { TYPED("123456") } };

	with_recovery(s);
	for (int i = 0; i < 6; i++)
		guess_wrong(s, "192.0.2.7");
	expect(s, &script, VERDICT_ALLOW, NULL);
	assert_string_equal(script.prompt[0],
	    "Too many wrong codes: locked for 15 min. Recovery code "
	    "(q cancel): ");
	script_prompt(
	    &script, 1, "Recovery code wanted; that key does not work here");
	script_prompt(&script, 2, "A recovery code is 16");
	assert_int_equal(script.requests, 0);
	/* its owner was there: the phone works again */
	s->clock += 320000;
	expect(s, &after, VERDICT_ALLOW, NULL);
}

/* Not told: the prompts that an unlocked user sees, nothing sent, no code is
 * right, a recovery code works. */
static void
test_locked_untold(void **state)
{
	struct scripted *s = *state;
	char code[7];
	struct script unlocked = { .reply = { START_OK },
		.answer = { { 0, UI_GONE, NULL, NULL } } };
	struct script script = { .answer = { TYPED("123456"), TYPED("123456"),
				     TYPED("123456") } };
	struct script app = { .answer = { TYPED("t"), TYPED(code), TYPED(code),
				  TYPED(code) } };
	struct script owner = { .answer = {
				    TYPED("123456"), TYPED(RECOVERY) } };

	s->conf.tell_locked = false;
	scripted_totp(s, PHONE "channels = [\"sms\", \"voice\", \"totp\"];");
	with_recovery(s);
	scripted_run(s, &unlocked, 1, &result);
	s->clock += 320000;
	for (int i = 0; i < 6; i++)
		guess_wrong(s, "192.0.2.7");
	scripted_totp_code(s, 0, code);
	expect(s, &script, VERDICT_MAXTRIES, "locked");
	assert_string_equal(script.prompt[0], unlocked.prompt[0]);
	assert_int_equal(script.requests, 0);
	expect(s, &app, VERDICT_MAXTRIES, "locked");
	script_prompt(&app, 2, "Verification code was wrong, 2 tries left");
	expect(s, &owner, VERDICT_ALLOW, NULL);
	assert_int_equal(owner.requests, 0);
}

/* The lock falls while this login is at its prompt. */
static void
test_locked_meanwhile(void **state)
{
	struct scripted *s = *state;
	struct script script = { .reply = { START_OK, CHECK_STATUS("16") },
		.answer = { TYPED("111111"), TYPED("222222"), TYPED("") } };

	for (int i = 0; i < 5; i++)
		guess_wrong(s, "192.0.2.7");
	s->clock += 3600000;
	expect(s, &script, VERDICT_MAXTRIES, "locked");
	assert_int_equal(script.requests, 2);
}

static void
test_refund_locks_nobody(void **state)
{
	struct scripted *s = *state;
	struct script right = { .reply = { START_OK, CHECK_OK },
		.answer = { TYPED("123456") } };

	scripted_unlimited(s);
	s->conf.guesses = (struct limits_of_guesses){ 6, 6, 900, 0 };
	for (int i = 0; i < 20; i++) {
		struct script script = { .reply = { START_OK,
					     CHECK_STATUS("4") },
			.answer = { TYPED("123456") } };

		s->clock += 3600000;
		expect(s, &script, VERDICT_DENY, "config");
	}
	s->clock += 3600000;
	expect(s, &right, VERDICT_ALLOW, NULL);
}

/* A code that was used already was not compared: honest logins side by side
 * do not add up to a lock. */
static void
test_used_codes_lock_nobody(void **state)
{
	struct scripted *s = *state;
	struct script right = { .reply = { START_OK, CHECK_OK },
		.answer = { TYPED("123456") } };

	scripted_unlimited(s);
	s->conf.guesses = (struct limits_of_guesses){ 3, 3, 900, 0 };
	for (int i = 0; i < 5; i++) {
		struct script script = { .reply = { START_OK,
					     CHECK_STATUS("6") },
			.answer = { TYPED("123456") } };

		s->clock += 3600000;
		expect(s, &script, VERDICT_DENY, "ended");
	}
	s->clock += 3600000;
	expect(s, &right, VERDICT_ALLOW, NULL);
}

static void
send_and_leave(struct scripted *s)
{
	struct script script = { .reply = { START_OK },
		.answer = { { 0, UI_GONE, NULL, NULL } } };

	scripted_run(s, &script, 1, &result);
	assert_int_equal(script.requests, 1);
	s->clock += 301000;
}

static void
test_sends_limited(void **state)
{
	struct scripted *s = *state;
	struct script refused = { .answer = { TYPED("") } };
	struct script recovery = { .answer = { TYPED(RECOVERY) } };

	for (int i = 0; i < 5; i++)
		send_and_leave(s);
	expect(s, &refused, VERDICT_MAXTRIES, "limit");
	assert_int_equal(refused.requests, 0);
	/* the first one was sent 1,505 s ago */
	assert_string_equal(refused.prompt[0],
	    "Wait 35 min, or use an ssh connection that you have open "
	    "(Enter ends): ");
	with_recovery(s);
	expect(s, &recovery, VERDICT_ALLOW, NULL);
	script_prompt(
	    &recovery, 0, "No more codes for 35 min. Recovery code (q");
	s->clock += 3600000 - 1505000;
	send_and_leave(s);
}

/* At its border a running code stays usable. */
static void
test_resend_limited(void **state)
{
	struct scripted *s = *state;
	struct script script = { .reply = { START_OK, CHECK_OK },
		.answer = { TYPED_AFTER(40000, "r"), TYPED("123456") } };

	for (int i = 0; i < 4; i++)
		send_and_leave(s);
	expect(s, &script, VERDICT_ALLOW, NULL);
	script_prompt(&script, 1, ", then ask again (q cancel)");
	assert_int_equal(script.requests, 2);
}

/* What was not sent does not count. */
static void
test_sends_refunded(void **state)
{
	struct scripted *s = *state;

	for (int i = 0; i < 10; i++) {
		struct script script = { .reply = { START_STATUS("9") } };

		expect(s, &script, VERDICT_DENY, "account");
	}
	for (int i = 0; i < 5; i++)
		send_and_leave(s);
}

static void
test_cancel_refused_refunds(void **state)
{
	struct scripted *s = *state;
	struct script script = { .reply = { START_OK, CANCEL_STATUS("19"),
				     CANCEL_STATUS("19"), CHECK_OK },
		.answer = { TYPED_AFTER(40000, "r"), TYPED_AFTER(31000, "r"),
		    TYPED("123456") } };

	s->conf.sends.user_hour = 2;
	expect(s, &script, VERDICT_ALLOW, NULL);
	assert_int_equal(script.requests, 4);
}

static void
use_grace(struct scripted *s)
{
	s->conf.rule_count = 1;
	s->rule[0] = (struct rule){ .action = ACTION_REQUIRE,
		.methods = METHOD_ALL,
		.on_outage = OUTAGE_UNSET,
		.remember_minutes = 15 };
	s->facts.service = "sudo";
	s->facts.tty = "/dev/pts/7";
	s->facts.rhost = "";
	s->facts.ssh_addr = "";
	s->facts.ruser = s->user;
	s->facts.session_id = 4711;
	s->facts.leader_start = 99;
	s->facts.leader_tty = 0x8807;
}

static void
log_in(struct scripted *s, const char *reason)
{
	struct script script = { .reply = { START_OK, CHECK_OK },
		.answer = { TYPED("123456") } };

	if (reason != NULL)
		script.reply[0].path = NULL;
	expect(s, &script, VERDICT_ALLOW, reason);
}

static void
test_grace(void **state)
{
	struct scripted *s = *state;

	use_grace(s);
	log_in(s, NULL);
	s->clock += 899000;
	log_in(s, "grace");
	/* it is not extended by being used */
	s->clock += 1000;
	log_in(s, NULL);
}

/* Each part of the binding, changed alone. */
static void
test_grace_binding(void **state)
{
	struct scripted *s = *state;

	scripted_unlimited(s);
	use_grace(s);
	log_in(s, NULL);
	log_in(s, "grace");
	s->facts.leader_tty = 0x8808;
	log_in(s, NULL);
	s->facts.leader_tty = 0x8807;
	s->facts.session_id = 4712;
	log_in(s, NULL);
	s->facts.session_id = 4711;
	s->facts.leader_start = 100;
	log_in(s, NULL);
	s->facts.leader_start = 99;
	s->facts.service = "su";
	log_in(s, NULL);
	s->facts.service = "sudo";
	log_in(s, "grace");
	scripted_user(s, "phone = \"+447700900123\"; # changed\n");
	log_in(s, NULL);
}

static void
test_grace_needs_first_factor(void **state)
{
	struct scripted *s = *state;
	struct script script = { .answer = { { 0, UI_GONE, NULL, NULL } } };

	use_grace(s);
	log_in(s, NULL);
	s->facts.first_factor = FIRST_NONE;
	expect(s, &script, VERDICT_DENY, "no-first-factor");
}

static void
test_grace_unknown_terminal(void **state)
{
	struct scripted *s = *state;

	scripted_unlimited(s);
	use_grace(s);
	s->facts.leader_start = 0;
	log_in(s, NULL);
	log_in(s, NULL);
	s->facts.leader_start = 99;
	/* a name alone is no terminal: services set any constant */
	s->facts.leader_tty = 0;
	s->facts.tty = "ftp";
	log_in(s, NULL);
	log_in(s, NULL);
}

static void
test_grace_remote_terminal(void **state)
{
	struct scripted *s = *state;

	use_grace(s);
	s->facts.rhost = "127.0.0.1";
	log_in(s, NULL);
	log_in(s, NULL);
}

static void
test_grace_reboot(void **state)
{
	struct scripted *s = *state;

	use_grace(s);
	log_in(s, NULL);
	s->facts.boot_id = "boot-2";
	log_in(s, NULL);
}

static void
test_grace_ssh(void **state)
{
	struct scripted *s = *state;

	use_grace(s);
	s->facts.service = "sshd";
	s->facts.tty = "ssh";
	s->facts.rhost = s->facts.ssh_addr = "192.0.2.7";
	s->facts.first_factor = FIRST_SSH_METHODS;
	s->facts.auth_info = "publickey ssh-ed25519 AAAA\n";
	log_in(s, NULL);
	/* another session is fine for sshd, another key is not */
	s->facts.session_id = 5000;
	log_in(s, "grace");
	s->facts.auth_info = "publickey ssh-ed25519 BBBB\n";
	log_in(s, NULL);
	s->facts.auth_info = "publickey ssh-ed25519 AAAA\n";
	s->facts.ssh_addr = "192.0.2.8";
	log_in(s, NULL);
}

static void
test_grace_ssh_never(void **state)
{
	static const struct {
		const char *address, *auth_info;
	} rows[] = {
		{ "192.0.2.7", "" },
		{ "192.0.2.7", "password\n" },
		{ "192.0.2.7", "keyboard-interactive/pam publickey\n" },
		{ "127.0.0.1", "publickey ssh-ed25519 AAAA\n" },
		{ "::1", "publickey ssh-ed25519 AAAA\n" },
		{ "", "publickey ssh-ed25519 AAAA\n" },
	};
	struct scripted *s = *state;
	size_t i;

	use_grace(s);
	s->facts.service = "sshd";
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		s->facts.rhost = s->facts.ssh_addr = rows[i].address;
		s->facts.auth_info = rows[i].auth_info;
		log_in(s, NULL);
		log_in(s, NULL);
		s->clock += 3600000;
	}
}

/* An outage that lets in is no login to remember. */
static void
test_grace_not_after_outage(void **state)
{
	struct scripted *s = *state;
	struct script script = {
		.reply = { { "/verify/json", HTTP_NOT_SENT, 0, NULL, NULL } }
	};

	use_grace(s);
	s->conf.on_outage = OUTAGE_ALLOW;
	expect(s, &script, VERDICT_ALLOW, "outage");
	log_in(s, NULL);
}

#define T(f)                                                                   \
	cmocka_unit_test_setup_teardown(f, scripted_setup, scripted_teardown)

UNIT_TESTS(test_factors)
{
	const struct CMUnitTest tests[] = {
		T(test_totp_instead_of_phone),
		T(test_totp_first),
		T(test_totp_without_phone),
		T(test_totp_then_phone),
		T(test_totp_skew),
		T(test_totp_once),
		T(test_totp_used_six_times),
		T(test_totp_to_the_limit),
		T(test_recovery_at_phone_prompt),
		T(test_recovery_not_allowed),
		T(test_offline),
		T(test_app_is_asked_for_in_an_outage),
		T(test_answers_are_no_outage),
		T(test_throttle_is_no_outage),
		T(test_late_start_is_no_outage),
		T(test_no_outage_at_one_phone),
		T(test_no_outage_at_the_next_phone),
		T(test_spent_then_recovery),
		T(test_locked),
		T(test_locked_elsewhere),
		T(test_locked_scope),
		T(test_locked_recovery),
		T(test_locked_untold),
		T(test_locked_meanwhile),
		T(test_refund_locks_nobody),
		T(test_used_codes_lock_nobody),
		T(test_sends_limited),
		T(test_resend_limited),
		T(test_sends_refunded),
		T(test_cancel_refused_refunds),
		T(test_grace),
		T(test_grace_binding),
		T(test_grace_needs_first_factor),
		T(test_grace_unknown_terminal),
		T(test_grace_remote_terminal),
		T(test_grace_reboot),
		T(test_grace_ssh),
		T(test_grace_ssh_never),
		T(test_grace_not_after_outage),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
