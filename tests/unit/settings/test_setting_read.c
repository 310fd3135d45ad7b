/* SPDX-License-Identifier: BSD-2-Clause */
/* Which texts of the settings are taken, byte by byte. */
#include "lib/settings/settings.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/support/unit_tests.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static void
plain_is_printable_ascii(void **state)
{
	static const char *const bad[] = { "a\tb", "\x1f", "a\x7f", "\x80",
		"\xc3\xa9", "a\n" };

	(void)state;
	assert_true(setting_text_is_in_charset("", NULL));
	assert_true(setting_text_is_in_charset(" aZ09~!", NULL));
	for (size_t i = 0; i < COUNT(bad); i++)
		if (setting_text_is_in_charset(bad[i], NULL))
			fail_msg("row %zu is taken", i);
	assert_true(setting_text_is_in_charset("abba", "ab"));
	assert_false(setting_text_is_in_charset("abc", "ab"));
}

/* RFC 3629 section 4: the first and the last of each row of its table. */
static void
utf8_is_taken(void **state)
{
	static const char *const good[] = { "", " ~", "\xc2\xa0", "\xdf\xbf",
		"\xe0\xa0\x80", "\xe0\xbf\xbf", "\xe1\x80\x80", "\xec\xbf\xbf",
		"\xed\x80\x80", "\xed\x9f\xbf", "\xee\x80\x80", "\xef\xbf\xbd",
		"\xf0\x90\x80\x80", "\xf0\xbf\xbf\xbf", "\xf1\x80\x80\x80",
		"\xf3\xbf\xbf\xbf", "\xf4\x80\x80\x80", "\xf4\x8f\xbf\xbf",
		"a\xc3\xa9z" };

	(void)state;
	for (size_t i = 0; i < COUNT(good); i++)
		if (!setting_text_is_printable_utf8(good[i]))
			fail_msg("row %zu is refused", i);
}

static void
other_bytes_are_refused(void **state)
{
	static const char *const bad[] = { "\x1f", "\x7f", "a\n", /* controls */
		"\xc2\x80", "\xc2\x9f", /* C1: some terminals act on it */
		"\xc0\xaf", "\xc1\xbf", "\xe0\x9f\xbf", "\xf0\x8f\xbf\xbf",
		"\xed\xa0\x80", "\xed\xbf\xbf", /* surrogates */
		"\xf4\x90\x80\x80", "\xf5\x80\x80\x80", "\xff", "\xfe", "\x80",
		"\xbf", "a\xc3", "\xe1\x80", "\xf1\x80\x80", "\xc3(",
		"\xe1\x80(", "\xf1\x80\x80(" };

	(void)state;
	for (size_t i = 0; i < COUNT(bad); i++)
		if (setting_text_is_printable_utf8(bad[i]))
			fail_msg("row %zu is taken", i);
}

UNIT_TESTS(test_setting_read)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(plain_is_printable_ascii),
		cmocka_unit_test(utf8_is_taken),
		cmocka_unit_test(other_bytes_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
