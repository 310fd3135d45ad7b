/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The helper's half of twofactl with each of its calls to state and kernel
 * failing, one at a time: the admin is told why, nothing half done is left, and
 * the same can be done afterwards.
 */
#include "tests/support/logins/scripted.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "helper/control/control.h"
#include "helper/control/control_inside.h"
#include "helper/store/store.h"
#include "lib/items/items.h"
#include "lib/system/system.h"
#include "tests/seams/failcall.h"
#include "tests/support/logins/serving.h"
#include "tests/support/samples.h"
#include "tests/support/store_time.h"
#include "tests/support/unit_tests.h"

#define CALLS_MAX 400
#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

/* The other end: what it answers to the one question, and what it heard. */
static struct {
	const char *answer;
	unsigned errors; /* with a cause */
	unsigned codes;  /* recovery codes that were said */
} peer;

static void
peer_say(void *ctx, const char *line)
{
	struct item r;

	(void)ctx;
	assert_int_equal(item_read(&r, line), 0);
	if (r.kind == ITEM_CODE)
		peer.codes++;
	if (r.kind != ITEM_ERROR)
		return;
	peer.errors++;
	if (strstr(r.text[1], ": ") == NULL &&
	    strstr(r.text[1], "no random bytes") == NULL)
		fail_msg("'%s' is no cause", r.text[1]);
}

static enum ui_result
peer_ask(void *ctx, const char *prompt, int64_t deadline,
    const struct ui_idle *idle, struct ui_answer *a)
{
	(void)ctx, (void)prompt, (void)deadline, (void)idle;
	snprintf(a->text, sizeof(a->text), "%s", peer.answer);
	a->typed = strlen(peer.answer);
	return UI_ANSWER;
}

static const struct ui ui = { .say = peer_say, .ask = peer_ask };

/* --- what opens the state itself --- */

/* alice: two wrong codes, two recovery codes, a remembered login. */
static void
state_fill(void)
{
	static const unsigned char binding[STORE_REMEMBERED_LEN] = "binding";
	static const char *const codes[] = { "ABCDEFGH234567AB",
		"ABCDEFGH234567AC" };
	struct store *s;

	serving_wrong_codes("alice", "uid:1");
	s = serving_state();
	assert_int_equal(store_recovery_set(s, "alice", codes, 2, NULL), 0);
	assert_int_equal(at_remembered_put(s, "alice", binding, SERVING_WALL,
			     SERVING_WALL + 300),
	    0);
	assert_int_equal(
	    at_passed(s, "sshd", "alice", METHOD_SMS, "vonage", SERVING_WALL),
	    0);
	store_close(s);
}

static unsigned
recovery_left(void)
{
	struct store *s = serving_state();
	const int left = store_recovery_count_codes(s, "alice");

	store_close(s);
	assert_true(left >= 0);
	return (unsigned)left;
}

static const struct purpose {
	enum facts_purpose purpose;
	const char *user, *answer;
	unsigned codes; /* that are left when it is done; 2: as they were */
} purposes[] = {
	{ PURPOSE_UNLOCK, "alice", "", 2 },
	{ PURPOSE_RECOVERY_CODES, "alice", "4", 4 },
	{ PURPOSE_TOTP, "alice", "59666666", 2 },
	{ PURPOSE_FORGET, "alice", "", 2 },
	{ PURPOSE_STATUS, "", "", 2 },
	{ PURPOSE_STATUS, "alice", "", 2 },
	{ PURPOSE_SHAPE, "", "", 2 },
};

/* The reason, "" when it is done. */
static const char *
serve(const struct purpose *p)
{
	peer.errors = peer.codes = 0;
	peer.answer = p->answer;
	return serving_run(p->purpose, p->user,
	    p->purpose == PURPOSE_SHAPE ? "1 channels=sms keys=phone" : "",
	    &ui);
}

/* False: there are fewer such calls. */
static bool
fails_once(const struct purpose *p, const char *call, long nth)
{
	const char *reason;
	bool done;

	state_fill();
	failcall_arm_only(call, nth, false);
	reason = serve(p);
	failcall_stop();
	done = reason[0] == '\0';
	if (!done && strcmp(reason, "state") != 0)
		fail_msg("purpose %d, %s %ld: %s", (int)p->purpose, call, nth,
		    reason);
	assert_int_equal(peer.errors, done ? 0 : 1);
	/* old codes are good until there are new ones */
	assert_int_equal(recovery_left(), done ? p->codes : 2);
	reason = done ? "" : serve(p);
	/* unlocked already, before the numbers could not be freed */
	if (p->purpose != PURPOSE_UNLOCK || strcmp(reason, "nothing") != 0)
		assert_string_equal(reason, "");
	return failcall_name()[0] != '\0';
}

static int
teardown_folder(void **state)
{
	failcall_stop();
	return serving_teardown(state);
}

static void
each_purpose(void **state)
{
	static const char *const calls[] = { "sqlite3_prepare_v2",
		"sqlite3_exec", "getrandom" };
	long nth;

	(void)state;
	for (size_t i = 0; i < COUNT(purposes) * COUNT(calls); i++) {
		const struct purpose *p = &purposes[i / COUNT(calls)];
		const char *call = calls[i % COUNT(calls)];

		for (nth = 1; fails_once(p, call, nth); nth++)
			assert_true(nth < CALLS_MAX);
	}
}

/* --- what looks at one login --- */

static int
setup(void **state)
{
	struct scripted *s;

	if (scripted_setup(state) != 0)
		return -1;
	s = *state;
	scripted_provider(s, 1, "twilio-push", "push");
	scripted_user(s,
	    "phone = \"" SAMPLE_PHONE "\"; push_identity = "
	    "\"" SAMPLE_IDENTITY "\"; push_factor = \"" SAMPLE_FACTOR
	    "\"; channels = [\"push\", \"sms\"];\n");
	s->conf.rule_count = 1;
	s->rule[0] = (struct rule){ .action = ACTION_REQUIRE,
		.methods = METHOD_ALL,
		.remember_minutes = 5,
		.on_outage = OUTAGE_UNSET };
	return 0;
}

static int
teardown(void **state)
{
	failcall_stop();
	log_set_sink(NULL, NULL);
	return scripted_teardown(state);
}

static void
each_call_of_explain(void **state)
{
	struct scripted *s = *state;
	struct store *store = scripted_store(s);
	enum reason why = REASON_STATE;
	const struct environment env = { .facts = &s->facts,
		.ui = &ui,
		.deadline = 1,
		.conf = &s->conf,
		.store = store };
	unsigned failed = 0;
	bool more = true;

	s->facts.service = "sudo";
	s->facts.tty = "/dev/pts/3";
	s->facts.rhost = s->facts.ssh_addr = "";
	for (long nth = 1; more; nth++) {
		peer.errors = 0;
		failcall_arm_only("sqlite3_prepare_v2", nth, false);
		why = control_explain(&env);
		failcall_stop();
		more = failcall_name()[0] != '\0';
		if (why == REASON_NONE) {
			assert_int_equal(peer.errors, 0);
			continue;
		}
		failed++;
		assert_string_equal(reason_word(why), "state");
		assert_int_equal(peer.errors, 1);
		assert_true(nth < CALLS_MAX);
	}
	/* none of them is only advice */
	assert_int_equal(why, REASON_NONE);
	assert_true(failed > 10);
	store_close(store);
}

/* Doctor goes on without the state, and says so. */
static void
each_call_of_doctor(void **state)
{
	static struct script script;
	struct scripted *s = *state;
	struct login_result result;
	unsigned told = 0;
	bool more = true;

	s->facts.purpose = PURPOSE_DOCTOR;
	s->conf.provider_count = 0;
	store_close(scripted_store(s));
	for (long nth = 1; more; nth++) {
		script = (struct script){ .requests = 0 };
		failcall_arm_only("sqlite3_prepare_v2", nth, false);
		scripted_run(s, &script, 1, &result);
		failcall_stop();
		more = failcall_name()[0] != '\0';
		assert_int_equal(result.verdict, VERDICT_ALLOW);
		for (unsigned i = 0; i < script.said; i++)
			if (strstr(script.line[i], "state.db: ") != NULL)
				told++;
		assert_true(nth < CALLS_MAX);
	}
	assert_true(told > 3);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

UNIT_TESTS(test_control_failing)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
		    each_purpose, serving_setup, teardown_folder),
		TEST(each_call_of_explain),
		TEST(each_call_of_doctor),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
