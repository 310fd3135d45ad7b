/* SPDX-License-Identifier: BSD-2-Clause */
/* Who was out of reach is asked last, and nobody is left out. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>

#include <cmocka.h>

#include "lib/rules/rules.h"
#include "tests/support/unit_tests.h"

#define MOST 8

static void
each_set(void **state)
{
	bool passed[MOST];
	size_t order[MOST];

	(void)state;
	for (unsigned set = 0; set < 1u << MOST; set++) {
		unsigned seen = 0;

		for (size_t i = 0; i < MOST; i++)
			passed[i] = (set & 1u << i) != 0;
		reach_order_indexes(passed, MOST, order);
		for (size_t n = 0; n < MOST; n++) {
			seen |= 1u << order[n];
			if (n == 0 || passed[order[n]] != passed[order[n - 1]])
				assert_true(n == 0 || passed[order[n]]);
			else
				assert_true(order[n] > order[n - 1]);
		}
		assert_int_equal(seen, (1u << MOST) - 1);
	}
}

UNIT_TESTS(test_passed_last)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_set),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
