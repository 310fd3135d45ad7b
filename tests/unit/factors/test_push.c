/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Logins on a script with a push: approved, denied, silent, impossible; with a
 * prompt as in sshd, and where text shows alone.
 */
#include "tests/support/logins/twilio_challenge.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "helper/providers/providers.h"
#include "helper/store/store.h"
#include "tests/support/unit_tests.h"

#define PUSH_OK REPLY(CHALLENGES, CHALLENGE("push", SID, "pending"))
#define POLL(status) REPLY(CHALLENGES "/" SID, CHALLENGE("push", SID, status))
#define POLL_HTTP(n)                                                           \
	{                                                                      \
		CHALLENGES "/" SID, HTTP_REPLIED, n, "", NULL                  \
	}
#define PUSH_ERROR(http, code) CHALLENGE_ERROR(CHALLENGES, http, code)
#define PUSH_FATE(fate)                                                        \
	{                                                                      \
		CHALLENGES, fate, 0, NULL, NULL                                \
	}
#define PUSH_FIRST PHONE PUSH_KEYS "channels = [\"push\", \"sms\"];\n"
#define PUSH_ONLY PUSH_KEYS "channels = [\"push\"];\n"

static struct login_result result;
static struct scripted *running; /* for what happens meanwhile */

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
	s = running = *state;
	scripted_provider(s, 1, "twilio-push", "push");
	scripted_user(s, PUSH_FIRST);
	return 0;
}

/* Every poll from the nth request on says so. */
static void
polls(struct script *script, unsigned from, struct script_reply reply)
{
	for (; from < SCRIPT_MAX; from++)
		script->reply[from] = reply;
}

static void
expect_line(const struct script *script, const char *words)
{
	for (unsigned i = 0; i < script->said; i++)
		if (strstr(script->line[i], words) != NULL)
			return;
	fail_msg("no line says '%s'", words);
}

/* --- sshd: a prompt stands open --- */

static void
test_approved_then_enter(void **state)
{
	struct script script = { .reply = { PUSH_OK, POLL("pending"),
				     POLL("pending"), POLL("approved") },
		.answer = { TYPED_AFTER(5000, "") } };
	char number[64];
	const char *at;

	expect(*state, &script, VERDICT_ALLOW, NULL);
	assert_int_equal(script.prompts, 1);
	assert_int_equal(script.requests, 4); /* none after the answer */
	at = strstr(script.prompt[0], "Approve on your phone (number ");
	assert_ptr_equal(at, script.prompt[0]);
	assert_non_null(
	    strstr(at, "), then press Enter (r code by phone, q cancel): "));
	/* the phone shows the same number */
	at += strlen("Approve on your phone (number ");
	snprintf(number, sizeof(number),
	    "Number%%22%%2C%%22value%%22%%3A%%22"
	    "%.2s%%22",
	    at);
	assert_non_null(strstr(script.sent[0], number));
	assert_non_null(strstr(script.sent[0], "192.0.2.7"));
	assert_int_equal(result.method, METHOD_PUSH);
	assert_string_equal(result.provider, "push");
	assert_string_equal(result.request, SID);
}

/* What Enter asks after is new, not what the last poll said. */
static void
test_enter_asks_at_once(void **state)
{
	struct script script = { .reply = { PUSH_OK, POLL("approved") },
		.answer = { TYPED("") } };

	expect(*state, &script, VERDICT_ALLOW, NULL);
	assert_int_equal(script.requests, 2);
}

static void
test_enter_too_early(void **state)
{
	struct script script = { .reply = { PUSH_OK, POLL("pending"),
				     POLL("pending"), POLL("approved") },
		.answer = { TYPED(""), TYPED(""), TYPED_AFTER(3000, "") } };

	expect(*state, &script, VERDICT_ALLOW, NULL);
	script_prompt(&script, 1, "Not approved yet: see your phone (number ");
	script_prompt(&script, 2, "Not approved yet");
	assert_int_equal(script.requests, 4);
}

/* Every second, ten seconds long, then every two and a half. */
static void
test_poll_times(void **state)
{
	struct script script = { .reply = { PUSH_OK },
		.answer = { TYPED_AFTER(30000, "q") } };

	polls(&script, 1, (struct script_reply)POLL("pending"));
	expect(*state, &script, VERDICT_MAXTRIES, "cancelled");
	assert_int_equal(script.requests, 1 + 10 + 8);
}

static void
test_code_is_malformed(void **state)
{
	struct script script = { .reply = { PUSH_OK, POLL("approved") },
		.answer = { TYPED("123456"), TYPED("v"), TYPED("") } };

	expect(*state, &script, VERDICT_ALLOW, NULL);
	script_prompt(&script, 1, "No code is wanted; approve (number ");
	script_prompt(&script, 2, "Not possible here; approve (number ");
	assert_int_equal(script.requests, 2);
}

/* Whatever is typed then, nothing else is asked for or sent. */
static void
test_denied(void **state)
{
	static const char *const typed[] = { "", "123456", "r", "q", "nothing",
		SCRIPT_RECOVERY };
	struct scripted *s = *state;

	scripted_recovery(s);
	for (size_t i = 0; i < sizeof(typed) / sizeof(typed[0]); i++) {
		struct script script = { .reply = { PUSH_OK, POLL("pending"),
					     POLL("denied") },
			.answer = { TYPED_AFTER(2000, typed[i]) } };
		char address[32];

		snprintf(address, sizeof(address), "198.51.%zu.1", i);
		s->facts.ssh_addr = address;
		s->conf.sends.push_hour = 100;
		expect(s, &script, VERDICT_MAXTRIES, "push-denied");
		assert_int_equal(script.requests, 3);
		script_prompt(&script, 1, "Denied on your phone (Enter ends)");
	}
}

static void
test_denied_at_enter(void **state)
{
	struct script script = { .reply = { PUSH_OK, POLL("denied") },
		.answer = { TYPED("") } };

	expect(*state, &script, VERDICT_MAXTRIES, "push-denied");
	assert_int_equal(script.requests, 2);
}

/* It is known, and locks, though the person leaves without a word. */
static void
test_denied_and_gone(void **state)
{
	struct scripted *s = *state;
	struct script script = { .reply = { PUSH_OK, POLL("denied") },
		.answer = { { 2000, UI_GONE, NULL, NULL } } };
	struct script locked = { .answer = { TYPED("") } };

	expect(s, &script, VERDICT_DENY, "push-denied");
	expect(s, &locked, VERDICT_MAXTRIES, "locked");
}

/* For an hour, at that source; the words speak of no wrong codes. */
static void
test_denial_locks(void **state)
{
	struct scripted *s = *state;
	struct script denied = { .reply = { PUSH_OK, POLL("denied") },
		.answer = { TYPED("") } };
	struct script locked = { .answer = { TYPED("") } };
	struct script later = { .answer = { TYPED("") } };
	struct script elsewhere = { .reply = { PUSH_OK, POLL("approved") },
		.answer = { TYPED("") } };
	struct script after = { .reply = { PUSH_OK, POLL("approved") },
		.answer = { TYPED("") } };

	expect(s, &denied, VERDICT_MAXTRIES, "push-denied");
	expect(s, &locked, VERDICT_MAXTRIES, "locked");
	assert_string_equal(
	    locked.prompt[0], "Locked for 60 min (Enter ends): ");
	assert_int_equal(locked.requests, 0);
	s->clock += 3599000;
	expect(s, &later, VERDICT_MAXTRIES, "locked");
	assert_string_equal(later.prompt[0], "Locked for 1 s (Enter ends): ");
	s->clock -= 3599000;
	s->facts.ssh_addr = "198.51.100.1";
	expect(s, &elsewhere, VERDICT_ALLOW, NULL);
	s->facts.ssh_addr = "192.0.2.7";
	s->clock += 3600000;
	expect(s, &after, VERDICT_ALLOW, NULL);
}

/* A login that is remembered may be somebody else's. */
static void
test_denial_ends_grace(void **state)
{
	struct scripted *s = *state;
	struct script first = { .reply = { PUSH_OK, POLL("approved") },
		.answer = { TYPED("") } };
	struct script grace = { .requests = 0 };
	struct script denied = { .reply = { PUSH_OK, POLL("denied") },
		.answer = { TYPED("") } };
	struct script after = { .reply = { PUSH_OK, POLL("approved") },
		.answer = { TYPED("") } };

	s->conf.rule_count = 1;
	s->rule[0] = (struct rule){ .action = ACTION_REQUIRE,
		.methods = METHOD_ALL,
		.on_outage = OUTAGE_UNSET,
		.remember_minutes = 15 };
	s->facts.service = "sudo";
	s->facts.tty = "/dev/pts/7";
	s->facts.rhost = s->facts.ssh_addr = "";
	s->facts.ruser = s->user;
	s->facts.session_id = 4711;
	s->facts.leader_start = 99;
	s->facts.leader_tty = 0x8807;
	expect(s, &first, VERDICT_ALLOW, NULL);
	expect(s, &grace, VERDICT_ALLOW, "grace");
	s->facts.service = "sshd";
	s->facts.ssh_addr = "198.51.100.1";
	expect(s, &denied, VERDICT_MAXTRIES, "push-denied");
	s->facts.service = "sudo";
	s->facts.ssh_addr = "";
	expect(s, &after, VERDICT_ALLOW, NULL);
}

static void
test_denial_then_recovery(void **state)
{
	struct scripted *s = *state;
	struct script denied = { .reply = { PUSH_OK, POLL("denied") },
		.answer = { TYPED("") } };
	struct script owner = { .answer = { TYPED(SCRIPT_RECOVERY) } };
	struct script after = { .reply = { PUSH_OK, POLL("approved") },
		.answer = { TYPED("") } };

	scripted_recovery(s);
	expect(s, &denied, VERDICT_MAXTRIES, "push-denied");
	expect(s, &owner, VERDICT_ALLOW, NULL);
	assert_string_equal(
	    owner.prompt[0], "Locked for 60 min. Recovery code (q cancel): ");
	expect(s, &after, VERDICT_ALLOW, NULL);
}

/* After the code was asked for by a key, a no on the phone still counts. */
static void
test_denied_at_the_code(void **state)
{
	struct script script = { .reply = { PUSH_OK, POLL("pending"), START_OK,
				     POLL("denied") },
		.answer = { TYPED("r"), TYPED_AFTER(1500, "123456") } };

	expect(*state, &script, VERDICT_MAXTRIES, "push-denied");
	script_prompt(&script, 1, "Verification code sent to");
	assert_int_equal(script.requests, 4); /* no check */
}

/* Typed before the next poll was due: it is asked for all the same, before a
 * code is checked and before one is sent. */
static void
test_denied_a_moment_ago(void **state)
{
	struct scripted *s = *state;
	struct script code = { .reply = { PUSH_OK, POLL("pending"), START_OK,
				   POLL("denied") },
		.answer = { TYPED("r"), TYPED("123456") } };
	struct script key = { .reply = { PUSH_OK, POLL("denied") },
		.answer = { TYPED("r") } };
	struct script again = { .reply = { PUSH_OK, POLL("pending"), START_OK,
				    POLL("denied") },
		.answer = { TYPED("r"), TYPED("r") } };

	expect(s, &code, VERDICT_MAXTRIES, "push-denied");
	assert_int_equal(code.requests, 4);
	script_prompt(&code, 2, "Denied on your phone (Enter ends)");
	s->facts.ssh_addr = "198.51.100.1";
	expect(s, &key, VERDICT_MAXTRIES, "push-denied");
	assert_int_equal(key.requests, 2);
	s->facts.ssh_addr = "203.0.113.1";
	s->clock += 3600000;
	expect(s, &again, VERDICT_MAXTRIES, "push-denied");
	assert_int_equal(again.requests, 4);
}

/* The same with an app of our own. */
static void
test_denied_before_the_app(void **state)
{
	struct scripted *s = *state;
	struct script script = { .reply = { PUSH_OK, POLL("denied") },
		.answer = { TYPED("t"), TYPED("123456") } };

	scripted_totp(s, PHONE PUSH_KEYS "channels = [\"push\", \"sms\"];\n");
	expect(s, &script, VERDICT_MAXTRIES, "push-denied");
	script_prompt(&script, 1, "of your app");
	assert_int_equal(script.requests, 2);
}

/* The owner's own code lets in; a wrong one ends it, and either way the no is
 * known. */
static void
test_denied_before_recovery(void **state)
{
	struct scripted *s = *state;
	struct script wrong = { .reply = { PUSH_OK, POLL("denied") },
		.answer = { TYPED("abcd-efgh-2345-67aa") } };
	struct script owner = { .reply = { PUSH_OK, POLL("denied") },
		.answer = { TYPED(SCRIPT_RECOVERY) } };

	scripted_recovery(s);
	expect(s, &wrong, VERDICT_MAXTRIES, "push-denied");
	s->facts.ssh_addr = "198.51.100.1";
	expect(s, &owner, VERDICT_ALLOW, NULL);
	assert_int_equal(result.method, METHOD_RECOVERY);
}

/* A code that was asked for is not lost with the push's provider. */
static void
test_unheard_at_the_code(void **state)
{
	struct scripted *s = *state;
	struct script script = { .answer = { TYPED("r"),
				     TYPED_AFTER(25000, "123456") } };

	s->left_ms = 40000;
	polls(&script, 1, (struct script_reply)POLL_HTTP(500));
	script.reply[0] = (struct script_reply)PUSH_OK;
	script.reply[2] = (struct script_reply)START_OK;
	/* the key's, 1 to 10, 12.5, 15, 17.5 and the end at 19 */
	script.reply[17] = (struct script_reply)CHECK_OK;
	expect(s, &script, VERDICT_ALLOW, NULL);
	assert_int_equal(result.method, METHOD_SMS);
	assert_int_equal(script.requests, 18);
}

/* An answer that fits no rule may have been a no. */
static void
test_unfit_at_the_code(void **state)
{
	struct scripted *s = *state;
	struct script due = { .reply = { PUSH_OK, POLL("pending"), START_OK,
				  REPLY(CHALLENGES "/" SID, "[]") },
		.answer = { TYPED("r"), TYPED_AFTER(1500, "123456") } };
	struct script typed = { .reply = { PUSH_OK, POLL("pending"), START_OK,
				    POLL("no-such-status") },
		.answer = { TYPED("r"), TYPED("123456") } };

	due.reply[3].status = 404;
	expect(s, &due, VERDICT_DENY, "ended");
	assert_int_equal(due.requests, 4);
	s->clock += 3600000;
	expect(s, &typed, VERDICT_DENY, "ended");
	assert_int_equal(typed.requests, 4);
}

/* Approved while a code is asked for: p takes it. */
static void
test_approved_at_the_code(void **state)
{
	struct script script = { .reply = { PUSH_OK, POLL("pending"), START_OK,
				     POLL("approved"), CHECK_STATUS("16") },
		.answer = {
		    TYPED("r"), TYPED_AFTER(1500, "111111"), TYPED("p") } };

	expect(*state, &script, VERDICT_ALLOW, NULL);
	script_prompt(&script, 2, "p push");
	assert_int_equal(result.method, METHOD_PUSH);
	assert_int_equal(script.requests, 5);
}

/* No code can be sent: back to the push that can still be approved. */
static void
test_no_code_but_a_push(void **state)
{
	struct scripted *s = *state;
	struct script script = { .reply = { PUSH_OK, POLL("pending"),
				     START_STATUS("9"), POLL("approved") },
		.answer = { TYPED("r"), TYPED("") } };
	struct script silent = { .reply = { PUSH_OK, POLL("pending"),
				     START_STATUS("9"), POLL("pending"),
				     POLL("expired") },
		.answer = { TYPED("r"), TYPED("r"), TYPED(""), TYPED("") } };

	expect(s, &script, VERDICT_ALLOW, NULL);
	script_prompt(&script, 1, "No code could be sent; approve (number ");
	assert_null(strstr(script.prompt[1], "r code"));
	assert_int_equal(result.method, METHOD_PUSH);
	s->clock += 3600000;
	expect(s, &silent, VERDICT_DENY, "expired");
	script_prompt(&silent, 2, "Not possible here; approve");
	assert_int_equal(silent.prompts, 5);
	script_prompt(&silent, 4, "Not approved in time (Enter ends): ");
}

/* The helper itself stood still. */
static void
stalls(struct scripted *s, const struct provider_conf *p,
    const struct http_request *req, struct http_reply *reply)
{
	(void)s;
	(void)p;
	(void)req;
	memset(reply, 0, sizeof(*reply));
	reply->fate = HTTP_NOT_SENT;
	reply->stalled = true;
}

static void
test_stall_is_no_outage(void **state)
{
	struct scripted *s = *state;
	struct script alone = { .answer = { TYPED("") } };
	struct script both = { .requests = 0 };
	struct store *store;

	s->conf.on_outage = OUTAGE_ALLOW;
	s->answer = stalls;
	expect(s, &both, VERDICT_DENY, "stalled");
	scripted_user(s, PUSH_ONLY);
	expect(s, &alone, VERDICT_DENY, "stalled");
	script_prompt(&alone, 0, "Your phone could not be asked");
	store = scripted_store(s);
	for (size_t i = 0; i < s->conf.provider_count; i++)
		assert_int_equal(store_provider_is_passed_over(
				     store, s->conf.provider[i].name),
		    0);
	store_close(store);
}

static bool push_resolved; /* ... and nobody else */

/* Their names are not resolved. */
static void
has_no_name(struct scripted *s, const struct provider_conf *p,
    const struct http_request *req, struct http_reply *reply)
{
	(void)s;
	(void)req;
	memset(reply, 0, sizeof(*reply));
	reply->fate = HTTP_NOT_SENT;
	reply->unresolved =
	    !push_resolved || (p->type->methods & METHOD_BIT(METHOD_PUSH)) == 0;
}

static void
test_no_name_is_no_outage(void **state)
{
	struct scripted *s = *state;
	struct script alone = { .answer = { TYPED("") } }, in = alone;
	struct script both = { .requests = 0 };

	s->conf.on_outage = OUTAGE_ALLOW;
	s->answer = has_no_name;
	expect(s, &both, VERDICT_DENY, "transient");
	push_resolved = true;
	s->clock += 3600000;
	expect(s, &both, VERDICT_DENY, "transient");
	push_resolved = false;
	scripted_user(s, PUSH_ONLY);
	s->clock += 3600000;
	expect(s, &alone, VERDICT_DENY, "transient");
	push_resolved = true;
	s->clock += 3600000;
	expect(s, &in, VERDICT_ALLOW, "outage");
	push_resolved = false;
}

/* An outage is nobody answering: the push's provider did. */
static void
test_no_outage_with_a_push(void **state)
{
	static const struct script_reply down = { "/verify/json", HTTP_NOT_SENT,
		0, NULL, NULL };
	struct scripted *s = *state;
	struct script open = { .reply = { PUSH_OK, POLL("pending"), down },
		.answer = { TYPED("r"), LEFT } };
	struct script denied = { .reply = { PUSH_OK, POLL("denied") },
		.answer = { TYPED("r") } };
	struct script over = { .reply = { PUSH_OK, POLL("pending"), down,
				   POLL("expired") },
		.answer = { TYPED("r"), TYPED("") } };

	scripted_unlimited(s);
	s->conf.on_outage = OUTAGE_ALLOW;
	expect(s, &open, VERDICT_DENY, "peer-gone");
	script_prompt(&open, 1, "No code could be sent");
	s->clock += 3600000;
	expect(s, &over, VERDICT_DENY, "expired");
	s->clock += 3600000;
	expect(s, &denied, VERDICT_MAXTRIES, "push-denied");
}

/* Between phone and push by keys; the one that waits is taken up again. */
static void
test_there_and_back(void **state)
{
	struct script script = { .reply = { PUSH_OK, POLL("pending"), START_OK,
				     POLL("pending"), POLL("approved") },
		.answer = { TYPED("r"), TYPED("p"), TYPED("r"), TYPED("p"),
		    TYPED("") } };

	expect(*state, &script, VERDICT_ALLOW, NULL);
	script_prompt(&script, 1, "p push");
	script_prompt(&script, 2, "Approve on your phone");
	script_prompt(&script, 3, "Verification code sent to");
	assert_int_equal(script.requests, 5);
	assert_int_equal(result.method, METHOD_PUSH);
}

static void
test_key_p(void **state)
{
	struct scripted *s = *state;
	struct script script = { .reply = { START_OK, PUSH_OK,
				     POLL("approved") },
		.answer = { TYPED("p"), TYPED("") } };

	scripted_user(s, PHONE PUSH_KEYS "channels = [\"sms\"];\n");
	expect(s, &script, VERDICT_ALLOW, NULL);
	script_prompt(&script, 0, "p push");
	assert_int_equal(result.method, METHOD_PUSH);
}

/* Back to where p was pressed, and p is named no more. */
static void
test_key_p_impossible(void **state)
{
	struct scripted *s = *state;
	struct script script = { .reply = { START_OK, PUSH_ERROR(404, "20404"),
				     CHECK_OK },
		.answer = { TYPED("p"), TYPED("123456") } };

	scripted_user(s, PHONE PUSH_KEYS "channels = [\"sms\"];\n");
	expect(s, &script, VERDICT_ALLOW, NULL);
	script_prompt(&script, 1, "Verification code sent to");
	assert_null(strstr(script.prompt[1], "p push"));
}

/* --- an end without an answer: a code --- */

static void
test_silence(void **state)
{
	struct scripted *s = *state;
	struct script script = { .answer = { TYPED_AFTER(20000, ""),
				     TYPED("123456") } };

	s->left_ms = 40000;
	polls(&script, 1, (struct script_reply)POLL("pending"));
	script.reply[0] = (struct script_reply)PUSH_OK;
	/* 1 to 10, 12.5, 15, 17.5 and the end at 19 */
	script.reply[15] = (struct script_reply)START_OK;
	script.reply[16] = (struct script_reply)CHECK_OK;
	expect(s, &script, VERDICT_ALLOW, NULL);
	script_prompt(&script, 1, "Verification code sent to");
	assert_null(strstr(script.prompt[1], "p push"));
	assert_int_equal(result.method, METHOD_SMS);
	assert_string_equal(result.provider, "vonage");
}

static void
test_vendor_expires(void **state)
{
	struct script script = { .reply = { PUSH_OK, POLL("expired"), START_OK,
				     CHECK_OK },
		.answer = { TYPED_AFTER(1000, ""), TYPED("123456") } };

	expect(*state, &script, VERDICT_ALLOW, NULL);
	assert_int_equal(result.method, METHOD_SMS);
}

static void
let_time_pass(void)
{
	running->clock += 60000;
}

/* The yes is on its way when our own time ends. */
static void
test_approved_too_late(void **state)
{
	struct scripted *s = *state;
	struct script script = { .reply = { PUSH_OK, POLL("approved"),
				     START_OK },
		.answer = { TYPED_AFTER(1000, ""), LEFT } };

	s->left_ms = 40000;
	script.reply[1].meanwhile = let_time_pass;
	expect(s, &script, VERDICT_DENY, "peer-gone");
	script_prompt(&script, 1, "Verification code sent to");
}

/* In the last second, and nobody types any more. */
static void
test_denied_at_the_end(void **state)
{
	struct scripted *s = *state;
	struct script script = { .answer = { { 19500, UI_GONE, NULL, NULL } } };

	s->left_ms = 40000;
	polls(&script, 1, (struct script_reply)POLL("pending"));
	script.reply[0] = (struct script_reply)PUSH_OK;
	script.reply[14] = (struct script_reply)POLL("denied");
	expect(s, &script, VERDICT_DENY, "push-denied");
	assert_int_equal(script.requests, 15);
}

/* Another login of this user takes the place of one that is over. */
static void
claim_after_the_end(void)
{
	char number[96];
	struct store *store = scripted_store_as(running, 2);
	const struct store_key key = { running->user, number, "push", "type",
		{ NULL } };
	struct store_row row;

	snprintf(number, sizeof(number), "push:%s", running->user);
	running->clock += 120000;
	assert_int_equal(
	    store_claim(store, &key, 0, METHOD_PUSH, 55000, &row), CLAIM_NEW);
	store_close(store);
}

/* The yes came in time, Enter when another push was open. */
static void
test_enter_too_late(void **state)
{
	struct script script = { .reply = { PUSH_OK, POLL("approved") },
		.answer = { { 1000, UI_ANSWER, "", claim_after_the_end } } };

	expect(*state, &script, VERDICT_DENY, "used");
}

static void
test_impossible(void **state)
{
	static const struct script_reply rows[] = {
		PUSH_ERROR(404, "20404"),
		PUSH_ERROR(403, "60318"),
		PUSH_ERROR(401, "20003"),
		PUSH_ERROR(400, "60200"),
		PUSH_ERROR(500, "0"),
		PUSH_FATE(HTTP_NOT_SENT),
		PUSH_FATE(HTTP_UNKNOWN),
		PUSH_FATE(HTTP_CERTIFICATE),
		PUSH_FATE(HTTP_LOCAL),
		REPLY(CHALLENGES, "<html>"),
		REPLY(CHALLENGES, CHALLENGE("push", SID, "approved")),
	};
	struct scripted *s = *state;

	scripted_unlimited(s);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct script script = { .reply = { rows[i], START_OK,
					     CHECK_OK },
			.answer = { TYPED("123456") } };

		expect(s, &script, VERDICT_ALLOW, NULL);
		script_prompt(&script, 0, "Verification code sent to");
		assert_int_equal(result.method, METHOD_SMS);
		s->clock += 3600000;
	}
}

/* Refused unprocessed: once more, then a code. */
static void
test_throttled(void **state)
{
	struct script script = { .reply = { PUSH_ERROR(429, "60312"),
				     PUSH_ERROR(429, "60312"), START_OK,
				     CHECK_OK },
		.answer = { TYPED("123456") } };

	expect(*state, &script, VERDICT_ALLOW, NULL);
	assert_int_equal(script.requests, 4);
}

/* Whom the vendor blocks gets nothing. */
static void
test_blocked(void **state)
{
	struct script script = { .reply = { PUSH_ERROR(403, "60410") } };

	expect(*state, &script, VERDICT_DENY, "fraud");
	assert_int_equal(script.requests, 1);
	assert_int_equal(script.prompts, 0);
}

/* A push that may be on the phone holds the place of another for a minute. */
static void
test_unknown_fate(void **state)
{
	struct scripted *s = *state;
	struct script first = { .reply = { PUSH_FATE(HTTP_UNKNOWN), START_OK },
		.answer = { LEFT } };
	struct script second = { .answer = { LEFT } };
	struct script third = { .reply = { PUSH_OK }, .answer = { LEFT } };

	expect(s, &first, VERDICT_DENY, "peer-gone");
	expect(s, &second, VERDICT_DENY, "peer-gone");
	script_prompt(&second, 0, "already sent");
	s->clock += STORE_UNKNOWN_MS;
	expect(s, &third, VERDICT_DENY, "peer-gone");
	script_prompt(&third, 0, "Approve on your phone");
}

static void
test_one_open_for_a_user(void **state)
{
	struct scripted *s = *state;
	struct script first = { .reply = { PUSH_OK }, .answer = { LEFT } };
	struct script second = { .reply = { START_OK }, .answer = { LEFT } };
	struct script third = { .reply = { PUSH_OK }, .answer = { LEFT } };

	expect(s, &first, VERDICT_DENY, "peer-gone");
	s->clock += 65000;
	expect(s, &second, VERDICT_DENY, "peer-gone");
	script_prompt(&second, 0, "Verification code sent to");
	s->clock += 5000;
	expect(s, &third, VERDICT_DENY, "peer-gone");
	script_prompt(&third, 0, "Approve on your phone");
}

/* An approval for a login that has gone is nobody's. */
static void
test_never_joined(void **state)
{
	struct scripted *s = *state;
	struct script first = { .reply = { PUSH_OK }, .answer = { LEFT } };
	struct script second = { .reply = { START_OK },
		.answer = { TYPED(""), LEFT } };

	expect(s, &first, VERDICT_DENY, "peer-gone");
	expect(s, &second, VERDICT_DENY, "peer-gone");
	script_prompt(&second, 1, "Verification code has 6 digits");
}

static void
test_over_the_limit(void **state)
{
	struct scripted *s = *state;
	struct script over = { .reply = { START_OK }, .answer = { LEFT } };
	struct script after = { .reply = { PUSH_OK }, .answer = { LEFT } };

	for (int i = 0; i < 5; i++) {
		struct script script = { .reply = { PUSH_OK, POLL("approved") },
			.answer = { TYPED("") } };

		expect(s, &script, VERDICT_ALLOW, NULL);
	}
	expect(s, &over, VERDICT_DENY, "peer-gone");
	script_prompt(&over, 0, "Verification code sent to");
	s->clock += 3600000;
	expect(s, &after, VERDICT_DENY, "peer-gone");
	script_prompt(&after, 0, "Approve on your phone");
}

/* What certainly was not sent does not count. */
static void
test_refund(void **state)
{
	struct scripted *s = *state;

	for (int i = 0; i < 7; i++) {
		struct script script = { .reply = { PUSH_ERROR(404, "20404"),
					     START_OK },
			.answer = { LEFT } };

		s->conf.sends.user_hour = s->conf.sends.number_day = 100;
		s->clock += 320000;
		expect(s, &script, VERDICT_DENY, "peer-gone");
		assert_int_equal(script.requests, 2);
	}
}

static void
test_no_time_for_one(void **state)
{
	struct scripted *s = *state;
	struct script script = { .reply = { START_OK }, .answer = { LEFT } };

	s->left_ms = 14000;
	expect(s, &script, VERDICT_DENY, "peer-gone");
	script_prompt(&script, 0, "Verification code sent to");
	assert_null(strstr(script.prompt[0], "p push"));
}

/* --- what the provider says cannot be read --- */

static void
test_polls_fail_then_approved(void **state)
{
	struct script script = {
		.reply = { PUSH_OK, POLL_HTTP(500), POLL_HTTP(503),
		    { CHALLENGES "/" SID, HTTP_UNKNOWN, 0, NULL, NULL },
		    { CHALLENGES "/" SID, HTTP_NOT_SENT, 0, NULL, NULL },
		    PUSH_ERROR(429, "20429"), POLL("approved") },
		.answer = { TYPED_AFTER(6000, "") }
	};

	script.reply[5].path = CHALLENGES "/" SID;
	expect(*state, &script, VERDICT_ALLOW, NULL);
	assert_int_equal(script.requests, 7);
}

/* To the end: nobody knows that it was no denial, so no weaker way is open. */
static void
test_polls_fail_to_the_end(void **state)
{
	struct scripted *s = *state;
	struct script script = { .answer = { TYPED_AFTER(20000, "") } };

	s->left_ms = 40000;
	polls(&script, 1, (struct script_reply)POLL_HTTP(500));
	script.reply[0] = (struct script_reply)PUSH_OK;
	expect(s, &script, VERDICT_DENY, "transient");
	assert_int_equal(script.prompts, 2);
	script_prompt(&script, 1, "could not be read");
	assert_int_equal(script.requests, 15);
}

/* Another challenge, identity, factor, or word: no, and no code. */
static void
test_foreign_answers(void **state)
{
	static const char *const rows[] = {
		CHALLENGE(
		    "push", "YC04aaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", "approved"),
		"{\"sid\":\"" SID "\",\"identity\":\"somebody-else\","
		"\"factor_sid\":\"" SAMPLE_FACTOR "\",\"status\":\"approved\","
		"\"factor_type\":\"push\"}",
		"{\"sid\":\"" SID "\",\"identity\":\"" SAMPLE_IDENTITY "\","
		"\"factor_sid\":\"YF04aaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\","
		"\"status\":\"approved\",\"factor_type\":\"push\"}",
		"{\"sid\":\"" SID "\",\"identity\":\"" SAMPLE_IDENTITY "\","
		"\"factor_sid\":\"" SAMPLE_FACTOR "\",\"status\":\"approved\","
		"\"factor_type\":\"totp\"}",
		CHALLENGE("push", SID, "Approved"),
	};
	struct scripted *s = *state;

	scripted_unlimited(s);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct script script = { .reply = { PUSH_OK,
					     REPLY(
						 CHALLENGES "/" SID, rows[i]) },
			.answer = { TYPED("") } };

		expect(s, &script, VERDICT_DENY, "ended");
		assert_int_equal(script.requests, 2);
		s->clock += 3600000;
	}
}

/* --- sudo, su, login: text shows alone --- */

static void
test_no_enter_needed(void **state)
{
	struct scripted *s = *state;
	struct script script = { .reply = { PUSH_OK, POLL("pending"),
				     POLL("approved") } };

	s->facts.service = "sudo";
	expect(s, &script, VERDICT_ALLOW, NULL);
	assert_int_equal(script.prompts, 0);
	assert_int_equal(script.said, 1);
	assert_ptr_equal(
	    strstr(script.line[0], "Approve on your phone, number "),
	    script.line[0]);
	assert_non_null(strstr(script.line[0], ", within 4")); /* half */
	assert_null(strstr(script.line[0], "Ctrl-C"));
	assert_int_equal(script.paused, 2000);
}

static void
test_denied_without_prompt(void **state)
{
	struct scripted *s = *state;
	struct script script = { .reply = { PUSH_OK, POLL("denied") } };

	s->facts.service = "su";
	expect(s, &script, VERDICT_MAXTRIES, "push-denied");
	assert_int_equal(script.prompts, 0);
	expect_line(&script, "Denied on your phone.");
}

static void
test_silence_without_prompt(void **state)
{
	struct scripted *s = *state;
	struct script script = { .reply = { PUSH_OK, POLL("pending"),
				     POLL("expired"), START_OK, CHECK_OK },
		.answer = { TYPED("123456") } };

	s->facts.service = "login";
	expect(s, &script, VERDICT_ALLOW, NULL);
	expect_line(&script, "Not approved in time.");
	assert_int_equal(script.prompts, 1);
	script_prompt(&script, 0, "Verification code sent to");
}

static void
test_leaving_ends_it(void **state)
{
	struct scripted *s = *state;
	struct script script = { .reply = { PUSH_OK, POLL("pending"),
				     POLL("pending") },
		.leaves_ms = 3000 };

	s->facts.service = "sudo";
	expect(s, &script, VERDICT_DENY, "peer-gone");
	assert_int_equal(script.requests, 3);
}

/* --- locks, rules, outage --- */

static void
guess_to_the_lock(void)
{
	const struct limits_of_guesses once = { 1, 30, 900, 0 };
	struct store_guess_token token;
	struct store *store = scripted_store(running);
	int64_t wait_s;

	assert_int_equal(store_guess_take(store, running->user, "192.0.2.0/24",
			     &once, &token, &wait_s),
	    GUESS_OPEN);
	store_close(store);
}

static void
unlock(const struct scripted *s)
{
	struct store *store = scripted_store(s);

	assert_int_not_equal(store_user_unlock(store, s->user), -1);
	store_close(store);
}

static void
test_locked(void **state)
{
	struct script script = { .answer = { TYPED("") } };

	guess_to_the_lock();
	expect(*state, &script, VERDICT_MAXTRIES, "locked");
	script_prompt(&script, 0, "Too many wrong codes: locked for 15 min");
	assert_int_equal(script.requests, 0);
}

static void
test_locked_meanwhile(void **state)
{
	struct script script = { .reply = { PUSH_OK, POLL("approved") },
		.answer = {
		    { 0, UI_ANSWER, "", guess_to_the_lock }, TYPED("") } };

	expect(*state, &script, VERDICT_MAXTRIES, "locked");
	script_prompt(&script, 1, "locked for 15 min");
}

/* Not told: the same looks, and nothing goes to the phone. */
static void
test_locked_untold(void **state)
{
	struct scripted *s = *state;
	struct script script = { .answer = { TYPED(""), TYPED("r"),
				     TYPED("123456"), LEFT } };

	s->conf.tell_locked = false;
	guess_to_the_lock();
	expect(s, &script, VERDICT_DENY, "locked");
	script_prompt(&script, 0, "Approve on your phone (number ");
	script_prompt(&script, 1, "Not approved yet");
	script_prompt(
	    &script, 2, "Verification code sent to +44 ***-***-0123 by SMS");
	script_prompt(&script, 3, "Verification code was wrong");
	assert_int_equal(script.requests, 0);
}

static void
test_untold_to_the_end(void **state)
{
	struct scripted *s = *state;
	struct script script = { .answer = { LEFT } };

	s->conf.tell_locked = false;
	s->facts.service = "sudo";
	guess_to_the_lock();
	expect(s, &script, VERDICT_DENY, "locked");
	expect_line(&script, "Approve on your phone, number ");
	expect_line(&script, "Not approved in time.");
	script_prompt(&script, 0, "Verification code sent to");
	assert_int_equal(script.requests, 0);
}

/* Nothing but a push: no code is spoken of, whether locked or not. */
static void
test_untold_push_alone(void **state)
{
	static const char *const services[] = { "sshd", "sudo" };
	struct scripted *s = *state;

	s->conf.tell_locked = false;
	scripted_user(s, PUSH_ONLY);
	for (size_t i = 0; i < 2; i++) {
		struct script open = { .answer = { TYPED_AFTER(90000, "") } };
		struct script locked = { .answer = { TYPED_AFTER(90000, "") } };

		unlock(s);
		s->facts.service = services[i];
		polls(&open, 1, (struct script_reply)POLL("pending"));
		open.reply[0] = (struct script_reply)PUSH_OK;
		expect(s, &open, VERDICT_DENY, "expired");
		guess_to_the_lock();
		s->clock += 120000;
		expect(s, &locked, VERDICT_DENY, "locked");
		assert_int_equal(locked.requests, 0);
		assert_int_equal(locked.prompts, open.prompts);
		assert_int_equal(locked.said, open.said);
		if (open.said == 0) { /* sshd */
			script_prompt(&locked, 1, "Not approved in time (");
			script_prompt(&open, 1, "Not approved in time (");
			continue;
		}
		assert_string_equal(
		    locked.line[locked.said - 1], "Not approved in time.");
		assert_string_equal(
		    open.line[open.said - 1], "Not approved in time.");
	}
}

static void
test_rule_without_push(void **state)
{
	struct scripted *s = *state;
	struct script script = { .reply = { START_OK },
		.answer = { TYPED("p"), LEFT } };

	s->conf.rule_count = 1;
	s->rule[0] = (struct rule){ .action = ACTION_REQUIRE,
		.methods = METHOD_BIT(METHOD_SMS),
		.on_outage = OUTAGE_UNSET };
	expect(s, &script, VERDICT_DENY, "peer-gone");
	script_prompt(&script, 0, "Verification code sent to");
	script_prompt(&script, 1, "that key does not work here");
}

static void
test_recovery_at_the_prompt(void **state)
{
	struct scripted *s = *state;
	struct script script = { .reply = { PUSH_OK, POLL("pending"),
				     POLL("pending") },
		.answer = {
		    TYPED("abcd-efgh-2345-67aa"), TYPED(SCRIPT_RECOVERY) } };

	scripted_recovery(s);
	expect(s, &script, VERDICT_ALLOW, NULL);
	script_prompt(&script, 1, "No such recovery code; approve (number ");
	assert_int_equal(result.method, METHOD_RECOVERY);
}

/* A user with a push alone. */
static void
test_nothing_else(void **state)
{
	struct scripted *s = *state;
	struct script expired = { .reply = { PUSH_OK, POLL("expired") },
		.answer = { TYPED("") } };
	struct script open = { .reply = { PUSH_OK }, .answer = { LEFT } };
	struct script busy = { .answer = { TYPED("") } };
	struct script over = { .answer = { TYPED("") } };

	scripted_user(s, PUSH_ONLY);
	expect(s, &expired, VERDICT_DENY, "expired");
	assert_string_equal(expired.prompt[0] +
		strlen("Approve on your phone "
		       "(number 42), "),
	    "then press Enter (q cancel): ");
	expect(s, &open, VERDICT_DENY, "peer-gone");
	expect(s, &busy, VERDICT_DENY, "push-open");
	assert_string_equal(busy.prompt[0],
	    "Another login waits for your answer on the phone (Enter ends): ");
	s->clock += 120000;
	s->conf.sends.push_hour = 1;
	expect(s, &over, VERDICT_MAXTRIES, "limit");
	script_prompt(&over, 0, "No more pushes for 58 min (Enter ends): ");
}

static void
test_outage(void **state)
{
	static const struct {
		struct script_reply reply;
		enum on_outage on;
		enum frame_verdict verdict;
		const char *reason;
	} rows[] = {
		{ PUSH_FATE(HTTP_NOT_SENT), OUTAGE_ALLOW, VERDICT_ALLOW,
		    "outage" },
		{ PUSH_FATE(HTTP_UNKNOWN), OUTAGE_ALLOW, VERDICT_ALLOW,
		    "outage" },
		{ PUSH_ERROR(503, "0"), OUTAGE_ALLOW, VERDICT_ALLOW, "outage" },
		{ PUSH_FATE(HTTP_NOT_SENT), OUTAGE_DENY, VERDICT_DENY,
		    "transient" },
		{ PUSH_FATE(HTTP_NOT_SENT), OUTAGE_OFFLINE, VERDICT_DENY,
		    "transient" },
		{ PUSH_FATE(HTTP_CERTIFICATE), OUTAGE_ALLOW, VERDICT_DENY,
		    "config" },
		{ PUSH_ERROR(404, "20404"), OUTAGE_ALLOW, VERDICT_DENY,
		    "config" },
		{ REPLY(CHALLENGES, "[]"), OUTAGE_ALLOW, VERDICT_DENY,
		    "transient" },
	};
	struct scripted *s = *state;

	scripted_unlimited(s);
	scripted_user(s, PUSH_ONLY);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct script script = { .reply = { rows[i].reply } };

		s->conf.on_outage = rows[i].on;
		expect(s, &script, rows[i].verdict, rows[i].reason);
		s->clock += 3600000;
	}
}

/* With a phone as well, both must be out of reach. */
static void
test_outage_of_both(void **state)
{
	static const struct script_reply down = { "/verify/json", HTTP_NOT_SENT,
		0, NULL, NULL };
	struct scripted *s = *state;
	struct script both = { .reply = { PUSH_FATE(HTTP_NOT_SENT), down } };
	struct script phone = { .reply = { PUSH_ERROR(404, "20404"), down } };
	struct script silent = { .reply = { PUSH_OK, POLL("expired"), down },
		.answer = { TYPED("") } };
	struct script turned = { .reply = { down, PUSH_OK, POLL("approved") },
		.answer = { TYPED("") } };
	struct script turned_both = { .reply = {
					  down, PUSH_FATE(HTTP_NOT_SENT) } };

	scripted_unlimited(s);
	s->conf.on_outage = OUTAGE_ALLOW;
	expect(s, &both, VERDICT_ALLOW, "outage");
	s->clock += 3600000;
	expect(s, &phone, VERDICT_DENY, "transient");
	s->clock += 3600000;
	expect(s, &silent, VERDICT_DENY, "transient");
	s->clock += 3600000;
	scripted_user(s, PHONE PUSH_KEYS "channels = [\"sms\", \"push\"];\n");
	expect(s, &turned, VERDICT_ALLOW, NULL);
	s->clock += 3600000;
	expect(s, &turned_both, VERDICT_ALLOW, "outage");
}

/* A push of channels for which no time is left was not asked: no outage of all,
 * however long the others held the login up. */
static void
test_no_outage_without_time_for_a_push(void **state)
{
	static const struct script_reply down = { "/verify/json", HTTP_NOT_SENT,
		0, NULL, NULL };
	static const char *const channels[] = { "\"sms\", \"push\"",
		"\"push\", \"sms\"" };
	struct scripted *s = *state;
	char record[256];

	scripted_unlimited(s);
	s->conf.on_outage = OUTAGE_ALLOW;
	s->left_ms = 14000; /* timeout_ms is 10 s */
	for (size_t i = 0; i < COUNT_OF(channels); i++) {
		struct script script = { .reply = { down } };

		PRINT_TO(
		    record, PHONE PUSH_KEYS "channels = [%s];\n", channels[i]);
		scripted_user(s, record);
		expect(s, &script, VERDICT_DENY, "transient");
		assert_int_equal(script.requests, 1);
		s->clock += 3600000;
	}
}

/* Nor is it one while a push is left that key p alone would send. */
static void
test_no_outage_before_any_push(void **state)
{
	static const struct script_reply down = { "/verify/json", HTTP_NOT_SENT,
		0, NULL, NULL };
	struct scripted *s = *state;
	struct script asked = { .reply = { down, PUSH_OK, POLL("approved") },
		.answer = { TYPED("") } };
	struct script both = { .reply = { down, PUSH_FATE(HTTP_NOT_SENT) } };
	struct script late = { .reply = { down } };

	scripted_unlimited(s);
	s->conf.on_outage = OUTAGE_ALLOW;
	scripted_user(s, PHONE PUSH_KEYS "channels = [\"sms\"];\n");
	expect(s, &asked, VERDICT_ALLOW, NULL);
	assert_int_equal(result.method, METHOD_PUSH);
	s->clock += 3600000;
	expect(s, &both, VERDICT_ALLOW, "outage");
	s->clock += 3600000;
	s->left_ms = 14000;
	expect(s, &late, VERDICT_DENY, "transient");
}

/* No code can follow, so no time is kept for one: an outage of all admits, also
 * when several providers have used up most of the time. */
static void
test_outage_with_time_for_a_push_alone(void **state)
{
	static const struct script_reply down = { "/verify/json", HTTP_NOT_SENT,
		0, NULL, NULL };
	struct scripted *s = *state;
	struct script both = { .reply = { down, PUSH_FATE(HTTP_NOT_SENT) } };

	scripted_unlimited(s);
	s->conf.on_outage = OUTAGE_ALLOW;
	scripted_user(s, PHONE PUSH_KEYS "channels = [\"sms\", \"push\"];\n");
	s->left_ms = 25000;
	expect(s, &both, VERDICT_ALLOW, "outage");
}

/* --- several who ask --- */

static void
with_second(struct scripted *s)
{
	s->conf.provider[2] = s->conf.provider[1];
	s->conf.provider[2].name = "push2";
	s->conf.provider_count = 3;
}

/* One that does not take it is no end, and no outage, while another is left. */
static void
test_second_provider(void **state)
{
	static const struct script_reply rows[] = {
		PUSH_FATE(HTTP_NOT_SENT),
		PUSH_FATE(HTTP_UNKNOWN),
		PUSH_ERROR(503, "0"),
		PUSH_ERROR(404, "20404"),
		PUSH_ERROR(401, "20003"),
	};
	struct scripted *s = *state;

	scripted_unlimited(s);
	scripted_user(s, PUSH_ONLY);
	with_second(s);
	s->conf.on_outage = OUTAGE_ALLOW;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct script script = { .reply = { rows[i], PUSH_OK,
					     POLL("approved") },
			.answer = { TYPED("") } };

		expect(s, &script, VERDICT_ALLOW, NULL);
		assert_string_equal(result.provider, "push2");
		s->clock += 3600000;
	}
}

/* As it is for codes: throttled for this person, blocked, of unknown fate where
 * the settings want no second message. */
static void
test_no_second_provider(void **state)
{
	struct scripted *s = *state;
	struct script throttled = { .reply = { PUSH_ERROR(429, "60312"),
					PUSH_ERROR(429, "60312") },
		.answer = { TYPED("") } };
	struct script blocked = { .reply = { PUSH_ERROR(403, "60410") } };
	struct script unknown = { .reply = { PUSH_FATE(HTTP_UNKNOWN) },
		.answer = { TYPED("") } };
	struct script after = { .answer = { TYPED("") } };

	scripted_user(s, PUSH_ONLY);
	with_second(s);
	s->conf.on_outage = OUTAGE_ALLOW;
	s->conf.failover_after_unknown = false;
	expect(s, &throttled, VERDICT_DENY, "throttle");
	expect(s, &blocked, VERDICT_DENY, "fraud");
	expect(s, &unknown, VERDICT_DENY, "transient");
	script_prompt(&unknown, 0, "Your phone could not be asked");
	/* the other one is asked first for a minute, and may be */
	s->conf.provider_count = 2;
	expect(s, &after, VERDICT_DENY, "push-open");
}

/* For a minute it is asked last. */
static void
test_passed_over(void **state)
{
	struct scripted *s = *state;
	struct script down = { .reply = { PUSH_FATE(HTTP_NOT_SENT), PUSH_OK,
				   POLL("approved") },
		.answer = { TYPED("") } };
	struct script after = { .reply = { PUSH_OK, POLL("approved") },
		.answer = { TYPED("") } };
	struct script later = { .reply = { PUSH_OK, POLL("approved") },
		.answer = { TYPED("") } };

	with_second(s);
	expect(s, &down, VERDICT_ALLOW, NULL);
	expect(s, &after, VERDICT_ALLOW, NULL);
	assert_string_equal(result.provider, "push2");
	s->clock += STORE_PASSED_MS;
	expect(s, &later, VERDICT_ALLOW, NULL);
	assert_string_equal(result.provider, "push");
}

/* Both down; and what one login asks of both counts once. */
static void
test_both_down(void **state)
{
	struct scripted *s = *state;
	struct script both = { .reply = { PUSH_FATE(HTTP_NOT_SENT),
				   PUSH_FATE(HTTP_NOT_SENT) } };
	struct script one = { .reply = { PUSH_FATE(HTTP_NOT_SENT),
				  PUSH_ERROR(404, "20404") },
		.answer = { TYPED("") } };
	struct script half = { .reply = { PUSH_FATE(HTTP_UNKNOWN), PUSH_OK,
				   POLL("approved") },
		.answer = { TYPED("") } };
	struct script next = { .reply = { PUSH_OK, POLL("approved") },
		.answer = { TYPED("") } };

	scripted_user(s, PUSH_ONLY);
	with_second(s);
	s->conf.on_outage = OUTAGE_ALLOW;
	expect(s, &both, VERDICT_ALLOW, "outage");
	s->clock += STORE_PASSED_MS;
	expect(s, &one, VERDICT_DENY, "config");
	s->clock += STORE_PASSED_MS;
	s->conf.sends.push_hour = 2;
	expect(s, &half, VERDICT_ALLOW, NULL);
	expect(s, &next, VERDICT_ALLOW, NULL);
}

/* The second one refuses what the first one may have sent: the owner's phone
 * may show it, so it stays counted. */
static void
test_maybe_sent_stays_counted(void **state)
{
	struct scripted *s = *state;
	struct script lost = { .reply = { PUSH_FATE(HTTP_UNKNOWN),
				   PUSH_FATE(HTTP_NOT_SENT) },
		.answer = { TYPED("") } };
	struct script over = { .answer = { TYPED("") } };

	scripted_user(s, PUSH_ONLY);
	with_second(s);
	s->conf.sends.push_hour = 1;
	expect(s, &lost, VERDICT_DENY, "transient");
	s->clock += STORE_UNKNOWN_MS + STORE_PASSED_MS;
	expect(s, &over, VERDICT_MAXTRIES, "limit");
}

/* --- time is left for a code --- */

static void
test_rest_for_a_code(void **state)
{
	static const struct {
		const char *service;
		int64_t left_ms;
		const char *line; /* of a push; NULL: there is none */
	} rows[] = {
		{ "login", 50900, "within 25 s" }, /* its own is 60 s */
		{ "login", 40900, "within 15 s" },
		{ "login", 34900, NULL },
		{ "sudo", 90900, "within 45 s" },
		{ "sudo", 300000, "within 60 s" },
		{ "sshd", 30900, "" },
		{ "sshd", 29900, NULL },
	};
	struct scripted *s = *state;

	scripted_unlimited(s);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct script push = { .reply = { PUSH_OK, POLL("approved") },
			.answer = { TYPED("") } };
		struct script code = { .reply = { START_OK },
			.answer = { LEFT } };
		struct script *script = rows[i].line != NULL ? &push : &code;

		s->facts.service = rows[i].service;
		s->left_ms = rows[i].left_ms;
		s->clock += 3600000;
		scripted_run(s, script, 1, &result);
		assert_int_equal(
		    script->requests, rows[i].line != NULL ? 2 : 1);
		if (rows[i].line != NULL && rows[i].line[0] != '\0')
			expect_line(script, rows[i].line);
	}
}

/* With nothing else to ask for, it may take it all. */
static void
test_no_rest_without_a_code(void **state)
{
	struct scripted *s = *state;
	struct script script = { .reply = { PUSH_OK, POLL("approved") } };

	scripted_user(s, PUSH_ONLY);
	s->facts.service = "login";
	s->left_ms = 50900;
	expect(s, &script, VERDICT_ALLOW, NULL);
	expect_line(&script, "within 45 s");
}

/* No code can be sent, so the user's other channel is asked. */
static void
test_push_instead_of_phone(void **state)
{
	struct scripted *s = *state;
	struct script script = { .reply = { START_STATUS("9"), PUSH_OK,
				     POLL("approved") },
		.answer = { TYPED("") } };
	struct script spent = { .reply = { START_OK, CHECK_STATUS("17") },
		.answer = { TYPED("111111") } };
	struct script after = { .requests = 0 };

	scripted_user(s, PHONE PUSH_KEYS "channels = [\"sms\", \"push\"];\n");
	expect(s, &script, VERDICT_ALLOW, NULL);
	assert_int_equal(result.method, METHOD_PUSH);
	/* too many wrong codes are no reason to ring the owner */
	expect(s, &spent, VERDICT_MAXTRIES, "wrong-codes");
	expect(s, &after, VERDICT_MAXTRIES, "spent");
	assert_int_equal(after.requests, 0);
}

/* Without it no push can be counted; an app's code and a recovery code need
 * none. */
static void
test_no_host_key(void **state)
{
	struct scripted *s = *state;
	char key[160], code[7];
	struct script app = { .answer = { TYPED(code) } };
	struct script recovery = { .answer = { TYPED(SCRIPT_RECOVERY) } };
	struct script alone = { .answer = { TYPED("") } };

	snprintf(key, sizeof(key), "%s/host.key", s->dir);
	assert_int_equal(mkdir(key, 0700), 0);
	scripted_user(s, PUSH_ONLY);
	expect(s, &alone, VERDICT_DENY, "state");
	script_prompt(&alone, 0, "Your phone could not be asked");
	scripted_totp(s, PHONE PUSH_KEYS "channels = [\"push\", \"sms\"];\n");
	scripted_totp_code(s, 0, code);
	expect(s, &app, VERDICT_ALLOW, NULL);
	script_prompt(&app, 0, "of your app");
	assert_int_equal(app.requests, 0);
	scripted_user(s, PUSH_FIRST);
	scripted_recovery(s);
	expect(s, &recovery, VERDICT_ALLOW, NULL);
	assert_int_equal(recovery.requests, 0);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, scripted_teardown)

static const struct CMUnitTest tests[] = {
	TEST(test_approved_then_enter),
	TEST(test_enter_asks_at_once),
	TEST(test_enter_too_early),
	TEST(test_poll_times),
	TEST(test_code_is_malformed),
	TEST(test_denied),
	TEST(test_denied_at_enter),
	TEST(test_denied_and_gone),
	TEST(test_denial_locks),
	TEST(test_denial_ends_grace),
	TEST(test_denial_then_recovery),
	TEST(test_denied_at_the_code),
	TEST(test_denied_a_moment_ago),
	TEST(test_denied_before_the_app),
	TEST(test_denied_before_recovery),
	TEST(test_unheard_at_the_code),
	TEST(test_unfit_at_the_code),
	TEST(test_approved_at_the_code),
	TEST(test_no_code_but_a_push),
	TEST(test_no_outage_with_a_push),
	TEST(test_no_name_is_no_outage),
	TEST(test_stall_is_no_outage),
	TEST(test_there_and_back),
	TEST(test_key_p),
	TEST(test_key_p_impossible),
	TEST(test_silence),
	TEST(test_vendor_expires),
	TEST(test_approved_too_late),
	TEST(test_denied_at_the_end),
	TEST(test_enter_too_late),
	TEST(test_impossible),
	TEST(test_throttled),
	TEST(test_blocked),
	TEST(test_unknown_fate),
	TEST(test_one_open_for_a_user),
	TEST(test_never_joined),
	TEST(test_over_the_limit),
	TEST(test_refund),
	TEST(test_no_time_for_one),
	TEST(test_polls_fail_then_approved),
	TEST(test_polls_fail_to_the_end),
	TEST(test_foreign_answers),
	TEST(test_no_enter_needed),
	TEST(test_denied_without_prompt),
	TEST(test_silence_without_prompt),
	TEST(test_leaving_ends_it),
	TEST(test_locked),
	TEST(test_locked_meanwhile),
	TEST(test_locked_untold),
	TEST(test_untold_to_the_end),
	TEST(test_untold_push_alone),
	TEST(test_rule_without_push),
	TEST(test_recovery_at_the_prompt),
	TEST(test_nothing_else),
	TEST(test_outage),
	TEST(test_outage_of_both),
	TEST(test_no_outage_without_time_for_a_push),
	TEST(test_outage_with_time_for_a_push_alone),
	TEST(test_no_outage_before_any_push),
	TEST(test_second_provider),
	TEST(test_no_second_provider),
	TEST(test_passed_over),
	TEST(test_both_down),
	TEST(test_maybe_sent_stays_counted),
	TEST(test_rest_for_a_code),
	TEST(test_no_rest_without_a_code),
	TEST(test_push_instead_of_phone),
	TEST(test_no_host_key),
};

UNIT_TESTS(test_push)
{
	return cmocka_run_group_tests(tests, NULL, NULL);
}
