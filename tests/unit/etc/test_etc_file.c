/* SPDX-License-Identifier: BSD-2-Clause */
/* Files of /etc: read, replaced whole or not at all. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/seams/failcall.h"
#include "tests/support/unit_tests.h"
#include "twofactl/etc/etc.h"

#define MAX (64 * 1024)

static char folder[64], path[96];

static int
make_folder(void **state)
{
	(void)state;
	snprintf(folder, sizeof(folder), "/tmp/etc-file-XXXXXX");
	assert_non_null(mkdtemp(folder));
	snprintf(path, sizeof(path), "%s/sudo", folder);
	etc_cause[0] = '\0';
	return 0;
}

/* How many names there are in it. */
static unsigned
names(void)
{
	DIR *dir = opendir(folder);
	unsigned count = 0;

	assert_non_null(dir);
	while (readdir(dir) != NULL)
		count++;
	closedir(dir);
	return count - 2;
}

static int
remove_folder(void **state)
{
	(void)state;
	(void)unlink(path);
	return rmdir(folder); /* nothing else is left in it */
}

static void
put(const char *bytes, size_t len)
{
	FILE *file = fopen(path, "w");

	assert_non_null(file);
	assert_int_equal(fwrite(bytes, 1, len, file), len);
	assert_int_equal(fclose(file), 0);
}

static struct etc_file
text_file(const char *text, mode_t mode)
{
	return (struct etc_file){ .text = (char *)(uintptr_t)text,
		.uid = geteuid(),
		.gid = getegid(),
		.mode = mode };
}

static void
assert_holds(const char *text, mode_t mode)
{
	struct etc_file now, wanted = text_file(text, mode);

	assert_int_equal(etc_file_read(path, &now), 0);
	assert_true(now.text != NULL);
	assert_string_equal(now.text, text);
	assert_true(etc_file_equals(&now, &wanted));
	etc_file_free(&now);
	assert_false(now.text != NULL);
}

static void
test_round(void **state)
{
	const struct etc_file first = text_file("one\n", 0640);
	const struct etc_file second = text_file("", 04755);
	const struct etc_file none = { .text = NULL };
	struct etc_file now;

	(void)state;
	assert_int_equal(etc_file_read(path, &now), 0);
	assert_true(etc_file_equals(&now, &none));
	/* whatever the umask is */
	umask(0777);
	assert_int_equal(etc_file_write(path, &first), 0);
	umask(022);
	assert_holds("one\n", 0640);
	assert_int_equal(etc_file_write(path, &second), 0);
	assert_holds("", 04755);
	assert_int_equal(names(), 1);
	assert_int_equal(etc_file_write(path, &none), 0);
	assert_int_equal(etc_file_write(path, &none), 0);
	assert_int_equal(names(), 0);
	assert_string_equal(etc_cause, "");
}

static void
test_same(void **state)
{
	const struct etc_file f = text_file("a", 0644), none = { 0 };
	struct etc_file g = f;

	(void)state;
	assert_true(etc_file_equals(&f, &g));
	assert_true(etc_file_equals(&none, &none));
	assert_false(etc_file_equals(&f, &none));
	assert_false(etc_file_equals(&none, &f));
	g.mode = 0600;
	assert_false(etc_file_equals(&f, &g));
	g = f;
	g.uid++;
	assert_false(etc_file_equals(&f, &g));
	g = f;
	g.gid++;
	assert_false(etc_file_equals(&f, &g));
	g = f;
	g.text = (char *)(uintptr_t) "b";
	assert_false(etc_file_equals(&f, &g));
}

static void
assert_refused(const char *why)
{
	struct etc_file now;

	assert_int_equal(etc_file_read(path, &now), -1);
	assert_false(now.text != NULL);
	assert_null(now.text);
	assert_non_null(strstr(etc_cause, path));
	if (strstr(etc_cause, why) == NULL)
		fail_msg("no \"%s\" in: %s", why, etc_cause);
}

static void
test_what_is_no_file(void **state)
{
	(void)state;
	assert_int_equal(symlink("/etc/passwd", path), 0);
	assert_refused("it is a symbolic link; change its target");
	unlink(path);
	assert_int_equal(symlink("nowhere", path), 0);
	assert_refused("it is a symbolic link");
	unlink(path);
	assert_int_equal(mkdir(path, 0755), 0);
	assert_refused("it is no regular file");
	rmdir(path);
	/* not waited for: nobody writes */
	assert_int_equal(mkfifo(path, 0644), 0);
	assert_refused("it is no regular file");
}

static void
test_what_is_no_text(void **state)
{
	char *long_text = malloc(MAX + 1);

	(void)state;
	assert_non_null(long_text);
	memset(long_text, 'x', MAX + 1);
	put("a\0b\n", 4);
	assert_refused("it has a NUL byte");
	put(long_text, MAX + 1);
	assert_refused("it is longer than 64 KB");
	put(long_text, MAX);
	assert_refused("it is longer than 64 KB");
	put(long_text, MAX - 1);
	long_text[MAX - 1] = '\0';
	chmod(path, 0644);
	assert_holds(long_text, 0644);
	free(long_text);
}

/* What was there stands, and nothing lies beside it. */
static void
test_disk(void **state)
{
	static const char *const calls[] = { "write", "fsync" };
	const struct etc_file old = text_file("old\n", 0644);
	const struct etc_file new = text_file("new\n", 0644);

	(void)state;
	assert_int_equal(etc_file_write(path, &old), 0);
	for (size_t i = 0; i < 2; i++) {
		failcall_arm_only(calls[i], 1, false);
		assert_int_equal(etc_file_write(path, &new), -1);
		failcall_stop();
		assert_non_null(strstr(etc_cause, path));
		assert_non_null(strstr(etc_cause,
		    i == 0 ? "No space left on device" : "Input/output"));
		assert_holds("old\n", 0644);
		assert_int_equal(names(), 1);
	}
	/* the folder's: it is there, but not for certain */
	failcall_arm_only("fsync", 2, false);
	assert_int_equal(etc_file_write(path, &new), -1);
	failcall_stop();
	assert_holds("new\n", 0644);
	failcall_arm_only("fstat", 1, false);
	assert_refused("Input/output");
	failcall_stop();
}

/* A file in which nothing can be read at its beginning. */
static void
test_unreadable(void **state)
{
	struct etc_file now;

	(void)state;
	assert_int_equal(etc_file_read("/proc/self/mem", &now), -1);
	assert_null(now.text);
	assert_string_equal(etc_cause, "/proc/self/mem: Input/output error");
}

/* Somebody's file, or link, in the place of the one that is written beside. */
static void
test_beside(void **state)
{
	const struct etc_file f = text_file("new\n", 0644);
	char beside[128], target[128];
	struct stat st;

	(void)state;
	snprintf(beside, sizeof(beside), "%s/.sudo.twofactl", folder);
	snprintf(target, sizeof(target), "%s/target", folder);
	assert_int_equal(symlink(target, beside), 0);
	assert_int_equal(etc_file_write(path, &f), 0);
	assert_holds("new\n", 0644);
	assert_int_equal(lstat(target, &st), -1);
	assert_int_equal(names(), 1);
	assert_int_equal(mkdir(beside, 0700), 0);
	assert_int_equal(etc_file_write(path, &f), -1);
	assert_non_null(strstr(etc_cause, "Is a directory"));
	assert_int_equal(rmdir(beside), 0);
}

static void
test_where_nothing_can_be(void **state)
{
	const struct etc_file f = text_file("x", 0644), none = { 0 };
	char far[600] = "/";

	(void)state;
	assert_int_equal(etc_file_write("/nonexistent/sudo", &f), -1);
	assert_non_null(strstr(etc_cause, "/nonexistent/sudo: No such file"));
	assert_int_equal(etc_file_write("/nonexistent/sudo", &none), -1);
	assert_non_null(strstr(etc_cause, "No such file"));
	memset(far + 1, 'a', sizeof(far) - 2);
	assert_int_equal(etc_file_write(far, &f), -1);
	assert_non_null(strstr(etc_cause, "File name too long"));
}

#define EACH(test)                                                             \
	cmocka_unit_test_setup_teardown(test, make_folder, remove_folder)

UNIT_TESTS(test_etc_file)
{
	const struct CMUnitTest tests[] = {
		EACH(test_round),
		EACH(test_same),
		EACH(test_what_is_no_file),
		EACH(test_what_is_no_text),
		EACH(test_disk),
		EACH(test_unreadable),
		EACH(test_beside),
		EACH(test_where_nothing_can_be),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
