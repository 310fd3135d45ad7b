/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Logins on a script in which something else happens at a chosen moment: the
 * state breaks or random bytes run out, host.key is spoilt, wrong codes
 * elsewhere shut the user, another session is faster, the person has left.
 * Nobody is let in by it, and the log names it.
 */
#include "tests/support/logins/scripted.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "helper/providers/providers.h"
#include "helper/store/store.h"
#include "helper/verification/verification.h"
#include "helper/verification/verification_inside.h"
#include "lib/system/system.h"
#include "tests/seams/failcall.h"
#include "tests/support/replies/replies.h"
#include "tests/support/samples.h"
#include "tests/support/unit_tests.h"

#define VERIFY_SERVICE "/v2/Services/VAaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
#define CHALLENGES VERIFY_SERVICE "/Entities/" SAMPLE_IDENTITY "/Challenges"
#define SID "YC03aaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
#define VERIFICATION "VEaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
#define VERIFICATION_2 "VEbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"
#define CHALLENGE(status, type)                                                \
	"{\"sid\":\"" SID "\",\"service_sid\":"                                \
	"\"VAaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\",\"identity\":"                 \
	"\"" SAMPLE_IDENTITY "\",\"factor_sid\":\"" SAMPLE_FACTOR              \
	"\",\"status\":\"" status "\",\"factor_type\":\"" type "\"}"
#define PUSH_OK REPLY(CHALLENGES, CHALLENGE("pending", "push"))
#define APPROVED REPLY(CHALLENGES "/" SID, CHALLENGE("approved", "push"))
#define LOST(path, then)                                                       \
	{                                                                      \
		path, HTTP_UNKNOWN, 0, NULL, then                              \
	}
#define AND_THEN(path, http, body, then)                                       \
	{                                                                      \
		path, HTTP_REPLIED, http, body, then                           \
	}
#define T_BODY(id)                                                             \
	"{\"sid\":\"" id "\",\"service_sid\":"                                 \
	"\"VAaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\",\"to\":\"" SAMPLE_PHONE        \
	"\",\"status\":\"pending\"}"
#define T_START                                                                \
	AND_THEN(                                                              \
	    VERIFY_SERVICE "/Verifications", 201, T_BODY(VERIFICATION), NULL)
#define MESSAGE                                                                \
	"{\"data\":{\"id\":\"40385f64-5717-4562-b3fc-2c963f66afa6\",\"to\":["  \
	"{\"phone_number\":\"" SAMPLE_PHONE "\",\"status\":\"queued\"}]}}"
#define LEAVES                                                                 \
	{                                                                      \
		0, UI_GONE, NULL, NULL                                         \
	}
#define TYPED_THEN(after_ms, text, then)                                       \
	{                                                                      \
		after_ms, UI_ANSWER, text, then                                \
	}
#define PHONE "phone = \"" SAMPLE_PHONE "\"; "
#define PUSH_KEYS                                                              \
	"push_identity = \"" SAMPLE_IDENTITY                                   \
	"\"; push_factor = \"" SAMPLE_FACTOR "\"; "
#define APP_KEYS                                                               \
	"push_identity = \"" SAMPLE_IDENTITY                                   \
	"\"; totp_factor = \"" SAMPLE_FACTOR "\"; "
#define WAITS_MS 300 /* a lock is waited for as long as a check, really */
#define AT_ONCE (-1) /* script.leaves_ms: before the first wait */

static struct scripted *running;
static struct login_result result;
static char lines[8192]; /* what the log was told to mend */

static void
keep_line(void *ctx, const char *line)
{
	const size_t len = strlen(lines);

	(void)ctx;
	snprintf(lines + len, sizeof(lines) - len, "%s\n", line);
}

static int
setup(void **state)
{
	const int rc = scripted_setup(state);

	running = *state;
	running->first->timeout_ms = WAITS_MS;
	lines[0] = '\0';
	log_set_sink(NULL, keep_line);
	return rc;
}

static int
teardown(void **state)
{
	failcall_stop();
	log_set_sink(NULL, NULL);
	return scripted_teardown(state);
}

static void
expect(struct script *script, enum frame_verdict verdict, const char *reason)
{
	scripted_run(running, script, 1, &result);
	failcall_stop();
	if (result.reason == REASON_NONE ||
	    strcmp(reason_word(result.reason), reason) != 0)
		fail_msg("reason %s, not %s",
		    result.reason == REASON_NONE ? "(none)"
						 : reason_word(result.reason),
		    reason);
	assert_int_equal(result.verdict, verdict);
}

/* A reason alone could have another cause. */
static void
logged(const char *words)
{
	if (strstr(lines, words) == NULL)
		fail_msg("the log has no '%s': %s", words, lines);
}

/* --- what happens meanwhile --- */

/* Nothing can be written any more; what is read can be. */
static void
break_writing(void)
{
	failcall_arm_only("sqlite3_exec", 1, true);
}

static void
break_state(void)
{
	failcall_arm_only("sqlite3_prepare_v2", 1, true);
}

static void
break_random(void)
{
	failcall_arm_only("getrandom", 1, true);
}

static void
spoil_key(void)
{
	char path[256];
	FILE *f;

	snprintf(path, sizeof(path), "%s/host.key", running->dir);
	f = fopen(path, "w");
	assert_non_null(f);
	fputs("short", f);
	assert_int_equal(fclose(f), 0);
}

static void
sql(const char *text)
{
	sqlite3 *db;

	assert_int_equal(sqlite3_open(running->state, &db), SQLITE_OK);
	if (sqlite3_exec(db, text, NULL, NULL, NULL) != SQLITE_OK)
		fail_msg("%s: %s", text, sqlite3_errmsg(db));
	sqlite3_close(db);
}

/* The hundredth wrong code in a row, from elsewhere. */
static void
shut(void)
{
	char text[256];

	snprintf(text, sizeof(text),
	    "INSERT OR REPLACE INTO guess(user, source, series, wrong, locks,"
	    " locked_at, until, last) VALUES('%s', '', 1, 100, 0, 0, 0, 0)",
	    running->user);
	sql(text);
}

/* Another session's right code takes the row. */
static void
taken(void)
{
	sql("DELETE FROM verification");
}

static void
damage_verifier(void)
{
	sql("UPDATE verification SET verifier = x'00'");
}

/* Another user's verifications at this provider have the ids that come next. */
static void
id_of_another(void)
{
	static const char *const ids[] = { "second", VERIFICATION_2 };
	char text[512];

	for (int i = 0; i < 2; i++) {
		snprintf(text, sizeof(text),
		    "INSERT INTO verification(number, user, provider, boot, "
		    "state,"
		    " session, holder, request_id, method, began_at, sent_at,"
		    " expires_at, ends_at) VALUES('n%d', 'u',"
		    " (SELECT max(provider) FROM verification), 'boot-1',"
		    " 'running',"
		    " 5, 0, '%s', 1, 1000000, 1000000, 9000000, 9000000)",
		    i, ids[i]);
		sql(text);
	}
}
static void
use_push(void)
{
	scripted_provider(running, 1, "twilio-push", "push");
	scripted_user(
	    running, PHONE PUSH_KEYS "channels = [\"push\", \"sms\"];\n");
}

static void
use(const char *type, const char *record)
{
	scripted_provider(running, 0, type, "one");
	scripted_user(running, record);
}

static void
rule_methods(unsigned methods)
{
	running->conf.rule_count = 1;
	running->rule[0] = (struct rule){ .action = ACTION_REQUIRE,
		.methods = methods,
		.on_outage = OUTAGE_UNSET };
}

/* A session of this user that has left its prompt: row and code go on. */
static void
begin(struct script_reply start)
{
	struct script script = { .reply = { start }, .answer = { LEAVES } };

	scripted_run(running, &script, 9, &result);
	assert_int_equal(script.prompts, 1);
}

/* --- a code by phone --- */

static void
shut_before_a_code(void **state)
{
	struct script script = { .reply = { START_OK },
		.answer = { TYPED_THEN(0, "123456", shut), LEAVES } };

	(void)state;
	expect(&script, VERDICT_MAXTRIES, "locked");
	assert_int_equal(script.requests, 1); /* it was not checked */
	assert_int_equal(result.tries, 0);
}

static void
no_nonce_for_a_check(void **state)
{
	struct script script = { .reply = { START_OK },
		.answer = { TYPED_THEN(0, "123456", break_random) } };

	(void)state;
	expect(&script, VERDICT_DENY, "config");
	logged("provider vonage: check: the request could not be built");
	assert_int_equal(script.requests, 1);
}

static void
left_before_the_message(void **state)
{
	struct script script = { .leaves_ms = AT_ONCE };

	(void)state;
	expect(&script, VERDICT_DENY, "peer-gone");
	assert_int_equal(script.requests, 0);
	assert_int_equal(script.prompts, 0);
}

/* Who was out of reach is not kept, but the next one is asked. */
static void
outage_is_not_kept(void **state)
{
	struct script script = { .reply = { { "/verify/json", HTTP_NOT_SENT, 0,
				     NULL, break_writing } } };

	(void)state;
	expect(&script, VERDICT_DENY, "transient");
	logged("state.db: ");
}

/* The code is right; what keeps it from being used twice cannot be done. */
static void
authy(struct scripted *s, const struct provider_conf *p,
    const struct http_request *req, struct http_reply *reply)
{
	(void)s;
	if (strstr(req->path, "/verify/") == NULL) {
		replies_read(p->type->name, "sms-sent", reply);
		return;
	}
	spoil_key();
	replies_read(p->type->name, "token-valid", reply);
}

static void
key_is_spoilt_before_a_yes(void **state)
{
	struct script script = { .answer = { TYPED("1234567") } };

	(void)state;
	use("authy",
	    PHONE "authy_id = \"" SAMPLE_AUTHY_ID
		  "\"; channels = [\"sms\"];\n");
	running->answer = authy;
	expect(&script, VERDICT_DENY, "state");
	logged("/host.key cannot be read or made");
}

/* --- a code of our own --- */

static void
no_code_of_our_own(void **state)
{
	struct script script = { .reply = { REPLY("/v2/messages", MESSAGE) },
		.answer = { TYPED_THEN(32000, "r", spoil_key), LEAVES } };
	struct script next = { .answer = { LEAVES } };

	(void)state;
	use("telnyx-sms", PHONE "\n");
	expect(&script, VERDICT_DENY, "peer-gone");
	logged("without it no code can be checked");
	assert_int_equal(script.requests, 1);
	/* and then no number can be looked up */
	expect(&next, VERDICT_DENY, "state");
	logged("host.key cannot be read or made");
	assert_int_equal(next.requests, 0);
}

static void
no_random_for_the_next_code(void **state)
{
	struct script script = { .reply = { REPLY("/v2/messages", MESSAGE) },
		.answer = { TYPED_THEN(32000, "r", break_random), LEAVES } };

	(void)state;
	use("telnyx-sms", PHONE "\n");
	expect(&script, VERDICT_DENY, "peer-gone");
	logged("no random code could be made");
	assert_int_equal(script.requests, 1);
	script_prompt(&script, 1, "Verification code: wait 30 s");
}

static void
verifier_is_damaged(void **state)
{
	struct script script = { .reply = { REPLY("/v2/messages", MESSAGE) },
		.answer = { TYPED_THEN(0, "123456", damage_verifier) } };

	(void)state;
	use("telnyx-sms", PHONE "\n");
	expect(&script, VERDICT_DENY, "ended");
	logged("a row is damaged: move the file");
}

/* Whether the second one went out nobody knows, and the first cannot be kept
 * beside it: neither is taken. */
static void
second_code_is_not_kept(void **state)
{
	struct script script = { .reply = { REPLY("/v2/messages", MESSAGE),
				     LOST("/v2/messages", spoil_key) },
		.answer = { TYPED_AFTER(32000, "r") } };

	(void)state;
	use("telnyx-sms", PHONE "\n");
	expect(&script, VERDICT_DENY, "deny");
	logged("without it no code can be checked");
}

/* --- another message --- */

static void
taken_before_another(void **state)
{
	struct script script = { .reply = { START_OK, START_OK_2, CHECK_OK_2 },
		.answer = { TYPED_THEN(32000, "r", taken), TYPED("123456") } };

	(void)state;
	scripted_run(running, &script, 1, &result);
	assert_int_equal(result.verdict, VERDICT_ALLOW);
	script_prompt(&script, 1, "Verification code sent to ");
	assert_int_equal(script.requests, 3);
}

static void
disk_breaks_before_another(void **state)
{
	struct script script = { .reply = { START_OK },
		.answer = { TYPED_THEN(32000, "r", break_writing) } };

	(void)state;
	expect(&script, VERDICT_DENY, "state");
	logged("state.db: ");
	assert_int_equal(script.requests, 1);
}

/* The message is counted, and then the row cannot be held: nothing is sent. */
static void
break_the_second(void)
{
	failcall_arm_only("sqlite3_exec", 3, true);
}

static void
disk_breaks_between(void **state)
{
	struct script script = { .reply = { START_OK },
		.answer = {
		    TYPED_THEN(32000, "r", break_the_second), LEAVES } };

	(void)state;
	expect(&script, VERDICT_DENY, "peer-gone");
	assert_int_equal(script.requests, 1);
	script_prompt(&script, 1, "Verification code: wait 30 s");
}

static void
taken_while_another_is_sent(void **state)
{
	struct script script = { .reply = { T_START,
				     AND_THEN(VERIFY_SERVICE "/Verifications",
					 201, T_BODY(VERIFICATION), taken) },
		.answer = { TYPED_AFTER(32000, "r") } };

	(void)state;
	use("twilio-verify", PHONE "\n");
	expect(&script, VERDICT_DENY, "used");
	logged("its id could not be kept");
}

static void
taken_while_it_steps_on(void **state)
{
	struct script script = { .reply = { START_OK,
				     AND_THEN("/verify/control/json", 200,
					 "{\"status\":\"0\",\"command\":"
					 "\"trigger_next_event\"}",
					 taken) },
		.answer = { TYPED_AFTER(32000, "v") } };

	(void)state;
	running->conf.provider[0].number[0] = 1; /* text, call, call */
	expect(&script, VERDICT_DENY, "used");
	logged("its id could not be kept");
}

static void
another_has_the_id(void **state)
{
	struct script script = { .reply = { START_OK, CANCEL_OK,
				     AND_THEN("/verify/json", 200,
					 "{\"request_id\":\"second\","
					 "\"status\":\"0\"}",
					 id_of_another) },
		.answer = { TYPED_AFTER(32000, "r") } };

	(void)state;
	expect(&script, VERDICT_DENY, "number-busy");
	logged("another verification has the id");
}

static void
another_has_the_id_again(void **state)
{
	struct script script = { .reply = { T_START,
				     AND_THEN(VERIFY_SERVICE "/Verifications",
					 201, T_BODY(VERIFICATION_2),
					 id_of_another) },
		.answer = { TYPED_AFTER(32000, "r") } };

	(void)state;
	use("twilio-verify", PHONE "\n");
	expect(&script, VERDICT_DENY, "number-busy");
	logged("another verification has the id");
}

/* --- a code that has expired --- */

static void
no_new_one_after_expiry(void **state)
{
	struct script script = { .reply = { START_OK },
		.answer = { TYPED_AFTER(300001, "123456") } };

	(void)state;
	running->conf.sends.user_hour = 1;
	expect(&script, VERDICT_MAXTRIES, "limit");
	assert_int_equal(script.requests, 1);
}

static void
lost_after_expiry(void **state)
{
	struct script script = { .reply = { START_OK,
				     LOST("/verify/json", NULL) },
		.answer = { TYPED_AFTER(300001, "123456") } };

	(void)state;
	expect(&script, VERDICT_DENY, "transient");
}

static void
app_after_the_limit(void **state)
{
	struct script script = { .reply = { START_OK },
		.answer = { TYPED_AFTER(300001, "123456"), LEAVES } };

	(void)state;
	running->conf.sends.user_hour = 1;
	scripted_totp(running, PHONE "channels = [\"sms\", \"totp\"];");
	expect(&script, VERDICT_DENY, "peer-gone");
	script_prompt(&script, 1, "of your app");
}

static void
app_after_expiry(void **state)
{
	struct script script = { .reply = { START_OK,
				     LOST("/verify/json", NULL) },
		.answer = { TYPED_AFTER(300001, "123456"), LEAVES } };

	(void)state;
	scripted_totp(running, PHONE "channels = [\"sms\", \"totp\"];");
	expect(&script, VERDICT_DENY, "peer-gone");
	script_prompt(&script, 1, "of your app");
}

/* --- one that runs already, and cannot be joined --- */

static void
voice_instead(
    struct script *script, enum frame_verdict verdict, const char *reason)
{
	const struct script_reply start = START_OK;

	begin(start);
	rule_methods(METHOD_BIT(METHOD_VOICE));
	expect(script, verdict, reason);
}

static void
used_before_it_is_ended(void **state)
{
	struct script script = { .reply = {
				     AND_THEN("/verify/control/json", 200,
					 "{\"status\":\"0\",\"command\":"
					 "\"cancel\"}",
					 taken) } };

	(void)state;
	voice_instead(&script, VERDICT_DENY, "used");
	assert_int_equal(script.requests, 1);
}

static void
state_breaks_while_it_is_ended(void **state)
{
	struct script script = { .reply = {
				     AND_THEN("/verify/control/json", 200,
					 "{\"status\":\"0\",\"command\":"
					 "\"cancel\"}",
					 break_state) } };

	(void)state;
	voice_instead(&script, VERDICT_DENY, "state");
	logged("state.db: ");
	assert_int_equal(script.requests, 1);
}

static void
disk_breaks_while_it_is_ended(void **state)
{
	struct script script = { .reply = {
				     AND_THEN("/verify/control/json", 200,
					 "{\"status\":\"0\",\"command\":"
					 "\"cancel\"}",
					 break_writing) } };

	(void)state;
	voice_instead(&script, VERDICT_DENY, "state");
	logged("state.db: ");
	assert_int_equal(script.requests, 1);
}

/* Says yes to all that is asked of it. */
static void
yes_to_all(struct scripted *s, const struct provider_conf *p,
    const struct http_request *req, struct http_reply *reply)
{
	(void)s;
	(void)p;
	memset(reply, 0, sizeof(*reply));
	reply->fate = HTTP_REPLIED;
	reply->status = 200;
	reply->len = (size_t)snprintf(reply->body, sizeof(reply->body),
	    strstr(req->path, "/control/") != NULL
		? "{\"status\":\"0\",\"command\":\"cancel\"}"
		: "{\"request_id\":\"%032llx\",\"status\":\"0\"}",
	    (unsigned long long)running->clock);
}

/* Each transaction once: the call comes, or the state is what it failed by. */
static void
each_transaction_while_it_is_ended(void **state)
{
	static struct script script;
	unsigned failed = 0;

	(void)state;
	scripted_unlimited(running);
	running->answer = yes_to_all;
	for (long nth = 1; nth < 60; nth++) {
		running->clock += 700000;
		running->conf.rule_count = 0;
		begin((struct script_reply){ .path = NULL });
		rule_methods(METHOD_BIT(METHOD_VOICE));
		script = (struct script){ .answer = { LEAVES } };
		failcall_arm_only("sqlite3_exec", nth, false);
		scripted_run(running, &script, 1, &result);
		failcall_stop();
		assert_int_equal(result.verdict, VERDICT_DENY);
		if (strcmp(reason_word(result.reason), "peer-gone") != 0)
			failed++;
		else
			script_prompt(&script, 0, "Verification code: calling");
		if (failcall_name()[0] == '\0')
			break;
	}
	assert_string_equal(reason_word(result.reason), "peer-gone");
	assert_true(failed > 5);
	logged("state.db: ");
}

/* A code of our own is ended by nobody but us. */
static void
own_code_is_ended_here(void **state)
{
	const struct script_reply sent = REPLY("/v2/messages", MESSAGE);
	struct script script = { .reply = { START_OK_2, CHECK_OK_2 },
		.answer = { TYPED("123456") } };

	(void)state;
	running->conf.provider[1] = running->conf.provider[0];
	use("telnyx-sms", PHONE "channels = [\"sms\", \"voice\"];\n");
	running->conf.provider_count = 1;
	begin(sent);
	running->conf.provider_count = 2;
	rule_methods(METHOD_BIT(METHOD_VOICE));
	scripted_run(running, &script, 1, &result);
	assert_int_equal(result.verdict, VERDICT_ALLOW);
	assert_string_equal(result.provider, "vonage");
}

/* A start of unknown fate at the first, a text from the second; this login
 * wants a call. The first is left alone. */
static void
shut_at_the_first(void **state)
{
	struct script text = { .reply = { LOST("/verify/json", NULL), T_START },
		.answer = { LEAVES } };
	struct script call = { .reply = { T_START }, .answer = { LEAVES } };

	(void)state;
	/* silence that was cut short: it is asked first the next time, too */
	running->conf.provider[0].timeout_ms = 100000;
	scripted_provider(running, 1, "twilio-verify", "two");
	scripted_user(running, PHONE "channels = [\"sms\", \"voice\"];\n");
	scripted_run(running, &text, 9, &result);
	assert_int_equal(text.prompts, 1);
	rule_methods(METHOD_BIT(METHOD_VOICE));
	expect(&call, VERDICT_DENY, "peer-gone");
	script_prompt(&call, 0, "Verification code: calling");
	assert_string_equal(result.provider, "two");
}

/* --- no random bytes --- */

/* Nothing is made up in their place. */
static void
nothing_is_made(void **state)
{
	static const char zeros[sizeof("123456")];
	char code[sizeof(zeros)] = "123456";

	(void)state;
	break_random();
	assert_int_equal(own_code_make(6, code), -1);
	assert_memory_equal(code, zeros, 6);
	assert_int_equal(store_session_id_new(), -1);
	assert_int_equal(store_process_id_new(getpid()), -1);
	failcall_stop();
	assert_int_equal(own_code_make(6, code), 0);
	assert_true(store_session_id_new() >= 0);
}

static void
no_key_can_be_made(void **state)
{
	struct script script = { .answer = { LEAVES } };

	(void)state;
	running->facts.first_factor = FIRST_NONE;
	break_random();
	expect(&script, VERDICT_DENY, "state");
	logged("/host.key cannot be read or made");
	assert_int_equal(script.prompts, 0);
}

static void
no_identity_can_be_made(void **state)
{
	struct script script = { .requests = 0 };

	(void)state;
	scripted_provider(running, 1, "twilio-push", "push");
	running->facts.purpose = PURPOSE_PUSH;
	break_random();
	expect(&script, VERDICT_DENY, "no-random");
	logged("the kernel gave no random bytes");
	assert_int_equal(script.requests, 0);
}

/* libcrypto takes the record's digest, by which logins are remembered. */
static void
no_digest_of_the_record(void **state)
{
	struct script script = { .requests = 0 };

	(void)state;
	running->conf.unenrolled_allow = true;
	failcall_arm_only("EVP_Digest", 1, true);
	expect(&script, VERDICT_DENY, "user-file");
	assert_int_equal(script.requests, 0);
}

/* --- a push --- */

static void
state_breaks_before_a_yes(void **state)
{
	struct script script = { .reply = { PUSH_OK, APPROVED },
		.answer = { TYPED_THEN(0, "", break_state) } };

	(void)state;
	use_push();
	expect(&script, VERDICT_DENY, "state");
	logged("state.db: ");
}

static void
shut_before_a_yes(void **state)
{
	struct script script = { .reply = { PUSH_OK, APPROVED },
		.answer = { TYPED_THEN(0, "", shut), LEAVES } };

	(void)state;
	use_push();
	expect(&script, VERDICT_MAXTRIES, "locked");
	script_prompt(&script, 1, "locked");
}

/* A no counts whether it can be kept or not. */
static void
disk_breaks_at_a_no(void **state)
{
	struct script script = { .reply = { PUSH_OK,
				     AND_THEN(CHALLENGES "/" SID, 200,
					 CHALLENGE("denied", "push"),
					 break_writing) },
		.answer = { TYPED("") } };

	(void)state;
	use_push();
	expect(&script, VERDICT_MAXTRIES, "push-denied");
	logged("denied a push on the phone");
	logged("state.db: ");
}

static void
push_is_lost_and_the_state(void **state)
{
	struct script script = { .reply = { LOST(CHALLENGES, break_state) } };

	(void)state;
	use_push();
	expect(&script, VERDICT_DENY, "state");
	logged("state.db: ");
}

static void
left_before_the_push(void **state)
{
	struct script script = { .leaves_ms = AT_ONCE };

	(void)state;
	use_push();
	expect(&script, VERDICT_DENY, "peer-gone");
	assert_int_equal(script.requests, 0);
}

static void
no_random_for_a_push(void **state)
{
	struct script script = { .requests = 0 };

	(void)state;
	use_push();
	break_random();
	expect(&script, VERDICT_DENY, "no-random");
	assert_int_equal(script.requests, 0);
}

/* --- a user who is not told of his lock --- */

/* The decoy's key is there from an earlier one. */
static void
lock_untold(void)
{
	struct script first = { .answer = { LEAVES } };

	running->conf.tell_locked = false;
	store_close(scripted_store(running));
	shut();
	scripted_run(running, &first, 9, &result);
	assert_string_equal(reason_word(result.reason), "locked");
}

static void
untold_without_key(void **state)
{
	struct script script = { .answer = { LEAVES } };

	(void)state;
	lock_untold();
	spoil_key();
	expect(&script, VERDICT_DENY, "state");
	logged("/host.key cannot be read or made");
	assert_int_equal(script.prompts, 0);
}

static void
untold_push_without_random(void **state)
{
	struct script script = { .answer = { LEAVES } };

	(void)state;
	use_push();
	lock_untold();
	break_random();
	expect(&script, VERDICT_DENY, "locked");
	assert_int_equal(script.prompts, 0);
}

static void
untold_push_and_left(void **state)
{
	struct script script = { .leaves_ms = AT_ONCE };

	(void)state;
	use_push();
	lock_untold();
	expect(&script, VERDICT_DENY, "locked");
	assert_int_equal(script.prompts, 0);
}

static void
untold_app_and_left(void **state)
{
	struct script script = { .leaves_ms = AT_ONCE,
		.answer = { TYPED("123456") } };

	(void)state;
	scripted_totp(running, "channels = [\"totp\"];");
	lock_untold();
	expect(&script, VERDICT_DENY, "locked");
	assert_int_equal(script.prompts, 1);
}

/* --- an app's code that the provider checks --- */

static void
app_and_key_is_spoilt(void **state)
{
	struct script script = { .reply = { AND_THEN(CHALLENGES, 201,
				     CHALLENGE("approved", "totp"),
				     spoil_key) },
		.answer = { TYPED("123456") } };

	(void)state;
	use("twilio-totp", APP_KEYS "\n");
	expect(&script, VERDICT_DENY, "state");
	logged("/host.key cannot be read or made");
}

static void
app_and_shut(void **state)
{
	struct script script = { .answer = {
				     TYPED_THEN(0, "123456", shut), LEAVES } };

	(void)state;
	use("twilio-totp", APP_KEYS "\n");
	running->first->timeout_ms = WAITS_MS;
	expect(&script, VERDICT_MAXTRIES, "locked");
	assert_int_equal(script.requests, 0);
}

/* --- decoys --- */

/* While it pretends to send, to check, and to send again. */
static void
left_a_decoy(void **state)
{
	static const struct {
		int64_t leaves_ms, after_ms;
		const char *typed;
		unsigned prompts;
	} moments[] = { { AT_ONCE, 0, "", 0 }, { 450, 0, "123456", 1 },
		{ 450, 32000, "r", 1 } };

	(void)state;
	running->facts.first_factor = FIRST_NONE;
	for (size_t i = 0; i < 3; i++) {
		struct script script = { .leaves_ms = moments[i].leaves_ms,
			.answer = { TYPED_AFTER(
			    moments[i].after_ms, moments[i].typed) } };

		expect(&script, VERDICT_DENY, "no-first-factor");
		assert_int_equal(script.prompts, moments[i].prompts);
	}
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

UNIT_TESTS(test_meanwhile)
{
	const struct CMUnitTest tests[] = {
		TEST(shut_before_a_code),
		TEST(no_nonce_for_a_check),
		TEST(left_before_the_message),
		TEST(outage_is_not_kept),
		TEST(key_is_spoilt_before_a_yes),
		TEST(no_code_of_our_own),
		TEST(no_random_for_the_next_code),
		TEST(verifier_is_damaged),
		TEST(second_code_is_not_kept),
		TEST(taken_before_another),
		TEST(disk_breaks_before_another),
		TEST(disk_breaks_between),
		TEST(taken_while_another_is_sent),
		TEST(taken_while_it_steps_on),
		TEST(another_has_the_id),
		TEST(another_has_the_id_again),
		TEST(no_new_one_after_expiry),
		TEST(lost_after_expiry),
		TEST(app_after_expiry),
		TEST(app_after_the_limit),
		TEST(used_before_it_is_ended),
		TEST(state_breaks_while_it_is_ended),
		TEST(disk_breaks_while_it_is_ended),
		TEST(each_transaction_while_it_is_ended),
		TEST(own_code_is_ended_here),
		TEST(shut_at_the_first),
		TEST(nothing_is_made),
		TEST(no_key_can_be_made),
		TEST(no_identity_can_be_made),
		TEST(no_digest_of_the_record),
		TEST(state_breaks_before_a_yes),
		TEST(shut_before_a_yes),
		TEST(disk_breaks_at_a_no),
		TEST(push_is_lost_and_the_state),
		TEST(left_before_the_push),
		TEST(no_random_for_a_push),
		TEST(untold_without_key),
		TEST(untold_push_without_random),
		TEST(untold_push_and_left),
		TEST(untold_app_and_left),
		TEST(app_and_key_is_spoilt),
		TEST(app_and_shut),
		TEST(left_a_decoy),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
