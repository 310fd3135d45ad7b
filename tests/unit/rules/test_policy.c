/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The rules, row by row: each condition, each action, first match, no match,
 * failing groups; and what a provider's failure means.
 */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <setjmp.h>
#include <string.h>
#include <sys/socket.h>

#include <cmocka.h>

#include "helper/providers/providers.h"
#include "lib/rules/rules.h"
#include "tests/support/unit_tests.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))
#define LIST(...)                                                              \
	{                                                                      \
		.count = COUNT(((const char *[]){ __VA_ARGS__ })),             \
		.item = (const char *[]){ __VA_ARGS__ },                       \
	}
#define FROM(...)                                                              \
	{                                                                      \
		.count = COUNT(((struct network[]){ __VA_ARGS__ })),           \
		.item = (struct network[]){ __VA_ARGS__ },                     \
	}
#define TEN                                                                    \
	{                                                                      \
		AF_INET, { 10 }, 8                                             \
	}
#define HOST7                                                                  \
	{                                                                      \
		AF_INET, { 192, 0, 2, 7 }, 32                                  \
	}
#define DOC6                                                                   \
	{                                                                      \
		AF_INET6, { 0x20, 0x01, 0x0d, 0xb8 }, 32                       \
	}
#define ALL4                                                                   \
	{                                                                      \
		AF_INET, { 0 }, 0                                              \
	}
#define ALL6                                                                   \
	{                                                                      \
		AF_INET6, { 0 }, 0                                             \
	}
#define RULE_AS(act, by, outage, ...)                                          \
	{                                                                      \
		.action = ACTION_##act, .methods = (by),                       \
		.on_outage = OUTAGE_##outage, __VA_ARGS__                      \
	}
/* What a rule has when the settings do not say otherwise. */
#define RULE(act, ...) RULE_AS(act, METHOD_ALL, UNSET, __VA_ARGS__)
/* A rule without conditions. */
#define ANY(act) RULE(act, .brand = NULL)
#define RULES_MAX 3
#define METHODS_TOTP (METHOD_BIT(METHOD_TOTP) | METHOD_BIT(METHOD_RECOVERY))

/* Facts that are left out: alice at sshd from 192.0.2.7, password seen. */
struct row {
	const char *what;
	struct rule rule[RULES_MAX];
	const char *user, *service, *address;
	bool console, unproven, groupless;
	/* expected */
	enum action action;
	size_t number, unknown;
	bool stack;
	unsigned methods; /* 0: all */
	enum on_outage outage;
	const char *brand; /* NULL: the general one */
	unsigned remember;
};

/* Without a word on it, the general on_outage is OUTAGE_OFFLINE. */
#define GIVES(act, n)                                                          \
	.action = ACTION_##act, .number = (n), .outage = OUTAGE_OFFLINE
/* The groups of rule n are unknown: require ends there, skip passes it by. */
#define FAILS(n) GIVES(REQUIRE, n), .unknown = n
#define PASSES(n, act, then) GIVES(act, then), .unknown = n

static const struct row rows[] = {
	{ "no rules", GIVES(REQUIRE, 0) },
	{ "no rules, nothing proven", .unproven = true, GIVES(REQUIRE, 0) },

	/* actions of a rule without conditions */
	{ "require", { ANY(REQUIRE) }, GIVES(REQUIRE, 1) },
	{ "skip", { ANY(SKIP) }, GIVES(SKIP, 1) },
	{ "deny", { ANY(DENY) }, GIVES(DENY, 1) },
	{ "observe", { ANY(OBSERVE) }, GIVES(OBSERVE, 1) },
	{ "require unproven", { ANY(REQUIRE) }, .unproven = true,
	    GIVES(REQUIRE, 1) },
	{ "skip unproven", { ANY(SKIP) }, .unproven = true, GIVES(REQUIRE, 1) },
	{ "deny unproven", { ANY(DENY) }, .unproven = true, GIVES(DENY, 1) },
	{ "observe unproven", { ANY(OBSERVE) }, .unproven = true,
	    GIVES(REQUIRE, 1) },
	{ "skip vouched for", { RULE(SKIP, .stack = true) }, .unproven = true,
	    GIVES(SKIP, 1), .stack = true },
	{ "observe vouched for", { RULE(OBSERVE, .stack = true) },
	    .unproven = true, GIVES(OBSERVE, 1), .stack = true },
	{ "require vouched for", { RULE(REQUIRE, .stack = true) },
	    .unproven = true, GIVES(REQUIRE, 1), .stack = true },
	{ "stack beside a password", { RULE(SKIP, .stack = true) },
	    GIVES(SKIP, 1), .stack = true },
	{ "zeroed rule denies", { { .services = LIST("sshd") } },
	    .action = ACTION_DENY, .number = 1, .outage = OUTAGE_DENY,
	    .methods = UINT32_MAX },

	/* services */
	{ "service", { RULE(SKIP, .services = LIST("sshd")) }, GIVES(SKIP, 1) },
	{ "service, second of two",
	    { RULE(SKIP, .services = LIST("sudo", "sshd")) }, GIVES(SKIP, 1) },
	{ "other service", { RULE(SKIP, .services = LIST("sudo")) },
	    GIVES(REQUIRE, 0) },
	{ "service is no prefix", { RULE(SKIP, .services = LIST("ssh")) },
	    GIVES(REQUIRE, 0) },
	{ "service is no beginning", { RULE(SKIP, .services = LIST("sshd2")) },
	    GIVES(REQUIRE, 0) },
	{ "service in capitals", { RULE(SKIP, .services = LIST("SSHD")) },
	    GIVES(REQUIRE, 0) },
	{ "service su is not su-l", { RULE(SKIP, .services = LIST("su")) },
	    .service = "su-l", GIVES(REQUIRE, 0) },
	{ "empty service", { RULE(SKIP, .services = LIST("sshd")) },
	    .service = "", GIVES(REQUIRE, 0) },

	/* users */
	{ "user", { RULE(SKIP, .users = LIST("alice")) }, GIVES(SKIP, 1) },
	{ "user, second of two", { RULE(SKIP, .users = LIST("bob", "alice")) },
	    GIVES(SKIP, 1) },
	{ "other user", { RULE(SKIP, .users = LIST("bob")) },
	    GIVES(REQUIRE, 0) },
	{ "user in capitals", { RULE(SKIP, .users = LIST("Alice")) },
	    GIVES(REQUIRE, 0) },
	{ "user is no prefix", { RULE(SKIP, .users = LIST("alic")) },
	    GIVES(REQUIRE, 0) },
	{ "user is no pattern", { RULE(SKIP, .users = LIST("*")) },
	    GIVES(REQUIRE, 0) },
	{ "user denied", { RULE(DENY, .users = LIST("alice")) },
	    GIVES(DENY, 1) },

	/* from */
	{ "from host", { RULE(SKIP, .from = FROM(HOST7)) }, GIVES(SKIP, 1) },
	{ "from other host", { RULE(SKIP, .from = FROM(HOST7)) },
	    .address = "192.0.2.8", GIVES(REQUIRE, 0) },
	{ "from network", { RULE(SKIP, .from = FROM(TEN)) },
	    .address = "10.255.0.1", GIVES(SKIP, 1) },
	{ "from outside", { RULE(SKIP, .from = FROM(TEN)) },
	    .address = "11.0.0.1", GIVES(REQUIRE, 0) },
	{ "from, second of two", { RULE(SKIP, .from = FROM(HOST7, TEN)) },
	    .address = "10.0.0.1", GIVES(SKIP, 1) },
	{ "from v6", { RULE(SKIP, .from = FROM(DOC6)) },
	    .address = "2001:db8::7", GIVES(SKIP, 1) },
	{ "from other v6", { RULE(SKIP, .from = FROM(DOC6)) },
	    .address = "2001:db9::7", GIVES(REQUIRE, 0) },
	{ "from v6, v4 network", { RULE(SKIP, .from = FROM(ALL4)) },
	    .address = "2001:db8::7", GIVES(REQUIRE, 0) },
	{ "from v4, v6 network", { RULE(SKIP, .from = FROM(ALL6)) },
	    GIVES(REQUIRE, 0) },
	{ "from mapped", { RULE(SKIP, .from = FROM(TEN)) },
	    .address = "::ffff:10.1.2.3", GIVES(SKIP, 1) },
	{ "from host name", { RULE(SKIP, .from = FROM(ALL4, ALL6)) },
	    .address = "trusted.example", GIVES(REQUIRE, 0) },
	{ "from name that begins with digits",
	    { RULE(SKIP, .from = FROM(ALL4, ALL6)) },
	    .address = "10.0.0.1.example", GIVES(REQUIRE, 0) },
	{ "from nowhere", { RULE(SKIP, .from = FROM(ALL4, ALL6)) },
	    .address = "", GIVES(REQUIRE, 0) },
	{ "from nowhere, denied elsewhere",
	    { RULE(DENY, .from = FROM(ALL4, ALL6)) }, .address = "",
	    GIVES(REQUIRE, 0) },
	{ "from with scope", { RULE(SKIP, .from = FROM(ALL6)) },
	    .address = "fe80::1%eth0", GIVES(REQUIRE, 0) },

	/* console */
	{ "console", { RULE(SKIP, .console_set = true, .console = true) },
	    .console = true, GIVES(SKIP, 1) },
	{ "console wanted, not there",
	    { RULE(SKIP, .console_set = true, .console = true) },
	    GIVES(REQUIRE, 0) },
	{ "console not wanted", { RULE(SKIP, .console_set = true) },
	    GIVES(SKIP, 1) },
	{ "console not wanted, there", { RULE(SKIP, .console_set = true) },
	    .console = true, GIVES(REQUIRE, 0) },
	{ "console not named", { ANY(SKIP) }, .console = true, GIVES(SKIP, 1) },
	{ "console without the key", { RULE(SKIP, .console = true) },
	    GIVES(SKIP, 1) },
	{ "console, offline methods",
	    { RULE_AS(REQUIRE, METHODS_TOTP, UNSET, .console_set = true,
		.console = true) },
	    .console = true, GIVES(REQUIRE, 1), .methods = METHODS_TOTP },

	/* groups: ops and staff have alice, guests has not, ldap fails */
	{ "group", { RULE(SKIP, .groups = LIST("ops")) }, GIVES(SKIP, 1) },
	{ "group, not in it", { RULE(SKIP, .groups = LIST("guests")) },
	    GIVES(REQUIRE, 0) },
	{ "any of two groups", { RULE(SKIP, .groups = LIST("guests", "ops")) },
	    GIVES(SKIP, 1) },
	{ "any of two groups, turned",
	    { RULE(SKIP, .groups = LIST("ops", "guests")) }, GIVES(SKIP, 1) },
	{ "group in capitals", { RULE(SKIP, .groups = LIST("OPS")) },
	    PASSES(1, REQUIRE, 0) },
	{ "group fails", { RULE(SKIP, .groups = LIST("ldap")) },
	    PASSES(1, REQUIRE, 0) },
	{ "group not looked up", { RULE(SKIP, .groups = LIST("absent")) },
	    PASSES(1, REQUIRE, 0) },
	{ "no group looked up", { RULE(SKIP, .groups = LIST("ops")) },
	    .groupless = true, PASSES(1, REQUIRE, 0) },
	{ "group fails beside one that holds",
	    { RULE(SKIP, .groups = LIST("ops", "ldap")) },
	    PASSES(1, REQUIRE, 0) },
	{ "group fails before one that holds",
	    { RULE(SKIP, .groups = LIST("ldap", "ops")) },
	    PASSES(1, REQUIRE, 0) },
	{ "group fails beside one that does not hold",
	    { RULE(SKIP, .groups = LIST("guests", "ldap")) },
	    PASSES(1, REQUIRE, 0) },
	{ "group fails, deny rule", { RULE(DENY, .groups = LIST("ldap")) },
	    FAILS(1) },
	{ "group fails, observe", { RULE(OBSERVE, .groups = LIST("ldap")) },
	    PASSES(1, REQUIRE, 0) },
	{ "group fails, skip below is not reached",
	    { RULE(REQUIRE, .groups = LIST("ldap")), ANY(SKIP) }, FAILS(1) },
	{ "group fails in the second rule",
	    { RULE(SKIP, .users = LIST("bob")),
		RULE(SKIP, .groups = LIST("ldap")), ANY(SKIP) },
	    PASSES(2, SKIP, 3) },
	{ "group fails, skip below is reached by a skip",
	    { RULE(OBSERVE, .groups = LIST("ldap")), ANY(SKIP) },
	    PASSES(1, SKIP, 2) },
	{ "group fails, a certain deny holds",
	    { RULE(SKIP, .groups = LIST("ldap")), ANY(DENY) },
	    PASSES(1, DENY, 2) },
	{ "group fails twice, the first is named",
	    { RULE(SKIP, .groups = LIST("ldap")),
		RULE(DENY, .groups = LIST("ldap")), ANY(SKIP) },
	    PASSES(1, REQUIRE, 2) },
	{ "group fails, methods of the rule do not shut out",
	    { RULE_AS(REQUIRE, METHODS_TOTP, ALLOW, .groups = LIST("ldap"),
		.brand = "Other") },
	    FAILS(1) },
	{ "group fails behind a match",
	    { ANY(SKIP), RULE(DENY, .groups = LIST("ldap")) }, GIVES(SKIP, 1) },
	{ "group fails, other service",
	    { RULE(SKIP, .groups = LIST("ldap"), .services = LIST("sudo")) },
	    GIVES(REQUIRE, 0) },
	{ "group fails, other user, next rule",
	    { RULE(DENY, .groups = LIST("ldap"), .users = LIST("bob")),
		ANY(SKIP) },
	    GIVES(SKIP, 2) },
	{ "group fails, other network, next rule",
	    { RULE(DENY, .groups = LIST("ldap"), .from = FROM(TEN)),
		ANY(SKIP) },
	    GIVES(SKIP, 2) },
	{ "group fails, not the console, next rule",
	    { RULE(DENY, .groups = LIST("ldap"), .console_set = true,
		  .console = true),
		ANY(SKIP) },
	    GIVES(SKIP, 2) },
	{ "group fails, nothing of the rule holds",
	    { RULE_AS(SKIP, METHODS_TOTP, ALLOW, .groups = LIST("ldap"),
		.stack = true, .brand = "Other") },
	    PASSES(1, REQUIRE, 0) },
	{ "group fails, unproven",
	    { RULE(SKIP, .groups = LIST("ldap"), .stack = true) },
	    .unproven = true, PASSES(1, REQUIRE, 0) },

	/* first match, and all conditions at once */
	{ "first of two", { ANY(SKIP), ANY(DENY) }, GIVES(SKIP, 1) },
	{ "first of two, turned", { ANY(DENY), ANY(SKIP) }, GIVES(DENY, 1) },
	{ "second", { RULE(SKIP, .users = LIST("bob")), ANY(DENY) },
	    GIVES(DENY, 2) },
	{ "third",
	    { RULE(SKIP, .users = LIST("bob")),
		RULE(SKIP, .groups = LIST("guests")), ANY(OBSERVE) },
	    GIVES(OBSERVE, 3) },
	{ "first of two that hold, unproven", { ANY(SKIP), ANY(DENY) },
	    .unproven = true, GIVES(REQUIRE, 1) },
	{ "stack of a rule that does not match is not taken",
	    { RULE(SKIP, .users = LIST("bob"), .stack = true), ANY(SKIP) },
	    .unproven = true, GIVES(REQUIRE, 2) },
	{ "all conditions",
	    { RULE(SKIP, .users = LIST("alice"), .services = LIST("sshd"),
		.groups = LIST("staff"), .from = FROM(HOST7),
		.console_set = true) },
	    GIVES(SKIP, 1) },
	{ "all but the user",
	    { RULE(SKIP, .users = LIST("bob"), .services = LIST("sshd"),
		.groups = LIST("staff"), .from = FROM(HOST7),
		.console_set = true) },
	    GIVES(REQUIRE, 0) },
	{ "all but the service",
	    { RULE(SKIP, .users = LIST("alice"), .services = LIST("login"),
		.groups = LIST("staff"), .from = FROM(HOST7),
		.console_set = true) },
	    GIVES(REQUIRE, 0) },
	{ "all but the group",
	    { RULE(SKIP, .users = LIST("alice"), .services = LIST("sshd"),
		.groups = LIST("guests"), .from = FROM(HOST7),
		.console_set = true) },
	    GIVES(REQUIRE, 0) },
	{ "all but the network",
	    { RULE(SKIP, .users = LIST("alice"), .services = LIST("sshd"),
		.groups = LIST("staff"), .from = FROM(TEN),
		.console_set = true) },
	    GIVES(REQUIRE, 0) },
	{ "all but the console",
	    { RULE(SKIP, .users = LIST("alice"), .services = LIST("sshd"),
		.groups = LIST("staff"), .from = FROM(HOST7),
		.console_set = true, .console = true) },
	    GIVES(REQUIRE, 0) },

	/* what a rule brings along */
	{ "methods", { RULE_AS(REQUIRE, METHODS_TOTP, UNSET, .brand = NULL) },
	    GIVES(REQUIRE, 1), .methods = METHODS_TOTP },
	{ "brand", { RULE(REQUIRE, .brand = "Other") }, GIVES(REQUIRE, 1),
	    .brand = "Other" },
	{ "outage deny", { RULE_AS(REQUIRE, METHOD_ALL, DENY, .brand = NULL) },
	    .action = ACTION_REQUIRE, .number = 1, .outage = OUTAGE_DENY },
	{ "outage allow",
	    { RULE_AS(REQUIRE, METHOD_ALL, ALLOW, .brand = NULL) },
	    .action = ACTION_REQUIRE, .number = 1, .outage = OUTAGE_ALLOW },
	{ "outage offline",
	    { RULE_AS(REQUIRE, METHOD_ALL, OFFLINE, .brand = NULL) },
	    GIVES(REQUIRE, 1) },
	{ "remembered", { RULE(REQUIRE, .remember_minutes = 15) },
	    GIVES(REQUIRE, 1), .remember = 15 },
	{ "remembered, of the second rule",
	    { RULE(REQUIRE, .users = LIST("bob"), .remember_minutes = 15),
		RULE(REQUIRE, .remember_minutes = 1440) },
	    GIVES(REQUIRE, 2), .remember = 1440 },
	{ "remembered by a group",
	    { RULE(REQUIRE, .groups = LIST("ops"), .remember_minutes = 15) },
	    GIVES(REQUIRE, 1), .remember = 15 },
	{ "remembered by a group that fails",
	    { RULE(REQUIRE, .groups = LIST("ldap"), .remember_minutes = 15) },
	    FAILS(1) },
	{ "remembered behind a group that fails",
	    { RULE(SKIP, .groups = LIST("ldap")),
		RULE(REQUIRE, .remember_minutes = 15) },
	    PASSES(1, REQUIRE, 2), .remember = 15 },
	{ "of the rule that matched alone",
	    { RULE_AS(SKIP, METHODS_TOTP, ALLOW, .users = LIST("bob"),
		  .brand = "Other", .remember_minutes = 15),
		ANY(REQUIRE) },
	    GIVES(REQUIRE, 2) },
};

static const struct group_fact group_facts[] = {
	{ .name = "ops", .membership = GROUP_MEMBER },
	{ .name = "guests", .membership = GROUP_NOT_MEMBER },
	{ .name = "staff", .membership = GROUP_MEMBER },
	{ .name = "ldap", .membership = GROUP_UNKNOWN },
};

static size_t
rules_of(const struct row *row, struct rule out[RULES_MAX])
{
	static const struct rule none;
	size_t n = 0;

	while (
	    n < RULES_MAX && memcmp(&row->rule[n], &none, sizeof(none)) != 0) {
		out[n] = row->rule[n];
		n++;
	}
	return n;
}

static struct rule_facts
facts_of(const struct row *row)
{
	struct rule_facts f = {
		.user = row->user != NULL ? row->user : "alice",
		.service = row->service != NULL ? row->service : "sshd",
		.address = row->address != NULL ? row->address : "192.0.2.7",
		.console = row->console,
		.first_factor = !row->unproven,
		.real_root = true,
		.group = group_facts,
		.groups = row->groupless ? 0 : COUNT(group_facts),
	};

	return f;
}

static void
check_row(void **state)
{
	const struct row *row = *state;
	struct rule rule[RULES_MAX];
	struct settings cfg = {
		.brand = "ACME",
		.on_outage = OUTAGE_OFFLINE,
		.rule = rule,
		.rule_count = rules_of(row, rule),
	};
	struct rule_facts facts = facts_of(row);
	struct decision d = policy_decide(&cfg, &facts);

	assert_int_equal(d.action, row->action);
	assert_int_equal(d.rule, row->number);
	assert_int_equal(d.unknown, row->unknown);
	assert_int_equal(d.stack, row->stack);
	assert_int_equal(d.on_outage, row->outage);
	if (row->methods != UINT32_MAX)
		assert_int_equal(
		    d.methods, row->methods != 0 ? row->methods : METHOD_ALL);
	else
		assert_int_equal(d.methods, 0);
	assert_string_equal(d.brand, row->brand != NULL ? row->brand : "ACME");
	assert_int_equal(d.remember_minutes, row->remember);
	assert_int_equal(
	    policy_is_proven(&d, &facts), !row->unproven || row->stack);
}

/* Only who comes to a rule by groups has them looked up. */
static void
groups_are_asked_for(void **state)
{
	struct rule asked[] = { RULE(SKIP, .users = LIST("bob")),
		RULE(DENY, .services = LIST("su"), .groups = LIST("ops")),
		RULE(DENY, .groups = LIST("ops")), ANY(SKIP) };
	struct rule spared[] = { asked[0], asked[1], ANY(REQUIRE), asked[2] };
	struct rule_facts facts = facts_of(&rows[0]);
	struct settings cfg = { .rule = asked };

	(void)state;
	for (size_t n = 0; n <= COUNT(asked); n++) {
		cfg.rule_count = n;
		assert_int_equal(policy_needs_groups(&cfg, &facts), n >= 3);
	}
	cfg.rule = spared;
	assert_false(policy_needs_groups(&cfg, &facts));
	facts.service = "su";
	assert_true(policy_needs_groups(&cfg, &facts));
}

/* Services that are not root's name themselves. */
static void
rules_for_other_services(void **state)
{
	static const char *const roots[] = { "sshd", "sudo", "sudo-i", "su",
		"su-l", "login" };
	struct rule rule = RULE(REQUIRE, .services = LIST("i3lock", "x"));
	struct settings cfg = { .brand = "ACME",
		.rule = &rule,
		.rule_count = 1,
		.socket_uids = 1,
		.socket_uid = { 114 } };
	struct rule_facts facts = facts_of(&rows[0]);

	(void)state;
	facts.service = "i3lock";
	facts.socket_uid = 1001;
	assert_int_equal(policy_decide(&cfg, &facts).rule, 1);
	for (size_t i = 0; i < COUNT(roots); i++) {
		rule.services.item[1] = roots[i];
		assert_int_equal(policy_decide(&cfg, &facts).rule, 0);
		facts.socket_uid = 114;
		assert_int_equal(policy_decide(&cfg, &facts).rule, 0);
		facts.service = roots[i];
		assert_int_equal(policy_decide(&cfg, &facts).rule, 0);
		facts.socket_uid = 0;
		assert_int_equal(policy_decide(&cfg, &facts).rule, 1);
		facts.service = "i3lock";
		facts.socket_uid = 1001;
	}
}

static void
skip_is_for_allowed_services(void **state)
{
	static const enum action without[] = { ACTION_SKIP, ACTION_OBSERVE };
	struct rule rule[] = { ANY(SKIP), ANY(DENY) };
	struct settings cfg = { .brand = "ACME",
		.rule = rule,
		.rule_count = COUNT(rule),
		.socket_uids = 1,
		.socket_uid = { 114 } };
	struct rule_facts facts = facts_of(&rows[0]);
	struct rule_result each[COUNT(rule)];

	(void)state;
	for (size_t i = 0; i < COUNT(without); i++) {
		rule[0].action = without[i];
		facts.socket_uid = 1001;
		assert_int_equal(
		    policy_explain(&cfg, &facts, each).action, ACTION_DENY);
		assert_int_equal(each[0].end, POLICY_FAILS);
		assert_string_equal(each[0].by->name, "socket");
		facts.socket_uid = 114;
		assert_int_equal(
		    policy_decide(&cfg, &facts).action, without[i]);
	}
	/* a stranger is asked by the same rules */
	rule[0].methods = METHODS_TOTP;
	facts.socket_uid = 1001;
	assert_int_equal(policy_decide_decoy(&cfg, &facts).rule, 2);
}

/* A failing group never leads to "allow" when the provider fails as well. */
static void
group_failure_and_outage(void **state)
{
	static const enum on_outage general[] = { OUTAGE_DENY, OUTAGE_OFFLINE,
		OUTAGE_ALLOW };
	static const enum on_outage want[] = { OUTAGE_DENY, OUTAGE_OFFLINE,
		OUTAGE_OFFLINE };
	struct rule rule =
	    RULE_AS(REQUIRE, METHOD_ALL, ALLOW, .groups = LIST("ldap"));
	struct rule_facts facts = facts_of(&rows[0]);
	struct settings cfg = {
		.brand = "ACME", .rule = &rule, .rule_count = 1
	};

	(void)state;
	for (size_t i = 0; i < COUNT(general); i++) {
		cfg.on_outage = general[i];
		assert_int_equal(
		    policy_decide(&cfg, &facts).on_outage, want[i]);
	}
	cfg.rule_count = 0;
	cfg.on_outage = OUTAGE_ALLOW;
	assert_int_equal(policy_decide(&cfg, &facts).on_outage, OUTAGE_ALLOW);
}

/* An unknown time lets nobody in without a code, and a decoy has the prompts
 * of a user. */
static void
unknown_hours(void **state)
{
	struct rule rule[] = { RULE_AS(SKIP, METHODS_TOTP, ALLOW,
				   .hours = { 1, { { 127, 0, HOURS_DAY } } }),
		RULE_AS(REQUIRE, METHOD_ALL, ALLOW, .brand = NULL) };
	struct settings cfg = {
		.brand = "ACME", .rule = rule, .rule_count = COUNT(rule)
	};
	struct rule_facts facts = facts_of(&rows[0]);

	(void)state;
	facts.week_minute = 1;
	assert_int_equal(policy_decide(&cfg, &facts).action, ACTION_SKIP);
	facts.week_minute = 0;
	assert_int_equal(policy_decide(&cfg, &facts).rule, 2);
	assert_int_equal(policy_decide(&cfg, &facts).unknown, 1);
	assert_int_equal(policy_decide(&cfg, &facts).on_outage, OUTAGE_OFFLINE);
	for (rule[0].action = ACTION_DENY; rule[0].action != ACTION_SKIP;
	     rule[0].action++) {
		assert_int_equal(policy_decide(&cfg, &facts).rule, 1);
		assert_int_equal(
		    policy_decide(&cfg, &facts).action, ACTION_REQUIRE);
		assert_int_equal(policy_decide_decoy(&cfg, &facts).rule, 1);
		assert_int_equal(
		    policy_decide_decoy(&cfg, &facts).methods, METHOD_ALL);
	}
}

/* Through its last day, then passed over; on no day that is not known. */
static void
until_a_day(void **state)
{
	struct rule rule[] = { RULE_AS(SKIP, METHODS_TOTP, ALLOW, .until = 100,
				   .why = "CHG-4711"),
		RULE_AS(OBSERVE, METHOD_ALL, UNSET, .until = 101) };
	struct settings cfg = {
		.brand = "ACME", .rule = rule, .rule_count = 2
	};
	struct rule_facts facts = facts_of(&rows[0]);
	struct rule_result each[2];

	(void)state;
	for (facts.today = 99; facts.today <= 100; facts.today++) {
		assert_int_equal(
		    policy_decide(&cfg, &facts).action, ACTION_SKIP);
		assert_int_equal(policy_decide(&cfg, &facts).until, 100);
		assert_string_equal(
		    policy_decide(&cfg, &facts).why, "CHG-4711");
	}
	assert_int_equal(facts.today, 101);
	assert_int_equal(policy_decide(&cfg, &facts).action, ACTION_OBSERVE);
	assert_null(policy_decide(&cfg, &facts).why);
	facts.today = 102;
	assert_int_equal(
	    policy_explain(&cfg, &facts, each).action, ACTION_REQUIRE);
	assert_int_equal(policy_decide(&cfg, &facts).rule, 0);
	assert_int_equal(policy_decide(&cfg, &facts).until, 0);
	assert_string_equal(each[1].by->name, "until");
	facts.today = 0;
	assert_int_equal(policy_decide(&cfg, &facts).action, ACTION_REQUIRE);
	assert_int_equal(policy_decide(&cfg, &facts).unknown, 1);
	/* without an end none is needed */
	rule[0].until = rule[1].until = 0;
	assert_int_equal(policy_decide(&cfg, &facts).action, ACTION_SKIP);
}

static void
allow_ends(void **state)
{
	struct rule rule = RULE_AS(REQUIRE, METHOD_ALL, ALLOW, .brand = NULL);
	struct rule_facts facts = facts_of(&rows[0]);
	struct settings cfg = { .brand = "ACME",
		.rule = &rule,
		.on_outage = OUTAGE_ALLOW,
		.on_outage_until = 100 };

	(void)state;
	for (cfg.rule_count = 0; cfg.rule_count < 2; cfg.rule_count++)
		for (facts.today = 0; facts.today <= 102; facts.today++)
			assert_int_equal(policy_decide(&cfg, &facts).on_outage,
			    facts.today > 0 && facts.today <= 100
				? OUTAGE_ALLOW
				: OUTAGE_OFFLINE);
	cfg.on_outage_until = 0;
	assert_int_equal(policy_decide(&cfg, &facts).on_outage, OUTAGE_ALLOW);
}

/* Never without a day, past it, or with a clock that is too early. */
static void
self_by_the_day(void **state)
{
	struct settings cfg = { .self_enrol_until = 0 };

	(void)state;
	assert_false(admission_allows_self(&cfg, 100));
	cfg.self_enrol_until = 100;
	assert_false(admission_allows_self(&cfg, 0));
	assert_true(admission_allows_self(&cfg, 100));
	assert_false(admission_allows_self(&cfg, 101));
}

/* Up to the day, at the services named, behind a first factor, and where a code
 * is asked for. */
static void
unenrolled_may_enrol(void **state)
{
	static const char *other[] = { "cockpit" };
	struct settings cfg = { .brand = "ACME",
		.unenrolled_enrol = true,
		.unenrolled_text = "",
		.self_enrol_until = 100 };
	struct rule rule = RULE(SKIP, .brand = NULL);
	struct rule_facts facts = facts_of(&rows[0]);
	struct decision d = { .action = ACTION_REQUIRE };

#define END_IS(wanted)                                                         \
	assert_int_equal(                                                      \
	    admission_record(&cfg, &facts, &d, USER_ABSENT, NULL).end, wanted)
	(void)state;
	facts.first_factor = true;
	facts.service = "sshd";
	facts.socket_uid = 0;
	facts.today = 100;
	END_IS(ADMISSION_ENROL);
	facts.today = 101;
	END_IS(ADMISSION_DECOY);
	facts.today = 0; /* unknown */
	END_IS(ADMISSION_DECOY);
	facts.today = 100;
	facts.service = "su";
	END_IS(ADMISSION_DECOY);
	facts.service = "login";
	END_IS(ADMISSION_ENROL);
	cfg.self_enrol_services = (struct text_list){ 1, other };
	END_IS(ADMISSION_DECOY);
	facts.service = "cockpit";
	END_IS(ADMISSION_ENROL);
	facts.socket_uid = 1001;
	END_IS(ADMISSION_DECOY);
	facts.socket_uid = 0;
	facts.first_factor = false;
	d.stack = true; /* trusted, but not seen */
	END_IS(ADMISSION_DECOY);
	facts.first_factor = true;
	cfg.unenrolled_enrol = false;
	END_IS(ADMISSION_DECOY);
	cfg.unenrolled_enrol = true;
	cfg.rule = &rule;
	cfg.rule_count = 1;
	d = policy_decide(&cfg, &facts);
	END_IS(ADMISSION_SKIP);
#undef END_IS
}

static void
unenrolled_ends(void **state)
{
	struct settings cfg = { .brand = "ACME",
		.unenrolled_allow = true,
		.unenrolled_text = "",
		.unenrolled_until = 100 };
	struct rule rule = RULE(OBSERVE, .brand = NULL);
	struct rule_facts facts = facts_of(&rows[0]);
	struct decision d;

	(void)state;
	for (facts.today = 0; facts.today <= 102; facts.today++) {
		const bool in = facts.today > 0 && facts.today <= 100;

		cfg.rule_count = 0;
		d = policy_decide(&cfg, &facts);
		assert_int_equal(
		    admission_record(&cfg, &facts, &d, USER_ABSENT, NULL).end,
		    in ? ADMISSION_UNENROLLED : ADMISSION_DECOY);
		cfg.rule = &rule;
		cfg.rule_count = 1;
		d = policy_decide(&cfg, &facts);
		assert_string_equal(
		    admission_record(&cfg, &facts, &d, USER_ABSENT, NULL).would,
		    in ? "allow-unenrolled" : "deny-unenrolled");
	}
}

/* Under sudo, or a su of theirs, users could bring an outage about. */
static void
allow_is_for_processes_of_root(void **state)
{
	static const enum on_outage want[] = {
		[OUTAGE_DENY] = OUTAGE_DENY,
		[OUTAGE_OFFLINE] = OUTAGE_OFFLINE,
		[OUTAGE_ALLOW] = OUTAGE_OFFLINE,
	};
	struct rule rule = RULE(REQUIRE, .brand = NULL);
	struct rule_facts facts = facts_of(&rows[0]);
	struct settings cfg = { .brand = "ACME", .rule = &rule };

	(void)state;
	for (unsigned i = 0; i < COUNT(want); i++) {
		const enum on_outage said = (enum on_outage)i;

		for (cfg.rule_count = 0; cfg.rule_count < 2; cfg.rule_count++) {
			cfg.on_outage =
			    cfg.rule_count == 0 ? said : OUTAGE_ALLOW;
			rule.on_outage = said;
			facts.real_root = true;
			assert_int_equal(
			    policy_decide(&cfg, &facts).on_outage, said);
			facts.real_root = false;
			assert_int_equal(
			    policy_decide(&cfg, &facts).on_outage, want[i]);
		}
	}
}

static void
addresses(void **state)
{
	static const struct {
		const char *service, *rhost, *ssh, *want;
	} t[] = {
		{ "sshd", "host.example", "192.0.2.7", "192.0.2.7" },
		{ "sshd", "198.51.100.1", "192.0.2.7", "192.0.2.7" },
		{ "sshd", "198.51.100.1", "", "198.51.100.1" },
		{ "sshd", "198.51.100.1", "UNKNOWN", "198.51.100.1" },
		{ "sshd", "host.example", "", "" },
		{ "sshd", "", "", "" },
		{ "sshd", "", "2001:0DB8:0::7", "2001:db8::7" },
		{ "sshd", "", "::ffff:192.0.2.7", "192.0.2.7" },
		{ "sshd", "", "::FFFF:c000:207", "192.0.2.7" },
		{ "sshd", "", "fe80::1%eth0", "" },
		{ "sshd", "fe80::1%2", "", "" },
		{ "sudo", "", "192.0.2.7", "" },
		{ "login", "192.0.2.9", "192.0.2.7", "192.0.2.9" },
		{ "login", "192.0.2.09", "", "" },
		{ "login", "192.0.2", "", "" },
		{ "login", "3221225991", "", "" },
		{ "login", "0xc0000207", "", "" },
		{ "login", " 192.0.2.7", "", "" },
		{ "login", "192.0.2.7 ", "", "" },
		{ "login", "[2001:db8::7]", "", "" },
		{ "login", "192.0.2.7.example", "", "" },
		{ "login", "::1", "", "::1" },
		{ "login", "ffff:ffff:ffff:ffff:ffff:ffff:255.255.255.255", "",
		    "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff" },
	};
	char out[46];

	(void)state;
	for (size_t i = 0; i < COUNT(t); i++) {
		memset(out, 'x', sizeof(out));
		admission_address(t[i].service, t[i].rhost, t[i].ssh, out);
		if (strcmp(out, t[i].want) != 0)
			fail_msg("%s/%s/%s: \"%s\"", t[i].service, t[i].rhost,
			    t[i].ssh, out);
	}
}

static void
consoles(void **state)
{
	static const struct {
		const char *service, *tty, *rhost;
		bool real_root, want;
	} t[] = {
		{ "login", "tty1", "", true, true },
		{ "login", "/dev/tty1", "", true, true },
		{ "login", "tty63", "", true, true },
		{ "login", "ttyS0", "", true, true },
		{ "login", "/dev/ttyS12", "", true, true },
		{ "login", "hvc0", "", true, true },
		{ "gdm-password", "tty2", "", true, true },
		{ "login", "tty1", "", false, false },
		{ "login", "tty1", "192.0.2.7", true, false },
		{ "login", "tty1", "localhost", true, false },
		{ "sudo", "tty1", "", true, false },
		{ "sudo-i", "tty1", "", true, false },
		{ "su", "tty1", "", true, false },
		{ "su-l", "tty1", "", true, false },
		{ "login", "tty0", "", true, false },
		{ "login", "tty", "", true, false },
		{ "login", "ttyS", "", true, false },
		{ "login", "tty1x", "", true, false },
		{ "login", "ttyUSB0", "", true, false },
		{ "login", "hvc", "", true, false },
		{ "login", "pts/1", "", true, false },
		{ "login", "/dev/pts/1", "", true, false },
		{ "sshd", "ssh", "", true, false },
		{ "login", "/tmp/tty1", "", true, false },
		{ "login", "/dev//tty1", "", true, false },
		{ "gdm-password", ":0", "", true, false },
		{ "login", "", "", true, false },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(t); i++)
		if (admission_is_console(t[i].service, t[i].tty, t[i].rhost,
			t[i].real_root) != t[i].want)
			fail_msg("%s on %s from \"%s\"", t[i].service, t[i].tty,
			    t[i].rhost);
}

static void
providers(void **state)
{
	static struct settings cfg = {
		.provider_count = 3,
		.provider = { { .name = "one" }, { .name = "two" },
		    { .name = "three" } },
	};
	static const struct {
		const char *preferred, *want[4];
	} t[] = {
		{ "", { "one", "two", "three", "" } },
		{ "one", { "one", "two", "three", "" } },
		{ "two", { "two", "one", "three", "" } },
		{ "three", { "three", "one", "two", "" } },
		{ "four", { "one", "two", "three", "" } },
	};
	struct user_record user = { 0 };

	(void)state;
	for (size_t i = 0; i < COUNT(t); i++) {
		snprintf(
		    user.provider, sizeof(user.provider), "%s", t[i].preferred);
		for (size_t n = 0; n < 4; n++) {
			const struct provider_conf *p =
			    reach_provider(&cfg, &user, n);

			assert_string_equal(
			    p != NULL ? p->name : "", t[i].want[n]);
		}
	}
	cfg.provider_count = 0;
	assert_null(reach_provider(&cfg, &user, 0));
	cfg.provider_count = 3;
}

static void
resend_waits(void **state)
{
	struct settings cfg = {
		.resend_waits = 3,
		.resend_wait = { 30, 60, 120 },
	};

	(void)state;
	assert_int_equal(reach_wait_after_send_s(&cfg, 0), 30);
	assert_int_equal(reach_wait_after_send_s(&cfg, 1), 30);
	assert_int_equal(reach_wait_after_send_s(&cfg, 2), 60);
	assert_int_equal(reach_wait_after_send_s(&cfg, 3), 120);
	assert_int_equal(reach_wait_after_send_s(&cfg, 4), 120);
	assert_int_equal(reach_wait_after_send_s(&cfg, UINT32_MAX), 120);
	cfg.resend_waits = 0;
	assert_int_equal(reach_wait_after_send_s(&cfg, 1), 30);
}

static void
prefixes(void **state)
{
	static const char *const allowed[] = { "+1", "+44" };
	struct settings cfg = { 0 };

	(void)state;
	assert_true(reach_number_allowed(&cfg, "+33123456789"));
	cfg.allowed_prefixes.item = (const char **)(uintptr_t)allowed;
	cfg.allowed_prefixes.count = COUNT(allowed);
	assert_true(reach_number_allowed(&cfg, "+12025550100"));
	assert_true(reach_number_allowed(&cfg, "+447700900000"));
	assert_false(reach_number_allowed(&cfg, "+33123456789"));
	assert_false(reach_number_allowed(&cfg, "+4"));
	assert_false(reach_number_allowed(&cfg, "12025550100"));
	assert_false(reach_number_allowed(&cfg, ""));
}

UNIT_TESTS(test_policy)
{
	static struct CMUnitTest row_tests[COUNT(rows)];
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(group_failure_and_outage),
		cmocka_unit_test(groups_are_asked_for),
		cmocka_unit_test(allow_is_for_processes_of_root),
		cmocka_unit_test(unknown_hours),
		cmocka_unit_test(until_a_day),
		cmocka_unit_test(allow_ends),
		cmocka_unit_test(unenrolled_may_enrol),
		cmocka_unit_test(unenrolled_ends),
		cmocka_unit_test(self_by_the_day),
		cmocka_unit_test(rules_for_other_services),
		cmocka_unit_test(skip_is_for_allowed_services),
		cmocka_unit_test(addresses),
		cmocka_unit_test(consoles),
		cmocka_unit_test(providers),
		cmocka_unit_test(resend_waits),
		cmocka_unit_test(prefixes),
	};
	int failed;

	_Static_assert(COUNT(rows) >= 80, "the table of rules");
	for (size_t i = 0; i < COUNT(rows); i++) {
		row_tests[i].name = rows[i].what;
		row_tests[i].test_func = check_row;
		row_tests[i].initial_state = (void *)(uintptr_t)&rows[i];
	}
	failed = _cmocka_run_group_tests(
	    "policy rules", row_tests, COUNT(rows), NULL, NULL);
	return failed + cmocka_run_group_tests(tests, NULL, NULL);
}
