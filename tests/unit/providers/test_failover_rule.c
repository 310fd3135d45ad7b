/* SPDX-License-Identifier: BSD-2-Clause */
/* After which outcome of a start another provider may be asked. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "helper/providers/providers.h"
#include "tests/support/unit_tests.h"

/* The columns: not sent, maybe sent, maybe sent with failover_after_unknown
 * off. */
static void
failover(void **state)
{
	static const bool want[OUTCOME_COUNT + 1][3] = {
		[OUTCOME_INFLIGHT] = { true, true, true },
		[OUTCOME_THROTTLE] = { true, true, true },
		[OUTCOME_NUMBER] = { true, true, true },
		[OUTCOME_CONFIG] = { true, true, true },
		[OUTCOME_ACCOUNT] = { true, true, true },
		[OUTCOME_TRANSIENT] = { true, true, false },
		[OUTCOME_STALLED] = { true, true, false },
	};
	const struct settings with = { .failover_after_unknown = true };
	const struct settings without = { .failover_after_unknown = false };

	(void)state;
	for (unsigned i = 0; i <= OUTCOME_COUNT; i++) {
		enum outcome o = (enum outcome)i;

		assert_int_equal(
		    provider_may_fail_over(&with, o, false, false), want[i][0]);
		assert_int_equal(
		    provider_may_fail_over(&without, o, false, false),
		    want[i][0]);
		assert_int_equal(
		    provider_may_fail_over(&with, o, true, false), want[i][1]);
		assert_int_equal(
		    provider_may_fail_over(&without, o, true, false),
		    want[i][2]);
		/* about this number: the next provider would be asked for it
		 * all the same */
		assert_int_equal(provider_may_fail_over(&with, o, false, true),
		    o != OUTCOME_THROTTLE && want[i][0]);
	}
}

UNIT_TESTS(test_failover_rule)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(failover),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
