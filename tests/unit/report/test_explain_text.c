/* SPDX-License-Identifier: BSD-2-Clause */
/* What `twofactl explain` says of each thing that a login can meet. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>

#include "tests/support/printed.h"
#include "tests/support/unit_tests.h"
#include "twofactl/report/report.h"

static struct run run;
static struct target target;
static struct settings conf;
static struct rule rules[2];
static struct facts login;
static struct rule_result each[2];
static struct explanation e;

static int
setup(void **state)
{
	(void)state;
	target = (struct target){ .account = "alice", .owner = "alice" };
	memset(rules, 0, sizeof(rules));
	memset(each, 0, sizeof(each));
	conf = (struct settings){ .users_dir = "/u", .rule = rules };
	login = (struct facts){ .service = "sshd", .rhost = "192.0.2.7" };
	e = (struct explanation){ .run = &run,
		.target = &target,
		.conf = &conf,
		.login = &login,
		.results = each,
		.account_known = true,
		.facts = { .user = "alice", .service = "sshd", .address = "" },
		.decision = { .action = ACTION_REQUIRE,
		    .methods = METHOD_ALL,
		    .on_outage = OUTAGE_OFFLINE } };
	return 0;
}

static const char *
print(void (*function)(const struct explanation *))
{
	struct printed p;

	printed_begin(&p, &stdout);
	function(&e);
	return printed_end(&p);
}

/* The helper's words for one login, and what is made of them. */
struct row {
	struct explain_state state;
	const char *want;
	bool denies;
};

static const struct row rows[] = {
	{ { .end = "on",
	      .decided = true,
	      .ask = "denied",
	      .why = "spent",
	      .wait_s = 61 },
	    "alice would be denied: too many wrong codes for the last "
	    "message; another can go out in 2 min.\n",
	    true },
	{ { .end = "on",
	      .decided = true,
	      .ask = "denied",
	      .why = "number-busy" },
	    "alice would be denied: a verification to this number is open "
	    "that this login may not join; it ends by itself in minutes.\n",
	    true },
	{ { .end = "on", .decided = true, .ask = "denied", .why = "new-word" },
	    "alice would be denied: new-word.\n", true },
	{ { .end = "on", .decided = true, .ask = "denied", .why = "locked" },
	    "alice would be denied: locked until unlock; run: twofactl unlock "
	    "alice.\n",
	    true },
	{ { .end = "on",
	      .decided = true,
	      .ask = "hidden",
	      .why = "locked",
	      .wait_s = 60 },
	    "alice would see the usual prompts, and no code would be right "
	    "but a recovery code: locked for 1 min, and tell_locked = false.\n",
	    true },
	{ { .end = "on",
	      .decided = true,
	      .ask = "hidden",
	      .why = "locked",
	      .user = { [STATUS_CODES] = 1 } },
	    "alice would see the usual prompts, and no code would be right "
	    "but a recovery code: locked until unlock, and tell_locked = "
	    "false.\n",
	    false },
	{ { .end = "on", .decided = true, .ask = "remembered" },
	    "alice would be allowed without a code: such a login is "
	    "remembered.\n",
	    false },
	{ { .end = "on", .decided = true, .ask = "wait", .provider = "p" },
	    "alice would wait for the code that another login is just having "
	    "sent by provider p.\n",
	    false },
	{ { .end = "on", .decided = true, .ask = "push", .provider = "p" },
	    "alice would get a push, by provider p.\n", false },
	{ { .end = "on",
	      .decided = true,
	      .ask = "push",
	      .provider = "p",
	      .outage = "app" },
	    "alice would get a push, by provider p; if it is still out of "
	    "reach, as a moment ago, alice would be asked for the code of the "
	    "authenticator app (on_outage = \"offline\").\n",
	    false },
	{ { .end = "on", .decided = true, .ask = "app" },
	    "alice would be asked for the code of the authenticator app.\n",
	    false },
	{ { .end = "on", .decided = true, .ask = "app", .provider = "p" },
	    "alice would be asked for the code of the authenticator app, "
	    "checked by provider p.\n",
	    false },
	{ { .end = "on",
	      .decided = true,
	      .ask = "recovery",
	      .user = { [STATUS_CODES] = 1 } },
	    "alice would be asked for a recovery code.\n", false },
	{ { .end = "skipped" },
	    "alice would be allowed without a code: the rule says skip.\n",
	    false },
	{ { .end = "observed", .would = "deny-unenrolled" },
	    "alice would be allowed: the rule says observe, and the log "
	    "would=deny-unenrolled.\n",
	    false },
	{ { .end = "unenrolled", .reason = "unenrolled" },
	    "alice would be admitted without a code, since unenrolled = "
	    "\"allow\": alice is not enrolled; run: twofactl totp "
	    "alice.\n",
	    false },
	{ { .end = "told", .reason = "unenrolled" },
	    "alice would be denied after reading unenrolled_text: alice is "
	    "not enrolled; run: twofactl totp alice.\n",
	    true },
	{ { .end = "denied", .reason = "rule" },
	    "alice would be denied: the rule says deny.\n", true },
};

static void
test_each_end(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		e.state = rows[i].state;
		assert_string_equal(print(explain_end_print), rows[i].want);
		assert_int_equal(explain_is_denied(&e), rows[i].denies);
	}
}

/* A state that was asked about and has not decided lets nobody in. */
static void
test_nothing_decided(void **state)
{
	(void)state;
	strcpy(e.state.end, "on");
	assert_true(explain_is_denied(&e));
}

static const char *
why(size_t rule)
{
	static char text[CONDITION_TEXT_MAX];

	explain_rule_why(&e, rule, text);
	return text;
}

static struct rule_result
ended(enum rule_end end, const char *by)
{
	const struct condition *c = conditions;

	while (strcmp(c->name, by) != 0)
		c++;
	return (struct rule_result){ end, c };
}

static void
test_lists_that_are_cut(void **state)
{
	const char *service[20];

	(void)state;
	for (size_t i = 0; i < 20; i++)
		service[i] = "service";
	rules[0].services = (struct text_list){ 2, service };
	rules[1].services = (struct text_list){ 20, service };
	each[0] = each[1] = ended(POLICY_FAILS, "services");
	assert_string_equal(why(0),
	    "services: \"sshd\" is not \"service\", "
	    "\"service\"");
	assert_string_equal(why(1) + strlen(why(1)) - 5, "vi...");
	assert_true(strlen(why(1)) < 160);
}

static void
test_groups_and_addresses(void **state)
{
	static const char *names[] = { "here", "gone" };
	static struct group_fact facts[] = {
		{ .name = "here", .membership = GROUP_MEMBER },
		{ .name = "gone", .membership = GROUP_UNKNOWN },
	};

	(void)state;
	rules[0].groups = (struct text_list){ 2, names };
	each[0] = ended(POLICY_UNKNOWN, "groups");
	each[1] = ended(POLICY_FAILS, "from");
	e.facts.group = facts;
	e.facts.groups = 2;
	assert_string_equal(
	    why(0), "groups: \"gone\" cannot be found; see: getent group gone");
	strcpy(facts[1].why, "source \"ldap\" gave no answer");
	assert_string_equal(why(0),
	    "groups: whether alice is in \"gone\" is unknown: source "
	    "\"ldap\" gave no answer");
	/* nothing is known of any: the first stands for all */
	e.facts.groups = 0;
	assert_non_null(strstr(why(0), "getent group here"));
	assert_string_equal(why(1), "from: the login has no numeric address");
	e.facts.address = "192.0.2.7";
	assert_string_equal(why(1), "from does not hold 192.0.2.7");
}

static void
test_whole_text(void **state)
{
	const char *text;

	(void)state;
	strcpy(e.source, "192.0.2.0/24");
	conf.rule_count = 1;
	rules[0].action = ACTION_SKIP;
	each[0] = (struct rule_result){ .end = POLICY_MATCHES };
	e.decision = (struct decision){ .action = ACTION_SKIP, .rule = 1 };
	strcpy(e.state.end, "skipped");
	e.state.user[STATUS_SHUT] = 1;
	text = print(explain_text_print);
	assert_non_null(strstr(text, "  >    1  skip     matches\n"));
	assert_non_null(strstr(text, "\nDecision: skip\n\nWrong codes:\n"));
	assert_non_null(strstr(text, "  locked until unlock\n"));
	assert_null(strstr(text, "Record"));
	/* with a code: from here it is locked, too */
	e.decision = (struct decision){ .action = ACTION_REQUIRE,
		.methods = METHOD_BIT(METHOD_SMS) };
	e.facts.first_factor = true;
	e.state.user[STATUS_SHUT] = 0;
	e.state.source[STATUS_LOCKED_S] = 90;
	text = print(explain_text_print);
	assert_non_null(strstr(text, "  methods: sms\n"));
	assert_non_null(strstr(text, "  locked for 2 min\n"));
}

static void
test_json(void **state)
{
	const char *text;

	(void)state;
	e.decision.methods =
	    METHOD_BIT(METHOD_SMS) | METHOD_BIT(METHOD_RECOVERY);
	strcpy(e.state.why, "\x01\"\\\x7f");
	e.state.decided = true;
	text = print(explain_json_print);
	assert_non_null(strstr(text, "\"methods\":[\"sms\",\"recovery\"],"));
	assert_non_null(strstr(text, "\"reason\":\"\\u0001\\\"\\\\\\u007f\","));
}

UNIT_TESTS(test_explain_text)
{
#define TEST(f) cmocka_unit_test_setup(f, setup)
	const struct CMUnitTest tests[] = {
		TEST(test_each_end),
		TEST(test_nothing_decided),
		TEST(test_lists_that_are_cut),
		TEST(test_groups_and_addresses),
		TEST(test_whole_text),
		TEST(test_json),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
