/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The table of conditions: what is in it is whole, and two rules are compared
 * rightly.
 */
#include "tests/support/confdir.h"

#include <sys/socket.h>

#include "lib/settings/settings_inside.h"
#include "tests/support/unit_tests.h"

static struct confdir d;

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))
#define LIST(...)                                                              \
	{                                                                      \
		COUNT(((const char *[]){ __VA_ARGS__ })), (const char *[])     \
		{                                                              \
			__VA_ARGS__                                            \
		}                                                              \
	}
#define NETS(...)                                                              \
	{                                                                      \
		COUNT(((struct network[]){ __VA_ARGS__ })), (struct network[]) \
		{                                                              \
			__VA_ARGS__                                            \
		}                                                              \
	}
#define NET4(a, b, n)                                                          \
	{                                                                      \
		AF_INET, { a, b }, n                                           \
	}
#define HOURS(days, from, to)                                                  \
	{                                                                      \
		1,                                                             \
		{                                                              \
			{                                                      \
				days, from, to                                 \
			}                                                      \
		}                                                              \
	}
#define CA "SHA256:yEA7Xl8nyliV8YP2serBdF4quJ2lIJwhO8cOfnXNdLs"
#define CONSOLE(is) .console_set = true, .console = (is)

/* Whether the first holds wherever the second does, and the other way round;
 * whether they may meet. */
static const struct row {
	const char *what;
	struct rule one, other;
	bool within, around, meet;
} rows[] = {
	{ "services", { .services = LIST("su") },
	    { .services = LIST("sudo", "su") }, true, false, true },
	{ "other services", { .services = LIST("su") },
	    { .services = LIST("sudo", "login") }, false, false, false },
	{ "users", { .users = LIST("bob", "al") }, { .users = LIST("al") },
	    false, true, true },
	{ "other users", { .users = LIST("bob") }, { .users = LIST("al") },
	    false, false, false },
	{ "a name that is wrong", { .users = LIST(NULL, "al") },
	    { .users = LIST("al") }, false, true, true },
	{ "networks", { .from = NETS(NET4(10, 1, 16), NET4(10, 2, 16)) },
	    { .from = NETS(NET4(10, 0, 8)) }, true, false, true },
	{ "the same network", { .from = NETS(NET4(10, 0, 8)) },
	    { .from = NETS(NET4(9, 0, 8), NET4(10, 0, 8)) }, true, false,
	    true },
	{ "a network that is wrong", { .from = NETS({ .family = 0 }) },
	    { .from = NETS(NET4(0, 0, 0)) }, false, false, true },
	{ "no address", { .action = ACTION_SKIP },
	    { .from = NETS(NET4(0, 0, 0), { .family = AF_INET6 }) }, false,
	    true, true },
	{ "console", { CONSOLE(true) }, { CONSOLE(true) }, true, true, true },
	{ "elsewhere", { CONSOLE(true) }, { CONSOLE(false) }, false, false,
	    false },
	{ "a membership may be hidden", { .groups = LIST("ops") },
	    { .groups = LIST("ops") }, false, false, true },
	{ "hours", { .hours = HOURS(31, 480, 1080) },
	    { .hours = HOURS(127, 0, HOURS_DAY) }, true, false, true },
	{ "hours over midnight", { .hours = HOURS(64, 1380, 60) },
	    { .hours = HOURS(1, 0, 60) }, false, true, true },
	{ "other hours", { .hours = HOURS(1, 0, 60) },
	    { .hours = HOURS(1, 60, 0) }, false, false, false },
	{ "an end", { .until = 100 }, { .until = 101 }, true, false, true },
	{ "keys", { .keys = "sk" }, { .keys = "sk" }, true, true, true },
	{ "other keys", { .keys = "sk" }, { .keys = CA }, false, false, true },
	{ "two conditions", { .users = LIST("al"), .services = LIST("su") },
	    { .users = LIST("al") }, true, false, true },
};

static void
test_two_rules(void **state)
{
	static const struct rule any;

	(void)state;
	assert_true(conditions_within(&any, &any));
	for (size_t i = 0; i < COUNT(rows); i++) {
		const struct rule *a = &rows[i].one, *b = &rows[i].other;

		if (conditions_within(a, b) != rows[i].within ||
		    conditions_within(b, a) != rows[i].around ||
		    conditions_overlap(a, b) != rows[i].meet ||
		    conditions_overlap(b, a) != rows[i].meet)
			fail_msg("%s", rows[i].what);
		assert_true(conditions_within(a, &any));
		assert_true(conditions_overlap(a, &any));
		if (b->action != ACTION_SKIP)
			assert_false(conditions_within(&any, b));
	}
}

static const struct rule all = { .services = LIST("su"),
	.users = LIST("al"),
	.from = NETS(NET4(10, 0, 8)),
	CONSOLE(true),
	.hours = HOURS(31, 480, 1080),
	.until = 20849,
	.keys = "sk",
	.groups = LIST("ops") };

/* Each of one rule that has them all, and of one without. */
static void
test_each_condition(void **state)
{
	static const struct rule any;
	static const struct rule_facts other = {
		.user = "bob", .service = "login", .address = "192.0.2.7"
	};
	const struct settings conf = { .brand = "ACME" };
	char text[CONDITION_TEXT_MAX];

	(void)state;
	for (const struct condition *c = conditions; c->name != NULL; c++) {
		const struct condition_lookup look = { c, &conf, &all, &other };

		if (c->entry != NULL)
			assert_string_equal(c->entry->key, c->name);
		assert_false(condition_is_set(c, &any));
		assert_int_equal(condition_is_set(c, &all), c->entry != NULL);
		assert_int_equal(c->holds(&(struct condition_lookup){
				     c, &conf, &any, &other }),
		    CONDITION_HOLDS);
		assert_int_equal(c->holds(&look),
		    c->entry == NULL              ? CONDITION_HOLDS
			: c->name_unknown != NULL ? CONDITION_UNKNOWN
						  : CONDITION_FAILS);
		c->why(&look, text);
		assert_true(c->entry == NULL ||
		    strncmp(text, c->name, strlen(c->name)) == 0);
		assert_int_equal(c->unknown != NULL, c->name_unknown != NULL);
		if (c->unknown != NULL)
			c->unknown(&look, text);
		assert_in_range(strlen(text), 20, CONDITION_TEXT_MAX - 2);
	}
}

#define AT(day, hour, minute) ((day)*HOURS_DAY + (hour)*60 + (minute))

/* As they are written, and times at which they hold or not. */
static void
test_hours(void **state)
{
	static const struct {
		const char *text;
		unsigned in[3], out[3];
	} times[] = {
		{ "mon-fri 08:00-18:00",
		    { AT(0, 8, 0), AT(4, 17, 59), AT(2, 12, 0) },
		    { AT(0, 7, 59), AT(4, 18, 0), AT(5, 12, 0) } },
		{ "sat-mon 00:00-24:00",
		    { AT(5, 0, 0), AT(6, 23, 59), AT(0, 12, 0) },
		    { AT(1, 0, 0), AT(4, 23, 59), AT(3, 0, 0) } },
		{ "sat-mon 22:00-06:00",
		    { AT(5, 22, 0), AT(0, 3, 0), AT(1, 5, 59) },
		    { AT(5, 5, 59), AT(1, 6, 0), AT(1, 22, 0) } },
		{ "sun 18:00-24:00",
		    { AT(6, 18, 0), AT(6, 23, 59), AT(6, 20, 0) },
		    { AT(0, 0, 0), AT(6, 17, 59), AT(5, 20, 0) } },
		{ "sun 22:00-06:30",
		    { AT(6, 22, 0), AT(0, 0, 0), AT(0, 6, 29) },
		    { AT(6, 21, 59), AT(0, 6, 30), AT(6, 0, 0) } },
		{ "wed 09:00-10:00, thu 18:00-00:00",
		    { AT(2, 9, 0), AT(3, 18, 0), AT(3, 23, 59) },
		    { AT(2, 18, 0), AT(3, 9, 0), AT(4, 0, 0) } },
	};
	const struct condition *c = conditions;
	struct rule_facts facts = { .user = "al" };
	char text[1024];

	(void)state;
	while (strcmp(c->name, "hours") != 0)
		c++;
	for (size_t i = 0; i < COUNT(times); i++) {
		struct settings *conf;
		struct condition_lookup look = { .c = c, .facts = &facts };

		snprintf(text, sizeof(text),
		    CONFDIR_BASE "rules = ( { hours = \"%s\"; } );\n",
		    times[i].text);
		conf = confdir_loaded(&d, text);
		look.rule = conf->rule;
		for (size_t k = 0; k < 3; k++) {
			facts.week_minute = times[i].in[k] + 1;
			assert_int_equal(c->holds(&look), CONDITION_HOLDS);
			facts.week_minute = times[i].out[k] + 1;
			assert_int_equal(c->holds(&look), CONDITION_FAILS);
		}
		c->why(&look, text);
		facts.week_minute = 0;
		assert_int_equal(c->holds(&look), CONDITION_UNKNOWN);
		settings_free(conf);
	}
	assert_string_equal(text, "hours: it is fri 00:00 on this host");
}

UNIT_TESTS(test_conditions)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_two_rules),
		cmocka_unit_test(test_each_condition),
		CONFDIR_TEST(test_hours, &d),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
