/* SPDX-License-Identifier: BSD-2-Clause */
/* The host's name before the first prompt. */
#include "helper/dialogue/dialogue.h"
#include "helper/dialogue/dialogue_inside.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>

#include "tests/support/unit_tests.h"

static void
test_names(void **state)
{
	static const struct {
		const char *name, *line;
	} rows[] = {
		{ "web1", "web1:" },
		{ "web1.example.org", "web1:" },
		{ "WEB-1.a_b", "WEB-1:" },
		{ "", NULL },
		{ ".example.org", NULL },
		{ "(none)", NULL },
		{ "a b", NULL },
		{ "a\033[2J", NULL },
		{ "w\303\251b", NULL },
	};
	char line[66];

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const bool there =
		    dialogue_host_line(line, sizeof(line), rows[i].name);

		assert_int_equal(there, rows[i].line != NULL);
		if (there)
			assert_string_equal(line, rows[i].line);
	}
}

/* It is never cut: half a name may be that of another host. */
static void
test_longest(void **state)
{
	char name[65], line[66];

	(void)state;
	memset(name, 'w', sizeof(name) - 1);
	name[sizeof(name) - 1] = '\0';
	assert_true(dialogue_host_line(line, sizeof(line), name));
	assert_int_equal(strlen(line), 65);
	assert_false(dialogue_host_line(line, sizeof(line) - 1, name));
}

UNIT_TESTS(test_host_line)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_longest),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
