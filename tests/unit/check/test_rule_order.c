/* SPDX-License-Identifier: BSD-2-Clause */
/* Rules by groups that a hidden membership falls through. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "tests/support/unit_tests.h"
#include "twofactl/check/check.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))
#define LIST(...)                                                              \
	{                                                                      \
		COUNT(((const char *[]){ __VA_ARGS__ })), (const char *[])     \
		{                                                              \
			__VA_ARGS__                                            \
		}                                                              \
	}
#define OPS .groups = LIST("ops")

static const struct row {
	const char *what;
	struct rule rule[3];
	size_t rules, to; /* to: the rule that it falls through to */
} rows[] = {
	{ "require, skip",
	    { { OPS, .action = ACTION_REQUIRE }, { .action = ACTION_SKIP } }, 2,
	    2 },
	{ "deny, observe",
	    { { OPS, .action = ACTION_DENY }, { .action = ACTION_OBSERVE } }, 2,
	    2 },
	{ "skip by another group",
	    { { OPS, .action = ACTION_REQUIRE },
		{ .groups = LIST("guests"), .action = ACTION_SKIP } },
	    2, 2 },
	{ "not at once",
	    { { OPS, .action = ACTION_DENY },
		{ .users = LIST("bob"), .action = ACTION_REQUIRE },
		{ .services = LIST("su"), .action = ACTION_SKIP } },
	    3, 3 },
	{ "the console behind",
	    { { OPS, .action = ACTION_REQUIRE },
		{ .console_set = true,
		    .console = true,
		    .action = ACTION_SKIP } },
	    2, 2 },
	{ "the safe form",
	    { { OPS, .action = ACTION_SKIP }, { .action = ACTION_REQUIRE } }, 2,
	    0 },
	{ "nothing behind", { { OPS, .action = ACTION_REQUIRE } }, 1, 0 },
	{ "skip before",
	    { { .action = ACTION_SKIP }, { OPS, .action = ACTION_REQUIRE } }, 2,
	    0 },
	{ "by names",
	    { { .users = LIST("bob"), .action = ACTION_REQUIRE },
		{ .action = ACTION_SKIP } },
	    2, 0 },
	{ "covered between",
	    { { OPS, .action = ACTION_DENY }, { .action = ACTION_REQUIRE },
		{ .action = ACTION_SKIP } },
	    3, 0 },
	{ "covered at its services",
	    { { OPS, .services = LIST("su"), .action = ACTION_DENY },
		{ .services = LIST("sudo", "su"), .action = ACTION_DENY },
		{ .action = ACTION_SKIP } },
	    3, 0 },
	{ "covered for its users",
	    { { OPS, .users = LIST("bob"), .action = ACTION_DENY },
		{ .users = LIST("bob", "alice"), .action = ACTION_REQUIRE },
		{ .action = ACTION_SKIP } },
	    3, 0 },
	{ "the same group",
	    { { OPS, .action = ACTION_DENY }, { OPS, .action = ACTION_REQUIRE },
		{ .action = ACTION_SKIP } },
	    3, 3 },
	{ "covered at other services",
	    { { OPS, .services = LIST("su", "login"), .action = ACTION_DENY },
		{ .services = LIST("sudo", "su"), .action = ACTION_DENY },
		{ .action = ACTION_SKIP } },
	    3, 3 },
	{ "covered at some services",
	    { { OPS, .action = ACTION_DENY },
		{ .services = LIST("su"), .action = ACTION_DENY },
		{ .action = ACTION_SKIP } },
	    3, 3 },
	{ "another service",
	    { { OPS, .services = LIST("su"), .action = ACTION_DENY },
		{ .services = LIST("sudo"), .action = ACTION_SKIP } },
	    2, 0 },
	{ "another user",
	    { { OPS, .users = LIST("bob"), .action = ACTION_DENY },
		{ .users = LIST("alice", "carol"), .action = ACTION_SKIP } },
	    2, 0 },
	{ "elsewhere than at the console",
	    { { OPS, .console_set = true, .action = ACTION_DENY },
		{ .console_set = true,
		    .console = true,
		    .action = ACTION_SKIP } },
	    2, 0 },
};

static void
each_row(void **state)
{
	const char *text;
	char words[64];

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		const struct settings conf = {
			.rule = (struct rule *)(uintptr_t)rows[i].rule,
			.rule_count = rows[i].rules
		};

		snprintf(words, sizeof(words), "rule %zu after it admits",
		    rows[i].to);
		text = check_rule_order(&conf, 0);
		if (rows[i].to == 0
			? text != NULL
			: text == NULL || strstr(text, words) == NULL)
			fail_msg(
			    "%s: %s", rows[i].what, text != NULL ? text : "");
		assert_null(check_rule_order(&conf, rows[i].rules - 1));
	}
}

UNIT_TESTS(test_rule_order)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(each_row) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
