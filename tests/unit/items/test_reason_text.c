/* SPDX-License-Identifier: BSD-2-Clause */
/* Each reason has a class and a sentence. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>

#include "lib/items/items.h"
#include "tests/support/unit_tests.h"

/* A clause: no full stop, and no "%" but for the user. */
static void
assert_clause(const char *text)
{
	const size_t len = strlen(text);

	assert_true(len == 0 || strchr(".;: ", text[len - 1]) == NULL);
	for (const char *p = strchr(text, '%'); p != NULL;
	     p = strchr(p + 1, '%'))
		assert_int_equal(p[1], 's');
}

static void
test_each_has_a_sentence(void **state)
{
	(void)state;
	for (unsigned i = 1; i < REASON_COUNT; i++) {
		const struct reason_text *t = reason_text((enum reason)i);

		if (t->sentence == NULL || t->sentence[0] == '\0' ||
		    t->remedy == NULL)
			fail_msg("%s has none", reason_word((enum reason)i));
		assert_clause(t->sentence);
		assert_clause(t->remedy);
	}
}

static void
test_classes(void **state)
{
	(void)state;
	assert_int_equal(
	    reason_text(REASON_SETTINGS)->class, REASON_CLASS_CORRECT);
	assert_int_equal(
	    reason_text(REASON_PREFIX)->class, REASON_CLASS_CORRECT);
	assert_int_equal(reason_text(REASON_STATE)->class, REASON_CLASS_FAILED);
	assert_int_equal(
	    reason_text(REASON_ACCOUNT)->class, REASON_CLASS_FAILED);
	assert_int_equal(
	    reason_text(REASON_LOCKED)->class, REASON_CLASS_REFUSED);
	assert_int_equal(
	    reason_text(REASON_NOTHING)->class, REASON_CLASS_REFUSED);
}

static void
test_what_is_none(void **state)
{
	static const enum reason none[] = { REASON_NONE, REASON_COUNT,
		(enum reason)(-1) };

	(void)state;
	for (size_t i = 0; i < sizeof(none) / sizeof(none[0]); i++) {
		assert_int_equal(
		    reason_text(none[i])->class, REASON_CLASS_REFUSED);
		assert_string_equal(reason_text(none[i])->sentence, "");
		assert_string_equal(reason_text(none[i])->remedy, "");
	}
}

UNIT_TESTS(test_reason_text)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_each_has_a_sentence),
		cmocka_unit_test(test_classes),
		cmocka_unit_test(test_what_is_none),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
