/* SPDX-License-Identifier: BSD-2-Clause */
/* Stacks of a folder, run by PAM itself. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/support/unit_tests.h"
#include "twofactl/host/host.h"

#define LETS "auth required pam_permit.so\naccount required pam_permit.so\n"

static char folder[] = "/tmp/pam_login.XXXXXX", below[PATH_MAX];

static void
write_file(const char *name, const char *text)
{
	char path[PATH_MAX];
	FILE *out;

	(void)snprintf(path, sizeof(path), "%s/%s", folder, name);
	out = text != NULL ? fopen(path, "w") : NULL;
	if (text == NULL)
		unlink(path);
	else
		assert_true(fputs(text, out) >= 0 && fclose(out) == 0);
}

/* In a process of its own: 0, it was let in, 1, or 2, without a cause. */
static int
log_in(const char *service)
{
	const struct pam_login l = {
		.service = service, .user = "nobody", .folder = folder
	};
	char cause[PAM_LOGIN_CAUSE] = "";
	const pid_t pid = fork();
	int status = -1;

	if (pid == 0) {
		const bool in = pam_login(&l, cause);

		_exit(in ? 0 : cause[0] != '\0' ? 1 : 2);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static void
test_stacks(void **state)
{
	static const struct {
		const char *text;
		int result;
	} rows[] = {
		{ LETS, 0 },
		{ "auth required pam_deny.so\n" LETS, 1 },
		{ "account required pam_deny.so\n" LETS, 1 },
		{ "auth required pam_of_nobody.so\n" LETS, 1 },
		{ below, 0 },
		{ "nonsense\n", 1 },
		{ "", 1 },
		{ NULL, 1 },
	};

	(void)state;
	assert_non_null(mkdtemp(folder));
	write_file("below", LETS);
	(void)snprintf(below, sizeof(below),
	    "auth include %s/below\n@include %s/below\n", folder, folder);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		write_file("twofa-x", rows[i].text);
		assert_int_equal(log_in("twofa-x"), rows[i].result);
	}
	/* /etc/pam.d/login is there, and not looked at */
	assert_int_equal(log_in("login"), 1);
	write_file("below", NULL);
	write_file("twofa-x", NULL);
	rmdir(folder);
}

UNIT_TESTS(test_pam_login)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_stacks) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
