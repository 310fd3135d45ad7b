/* SPDX-License-Identifier: BSD-2-Clause */
/* Keys as an administrator types them: fingerprints, and files of ssh-keygen's
 * (tests/unit/values/ssh_lines). */
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

#include "tests/support/printed.h"
#include "tests/support/unit_tests.h"
#include "twofactl/enrol/enrol.h"

#define LINES "tests/unit/values/ssh_lines"
#define FINGERPRINT "SHA256:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"

static char folder[] = "/tmp/typed-key-XXXXXX";
static char path[64];
static struct ssh_identity id;

static int
setup(void **state)
{
	(void)state;
	assert_non_null(mkdtemp(folder));
	snprintf(path, sizeof(path), "%s/key.pub", folder);
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	(void)unlink(path);
	return rmdir(folder);
}

static void
write_key(const char *text)
{
	FILE *f = fopen(path, "w");

	assert_non_null(f);
	assert_true(fputs(text, f) >= 0);
	assert_int_equal(fclose(f), 0);
}

/* What is complained of; "" it is taken. */
static const char *
read_key(const char *typed)
{
	static char told[512];
	struct printed p;
	int rc;

	printed_begin(&p, &stderr);
	rc = typed_key_read(&id, "--key", typed);
	snprintf(told, sizeof(told), "%.500s", printed_end(&p));
	assert_int_equal(rc, told[0] == '\0' ? 0 : -1);
	return told;
}

static void
test_fingerprints(void **state)
{
	(void)state;
	assert_string_equal(read_key(FINGERPRINT), "");
	assert_string_equal(id.key, FINGERPRINT);
	assert_string_equal(id.cert_id, "");
	assert_non_null(strstr(read_key("SHA256:AAA"), "not a fingerprint"));
	assert_non_null(strstr(read_key("MD5:aa:bb"), "No such file"));
}

/* Each line of the table as the file that it came from. */
static void
test_files(void **state)
{
	char *line = NULL, *kind, *name, *ca, *key;
	size_t cap = 0;
	FILE *f = fopen(LINES, "r");
	unsigned seen = 0;

	(void)state;
	assert_non_null(f);
	while (getline(&line, &cap, f) > 0) {
		if (line[0] == '#')
			continue;
		kind = strtok(line, "\t");
		name = strtok(NULL, "\t");
		ca = strtok(NULL, "\t");
		key = strtok(NULL, "\t");
		if (strcmp(kind, "key") != 0 && strcmp(kind, "cert") != 0)
			continue;
		write_key(key);
		assert_string_equal(read_key(path), "");
		if (strcmp(kind, "key") == 0) {
			assert_string_equal(id.key, name);
		} else {
			assert_string_equal(id.cert_id, name);
			assert_string_equal(id.ca, ca);
		}
		seen++;
	}
	assert_true(seen > 4);
	free(line);
	fclose(f);
}

static void
test_other_files(void **state)
{
	static const char *const bad[] = { "",
		"-----BEGIN OPENSSH PRIVATE KEY-----\nAAAA\n", "ssh-ed25519\n",
		"ssh-ed25519 ####\n",
		"from=\"10.0.0.1\" ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAAA\n",
		"publickey ssh-ed25519 AAAA\n" };

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		write_key(bad[i]);
		if (strstr(read_key(path), "neither an ssh public key") == NULL)
			fail_msg("taken: %s", bad[i]);
		assert_string_equal(id.key, "");
	}
	assert_int_equal(unlink(path), 0);
	assert_non_null(strstr(read_key(path), "No such file"));
	assert_non_null(strstr(read_key(folder), "Invalid argument"));
	assert_int_equal(mkfifo(path, 0600), 0); /* which nobody writes to */
	assert_non_null(strstr(read_key(path), "Invalid argument"));
}

UNIT_TESTS(test_typed_key)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_fingerprints),
		cmocka_unit_test(test_files),
		cmocka_unit_test(test_other_files),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
