/* SPDX-License-Identifier: BSD-2-Clause */
/* Red Hat's stacks: which are known, and the lines that are put into them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "tests/support/unit_tests.h"
#include "twofactl/etc/etc.h"
#include "twofactl/host/host.h"

#define RHEL8_SSHD                                                             \
	"#%PAM-1.0\n"                                                          \
	"auth       substack     password-auth\n"                              \
	"auth       include      postlogin\n"                                  \
	"account    required     pam_sepermit.so\n"                            \
	"account    include      password-auth\n"
#define RHEL9_SUDO                                                             \
	"#%PAM-1.0\n"                                                          \
	"auth       include      system-auth\n"                                \
	"account    include      system-auth\n"
#define FEDORA_SU                                                              \
	"#%PAM-1.0\n"                                                          \
	"auth\t\trequired\tpam_env.so\n"                                       \
	"auth\t\tsufficient\tpam_rootok.so\n"                                  \
	"#auth\t\tsufficient\tpam_wheel.so trust use_uid\n"                    \
	"auth\t\tsubstack\tsystem-auth\n"                                      \
	"auth\t\tinclude\t\tpostlogin\n"

static void
test_known(void **state)
{
	static const struct {
		const char *text, *file;
	} row[] = {
		{ RHEL8_SSHD, "password-auth" },
		{ RHEL9_SUDO, "system-auth" },
		{ FEDORA_SU, "system-auth" },
		{ "# auth substack password-auth\n", NULL },
		{ "account include system-auth\n", NULL },
		{ "auth include postlogin\n", NULL },
		{ "@include common-auth\n", NULL },
		{ "", NULL },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(row) / sizeof(row[0]); i++) {
		const char *file = authselect_included_file(row[i].text);

		if (row[i].file == NULL)
			assert_null(file);
		else
			assert_string_equal(file, row[i].file);
	}
}

/* In the shape of authselect's: a directory's users skip the files' line, and
 * lines depend on features. */
static const char template[] =
    "auth required pam_env.so\n"
    "auth required pam_faillock.so preauth {include if \"with-faillock\"}\n"
    "auth sufficient pam_fprintd.so {include if \"with-fingerprint\"}\n"
    "auth [default=1 ignore=ignore success=ok] pam_usertype.so isregular\n"
    "auth [default=1 ignore=ignore success=ok] pam_localuser.so "
    "{exclude if \"with-card\"}\n"
    "auth [default=2 ignore=ignore success=ok] pam_localuser.so "
    "{include if \"with-card\"}\n"
    "auth required pam_faildelay.so {include if \"with-card\"}\n"
    "auth sufficient pam_unix.so {if not \"without-nullok\":nullok}\n"
    "auth sufficient pam_systemd_home.so {include if \"with-homed\"}\n"
    "auth [default=1 ignore=ignore success=ok] pam_usertype.so isregular\n"
    "auth sufficient pam_sss.so forward_pass\n"
    "auth required pam_deny.so\n"
    "\n"
    "account required pam_unix.so\n";

/* The lines that a feature excludes are left out, as by authselect. */
static char *
without_features(const char *text)
{
	char *out = calloc(1, strlen(text) + 1);
	struct text_part line;

	while (text_line_next(&text, &line))
		if (!text_line_contains(&line, "{include if"))
			strncat(out, line.at, line.len);
	return out;
}

static char *
give(void *ctx, const char *name, char path[PAM_STACK_WORD])
{
	const char *text = NULL;

	strcpy(path, name);
	if (strcmp(name, "sshd") == 0)
		text = RHEL8_SSHD;
	else if (strcmp(name, "sudo") == 0)
		text = RHEL9_SUDO;
	else if (strcmp(name, "password-auth") == 0 ||
	    strcmp(name, "system-auth") == 0)
		text = ctx;
	else if (strcmp(name, "postlogin") == 0)
		text = "auth optional pam_umask.so silent\n";
	return text != NULL ? strdup(text) : NULL;
}

static void
check(const char *service, char *lines)
{
	static struct pam_stack stack;
	const struct pam_walk_login of = { .caller_is_root = true };
	const struct pam_stack_source files = { .ctx = lines, .read = give };
	struct pam_walk walk;

	assert_int_equal(
	    pam_stack_read(&stack, service, &files), PAM_STACK_READ);
	pam_walk_check_stack(&stack, &of, &walk);
	assert_false(walk.too_complex);
	assert_true(walk.reached);
	assert_null(walk.bypass);
	assert_null(walk.failed);
	assert_null(walk.denies_valid);
	assert_false(walk.no_factor);
}

/* Nobody gets in without a code, a wrong password sends none, who has both gets
 * in; by include and by substack. */
static void
test_edited(void **state)
{
	char *plain = without_features(template), *made, *edited, *undone;

	(void)state;
	assert_int_equal(authselect_edit_add(template, &edited), 0);
	assert_non_null(
	    strstr(edited, "pam_twofa.so {include if \"with-homed\"}\n"));
	assert_non_null(strstr(edited, "[default=2 ignore=ignore success=ok]"));
	assert_non_null(strstr(edited, "[default=3 ignore=ignore success=ok]"));
	made = without_features(edited);
	check("sshd", made);
	check("sudo", made);
	undone = stack_edit_undo(made);
	assert_string_equal(undone, plain);
	free(undone);
	undone = stack_edit_undo(edited);
	assert_string_equal(undone, template);
	free(made);
	/* again: the same */
	assert_int_equal(authselect_edit_add(edited, &made), 0);
	assert_string_equal(made, edited);
	free(made);
	free(edited);
	free(undone);
	free(plain);
}

static void
test_not_edited(void **state)
{
	static const struct {
		const char *text, *cause;
	} row[] = {
		{ "auth required pam_unix.so\n", "no \"sufficient\" line" },
		{ "auth [default=1] pam_localuser.so\n"
		  "auth sufficient pam_unix.so {include if \"a\"}\n",
		    "line 1 jumps over one that depends on a feature" },
		{ "auth include other\nauth sufficient pam_unix.so\n",
		    "includes another file" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(row) / sizeof(row[0]); i++) {
		char *out = NULL;

		assert_int_equal(authselect_edit_add(row[i].text, &out), -1);
		assert_null(out);
		assert_non_null(strstr(etc_cause, row[i].cause));
	}
}

UNIT_TESTS(test_authselect)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_known),
		cmocka_unit_test(test_edited),
		cmocka_unit_test(test_not_edited),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
