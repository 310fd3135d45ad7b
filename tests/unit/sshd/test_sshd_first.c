/* SPDX-License-Identifier: BSD-2-Clause */
/* Which line of sshd's settings counts for everybody. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/support/unit_tests.h"
#include "twofactl/sshd/sshd.h"

static char folder[] = "/tmp/sshd-first-XXXXXX";

static char *
path_of(const char *name)
{
	static char path[128];

	(void)snprintf(path, sizeof(path), "%s/%s", folder, name);
	return path;
}

static void
put(const char *name, const char *text)
{
	FILE *out = fopen(path_of(name), "w");

	assert_non_null(out);
	fputs(text, out);
	fclose(out);
}

static int
make(void **state)
{
	(void)state;
	assert_non_null(mkdtemp(folder));
	assert_int_equal(mkdir(path_of("d"), 0700), 0);
	put("d/10-a.conf", "# UsePAM no\nmatch user bob\nMaxAuthTries 1\n");
	put("d/30-b.conf", "PasswordAuthentication=no\nMaxAuthTries 2\n");
	put("d/50-c.conf", "PasswordAuthentication yes\nUsePAM yes\n");
	put("config",
	    "Include d/*.conf\n  maxauthtries 3\n"
	    "ChallengeResponseAuthentication no\n"
	    "Match User eve\nLoginGraceTime 1\nInclude inside\n"
	    "Match all\nLoginGraceTime 2\n");
	put("inside", "X11Forwarding no\n");
	return 0;
}

static int
clear(void **state)
{
	static const char *const names[] = { "d/10-a.conf", "d/30-b.conf",
		"d/50-c.conf", "config", "inside" };

	(void)state;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		(void)unlink(path_of(names[i]));
	(void)rmdir(path_of("d"));
	return rmdir(folder);
}

static void
test_first(void **state)
{
	static const struct {
		const char *key, *file;
		unsigned number;
	} row[] = {
		{ "PasswordAuthentication", "d/30-b.conf", 1 },
		{ "MaxAuthTries", "d/30-b.conf", 2 },
		{ "usepam", "d/50-c.conf", 2 },
		{ "KbdInteractiveAuthentication", "config", 3 },
		{ "LoginGraceTime", "config", 8 },
		{ "X11Forwarding", NULL, 0 },
		{ "Port", NULL, 0 },
	};
	struct sshd_files_first first;
	char config[128];

	(void)state;
	strcpy(config, path_of("config"));
	for (size_t i = 0; i < sizeof(row) / sizeof(row[0]); i++) {
		assert_int_equal(
		    sshd_files_find_first_setting(&first, config, row[i].key),
		    row[i].file != NULL);
		if (row[i].file == NULL)
			continue;
		assert_string_equal(first.file, path_of(row[i].file));
		assert_int_equal(first.number, row[i].number);
	}
}

static void
test_reads(void **state)
{
	char config[128];

	(void)state;
	strcpy(config, path_of("config"));
	assert_true(
	    sshd_files_is_read_before_match(config, path_of("d/30-b.conf")));
	assert_false(
	    sshd_files_is_read_before_match(config, path_of("inside")));
	assert_false(
	    sshd_files_is_read_before_match(config, path_of("d/40-none.conf")));
}

UNIT_TESTS(test_sshd_first)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_first),
		cmocka_unit_test(test_reads),
	};

	return cmocka_run_group_tests(tests, make, clear);
}
