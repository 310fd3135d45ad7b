/* SPDX-License-Identifier: BSD-2-Clause */
/* Copies that are read in the place of files. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/support/unit_tests.h"
#include "twofactl/host/host.h"

static char folder[] = "/tmp/etc_seen.XXXXXX";

static void
make(const char *name, const char *text)
{
	char path[PATH_MAX];
	FILE *out;

	(void)snprintf(path, sizeof(path), "%s%s", folder, name);
	if (text == NULL) {
		assert_int_equal(mkdir(path, 0700), 0);
		return;
	}
	out = fopen(path, "w");
	assert_non_null(out);
	fputs(text, out);
	assert_int_equal(fclose(out), 0);
}

static void
test_seen(void **state)
{
	char out[HOST_ETC_PATH], path[PAM_STACK_WORD], wanted[HOST_ETC_PATH];
	struct pam_folder_reading reading = { .cause = NULL };
	char *text;

	(void)state;
	assert_string_equal(
	    host_etc_path("/etc/pam.d/x-new", out), "/etc/pam.d/x-new");
	assert_non_null(mkdtemp(folder));
	make("/etc", NULL);
	make("/etc/pam.d", NULL);
	make("/etc/pam.d/x-new", "auth\n");
	host_etc_set_folder(folder);
	(void)snprintf(wanted, sizeof(wanted), "%s/etc/pam.d/x-new", folder);
	assert_string_equal(host_etc_path("/etc/pam.d/x-new", out), wanted);
	assert_string_equal(host_etc_path("/etc/passwd", out), "/etc/passwd");
	/* told by the name that it will have */
	text = pam_folder_read_file(&reading, "x-new", path);
	assert_non_null(text);
	assert_string_equal(text, "auth\n");
	assert_string_equal(path, "/etc/pam.d/x-new");
	free(text);
	host_etc_set_folder(NULL);
	assert_string_equal(
	    host_etc_path("/etc/pam.d/x-new", out), "/etc/pam.d/x-new");
	unlink(wanted);
	(void)snprintf(wanted, sizeof(wanted), "%s/etc/pam.d", folder);
	rmdir(wanted);
	(void)snprintf(wanted, sizeof(wanted), "%s/etc", folder);
	rmdir(wanted);
	rmdir(folder);
}

static void
test_name(void **state)
{
	char text[] = "/v/etc/a:1: /v/etc/b\n/v";

	(void)state;
	host_etc_restore_paths(text, "/v");
	assert_string_equal(text, "/etc/a:1: /etc/b\n");
	host_etc_restore_paths(text, "/w");
	assert_string_equal(text, "/etc/a:1: /etc/b\n");
}

UNIT_TESTS(test_etc_seen)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_seen),
		cmocka_unit_test(test_name) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
