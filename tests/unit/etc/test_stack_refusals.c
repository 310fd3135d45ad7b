/* SPDX-License-Identifier: BSD-2-Clause */
/* PAM files that enable leaves alone, and what it says of each. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdlib.h>

#include "tests/support/pamfiles.h"
#include "tests/support/unit_tests.h"
#include "twofactl/etc/etc.h"

#define UNIX "auth required pam_unix.so\n"

/* all brings lines of every type by itself; above does so by another file. */
static const struct pamfiles files = { { { "plain", "# c\n\n" UNIX },
    { "all", UNIX "session required s.so\n" }, { "above", "@include all\n" },
    { "part", "auth include all\n" },
    { "continued", UNIX "auth optional \\\n  pam_env.so\n" },
    { "loop", "@include loop\n" UNIX } } };

struct row {
	const char *text;
	enum stack_login login;
	const char *cause; /* NULL: taken */
};

#define PASSWORD STACK_PASSWORD
#define KEY STACK_KEY
#define BOTH STACK_BOTH

static const struct row rows[] = {
	{ "", PASSWORD, "no line asks for a password" },
	{ "account required pam_unix.so\n", PASSWORD, "no line asks" },
	{ "# auth required pam_unix.so\n", PASSWORD, "no line asks" },
	{ "auth required pam_permit.so\n", PASSWORD, "no line asks" },
	{ "auth include nowhere\n", PASSWORD, "no line asks" },
	{ "auth required\n", PASSWORD, "no line asks" },
	{ "@include\n", PASSWORD, "no line asks" },
	{ "@include plain\n", PASSWORD, NULL },
	{ "@include loop\n", PASSWORD, NULL },
	{ "AUTH Required pam_unix.so\n", PASSWORD, NULL },
	{ "-auth required pam_sss.so\n", PASSWORD, NULL },
	/* another's line of ours, but no comment */
	{ UNIX "auth required pam_twofa.so\n", PASSWORD, "line 2 names" },
	{ UNIX "auth required /lib/pam_twofa.so x\n", KEY, "line 2 names" },
	{ UNIX "# auth required pam_twofa.so\n", PASSWORD, NULL },
	{ UNIX "auth required a.so # not pam_twofa\n", PASSWORD, NULL },
	/* continued lines */
	{ "auth required \\\n pam_unix.so\n", PASSWORD, "line 1 is continued" },
	{ UNIX "account required a.so \\\n b\n", KEY, "line 2 is continued" },
	{ "auth required pam_unix.so \\ \n", PASSWORD, "line 1 is continued" },
	{ UNIX "# a comment ends \\\n", PASSWORD, NULL },
	/* more than one line asks */
	{ UNIX UNIX, PASSWORD, NULL },
	{ UNIX UNIX, KEY, "more than one line asks" },
	{ UNIX "@include plain\n", KEY, "more than one line asks" },
	{ UNIX UNIX, BOTH, "no jump over them is safe" },
	{ UNIX "auth required pam_exec.so expose_authtok x\n", KEY,
	    "more than one line asks" },
	{ UNIX "auth required /lib/pam_env.so\n", KEY, NULL },
	/* no jump is safe over what may change */
	{ "auth substack plain\n", BOTH, "substack" },
	{ "auth substack plain\n", KEY, NULL },
	{ "auth include part\n", BOTH, "part includes other files" },
	{ "auth include part\n", KEY, NULL },
	{ "auth include continued\n", BOTH, "continued includes other files" },
	/* nothing but the auth lines may go */
	{ "@include all\n", PASSWORD, NULL },
	{ "@include all\n", KEY, "\"@include all\" brings lines of account" },
	{ "@include all\n", BOTH, "\"@include all\" brings lines of account" },
	{ "@include above\n", KEY, "\"@include above\" brings lines" },
	{ "@include above\n", BOTH, "\"@include above\" brings lines" },
	{ "@include continued\n", KEY, "\"@include continued\" brings lines" },
	{ "auth include all\n", KEY, NULL },
	{ "auth include all\n", BOTH, NULL },
	{ "@include part\n", KEY, NULL },
	{ "@include plain\n", BOTH, NULL },
};

static void
test_rows(void **state)
{
	const struct pam_stack_source source = { .ctx = (void *)&files,
		.read = pamfiles_read };

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct row *r = &rows[i];
		char *out = NULL;
		int result;

		etc_cause[0] = '\0';
		result = stack_edit_add(r->text, r->login, &source, &out);
		print_message("%d %s", (int)r->login, r->text);
		if (r->cause == NULL) {
			assert_string_equal(etc_cause, "");
			assert_int_equal(result, 0);
			assert_non_null(out);
		} else {
			assert_int_equal(result, -1);
			assert_null(out);
			if (strstr(etc_cause, r->cause) == NULL)
				fail_msg("\"%s\" is not in: %s", r->cause,
				    etc_cause);
		}
		free(out);
	}
}

/* A line that PAM would cut is refused, and so is what is too deep for it. */
static void
test_too_long(void **state)
{
	const struct pam_stack_source source = { .ctx = (void *)&files,
		.read = pamfiles_read };
	char text[2048], *out = NULL;

	(void)state;
	etc_cause[0] = '\0';
	snprintf(
	    text, sizeof(text), UNIX "auth optional pam_env.so %01000d\n", 1);
	assert_int_equal(stack_edit_add(text, PASSWORD, &source, &out), -1);
	assert_non_null(strstr(etc_cause,
	    "line 2 is continued in the next one, or "
	    "too long"));
}

UNIT_TESTS(test_stack_refusals)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rows),
		cmocka_unit_test(test_too_long),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
