/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Calls that fail, one after the other, in whole logins: of the state, of
 * files, of random bytes and hashes. Nobody is let in by it, also where an
 * outage or no record would let in. Of many calls some are taken, others at
 * each run; FAILING=all takes all.
 */
#include "tests/support/logins/login_scenes.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/seams/failcall.h"
#include "tests/support/samples.h"
#include "tests/support/state/first_state.h"
#include "tests/support/unit_tests.h"

#define DAY 86400
#define CALLS 12 /* of one scene, where not all are taken */

struct scene {
	/* the record, the settings and what is typed */
	void (*make)(struct scripted *, struct script *);
	bool may_allow; /* what is typed is right; else nothing may let in */
	bool single;    /* the same must not let in twice */
};

/* A new state, days later, in which alice has a recovery code. */
static void
anew(struct scripted *s, bool with_state)
{
	static const char *const suffixes[] = { "", "-wal", "-shm", "-room" };
	char path[256];

	for (size_t i = 0; i < sizeof(suffixes) / sizeof(suffixes[0]); i++) {
		snprintf(path, sizeof(path), "%s%s", s->state, suffixes[i]);
		unlink(path);
	}
	snprintf(path, sizeof(path), "%s/host.key", s->dir);
	unlink(path);
	s->wall += 2 * DAY;
	s->clock = 1000000;
	if (!with_state)
		return;
	first_state(s->state);
	scripted_recovery(s);
	unlink(path); /* so that it is made under the failing calls */
}

static void
judge(const struct scene *scene, const struct login_result *result, long nth)
{
	const bool allowed = result->verdict == VERDICT_ALLOW;

	if (allowed && !scene->may_allow)
		fail_msg("call %ld, %s, let somebody in (%s)", nth,
		    failcall_name(),
		    result->reason == REASON_NONE
			? ""
			: reason_word(result->reason));
	if (allowed && result->reason != REASON_NONE)
		fail_msg("call %ld, %s: let in as %s", nth, failcall_name(),
		    reason_word(result->reason));
	if (!allowed && result->reason == REASON_NONE)
		fail_msg("call %ld, %s: no reason", nth, failcall_name());
}

/* How many calls there were. */
static long
login(struct scripted *s, const struct scene *scene, long nth, bool ever)
{
	static struct script script, twice;
	struct login_result result;
	bool allowed;
	long calls;

	script = (struct script){ .leaves_ms = 0 };
	anew(s, nth == 0 || nth % 3 != 0);
	scene_vendor.refuses = !scene->may_allow;
	scene->make(s, &script);
	twice = script;
	failcall_arm(nth, ever);
	scripted_run(s, &script, 1, &result);
	calls = failcall_stop();
	judge(scene, &result, nth);
	if (!ever && script.requests == 0 && scripted_pending(s) != 0)
		fail_msg(
		    "call %ld, %s: counted and not sent", nth, failcall_name());
	allowed = result.verdict == VERDICT_ALLOW;
	if (nth == 0)
		assert_int_equal(allowed, scene->may_allow);
	if (allowed && scene->single) {
		scene_vendor.refuses = true;
		scripted_run(s, &twice, 2, &result);
		if (result.verdict == VERDICT_ALLOW)
			fail_msg(
			    "call %ld, %s: let in twice", nth, failcall_name());
	}
	return calls;
}

static void
scene_run(struct scripted *s, const struct scene *scene)
{
	const char *all = getenv("FAILING");
	const bool every = all != NULL && strcmp(all, "all") == 0;
	/* opening a new state takes more calls than one that is there */
	const long n = login(s, scene, 0, false);
	const long step = every || n <= CALLS ? 1 : n / CALLS;

	assert_true(n > 10);
	s->answer = scene_reply;
	for (long i = 1 + (every ? 0 : (long)getpid() % step); i <= n;
	     i += step) {
		if (every || i % 2 == 0)
			login(s, scene, i, false);
		if (every || i % 2 != 0)
			login(s, scene, i, true);
	}
}

/* --- the scenes --- */

static void
make_right(struct scripted *s, struct script *script)
{
	(void)s;
	*script =
	    (struct script){ .answer = { TYPED("111111"),
				 TYPED_AFTER(40000, "r"), TYPED("123456") } };
}

/* An outage or no record would let in: a fault of ours must not pass for
 * either. */
static void
make_wrong(struct scripted *s, struct script *script)
{
	s->conf.on_outage = OUTAGE_ALLOW;
	s->conf.unenrolled_allow = true;
	*script = (struct script){ .answer = { TYPED("111111"),
				       TYPED_AFTER(40000, "v"), TYPED("123456"),
				       TYPED("333333"), TYPED("444444"),
				       TYPED("555555") } };
}

static void
make_remembered(struct scripted *s, struct script *script)
{
	make_wrong(s, script);
	s->rule[0] = (struct rule){ .action = ACTION_REQUIRE,
		.methods = METHOD_ALL,
		.remember_minutes = 5,
		.on_outage = OUTAGE_UNSET };
	s->conf.rule_count = 1;
	s->facts.service = "sudo";
	s->facts.tty = "/dev/pts/3";
	s->facts.session_id = 7;
	s->facts.leader_start = 8;
	s->facts.leader_tty = 9;
	s->facts.rhost = "";
	s->facts.ssh_addr = "";
}

static void
make_decoy(struct scripted *s, struct script *script)
{
	make_wrong(s, script);
	scene_decoy(s, script);
}

static void
make_recovery(struct scripted *s, struct script *script)
{
	(void)s;
	*script = (struct script){ .answer = { TYPED("111111"),
				       TYPED(SCRIPT_RECOVERY) } };
}

static void
make_app(struct scripted *s, struct script *script)
{
	scene_app(s);
	*script = (struct script){ .answer = { TYPED("111111"),
				       TYPED(scene_vendor.code) } };
}

#define SCENE(f, make, may_allow, single)                                      \
	static void f(void **state)                                            \
	{                                                                      \
		static const struct scene scene = { make, may_allow, single }; \
		((struct scripted *)*state)->answer = scene_reply;             \
		scene_run(*state, &scene);                                     \
	}

SCENE(right, make_right, true, true)
SCENE(wrong, make_wrong, false, false)
SCENE(remembered, make_remembered, false, false)
SCENE(decoy, make_decoy, false, false)
SCENE(recovery, make_recovery, true, true)
SCENE(app, make_app, true, true)
SCENE(own, scene_own_code, true, false)
SCENE(push, scene_push, true, true)
SCENE(denied_push, scene_denied_push, false, false)
SCENE(field_app, scene_field_app, true, true)
SCENE(field_recovery, scene_field_recovery, true, true)
SCENE(field_sms, scene_field_sms, false, false)
SCENE(field_wrong, scene_field_wrong, false, false)

static void
not_sent(struct scripted *s, const struct provider_conf *p,
    const struct http_request *req, struct http_reply *reply)
{
	(void)s;
	(void)p;
	(void)req;
	memset(reply, 0, sizeof(*reply));
	reply->fate = HTTP_NOT_SENT;
}

/* Who has a code that the rule takes is never let in for want of a provider:
 * also if the state does not say which codes there are. */
static void
codes_in_an_outage(void **state)
{
	struct scripted *s = *state;
	struct login_result result;
	long calls = 0;

	s->conf.on_outage = OUTAGE_ALLOW;
	s->rule[0] = (struct rule){ .action = ACTION_REQUIRE,
		.methods = METHODS_PHONE | METHOD_BIT(METHOD_RECOVERY),
		.on_outage = OUTAGE_UNSET };
	s->conf.rule_count = 1;
	s->answer = not_sent;
	for (long nth = 0; nth <= calls; nth++) {
		struct script script = { .answer = { TYPED("111111") } };

		anew(s, true);
		failcall_arm_only("sqlite3_step", nth, false);
		scripted_run(s, &script, 1, &result);
		if (nth == 0)
			calls = failcall_stop();
		failcall_stop();
		if (result.verdict == VERDICT_ALLOW)
			fail_msg("step %ld of %ld: let in as %s", nth, calls,
			    reason_word(result.reason));
	}
	assert_true(calls > 5);
}

/* The nth look at a users' file is answered by a broken disk. */
static void
file_fails(struct scripted *s, long nth, struct login_result *result)
{
	struct script script = { .requests = 0 };

	s->conf.on_outage = OUTAGE_ALLOW;
	s->conf.unenrolled_allow = true;
	failcall_arm_only("read", nth, false);
	scripted_run(s, &script, 1, result);
	failcall_stop();
	assert_int_equal(script.requests, 0);
}

static void
records_away(void **state)
{
	struct scripted *s = *state;
	struct login_result result;

	file_fails(s, 1, &result);
	assert_int_equal(result.verdict, VERDICT_DENY);
	assert_int_equal(result.reason, REASON_STORE_OUTAGE);
	/* whose login it is of several */
	scripted_user(s,
	    "people = ( { name = \"anna\"; phone = \"" SAMPLE_PHONE "\"; } );");
	for (long nth = 1; nth <= 3; nth++) {
		struct script script = { .answer = { TYPED("anna") } };

		failcall_arm_only("read", nth, false);
		scripted_run(s, &script, 1, &result);
		failcall_stop();
		assert_int_equal(result.verdict, VERDICT_DENY);
		assert_int_equal(result.reason, REASON_STORE_OUTAGE);
		assert_int_equal(script.requests, 0);
	}
	s->rule[0] = (struct rule){ .action = ACTION_OBSERVE,
		.methods = METHOD_ALL,
		.on_outage = OUTAGE_UNSET };
	s->conf.rule_count = 1;
	file_fails(s, 1, &result);
	assert_string_equal(result.would, "deny-store-outage");
}

#define TEST(f)                                                                \
	cmocka_unit_test_setup_teardown(f, scripted_setup, scripted_teardown)

UNIT_TESTS(test_failing)
{
	const struct CMUnitTest tests[] = {
		TEST(right),
		TEST(wrong),
		TEST(remembered),
		TEST(decoy),
		TEST(recovery),
		TEST(app),
		TEST(own),
		TEST(push),
		TEST(denied_push),
		TEST(field_app),
		TEST(field_recovery),
		TEST(field_sms),
		TEST(field_wrong),
		TEST(codes_in_an_outage),
		TEST(records_away),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
