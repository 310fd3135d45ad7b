/* SPDX-License-Identifier: BSD-2-Clause */
/* Red Hat's stacks: which are known, and that what is printed is right there.
 */
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

static char *
give(void *ctx, const char *name, char path[PAM_STACK_WORD])
{
	const char *text = NULL;

	strcpy(path, name);
	if (strcmp(name, "sshd") == 0)
		text = ctx;
	else if (strcmp(name, "password-auth") == 0 ||
	    strcmp(name, "system-auth") == 0)
		text = authselect_lines;
	else if (strcmp(name, "postlogin") == 0)
		text = "auth optional pam_umask.so silent\n";
	return text != NULL ? strdup(text) : NULL;
}

/* With the printed lines nobody gets in without a code, and a wrong password
 * sends none: by include and by substack. */
static void
test_lines(void **state)
{
	static const char *const texts[] = { RHEL8_SSHD, RHEL9_SUDO };
	static struct pam_stack stack;
	const struct pam_walk_service of = { .caller_is_root = true };
	struct pam_walk walk;

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		const struct pam_stack_source files = {
			.ctx = (void *)(uintptr_t)texts[i], .read = give
		};

		assert_int_equal(
		    pam_stack_read(&stack, "sshd", &files), PAM_STACK_READ);
		pam_walk_check_stack(&stack, &of, &walk);
		assert_false(walk.too_complex);
		assert_true(walk.reached);
		assert_null(walk.bypass);
		assert_null(walk.failed);
		assert_false(walk.no_factor);
	}
}

static void
test_words(void **state)
{
	char *text = NULL;
	size_t len;
	FILE *out = open_memstream(&text, &len);

	(void)state;
	assert_non_null(out);
	authselect_explain(out, "sshd", "password-auth");
	fclose(out);
	assert_non_null(strstr(text, authselect_lines));
	assert_non_null(
	    strstr(text, "/etc/authselect/custom/twofa/password-auth"));
	assert_non_null(strstr(text, "KbdInteractiveAuthentication yes"));
	free(text);
}

UNIT_TESTS(test_authselect)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_known),
		cmocka_unit_test(test_lines),
		cmocka_unit_test(test_words),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
