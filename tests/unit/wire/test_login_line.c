/* SPDX-License-Identifier: BSD-2-Clause */
/* The log's lines read back, and the heads of events. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "lib/wire/wire.h"
#include "tests/support/unit_tests.h"

/* What is written is read as it was; unprintable bytes stay escaped. */
static void
written_and_read(void **state)
{
	static const char *const values[][2] = {
		{ "alice", "alice" },
		{ "", "" },
		{ "a b", "a b" },
		{ "a=b outcome=allowed", "a=b outcome=allowed" },
		{ "\"", "\"" },
		{ "\\", "\\" },
		{ "\\\"", "\\\"" },
		{ "x\" y=\"", "x\" y=\"" },
		{ "\x1b[1m", "\\x1b[1m" },
		{ "\n", "\\x0a" },
		{ "\\x41", "\\x41" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++) {
		struct logline l = { .len = 0 };
		const char *key = NULL, *value = NULL;
		char *line = l.text + 1;

		logline_put_value(&l, "user", values[i][0]);
		logline_put_value(&l, "service", "sshd");
		assert_int_equal(logline_parse(&line, &key, &value), 1);
		assert_string_equal(key, "user");
		assert_string_equal(value, values[i][1]);
		assert_int_equal(logline_parse(&line, &key, &value), 1);
		assert_string_equal(key, "service");
		assert_string_equal(value, "sshd");
		assert_int_equal(logline_parse(&line, &key, &value), 0);
	}
}

static void
not_a_field(void **state)
{
	static const char *const wrong[] = { "user", "=x", "User=x",
		"user=", "user=\"x", "user=\"x\"y", "user=\"x\\", "user=x;",
		" user=x", "user=(x)", "us er=x", "user=\"\"\"" };

	(void)state;
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		char text[32], *line = text;
		const char *key, *value;

		snprintf(text, sizeof(text), "%s", wrong[i]);
		assert_int_equal(logline_parse(&line, &key, &value), -1);
	}
}

static void
each_event(void **state)
{
	(void)state;
	for (int i = 1; i < EVENT_COUNT; i++) {
		const enum event event = (enum event)i;
		char text[128], *line = text;
		const char *user;

		assert_true(strlen(logline_event_word(event)) > 0);
		for (int j = 1; j < i; j++)
			assert_string_not_equal(logline_event_word(event),
			    logline_event_word((enum event)j));
		snprintf(text, sizeof(text), "%sthe rest, x=y",
		    logline_event_prefix(event, "a b"));
		assert_int_equal(logline_parse_event(&line, &user), event);
		assert_string_equal(user, "a b");
		assert_string_equal(line, "the rest, x=y");
	}
	assert_string_equal(logline_event_word(EVENT_NONE), "");
	assert_string_equal(logline_event_prefix(EVENT_NONE, "alice"), "");
}

/* log_set_subject puts "alice@sshd: " before it, without a blank, = or quote.
 */
static void
behind_whose_login(void **state)
{
	char text[] = "al?ice@sshd: event=locked user=alice is locked";
	char *line = text;
	const char *user;

	(void)state;
	assert_int_equal(logline_parse_event(&line, &user), EVENT_LOCKED);
	assert_string_equal(user, "alice");
}

static void
no_event(void **state)
{
	static const char *const wrong[] = { "", "event=locked",
		"event= user=alice x", "event=none user=alice x",
		"user=alice event=locked x", "is event=locked user=alice x",
		"a b: event=locked user=alice x", ": event=lock user=alice",
		"event=locked user=alice; x", "event=\"locked user=alice x" };

	(void)state;
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		char text[64], *line = text;
		const char *user;

		snprintf(text, sizeof(text), "%s", wrong[i]);
		assert_int_equal(logline_parse_event(&line, &user), EVENT_NONE);
	}
}

/* An exception with an end is an event of the login's own line. */
static void
exception_used(void **state)
{
	unsigned char bytes[FRAME_MAX];
	struct logline l = { .len = 0 };
	struct frame f;

	(void)state;
	frame_init(&f, FRAME_VERDICT, bytes, sizeof(bytes));
	frame_put_number(&f, FIELD_VERDICT, VERDICT_ALLOW);
	frame_put_text(&f, FIELD_UNTIL, "2027-01-31");
	logline_put_verdict(&l, &f, LOGLINE_ALLOWED, REASON_NONE, 1);
	assert_non_null(
	    strstr(l.text, " event=exception-used until=2027-01-31"));
	l = (struct logline){ .len = 0 };
	logline_put_verdict(&l, &f, LOGLINE_DENIED, REASON_DEADLINE, 1);
	assert_null(strstr(l.text, "event="));
}

UNIT_TESTS(test_login_line)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(written_and_read),
		cmocka_unit_test(not_a_field),
		cmocka_unit_test(each_event),
		cmocka_unit_test(behind_whose_login),
		cmocka_unit_test(no_event),
		cmocka_unit_test(exception_used),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
