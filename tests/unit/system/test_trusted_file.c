/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A file of the settings that cannot be read to its end, or is not what it was
 * a moment ago: refused, with the cause, and nothing of it kept.
 */
#include "lib/system/system.h"

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

#include "tests/seams/failcall.h"
#include "tests/support/unit_tests.h"

#define NAME "secret"

struct place {
	char dir[64], path[96], before[256];
};

static int
setup(void **state)
{
	struct place *p = calloc(1, sizeof(*p));
	FILE *f;

	assert_non_null(p);
	assert_non_null(getcwd(p->before, sizeof(p->before)));
	snprintf(p->dir, sizeof(p->dir), "/tmp/twofa-conffile.XXXXXX");
	assert_non_null(mkdtemp(p->dir));
	snprintf(p->path, sizeof(p->path), "%s/" NAME, p->dir);
	f = fopen(p->path, "w");
	assert_non_null(f);
	fputs("hush\n", f);
	assert_int_equal(fclose(f), 0);
	assert_int_equal(chmod(p->path, 0640), 0);
	*state = p;
	return 0;
}

static int
teardown(void **state)
{
	struct place *p = *state;

	failcall_stop();
	assert_int_equal(chdir(p->before), 0);
	unlink(p->path);
	rmdir(p->dir);
	free(p);
	return 0;
}

static void
gives(enum trusted_file_result right, const char *path, uid_t owner,
    const char *words)
{
	struct trusted_file f;
	enum trusted_file_result result;

	result = trusted_file_read(path, TRUSTED_FILE_SETTINGS, owner, &f);
	failcall_stop();
	assert_int_equal(result, right);
	assert_null(f.text);
	if (strstr(trusted_file_cause, words) == NULL)
		fail_msg("'%s' has no '%s'", trusted_file_cause, words);
}

static void
refused(const char *path, uid_t owner, const char *words)
{
	gives(TRUSTED_FILE_REFUSED, path, owner, words);
}

/* By its name alone: in the folder where we are. */
static void
bare_name(void **state)
{
	const struct place *p = *state;
	struct secret secret;

	assert_int_equal(chdir(p->dir), 0);
	if (trusted_file_read_secret(NAME, getuid(), &secret) != 0)
		fail_msg("%s", trusted_file_cause);
	assert_string_equal(secret.b, "hush");
}

static void
too_long(void **state)
{
	char path[2 * TRUSTED_FILE_PATH_MAX];

	(void)state;
	memset(path, 'a', sizeof(path));
	path[0] = '/';
	path[TRUSTED_FILE_PATH_MAX + 2] = '\0';
	refused(path, getuid(), "its path is too long, allowed: 255 bytes");
	path[TRUSTED_FILE_PATH_MAX + 1] = '/';
	path[TRUSTED_FILE_PATH_MAX + 2] = 'b';
	path[TRUSTED_FILE_PATH_MAX + 3] = '\0';
	refused(path, getuid(), "its path is too long");
}

static void
calls_fail(void **state)
{
	const struct place *p = *state;

	/* nothing is wrong with the file */
	failcall_arm_only("fstat", 1, false);
	gives(TRUSTED_FILE_AWAY, p->path, getuid(),
	    "cannot be opened (Input/output error); look at its disk");
	failcall_arm_only("fstat", 2, false);
	gives(
	    TRUSTED_FILE_AWAY, p->path, getuid(), "fstat: Input/output error");
	failcall_arm_only("read", 1, false);
	gives(TRUSTED_FILE_AWAY, p->path, getuid(),
	    "cannot be read: Input/output error");
	failcall_arm_only("read", 2, false);
	gives(TRUSTED_FILE_AWAY, p->path, getuid(),
	    "cannot be read: Input/output error");
}

/* The kernel says that it is empty, and then it is not. */
static void
it_grows(void **state)
{
	(void)state;
	/* qemu-user opens the empty /proc of its own system. */
	if (getenv("UNDER_QEMU_USER") != NULL)
		skip();
	refused("/proc/version", 0, "changed while it was read; try again");
}

static void
replace_it(const char *path)
{
	char other[128];
	FILE *f;

	snprintf(other, sizeof(other), "%s.new", path);
	f = fopen(other, "w");
	assert_non_null(f);
	fputs("other\n", f);
	assert_int_equal(fclose(f), 0);
	assert_int_equal(chmod(other, 0640), 0);
	assert_int_equal(rename(other, path), 0);
	trusted_file_opens = NULL;
}

/* Who looks at it then sees what is read, or what was there before. */
static void
test_looked_at_first(void **state)
{
	const struct place *p = *state;
	struct trusted_file f;

	trusted_file_opens = replace_it;
	assert_int_equal(
	    trusted_file_read(p->path, TRUSTED_FILE_SECRET, geteuid(), &f),
	    TRUSTED_FILE_OK);
	assert_string_equal(f.text, "other\n");
	trusted_file_free(&f);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

UNIT_TESTS(test_trusted_file)
{
	const struct CMUnitTest tests[] = {
		TEST(test_looked_at_first),
		TEST(bare_name),
		TEST(too_long),
		TEST(calls_fail),
		TEST(it_grows),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
