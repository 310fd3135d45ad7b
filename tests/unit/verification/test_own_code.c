/* SPDX-License-Identifier: BSD-2-Clause */
/* Codes of our own: made, sent, kept as an HMAC, checked here, used once. */
#include "helper/verification/verification.h"
#include "helper/verification/verification_inside.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "helper/store/store.h"
#include "lib/system/system.h"
#include "tests/support/logins/scripted.h"
#include "tests/support/samples.h"
#include "tests/support/unit_tests.h"

#define MESSAGE "40385f64-5717-4562-b3fc-2c963f66afa6"
#define SENT                                                                   \
	REPLY("/v2/messages",                                                  \
	    "{\"data\":{\"id\":\"" MESSAGE                                     \
	    "\",\"to\":[{\"phone_number\":\"" SAMPLE_PHONE                     \
	    "\",\"status\":\"queued\"}]}}")
#define REFUSED(status, code)                                                  \
	{                                                                      \
		"/v2/messages", HTTP_REPLIED, status,                          \
		    "{\"errors\":[{\"code\":\"" code                           \
		    "\",\"title\":\"t\",\"detail\":\"d\"}]}",                  \
		    NULL                                                       \
	}
#define LOST(fate)                                                             \
	{                                                                      \
		"/v2/messages", fate, 0, NULL, NULL                            \
	}
#define GONE                                                                   \
	{                                                                      \
		0, UI_GONE, NULL, NULL                                         \
	}

static struct login_result result;
static struct script *now_running;
static char typed[16], earlier[16];

static void
expect(struct scripted *s, struct script *script, enum frame_verdict verdict,
    const char *reason)
{
	now_running = script;
	scripted_expect(s, script, verdict, reason, &result);
}

/* The code in the text of the nth message. */
static void
read_code(const struct script *script, unsigned n, char out[16])
{
	const char *at;

	assert_true(n < script->requests);
	at = strstr(script->sent[n], " is ");
	assert_non_null(at);
	assert_int_equal(sscanf(at, " is %10[0-9]", out), 1);
}

static void
read_newest(void)
{
	memcpy(earlier, typed, sizeof(typed));
	read_code(now_running, now_running->requests - 1, typed);
}

/* Types the code of the newest message. */
#define RIGHT                                                                  \
	{                                                                      \
		0, UI_ANSWER, typed, read_newest                               \
	}

static void
to_wrong(void)
{
	read_newest();
	typed[0] = typed[0] == '9' ? '0' : (char)(typed[0] + 1);
}

#define WRONG                                                                  \
	{                                                                      \
		0, UI_ANSWER, typed, to_wrong                                  \
	}

static int
setup(void **state)
{
	struct scripted *s;
	int rc = scripted_setup(state);

	s = *state;
	scripted_provider(s, 0, "telnyx-sms", "own");
	scripted_user(s, "phone = \"" SAMPLE_PHONE "\";\n");
	memset(typed, 0, sizeof(typed));
	return rc;
}

/* --- the code itself --- */

static void
test_digits(void **state)
{
	unsigned count[10] = { 0 };
	char code[11];

	(void)state;
	for (unsigned n = 4; n <= 10; n++) {
		assert_int_equal(own_code_make(n, code), 0);
		assert_int_equal(strlen(code), n);
		assert_int_equal(strspn(code, "0123456789"), n);
	}
	/* 20,000 of each are expected, with a standard deviation of 134: six
	 * of them happen once in fifty million runs */
	for (unsigned i = 0; i < 20000; i++) {
		assert_int_equal(own_code_make(10, code), 0);
		for (unsigned n = 0; n < 10; n++)
			count[code[n] - '0']++;
	}
	for (unsigned d = 0; d < 10; d++)
		assert_in_range(count[d], 20000 - 800, 20000 + 800);
}

static void
test_nonce(void **state)
{
	char a[RANDOM_NAME_LEN + 1], b[RANDOM_NAME_LEN + 1];

	(void)state;
	assert_int_equal(system_random_name(a), 0);
	assert_int_equal(system_random_name(b), 0);
	assert_int_equal(strspn(a, "0123456789abcdef"), RANDOM_NAME_LEN);
	assert_int_equal(strlen(a), RANDOM_NAME_LEN);
	assert_string_not_equal(a, b);
}

/* --- logins --- */

static void
test_right(void **state)
{
	struct script script = { .reply = { SENT }, .answer = { RIGHT } };

	expect(*state, &script, VERDICT_ALLOW, NULL);
	assert_int_equal(script.requests, 1); /* it is checked here */
	script_prompt(
	    &script, 0, "Verification code sent to +44 ***-***-0000 by SMS");
	/* the verification is ours, not the vendor's message */
	assert_int_equal(result.request[0], STORE_OWN_ID);
	assert_int_equal(strspn(result.request + 1, "0123456789abcdef"),
	    RANDOM_NAME_LEN - 1);
	assert_int_equal(result.tries, 1);
}

static void
test_lengths(void **state)
{
	struct scripted *s = *state;

	for (unsigned n = 4; n <= 10; n++) {
		struct script script = { .reply = { SENT },
			.answer = { RIGHT } };

		s->conf.provider[0].code_length = n;
		s->clock += 3600000;
		expect(s, &script, VERDICT_ALLOW, NULL);
		assert_int_equal(strlen(typed), n);
	}
}

static void
test_wrong_to_the_limit(void **state)
{
	struct scripted *s = *state;
	struct script script = { .reply = { SENT },
		.answer = { WRONG, WRONG, WRONG } };
	struct script early = { .requests = 0 };
	struct script late = { .reply = { SENT }, .answer = { RIGHT } };

	expect(s, &script, VERDICT_MAXTRIES, "wrong-codes");
	script_prompt(&script, 1, "Verification code was wrong, 2 tries left");
	/* no vendor keeps it open, so a minute is enough */
	s->clock += 59000;
	expect(s, &early, VERDICT_MAXTRIES, "spent");
	s->clock += 1000;
	expect(s, &late, VERDICT_ALLOW, NULL);
}

/* A client that connects anew types the code of the first run. */
static void
test_join(void **state)
{
	struct scripted *s = *state;
	struct script first = { .reply = { SENT }, .answer = { WRONG, GONE } };
	struct script second = { .answer = { TYPED(typed) } };

	now_running = &first;
	scripted_run(s, &first, 1, &result);
	read_code(&first, 0, typed);
	s->clock += 20000;
	now_running = &second;
	scripted_run(s, &second, 2, &result);
	assert_int_equal(result.verdict, VERDICT_ALLOW);
	assert_int_equal(second.requests, 0);
	script_prompt(
	    &second, 0, "Verification code already sent to +44 ***-***-0000");
	assert_int_equal(result.tries, 1);
}

/* Hosts that know a number alike: each checks its own codes, so that the second
 * has one sent, and the first one's is no good there. */
static void
test_another_host(void **state)
{
	struct scripted *s = *state;
	struct script first = { .reply = { SENT }, .answer = { GONE } };
	struct script second = { .reply = { SENT },
		.answer = { TYPED(typed), RIGHT } };
	struct script again = { .answer = { TYPED(typed) } };

	s->conf.store.fleet_key_file = "/unused";
	s->conf.store.host = "web01";
	scripted_run(s, &first, 1, &result);
	read_code(&first, 0, typed);
	s->conf.store.host = "web02";
	s->clock += 20000;
	expect(s, &second, VERDICT_ALLOW, NULL);
	script_prompt(&second, 0, "Verification code sent to");
	script_prompt(&second, 1, "Verification code was wrong, 2 tries left");
	assert_int_equal(second.requests, 1);
	/* the same host joins its own */
	first = (struct script){ .reply = { SENT }, .answer = { GONE } };
	scripted_run(s, &first, 3, &result);
	read_code(&first, 0, typed);
	expect(s, &again, VERDICT_ALLOW, NULL);
	script_prompt(&again, 0, "Verification code already sent to");
}

static struct scripted *other_state;
static struct login_result other_result;

static void
other_takes_it(void)
{
	struct script script = { .answer = { TYPED(typed) } };

	read_newest();
	scripted_run(other_state, &script, 2, &other_result);
}

static void
test_used_once(void **state)
{
	struct script script = { .reply = { SENT },
		.answer = {
		    { 0, UI_ANSWER, typed, other_takes_it }, TYPED("q") } };

	other_state = *state;
	expect(*state, &script, VERDICT_MAXTRIES, "cancelled");
	script_prompt(
	    &script, 1, "Verification code used by another login: wait 32 s");
	assert_int_equal(other_result.verdict, VERDICT_ALLOW);
}

/* The code of an expired one is wrong, though it is the right shape. */
static void
test_expiry(void **state)
{
	struct scripted *s = *state;
	struct script script = { .reply = { SENT, SENT },
		.answer = { { 300001, UI_ANSWER, typed, read_newest },
		    { 0, UI_ANSWER, earlier, read_newest }, TYPED(typed) } };

	s->conf.provider[0].expiry_ms = 300000;
	expect(s, &script, VERDICT_ALLOW, NULL);
	assert_int_equal(script.requests, 2);
	script_prompt(&script, 1, "Verification code expired; new one sent");
	script_prompt(&script, 2, "Verification code was wrong, 2 tries left");
}

/* The newest code counts. */
static void
test_resend(void **state)
{
	struct script script = { .reply = { SENT, SENT },
		.answer = { { 32000, UI_ANSWER, "r", read_newest },
		    { 0, UI_ANSWER, earlier, read_newest }, TYPED(typed) } };

	expect(*state, &script, VERDICT_ALLOW, NULL);
	assert_string_not_equal(earlier, typed);
	script_prompt(&script, 1, "Verification code: new one sent to");
	script_prompt(&script, 2, "Verification code was wrong");
}

/* Another message that certainly was not sent changes nothing. */
static void
test_resend_refused(void **state)
{
	struct script script = { .reply = { SENT, REFUSED(402, "20100") },
		.answer = {
		    { 32000, UI_ANSWER, "r", read_newest }, TYPED(typed) } };

	expect(*state, &script, VERDICT_ALLOW, NULL);
	script_prompt(&script, 1, "Verification code: wait 30 s");
}

/* Nobody knows whether it was sent; if it was, its code is good. */
static void
test_unanswered(void **state)
{
	static const struct script_reply lost[] = { LOST(HTTP_UNKNOWN),
		REFUSED(503, "10007"), REPLY("/v2/messages", "<html>") };
	struct scripted *s = *state;

	for (size_t i = 0; i < sizeof(lost) / sizeof(lost[0]); i++) {
		struct script script = { .answer = { RIGHT } };

		script.reply[0] = lost[i];
		s->clock += 3600000;
		expect(s, &script, VERDICT_ALLOW, NULL);
		assert_int_equal(script.requests, 1);
	}
}

static void
test_not_sent(void **state)
{
	struct script script = { .reply = { LOST(HTTP_NOT_SENT) } };

	expect(*state, &script, VERDICT_DENY, "transient");
	assert_int_equal(script.prompts, 1);
	script_prompt(&script, 0, "The code could not be sent");
}

/* There is nobody to cancel it with: the row goes, and the code with it. */
static void
test_quit(void **state)
{
	struct scripted *s = *state;
	struct script script = { .reply = { SENT },
		.answer = { { 0, UI_ANSWER, "q", read_newest } } };
	struct script next = { .reply = { SENT },
		.answer = { { 0, UI_ANSWER, earlier, read_newest }, RIGHT } };

	expect(s, &script, VERDICT_MAXTRIES, "cancelled");
	expect(s, &next, VERDICT_ALLOW, NULL);
	script_prompt(&next, 1, "Verification code was wrong");
}

static bool
file_has(const char *path, const char *text)
{
	static char bytes[4 << 20];
	FILE *f = fopen(path, "re");
	size_t len;

	if (f == NULL)
		return false;
	len = fread(bytes, 1, sizeof(bytes), f);
	fclose(f);
	return memmem(bytes, len, text, strlen(text)) != NULL;
}

/* The state knows what checks it, and cannot tell it. */
static void
test_not_kept(void **state)
{
	struct scripted *s = *state;
	struct script script = { .reply = { SENT }, .answer = { GONE } };
	char wal[200];

	s->conf.provider[0].code_length = 10;
	scripted_run(s, &script, 1, &result);
	read_code(&script, 0, typed);
	snprintf(wal, sizeof(wal), "%s-wal", s->state);
	assert_true(file_has(wal, result.request));
	assert_false(file_has(wal, typed));
	assert_false(file_has(s->state, typed));
}

/* Without the key no code could be checked: none is sent. */
static void
test_no_key(void **state)
{
	struct scripted *s = *state;
	struct script script = { .requests = 0 };
	char path[200];
	FILE *f;

	snprintf(path, sizeof(path), "%s/host.key", s->dir);
	f = fopen(path, "we");
	assert_non_null(f);
	fputs("too short", f);
	fclose(f);
	expect(s, &script, VERDICT_DENY, "state");
	assert_int_equal(script.requests, 0);
	unlink(path);
}

/* The key went after the code was sent: nothing is right any more, and the next
 * login knows nothing of the first one's number. */
static void
test_key_gone(void **state)
{
	struct scripted *s = *state;
	struct script first = { .reply = { SENT }, .answer = { GONE } };
	struct script second = { .reply = { SENT },
		.answer = { TYPED(typed), GONE } };
	char path[200];

	scripted_run(s, &first, 1, &result);
	read_code(&first, 0, typed);
	snprintf(path, sizeof(path), "%s/host.key", s->dir);
	assert_int_equal(unlink(path), 0);
	scripted_run(s, &second, 2, &result);
	assert_int_equal(result.verdict, VERDICT_DENY);
	script_prompt(&second, 1, "Verification code was wrong");
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, scripted_teardown)

UNIT_TESTS(test_own_code)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_digits),
		cmocka_unit_test(test_nonce),
		TEST(test_right),
		TEST(test_lengths),
		TEST(test_wrong_to_the_limit),
		TEST(test_join),
		TEST(test_another_host),
		TEST(test_used_once),
		TEST(test_expiry),
		TEST(test_resend),
		TEST(test_resend_refused),
		TEST(test_unanswered),
		TEST(test_not_sent),
		TEST(test_quit),
		TEST(test_not_kept),
		TEST(test_no_key),
		TEST(test_key_gone),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
