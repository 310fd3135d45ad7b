/* SPDX-License-Identifier: BSD-2-Clause */
/* Lines of PAM files and of sshd_config, as they stand among copies. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "tests/support/unit_tests.h"
#include "twofactl/etc/etc.h"

struct row {
	const char *line, *written;
};

static void
check(void write(FILE *, const char *), const struct row *row)
{
	char *text = NULL;
	size_t len = 0;
	FILE *out = open_memstream(&text, &len);

	assert_non_null(out);
	write(out, row->line);
	assert_int_equal(fclose(out), 0);
	assert_string_equal(text, row->written);
	free(text);
}

#define AMONG ETC_VIEW_PAM "/"

static void
test_pam(void **state)
{
	static const struct row rows[] = {
		{ "@include common-auth\n", "@include " AMONG "common-auth\n" },
		{ "@include /etc/pam.d/su\n", "@include " AMONG "su\n" },
		{ "  @include\t/etc/pam.d/su", "  @include\t" AMONG "su" },
		{ "auth include /etc/pam.d/su\n",
		    "auth include " AMONG "su\n" },
		{ "-auth  substack\t/etc/pam.d/su # x\n",
		    "-auth  substack\t" AMONG "su # x\n" },
		{ "auth SUBSTACK /etc/pam.d/su\n",
		    "auth SUBSTACK " AMONG "su\n" },
		/* other files, and what is no file */
		{ "@include /usr/lib/pam.d/su\n",
		    "@include /usr/lib/pam.d/su\n" },
		{ "auth required pam_x.so /etc/pam.d/su\n",
		    "auth required pam_x.so /etc/pam.d/su\n" },
		{ "auth includes /etc/pam.d/su\n",
		    "auth includes /etc/pam.d/su\n" },
		{ "# @include /etc/pam.d/su\n", "# @include /etc/pam.d/su\n" },
		{ "auth include\n", "auth include\n" },
		{ "auth include", "auth include" },
		{ "@include\t", "@include\t" },
		{ "@include\n", "@include\n" },
		{ "auth\n", "auth\n" },
		{ "\n", "\n" },
		{ "", "" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		check(etc_view_write_pam_line, &rows[i]);
}

#define THERE ETC_VIEW_COPY "/etc/ssh/sshd_config.d/"

static void
test_sshd(void **state)
{
	static const struct row rows[] = {
		{ "Include /etc/ssh/sshd_config.d/*.conf\n",
		    "Include " THERE "*.conf\n" },
		{ " include \"/etc/ssh/sshd_config.d/*.conf\"\n",
		    " include \"" THERE "*.conf\"\n" },
		{ "Include=sshd_config.d/a\n", "Include=" THERE "a\n" },
		{ "Include = sshd_config.d/a", "Include = " THERE "a" },
		{ "Include /x sshd_config.d/a\t/etc/ssh/sshd_config.d/b\n",
		    "Include /x " THERE "a\t" THERE "b\n" },
		{ "Include /etc/ssh/sshd_config.d/a/*.conf sshd_config.d/b/c\n",
		    "Include /etc/ssh/sshd_config.d/a/*.conf "
		    "sshd_config.d/b/c\n" },
		{ "Include /etc/ssh/other.d/*\n",
		    "Include /etc/ssh/other.d/*\n" },
		{ "#Include sshd_config.d/a\n", "#Include sshd_config.d/a\n" },
		{ "Included sshd_config.d/a\n", "Included sshd_config.d/a\n" },
		{ "Banner sshd_config.d/a\n", "Banner sshd_config.d/a\n" },
		{ "Include\n", "Include\n" },
		{ "Include ", "Include " },
		{ "Include", "Include" },
		{ "", "" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		check(etc_view_write_sshd_line, &rows[i]);
}

UNIT_TESTS(test_etc_view_copy)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_pam),
		cmocka_unit_test(test_sshd) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
