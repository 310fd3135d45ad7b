/* SPDX-License-Identifier: BSD-2-Clause */
/* How many places sshd's prompts need, and what sshd -T says of them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>

#include "tests/support/unit_tests.h"
#include "twofactl/sshd/sshd.h"

static void
test_needed(void **state)
{
	static const struct {
		struct sshd_starts own;
		size_t people;
		bool low;
		const char *line;
	} cases[] = {
		{ { 10, 30, 100, 0 }, 0, true, "MaxStartups 60:30:200" },
		{ { 10, 30, 100, 0 }, 60, true, "MaxStartups 60:30:200" },
		{ { 10, 30, 100, 0 }, 61, true, "MaxStartups 90:30:300" },
		{ { 10, 30, 100, 0 }, 200, true, "MaxStartups 210:30:700" },
		{ { 10, 30, 100, 0 }, SIZE_MAX, true,
		    "MaxStartups 600:30:2000" },
		/* no part of it becomes less */
		{ { 59, 10, 1000, 0 }, 5, true, "MaxStartups 60:10:1000" },
		{ { 60, 30, 60, 0 }, 5, false, "MaxStartups 60:30:200" },
		{ { 1000, 50, 3000, 0 }, 900, false,
		    "MaxStartups 1000:50:3000" },
		/* not known */
		{ { 0, 0, 0, 0 }, 5, true, "MaxStartups 60:30:200" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char line[SSHD_SETTINGS_STARTS];

		assert_int_equal(sshd_settings_max_startups_is_low(
				     &cases[i].own, cases[i].people, line),
		    cases[i].low);
		assert_string_equal(line, cases[i].line);
	}
}

static void
test_read(void **state)
{
	static const struct {
		const char *text;
		struct sshd_starts starts;
	} cases[] = {
		{ "usepam yes\nmaxstartups 10:30:100\n", { 10, 30, 100, 0 } },
		{ "maxstartups 600:1:2000\n", { 600, 1, 2000, 0 } },
		{ "usepam yes\n", { 0, 0, 0, 0 } },
		{ "maxstartups 10\n", { 10, 0, 0, 0 } },
		{ "maxstartups many\n", { 0, 0, 0, 0 } },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct sshd_settings conf;

		sshd_settings_read(&conf, cases[i].text);
		assert_memory_equal(
		    &conf.starts, &cases[i].starts, sizeof(conf.starts));
	}
}

UNIT_TESTS(test_sshd_starts)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_needed),
		cmocka_unit_test(test_read),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
