/* SPDX-License-Identifier: BSD-2-Clause */
/* A trial written down and read again; one that is damaged is not believed. */
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
#include "twofactl/trial/trial_inside.h"

#define ID "0123456789abcdef0123456789abcdef"
#define BOOT "11111111-2222-4333-8444-555555555555"
#define HEAD                                                                   \
	"id " ID "\nservice sshd\nlogin both\nsince 1700000000\n"              \
	"until 1700000600\nboot " BOOT "\n"
#define LONG "0123456789012345678901234567890123456789012345678901234567890123"
#define TAIL "file /etc/pam.d/sshd\nrule /etc/ssh/x.conf\n"

static char above[64], folder[80];

static int
make_folder(void **state)
{
	(void)state;
	snprintf(above, sizeof(above), "/tmp/trial-XXXXXX");
	assert_non_null(mkdtemp(above));
	snprintf(folder, sizeof(folder), "%s/trial", above);
	etc_cause[0] = '\0';
	return 0;
}

static int
remove_folder(void **state)
{
	(void)state;
	assert_int_equal(trial_folder_remove(folder), 0);
	return rmdir(above);
}

static struct etc_file
text_file(const char *text)
{
	return (struct etc_file){ .text = (char *)(uintptr_t)text,
		.uid = geteuid(),
		.gid = getegid(),
		.mode = 0644 };
}

static struct trial
sample(void)
{
	return (struct trial){ .id = ID,
		.service = "sshd",
		.login = STACK_BOTH,
		.since = 1700000000,
		.until = 1700000600,
		.boot = BOOT,
		.files = 2,
		.file = { { "/etc/pam.d/sshd", text_file("old\n"),
			      text_file("new\n"), ETC_LINES },
		    { "/etc/ssh/x.conf", { .text = NULL },
			text_file("UsePAM yes\n"), ETC_RULE } } };
}

static void
assert_same(const struct trial *a, const struct trial *b)
{
	assert_string_equal(a->id, b->id);
	assert_string_equal(a->service, b->service);
	assert_string_equal(a->boot, b->boot);
	assert_int_equal(a->login, b->login);
	assert_int_equal(a->since, b->since);
	assert_int_equal(a->until, b->until);
	assert_int_equal(a->files, b->files);
	for (unsigned i = 0; i < a->files; i++) {
		assert_string_equal(a->file[i].path, b->file[i].path);
		assert_int_equal(a->file[i].kind, b->file[i].kind);
		assert_true(
		    etc_file_equals(&a->file[i].before, &b->file[i].before));
		assert_true(
		    etc_file_equals(&a->file[i].after, &b->file[i].after));
	}
}

static void
test_round(void **state)
{
	const struct trial t = sample();
	struct trial read;
	struct stat st;

	(void)state;
	assert_int_equal(trial_folder_read(folder, &read), 0);
	for (unsigned i = 0; i < 2; i++) { /* also over an older one */
		assert_int_equal(trial_folder_write(folder, &t), 0);
		assert_int_equal(trial_folder_read(folder, &read), 1);
		assert_same(&read, &t);
		trial_free(&read);
		assert_int_equal(read.files, 0);
	}
	assert_int_equal(stat(folder, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0700);
	assert_int_equal(trial_folder_remove(folder), 0);
	assert_int_equal(trial_folder_read(folder, &read), 0);
	assert_string_equal(etc_cause, "");
}

/* Each of the most files with the longest paths. */
static void
test_most(void **state)
{
	struct trial t = sample(), read;

	(void)state;
	t.files = TRIAL_FILES;
	for (unsigned i = 0; i < TRIAL_FILES; i++) {
		t.file[i] = t.file[0];
		memset(t.file[i].path, 'a' + (int)i, ETC_PATH - 1);
		t.file[i].path[0] = '/';
	}
	memset(t.service, 's', TRIAL_SERVICE - 1);
	assert_int_equal(trial_folder_write(folder, &t), 0);
	assert_int_equal(trial_folder_read(folder, &read), 1);
	assert_same(&read, &t);
	trial_free(&read);
}

static void
write_facts(const char *facts)
{
	char path[128];
	FILE *file;

	snprintf(path, sizeof(path), "%s/facts", folder);
	file = fopen(path, "w");
	assert_non_null(file);
	assert_true(fputs(facts, file) >= 0);
	assert_int_equal(fclose(file), 0);
}

static const char *const damaged[] = {
	"",
	"\n",
	HEAD,
	TAIL,
	"id\n" HEAD TAIL,
	"no such\n" HEAD TAIL,
	"ID " ID "\n" TAIL,
	/* one is missing */
	"service sshd\nlogin both\nsince 1\nuntil 2\nboot " BOOT "\n" TAIL,
	"id " ID "\nlogin both\nsince 1\nuntil 2\nboot " BOOT "\n" TAIL,
	"id " ID "\nservice sshd\nsince 1\nuntil 2\nboot " BOOT "\n" TAIL,
	"id " ID "\nservice sshd\nlogin both\nuntil 2\nboot " BOOT "\n" TAIL,
	"id " ID "\nservice sshd\nlogin both\nsince 1\nboot " BOOT "\n" TAIL,
	"id " ID "\nservice sshd\nlogin both\nsince 1\nuntil 2\n" TAIL,
	/* too long */
	"id " ID "0\n" TAIL,
	"id " ID "\nservice sssssssssssssssssssssssssssssssssssssssssssssssssss"
	"sssssssssssssssssssssss\n" TAIL,
	HEAD "boot " BOOT BOOT "\n" TAIL,
	/* no such value */
	HEAD "login neither\n" TAIL,
	HEAD "since x\n" TAIL,
	HEAD "since 1x\n" TAIL,
	HEAD "since \n" TAIL,
	HEAD "since 99999999999999999999\n" TAIL,
	HEAD "until -1\n" TAIL,
	HEAD "file etc/passwd\n" TAIL,
	HEAD TAIL TAIL "file /etc/passwd\n",
	HEAD "file /" LONG LONG LONG LONG "\n",
	/* cut short */
	HEAD "file /etc/pam.d/sshd\nfile",
	HEAD "file /etc/pam.d/sshd",
	HEAD "file /etc/pam.d/sshd\nfile /etc/ssh/x.con",
};

static void
test_damaged(void **state)
{
	const struct trial t = sample();
	struct trial read;

	(void)state;
	assert_int_equal(trial_folder_write(folder, &t), 0);
	write_facts(HEAD TAIL);
	assert_int_equal(trial_folder_read(folder, &read), 1);
	assert_same(&read, &t);
	trial_free(&read);
	for (size_t i = 0; i < sizeof(damaged) / sizeof(damaged[0]); i++) {
		write_facts(damaged[i]);
		print_message("%s--\n", damaged[i]);
		assert_int_equal(trial_folder_read(folder, &read), -1);
		assert_int_equal(read.files, 0);
		assert_non_null(
		    strstr(etc_cause, "is damaged; compare the files"));
		assert_non_null(strstr(etc_cause, folder));
	}
}

/* Its files: a link, one that is gone though it was written, no facts. */
static void
test_files(void **state)
{
	const struct trial t = sample();
	struct trial read;
	char path[128];

	(void)state;
	assert_int_equal(trial_folder_write(folder, &t), 0);
	snprintf(path, sizeof(path), "%s/after.1", folder);
	assert_int_equal(unlink(path), 0);
	assert_int_equal(symlink("/etc/passwd", path), 0);
	assert_int_equal(trial_folder_read(folder, &read), -1);
	assert_non_null(strstr(etc_cause, "after.1: it is a symbolic link"));
	/* no trial has a file that is nothing before and nothing behind */
	assert_int_equal(unlink(path), 0);
	assert_int_equal(trial_folder_read(folder, &read), -1);
	assert_non_null(strstr(etc_cause, "is damaged"));
	snprintf(path, sizeof(path), "%s/facts", folder);
	assert_int_equal(unlink(path), 0);
	assert_int_equal(trial_folder_read(folder, &read), -1);
	assert_non_null(strstr(etc_cause, "is damaged"));
}

/* Each write and each sync that fails is told. */
static void
test_disk(void **state)
{
	static const char *const calls[] = { "write", "fsync", "fstat" };
	const struct trial t = sample();
	struct trial read;

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		long failed = 0;

		for (long nth = 1;; nth++) {
			int rc;

			if (i >= 2)
				assert_int_equal(
				    trial_folder_write(folder, &t), 0);
			failcall_arm_only(calls[i], nth, false);
			rc = i < 2 ? trial_folder_write(folder, &t)
				   : trial_folder_read(folder, &read);
			if (failcall_stop() < nth) {
				if (i >= 2)
					trial_free(&read);
				break;
			}
			assert_int_equal(rc, -1);
			failed++;
		}
		assert_true(failed >= 4);
	}
}

static void
test_strangers_in_it(void **state)
{
	const struct trial t = sample();
	char path[128];

	(void)state;
	assert_int_equal(trial_folder_write(folder, &t), 0);
	snprintf(path, sizeof(path), "%s/other", folder);
	assert_int_equal(mkdir(path, 0700), 0);
	assert_int_equal(trial_folder_remove(folder), -1);
	assert_non_null(strstr(etc_cause, "Directory not empty"));
	assert_int_equal(rmdir(path), 0);
}

#define EACH(test)                                                             \
	cmocka_unit_test_setup_teardown(test, make_folder, remove_folder)

UNIT_TESTS(test_trial_folder)
{
	const struct CMUnitTest tests[] = {
		EACH(test_round),
		EACH(test_most),
		EACH(test_damaged),
		EACH(test_files),
		EACH(test_disk),
		EACH(test_strangers_in_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
