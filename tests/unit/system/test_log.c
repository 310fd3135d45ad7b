/* SPDX-License-Identifier: BSD-2-Clause */
/* Log lines: nothing that a name or a vendor sends can forge one. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>
#include <stdio.h>
#include <string.h>
#include <syslog.h>

#include "lib/system/system.h"
#include "tests/support/unit_tests.h"

static char written[LOG_LINE_MAX + 1];

/* In libc's place; by this name with _FORTIFY_SOURCE, by that one without. */
void __syslog_chk(int level, int flag, const char *fmt, ...);

void
__syslog_chk(int level, int flag, const char *fmt, ...)
{
	va_list ap;

	(void)level;
	(void)flag;
	va_start(ap, fmt);
	vsnprintf(written, sizeof(written), fmt, ap);
	va_end(ap);
}

#undef syslog
void
syslog(int level, const char *fmt, ...)
{
	va_list ap;

	(void)level;
	va_start(ap, fmt);
	vsnprintf(written, sizeof(written), fmt, ap);
	va_end(ap);
}

static void
test_about(void **state)
{
	(void)state;
	log_set_subject("alice", "sshd");
	log_notice("a line");
	assert_string_equal(written, "alice@sshd: a line");
	log_set_subject("x outcome=allowed\n", "a \"service");
	log_notice("a line");
	assert_string_equal(
	    written, "x?outcome?allowed\\x0a@a??service: a line");
	log_set_subject(
	    "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
	    "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb");
	log_notice("a line");
	assert_string_equal(written,
	    "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa@bbbbbbbbbbbbbbbbbbbb: "
	    "a line");
}

UNIT_TESTS(test_log)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_about),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
