/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The minute of the week in a zone with summer time. The calls below stand
 * before libc's: one sets the time, the other a zone in place of the host's.
 */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <setjmp.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "lib/rules/rules.h"
#include "lib/settings/settings.h"
#include "tests/support/unit_tests.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))
#define AT(day, hour, minute) ((day)*HOURS_DAY + (hour)*60 + (minute) + 1)

static time_t now;
static const char *host_zone;

int
clock_gettime(clockid_t clock, struct timespec *t)
{
	(void)clock;
	*t = (struct timespec){ .tv_sec = now };
	return 0;
}

/* The host's zone is what holds without TZ. */
int
unsetenv(const char *name)
{
	assert_string_equal(name, "TZ");
	return setenv(name, host_zone, 1);
}

#define BERLIN "CET-1CEST,M3.5.0,M10.5.0/3"
#define NEW_YORK "EST5EDT,M3.2.0,M11.1.0"

static void
test_week_minute(void **state)
{
	static const struct {
		const char *zone;
		time_t now;
		unsigned minute;
	} times[] = {
		/* Sunday, 29 March 2026: 01:59:59 is followed by 03:00:00 */
		{ BERLIN, 1774745999, AT(6, 1, 59) },
		{ BERLIN, 1774746000, AT(6, 3, 0) },
		/* 25 October: 02:59:59 by 02:00:00 */
		{ BERLIN, 1792889999, AT(6, 2, 59) },
		{ BERLIN, 1792890000, AT(6, 2, 0) },
		{ BERLIN, 1792893600, AT(6, 3, 0) },
		/* the week's end there is not that of UTC */
		{ BERLIN, 1774821599, AT(6, 23, 59) },
		{ BERLIN, 1774821600, AT(0, 0, 0) },
		{ NEW_YORK, 1774821600, AT(6, 18, 0) },
		{ NEW_YORK, 1774843199, AT(6, 23, 59) },
		{ NEW_YORK, 1774843200, AT(0, 0, 0) },
	};
	struct rule rule = { .hours = { 1, { { 127, 0, HOURS_DAY } } } };
	const struct settings conf = { .rule = &rule, .rule_count = 1 };

	(void)state;
	for (size_t i = 0; i < COUNT(times); i++) {
		setenv("TZ", "Asia/Tokyo", 1);
		host_zone = times[i].zone;
		now = times[i].now;
		assert_int_equal(admission_week_minute(&conf), times[i].minute);
	}
	rule.hours.count = 0;
	assert_int_equal(admission_week_minute(&conf), 0);
}

/* A clock before this version's release is wrong; its own midnight is UTC's. */
static void
test_today(void **state)
{
	struct settings conf = { .today = 0 };

	(void)state;
	setenv("TZ", "Asia/Tokyo", 1);
	now = (time_t)TWOFA_DAY * 86400 - 1;
	assert_int_equal(admission_today(&conf), 0);
	now++;
	assert_int_equal(admission_today(&conf), TWOFA_DAY);
	now += 86399;
	assert_int_equal(admission_today(&conf), TWOFA_DAY);
	now++;
	assert_int_equal(admission_today(&conf), TWOFA_DAY + 1);
	now = 0;
	assert_int_equal(admission_today(&conf), 0);
	now = -86400 * (time_t)30000;
	assert_int_equal(admission_today(&conf), 0);
	conf.today = 7;
	assert_int_equal(admission_today(&conf), 7);
}

UNIT_TESTS(test_hours)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_week_minute),
		cmocka_unit_test(test_today),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
