/* SPDX-License-Identifier: BSD-2-Clause */
/* What a number look-up's answer means for an enrolment. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "lib/provider_types/provider_types.h"
#include "tests/support/line_name.h"
#include "tests/support/unit_tests.h"
#include "twofactl/enrol/enrol_inside.h"

/* The word that the advice must hold; NULL: none against it. */
static const struct {
	enum number_facts_line line;
	enum method method;
	const char *word;
} rows[] = {
	{ NUMBER_UNKNOWN, METHOD_SMS, NULL },
	{ NUMBER_MOBILE, METHOD_SMS, NULL },
	{ NUMBER_MOBILE, METHOD_VOICE, NULL },
	{ NUMBER_LANDLINE, METHOD_SMS, "landline" },
	{ NUMBER_LANDLINE, METHOD_WHATSAPP, "landline" },
	{ NUMBER_LANDLINE, METHOD_VOICE, NULL },
	{ NUMBER_LANDLINE_OR_MOBILE, METHOD_SMS, NULL },
	{ NUMBER_VOIP, METHOD_SMS, NULL },
	{ NUMBER_TOLL_FREE, METHOD_SMS, "toll-free" },
	{ NUMBER_TOLL_FREE, METHOD_VOICE, "toll-free" },
	{ NUMBER_PREMIUM, METHOD_SMS, "premium-rate" },
	{ NUMBER_PREMIUM, METHOD_VOICE, "premium-rate" },
	{ NUMBER_SHARED_COST, METHOD_SMS, NULL },
	{ NUMBER_PERSONAL, METHOD_SMS, NULL },
	{ NUMBER_PAGER, METHOD_SMS, "pager" },
	{ NUMBER_PAGER, METHOD_VOICE, "pager" },
	{ NUMBER_UAN, METHOD_VOICE, NULL },
	{ NUMBER_VOICEMAIL, METHOD_VOICE, NULL },
};

static void
some_lines_are_advised_against(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct number_facts l = { .line = rows[i].line };
		const char *advice = enrol_number_advice(&l, rows[i].method);

		if ((advice == NULL) != (rows[i].word == NULL) ||
		    (advice != NULL && strstr(advice, rows[i].word) == NULL))
			fail_msg("row %zu: %s", i,
			    advice != NULL ? advice : "nothing");
	}
}

static void
a_number_that_is_none_is_advised_against(void **state)
{
	struct number_facts l = { .valid = LOOKUP_NO, .line = NUMBER_MOBILE };

	(void)state;
	assert_non_null(
	    strstr(enrol_number_advice(&l, METHOD_SMS), "not a phone"));
	assert_non_null(enrol_number_advice(&l, METHOD_VOICE));
	l.valid = LOOKUP_YES;
	assert_null(enrol_number_advice(&l, METHOD_SMS));
	l.valid = LOOKUP_UNKNOWN;
	assert_null(enrol_number_advice(&l, METHOD_SMS));
}

/* A phone that is switched off at enrolment is a phone all the same. */
static void
what_cannot_be_reached_now_is_no_fault(void **state)
{
	const struct number_facts l = { .reachable = LOOKUP_NO };

	(void)state;
	assert_null(enrol_number_advice(&l, METHOD_SMS));
}

static void
each_line_has_a_name_of_its_own(void **state)
{
	(void)state;
	for (unsigned i = 0; i < NUMBER_COUNT; i++) {
		const char *name = line_name((enum number_facts_line)i);

		assert_true(name[0] != '\0');
		assert_null(strchr(name, ' '));
		for (unsigned k = 0; k < i; k++)
			assert_string_not_equal(
			    name, line_name((enum number_facts_line)k));
	}
	assert_string_equal(line_name(NUMBER_COUNT), "unknown");
}

UNIT_TESTS(test_number_advice)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(some_lines_are_advised_against),
		cmocka_unit_test(a_number_that_is_none_is_advised_against),
		cmocka_unit_test(what_cannot_be_reached_now_is_no_fault),
		cmocka_unit_test(each_line_has_a_name_of_its_own),
	};

	return cmocka_run_group_tests_name("lookup", tests, NULL, NULL);
}
