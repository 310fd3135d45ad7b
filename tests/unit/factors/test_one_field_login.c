/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Logins on a script that ask nothing: what stands behind the password is all.
 */
#include "tests/support/logins/twilio_challenge.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "helper/store/store.h"
#include "tests/support/unit_tests.h"

#define VOICE "channels = [\"sms\", \"voice\"];"
#define PUSH_OK REPLY(CHALLENGES, CHALLENGE("push", SID, "pending"))
#define POLL(status) REPLY(CHALLENGES "/" SID, CHALLENGE("push", SID, status))
#define NOT_SENT                                                               \
	{                                                                      \
		"/verify/json", HTTP_NOT_SENT, 0, NULL, NULL                   \
	}
#define HOUR_MS 3600000

static struct login_result result;

/* Nothing is ever asked or shown, and every denial is the same. reason NULL:
 * let in. */
static void
field(struct scripted *s, struct script *script, const char *part,
    const char *reason)
{
	s->facts.conversation = false;
	s->facts.one_field = part;
	scripted_run(s, script, 1, &result);
	if (strcmp(reason_word(result.reason), reason != NULL ? reason : "") !=
	    0)
		fail_msg("\"%s\": %s", part, reason_word(result.reason));
	assert_int_equal(result.verdict,
	    reason != NULL && strcmp(reason, "outage") != 0 ? VERDICT_DENY
							    : VERDICT_ALLOW);
	assert_int_equal(script->prompts + script->said, 0);
}

/* The same without a request. */
static void
quiet(struct scripted *s, const char *part, const char *reason)
{
	struct script script = { .paused = 0 };

	field(s, &script, part, reason);
	assert_int_equal(script.requests, 0);
}

static void
sent(struct scripted *s)
{
	struct script script = { .reply = { START_OK } };

	field(s, &script, "sms", "code-sent");
	assert_int_equal(script.requests, 1);
}

static void
let_in(struct scripted *s, const char *part)
{
	struct script script = { .reply = { CHECK_OK } };

	field(s, &script, part, NULL);
	assert_int_equal(script.requests, 1);
}

/* Wrong codes of this user at this source, until a lock would come. */
static unsigned
guesses_left(struct scripted *s)
{
	struct store *store = scripted_store(s);
	struct store_guess_token token;
	unsigned left = 0;
	int64_t wait_s;

	scripted_time(s);
	while (store_guess_take(store, s->user, "192.0.2.0/24",
		   &s->conf.guesses, &token, &wait_s) == GUESS_OPEN)
		left++;
	store_close(store);
	return left;
}

static void
nothing_is_no_code(void **state)
{
	quiet(*state, "", "no-code");
	assert_int_equal(result.tries, 0);
}

static void
sms_then_its_code(void **state)
{
	struct scripted *s = *state;

	sent(s);
	assert_int_equal(result.method, METHOD_SMS);
	let_in(s, "123456");
	assert_int_equal(result.method, METHOD_SMS);
	assert_int_equal(result.tries, 1);
	quiet(s, "123456", "no-code");
}

/* Another length is none that the provider would compare. */
static void
no_code_of_that_length(void **state)
{
	struct scripted *s = *state;

	sent(s);
	quiet(s, "1234", "no-code");
	assert_int_equal(guesses_left(s), 6);
}

static void
wrong_codes_are_counted(void **state)
{
	struct scripted *s = *state;

	sent(s);
	for (int i = 0; i < 2; i++) {
		struct script script = { .reply = { CHECK_STATUS("16") } };

		field(s, &script, "111111", "wrong-codes");
	}
	assert_int_equal(guesses_left(s), 4);
}

/* As many as one message has, whoever counts logins. */
static void
a_message_has_three_tries(void **state)
{
	struct scripted *s = *state;

	sent(s);
	for (int i = 0; i < 3; i++) {
		struct script script = { .reply = { CHECK_STATUS("16") } };

		field(s, &script, "111111", "wrong-codes");
	}
	quiet(s, "123456", "no-code");
	quiet(s, "sms", "spent");
}

/* One that runs is not followed by another before its time. */
static void
sms_again(void **state)
{
	struct scripted *s = *state;
	struct script again = { .reply = { CANCEL_OK, START_OK_2 } };

	sent(s);
	quiet(s, "sms", "code-sent");
	s->clock += 40000;
	field(s, &again, "sms", "code-sent");
	assert_int_equal(again.requests, 2);
}

static void
a_call(void **state)
{
	struct scripted *s = *state;
	struct script script = { .reply = { START_OK } };

	scripted_user(s, PHONE "channels = [\"sms\"];");
	quiet(s, "call", "no-method");
	scripted_user(s, PHONE VOICE);
	field(s, &script, "call", "code-sent");
	assert_int_equal(result.method, METHOD_VOICE);
	assert_non_null(strstr(script.sent[0], "workflow_id=7"));
}

/* It is over by our clock, or by the provider's: nothing follows it. */
static void
an_expired_code(void **state)
{
	struct scripted *s = *state;
	struct script late = { .reply = { CHECK_STATUS("6") } };

	sent(s);
	s->clock += 301000;
	quiet(s, "123456", "no-code");
	sent(s);
	field(s, &late, "123456", "ended");
	assert_int_equal(late.requests, 1);
}

/* --- the app --- */

static void
the_apps_code(void **state)
{
	struct scripted *s = *state;
	char code[7];

	scripted_totp(s, PHONE);
	scripted_totp_code(s, 0, code);
	quiet(s, code, NULL);
	assert_int_equal(result.method, METHOD_TOTP);
	quiet(s, code, "code-used");
	assert_int_equal(guesses_left(s), 6);
}

/* Each check is a guess of its own, and a right one clears them. */
static void
the_app_first_then_the_phone(void **state)
{
	struct scripted *s = *state;
	struct script wrong = { .reply = { CHECK_STATUS("16") } };

	scripted_totp(s, PHONE);
	s->conf.wrong_codes_per_login = 1;
	quiet(s, "111111", "wrong-codes");
	sent(s);
	s->conf.wrong_codes_per_login = 3;
	field(s, &wrong, "111111", "wrong-codes");
	s->conf.guesses.after = 5; /* three by now, and two for this one */
	let_in(s, "123456");
	assert_int_equal(result.tries, 2);
	assert_int_equal(guesses_left(s), 5);
}

/* The app's guess reaches the limit, and yet keeps no right code out: else one
 * lock would be followed by another for ever. */
static void
the_apps_guess_does_not_lock(void **state)
{
	struct scripted *s = *state;

	scripted_totp(s, PHONE);
	sent(s);
	s->conf.guesses.after = 1;
	let_in(s, "123456");
	assert_int_equal(guesses_left(s), 1);
}

/* ... a wrong one locks, and is no guess more than the limit. */
static void
a_wrong_code_for_both_locks(void **state)
{
	struct scripted *s = *state;
	struct script wrong = { .reply = { CHECK_STATUS("16") } };

	scripted_totp(s, PHONE);
	sent(s);
	s->conf.guesses.after = 2;
	field(s, &wrong, "111111", "wrong-codes");
	quiet(s, "123456", "locked");
	quiet(s, "sms", "locked");
}

/* One wrong code of a login is the last one, where the settings say so. */
static void
one_wrong_code_a_login(void **state)
{
	struct scripted *s = *state;

	scripted_totp(s, PHONE);
	s->conf.wrong_codes_per_login = 1;
	sent(s);
	let_in(s, "123456");
}

/* --- recovery codes, and locks --- */

static void
a_recovery_code(void **state)
{
	struct scripted *s = *state;

	quiet(s, SCRIPT_RECOVERY, "no-code");
	scripted_recovery(s);
	quiet(s, "ZZZZ-ZZZZ-2222-2222", "wrong-codes");
	quiet(s, SCRIPT_RECOVERY, NULL);
	assert_int_equal(result.method, METHOD_RECOVERY);
	quiet(s, SCRIPT_RECOVERY, "no-code"); /* it was the last one */
}

static void
locked(void **state)
{
	struct scripted *s = *state;

	scripted_recovery(s);
	sent(s);
	guesses_left(s);
	quiet(s, "123456", "locked");
	quiet(s, "sms", "locked");
	quiet(s, SCRIPT_RECOVERY, NULL);
}

/* --- limits --- */

static void
limits_hold(void **state)
{
	struct scripted *s = *state;

	for (int i = 0; i < 5; i++) {
		sent(s);
		s->clock += 301000;
	}
	quiet(s, "sms", "limit");
}

/* The next message of one that runs meets them as well. */
static void
limits_hold_for_the_next_one(void **state)
{
	struct scripted *s = *state;

	s->conf.sends.user_hour = 1;
	sent(s);
	s->clock += 40000;
	quiet(s, "sms", "limit");
}

/* Without an address the daemon's uid is nobody's source. */
static void
no_address_is_no_source(void **state)
{
	struct scripted *s = *state;
	struct script prompt = { .reply = { START_OK }, .answer = { LEFT } };

	s->conf.sends.source_hour = 1;
	sent(s);
	s->clock += HOUR_MS / 2;
	quiet(s, "sms", "limit");
	s->facts.rhost = s->facts.ssh_addr = "";
	sent(s);
	s->clock += 301000;
	sent(s);
	s->clock += 301000;
	/* nor does a login at the console wait for what it had sent */
	s->facts.conversation = true;
	s->facts.one_field = NULL;
	scripted_run(s, &prompt, 1, &result);
	assert_int_equal(result.reason, REASON_PEER_GONE);
	assert_int_equal(prompt.requests, 1);
}

/* --- rules --- */

static void
rules_that_ask_nothing(void **state)
{
	struct scripted *s = *state;

	s->conf.rule_count = 1;
	s->rule[0] = (struct rule){ .action = ACTION_SKIP,
		.methods = METHOD_ALL,
		.on_outage = OUTAGE_UNSET };
	quiet(s, "", NULL);
	assert_int_equal(result.outcome, LOGIN_SKIPPED);
	s->rule[0].action = ACTION_OBSERVE;
	quiet(s, "sms", NULL);
	assert_int_equal(result.outcome, LOGIN_OBSERVED);
	s->rule[0].action = ACTION_DENY;
	quiet(s, "123456", "rule");
}

static void
a_remembered_login(void **state)
{
	struct scripted *s = *state;

	s->conf.rule_count = 1;
	s->rule[0] = (struct rule){ .action = ACTION_REQUIRE,
		.methods = METHOD_ALL,
		.on_outage = OUTAGE_UNSET,
		.remember_minutes = 15 };
	s->facts.auth_info = "publickey ssh-ed25519 AAAA\n";
	sent(s);
	let_in(s, "123456");
	s->facts.conversation = false;
	scripted_run(s, &(struct script){ .paused = 0 }, 1, &result);
	assert_int_equal(result.reason, REASON_REMEMBERED);
	s->facts.auth_info = "";
	quiet(s, "", "no-code");
}

/* As at a prompt: let in where the settings say so, and nothing of the user's
 * own is left to try. */
static void
an_outage(void **state)
{
	struct scripted *s = *state;
	struct script down = { .reply = { NOT_SENT } };
	struct script again = { .reply = { NOT_SENT } };
	struct script own = { .reply = { NOT_SENT } };

	field(s, &down, "sms", "transient");
	s->clock += HOUR_MS;
	s->conf.on_outage = OUTAGE_ALLOW;
	quiet(s, "", "no-code");
	quiet(s, "123456", "no-code");
	field(s, &again, "sms", "outage");
	s->clock += HOUR_MS;
	scripted_recovery(s);
	field(s, &own, "sms", "transient");
}

/* Who asks for a call has not had the providers of texts asked. */
static void
an_outage_of_one_method(void **state)
{
	struct scripted *s = *state;
	struct script call = { .reply = { NOT_SENT } };
	struct script text = { .reply = { NOT_SENT } };

	scripted_unlimited(s);
	scripted_user(s, PHONE VOICE);
	s->conf.on_outage = OUTAGE_ALLOW;
	field(s, &text, "sms", "outage");
	s->clock += HOUR_MS;
	scripted_provider(s, 1, "telnyx-sms", "texts");
	field(s, &call, "call", "transient");
	assert_int_equal(call.requests, 1);
}

/* Nor has a user who could ask for a push had its provider asked. */
static void
an_outage_before_a_push(void **state)
{
	struct scripted *s = *state;
	struct script script = { .reply = { NOT_SENT } };

	scripted_provider(s, 1, "twilio-push", "push");
	scripted_user(s, PHONE PUSH_KEYS "channels = [\"sms\"];");
	s->conf.rule_count = 1;
	s->rule[0] = (struct rule){ .action = ACTION_REQUIRE,
		.methods = METHOD_ALL,
		.on_outage = OUTAGE_ALLOW,
		.push_blind = true };
	field(s, &script, "sms", "transient");
}

/* A field whose rule takes no push sends no push, as nobody would ask for its
 * answer. */
static void
an_outage_where_no_push_is_taken(void **state)
{
	struct scripted *s = *state;
	struct script script = { .reply = { NOT_SENT, PUSH_OK } };

	scripted_provider(s, 1, "twilio-push", "push");
	scripted_user(s, PHONE PUSH_KEYS "channels = [\"sms\"];");
	s->conf.on_outage = OUTAGE_ALLOW;
	field(s, &script, "sms", "outage");
	assert_int_equal(script.requests, 1);
}

/* --- push --- */

static void
with_push(struct scripted *s, bool blind)
{
	scripted_provider(s, 1, "twilio-push", "push");
	scripted_user(s, PHONE PUSH_KEYS "channels = [\"sms\", \"push\"];");
	s->conf.rule_count = 1;
	s->rule[0] = (struct rule){ .action = ACTION_REQUIRE,
		.methods = METHOD_ALL,
		.on_outage = OUTAGE_UNSET,
		.push_blind = blind };
}

static void
a_push_needs_the_rules_word(void **state)
{
	with_push(*state, false);
	quiet(*state, "push", "no-method");
}

static void
a_push_that_is_approved(void **state)
{
	struct script script = { .reply = { PUSH_OK, POLL("pending"),
				     POLL("approved") } };

	with_push(*state, true);
	field(*state, &script, "push", NULL);
	assert_int_equal(result.method, METHOD_PUSH);
}

static void
a_push_that_is_denied(void **state)
{
	struct script script = { .reply = { PUSH_OK, POLL("denied") } };

	with_push(*state, true);
	field(*state, &script, "push", "push-denied");
	quiet(*state, "push", "locked");
}

static void
a_push_without_an_answer(void **state)
{
	struct scripted *s = *state;
	struct script script = { .reply = { PUSH_OK } };

	with_push(s, true);
	for (int i = 1; i < SCRIPT_MAX; i++)
		script.reply[i] = (struct script_reply)POLL("pending");
	s->left_ms = 30000;
	field(s, &script, "push", "expired");
	assert_in_range(script.paused, 20000, 26000);
}

/* Whatever fails at the phone, no push is sent in its place. */
static void
no_push_in_the_place_of_a_code(void **state)
{
	struct scripted *s = *state;
	struct script script = { .reply = { START_STATUS("10") } };

	with_push(s, true);
	field(s, &script, "sms", "inflight");
	assert_int_equal(script.requests, 1);
}

/* --- decoys --- */

static const char *const parts[] = { "123456", "sms", "" };

/* Each takes as long as the same of an enrolled user, and sends nothing. */
static void
looks_like_a_login(struct scripted *s, const char *reason)
{
	for (size_t i = 0; i < 3; i++) {
		struct script script = { .paused = 0 };

		field(s, &script, parts[i], reason);
		assert_int_equal(script.requests, 0);
		if (parts[i][0] != '\0')
			assert_in_range(script.paused, 50, 2000);
		else
			assert_int_equal(script.paused, 0);
	}
}

static void
an_unenrolled_user(void **state)
{
	struct scripted *s = *state;
	char path[512];

	snprintf(path, sizeof(path), "%s/%s.conf", s->users, s->user);
	assert_int_equal(remove(path), 0);
	looks_like_a_login(s, "unenrolled");
}

static void
nobody(void **state)
{
	struct scripted *s = *state;

	s->facts.user = "nobodyknows";
	looks_like_a_login(s, "no-account");
}

/* One who is locked, and is not to be told. */
static void
a_lock_that_is_hidden(void **state)
{
	struct scripted *s = *state;

	s->conf.tell_locked = false;
	guesses_left(s);
	looks_like_a_login(s, "locked");
	scripted_recovery(s);
	quiet(s, SCRIPT_RECOVERY, NULL);
}

/* A code where no message runs takes as long as one that is checked. */
static void
no_message_runs(void **state)
{
	struct script script = { .paused = 0 };

	field(*state, &script, "123456", "no-code");
	assert_in_range(script.paused, 50, 2000);
}

/* Somebody who leaves meanwhile. */
static void
the_peer_leaves(void **state)
{
	struct script script = { .leaves_ms = 1 };

	field(*state, &script, "123456", "peer-gone");
}

#define T(name)                                                                \
	cmocka_unit_test_setup_teardown(name, scripted_setup, scripted_teardown)

UNIT_TESTS(test_one_field_login)
{
	const struct CMUnitTest tests[] = {
		T(nothing_is_no_code),
		T(sms_then_its_code),
		T(no_code_of_that_length),
		T(wrong_codes_are_counted),
		T(a_message_has_three_tries),
		T(sms_again),
		T(a_call),
		T(an_expired_code),
		T(the_apps_code),
		T(the_app_first_then_the_phone),
		T(the_apps_guess_does_not_lock),
		T(a_wrong_code_for_both_locks),
		T(one_wrong_code_a_login),
		T(a_recovery_code),
		T(locked),
		T(limits_hold),
		T(limits_hold_for_the_next_one),
		T(no_address_is_no_source),
		T(rules_that_ask_nothing),
		T(a_remembered_login),
		T(an_outage),
		T(an_outage_of_one_method),
		T(an_outage_before_a_push),
		T(an_outage_where_no_push_is_taken),
		T(a_push_needs_the_rules_word),
		T(a_push_that_is_approved),
		T(a_push_that_is_denied),
		T(a_push_without_an_answer),
		T(no_push_in_the_place_of_a_code),
		T(an_unenrolled_user),
		T(nobody),
		T(a_lock_that_is_hidden),
		T(no_message_runs),
		T(the_peer_leaves),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
