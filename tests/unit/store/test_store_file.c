/* SPDX-License-Identifier: BSD-2-Clause */
/* Opening the state: what is refused, and with which remedy. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <setjmp.h>
#include <string.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>
#include <sqlite3.h>

#include "helper/store/sqlite/sqlite.h"
#include "helper/store/store.h"
#include "tests/support/plain_claims.h"
#include "tests/support/statebox.h"
#include "tests/support/store_time.h"
#include "tests/support/unit_tests.h"

#define NOW INT64_C(1000000)

static int
tear_down(void **state)
{
	const struct statebox *p = *state;

	chmod(p->dir, 0700);
	rmdir(p->path);
	return box_tear_down(state);
}

static void
opens(const char *path)
{
	char cause[STORE_CAUSE_MAX] = "";
	struct store *s = at_open(path, "boot", cause);

	if (s == NULL)
		fail_msg("%s", cause);
	store_close(s);
}

/* Refused, and the cause names both what is wrong and what to do. */
static void
refuses(const char *path, const char *wrong, const char *remedy)
{
	char cause[STORE_CAUSE_MAX] = "";
	struct store *s = at_open(path, "boot", cause);

	if (s != NULL) {
		store_close(s);
		fail_msg("opened; wanted: %s", wrong);
	}
	if (strstr(cause, wrong) == NULL || strstr(cause, remedy) == NULL)
		fail_msg("\"%s\" lacks \"%s\" or \"%s\"", cause, wrong, remedy);
}

static void
write_file(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
	close(fd);
}

static void
made_with_room(void **state)
{
	struct statebox *p = *state;
	struct stat st;

	opens(p->path);
	assert_int_equal(stat(p->path, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0600);
	assert_true(st.st_size > 1024 * 1024);
	assert_true(st.st_blocks * 512 >= st.st_size);
	assert_int_equal(stat(p->shm, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0600);
	assert_int_equal(stat(p->wal, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0600);
	assert_true(st.st_size >= 384 * 4096);
	assert_true(st.st_blocks * 512 >= st.st_size);
	assert_true(box_sql(p, "PRAGMA freelist_count") >= 200);
	assert_int_equal(box_sql(p, "PRAGMA user_version"), 24);
	assert_true(box_sql(p, "PRAGMA application_id") != 0);
}

static void
made_again(void **state)
{
	struct statebox *p = *state;
	struct stat before, after;

	write_file(p->path, ""); /* made, but not filled: a helper was killed */
	opens(p->path);
	assert_int_equal(stat(p->path, &before), 0);
	opens(p->path);
	assert_int_equal(stat(p->path, &after), 0);
	assert_int_equal(after.st_size, before.st_size);
	assert_int_equal(after.st_mtim.tv_sec, before.st_mtim.tv_sec);
	assert_int_equal(after.st_mtim.tv_nsec, before.st_mtim.tv_nsec);
	/* another program has emptied and deleted the log */
	box_sql(p, "PRAGMA wal_checkpoint(TRUNCATE)");
	unlink(p->wal);
	opens(p->path);
	assert_int_equal(stat(p->wal, &after), 0);
	assert_true(after.st_size >= 384 * 4096);
}

static void
paths(void **state)
{
	char deep[400];

	(void)state;
	refuses("state.db", "does not begin", "postgresql://");
	refuses("redis://127.0.0.1/", "does not begin", "postgresql://");
	refuses("", "does not begin", "postgresql://");
	refuses("/state.db", "absolute", "folder of its own");
	refuses("/nowhere/twofa/state.db", "No such file", "mode 0700");
	memset(deep, 'x', sizeof(deep) - 1);
	deep[0] = '/';
	deep[sizeof(deep) - 1] = '\0';
	refuses(deep, "too long", "shorter");
}

static void
boot_ids(void **state)
{
	struct statebox *p = *state;
	char cause[STORE_CAUSE_MAX], boot[BOOT_ID_MAX + 1];
	const struct store_session me = { STORE_HOST, 1, p->dir, 0, NULL, false,
		NULL, NULL };
	FILE *f = fopen("/proc/sys/kernel/random/boot_id", "re");
	struct store *s;

	assert_non_null(f);
	assert_non_null(fgets(boot, sizeof(boot), f));
	assert_int_equal(fclose(f), 0);
	boot[strcspn(boot, "\n")] = '\0';
	assert_int_equal(strlen(boot), 36);
	store_time_machine();
	s = store_open(p->path, &me, cause);
	assert_non_null(s);
	assert_string_equal(s->boot, boot);
	store_close(s);
}

static void
folder_modes(void **state)
{
	static const mode_t bad[] = { 0750, 0701, 0770, 0777, 0710, 0500,
		01777 };
	struct statebox *p = *state;

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		assert_int_equal(chmod(p->dir, bad[i]), 0);
		refuses(p->path, "folder has mode", "chmod 0700");
	}
	chmod(p->dir, 0700);
	opens(p->path);
}

static void
file_modes(void **state)
{
	static const mode_t bad[] = { 0640, 0606, 0660, 0644, 0400, 0200, 0700,
		04600 };
	struct statebox *p = *state;

	opens(p->path);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		assert_int_equal(chmod(p->path, bad[i]), 0);
		refuses(p->path, "has mode", "chmod 0600");
	}
	chmod(p->path, 0600);
	opens(p->path);
}

static void
owners(void **state)
{
	struct statebox *p = *state;

	if (geteuid() != 0)
		skip(); /* only root can give files away */
	opens(p->path);
	assert_int_equal(chown(p->path, 4711, 0), 0);
	refuses(p->path, "belongs to uid 4711", "chown");
	assert_int_equal(chown(p->path, 0, 0), 0);
	assert_int_equal(chown(p->dir, 4711, 0), 0);
	refuses(p->path, "folder belongs to uid 4711", "chown");
}

static void
not_a_file(void **state)
{
	struct statebox *p = *state;
	char other[128];

	snprintf(other, sizeof(other), "%s/other.db", p->dir);
	opens(other);
	assert_int_equal(symlink(other, p->path), 0);
	refuses(p->path, "symbolic link", "move it away");
	unlink(p->path);
	box_remove_files(other);
	assert_int_equal(symlink("/nowhere/at/all", p->path), 0);
	refuses(p->path, "symbolic link", "move it away");
	unlink(p->path);
	assert_int_equal(mkfifo(p->path, 0600), 0);
	refuses(p->path, "not a regular file", "move it away");
	unlink(p->path);
	assert_int_equal(mkdir(p->path, 0700), 0);
	refuses(p->path, "not a regular file", "move it away");
}

static void
not_ours(void **state)
{
	struct statebox *p = *state;

	write_file(p->path,
	    "brand = \"ACME\"; # not a database at all\n"
	    "# but longer than a header of one hundred bytes, "
	    "so that it is read as one\n");
	refuses(p->path, "damaged", "move it");
	unlink(p->path);
	write_file(p->path, "");
	box_sql(p, "CREATE TABLE someone(x)");
	refuses(p->path, "some other database", "move it away");
	box_sql(p, "PRAGMA user_version = 1");
	refuses(p->path, "some other database", "move it away");
}

static void
newer(void **state)
{
	struct statebox *p = *state;

	opens(p->path);
	box_sql(p, "PRAGMA user_version = 25");
	refuses(p->path, "newer version (schema 25)", "install");
}

static void
damaged(void **state)
{
	struct statebox *p = *state;
	char noise[4096];
	int fd;

	opens(p->path);
	memset(noise, 0xa5, sizeof(noise));
	fd = open(p->path, O_WRONLY | O_CLOEXEC);
	assert_true(fd >= 0);
	assert_int_equal(pwrite(fd, noise, sizeof(noise), 0), sizeof(noise));
	close(fd);
	refuses(p->path, "damaged", "move it and its -wal away");
}

/* Logins with one change each: no commit follows the one that fills the log,
 * and that it was copied is forgotten at the close. */
static void
log_does_not_grow(void **state)
{
	struct statebox *p = *state;
	char cause[STORE_CAUSE_MAX];
	struct stat before, after;
	struct store *s;

	opens(p->path);
	assert_int_equal(stat(p->wal, &before), 0);
	for (int i = 0; i < 600; i++) {
		s = at_open(p->path, "boot", cause);
		assert_non_null(s);
		assert_int_equal(plain_totp_claim(s, "alice", NULL, i + 1), 1);
		store_close(s);
	}
	assert_int_equal(stat(p->wal, &after), 0);
	assert_int_equal(after.st_size, before.st_size);
}

/* At every length: the log still has the pages of the last logins. */
static void
cut_short(void **state)
{
	static const off_t lengths[] = { 100, 4095, 4096, 5000, 100000 };
	const struct store_key key = { "alice", "+12025550100", "one", "type",
		{ NULL } };
	struct statebox *p = *state;
	char cause[STORE_CAUSE_MAX];
	struct store_row row;
	struct store *s;

	for (size_t i = 0; i < sizeof(lengths) / sizeof(lengths[0]); i++) {
		s = at_open(p->path, "boot", cause);
		assert_non_null(s);
		assert_int_equal(at_claim(s, &key, METHOD_ALL, METHOD_SMS, 1,
				     NOW, 15000, &row),
		    CLAIM_NEW);
		store_close(s);
		assert_int_equal(truncate(p->path, lengths[i]), 0);
		refuses(p->path, "damaged", "move it and its -wal away");
		box_remove_files(p->path);
	}
	/* only free pages are gone: nothing is lost */
	opens(p->path);
	assert_int_equal(truncate(p->path, 1000000), 0);
	opens(p->path);
	/* as if it was never made: so is a new one */
	assert_int_equal(truncate(p->path, 0), 0);
	opens(p->path);
	assert_int_equal(box_sql(p, "SELECT count(*) FROM verification"), 0);
}

/* The other files are held to the same as the database. */
static void
files_beside(void **state)
{
	struct statebox *p = *state;
	char *const beside[] = { p->wal, p->shm };

	opens(p->path);
	for (size_t i = 0; i < 2; i++) {
		assert_int_equal(chmod(beside[i], 0640), 0);
		refuses(p->path, i == 0 ? "its -wal has mode" : "its -shm has",
		    "chmod 0600");
		assert_int_equal(chmod(beside[i], 0600), 0);
		if (geteuid() == 0) {
			assert_int_equal(chown(beside[i], 4711, 0), 0);
			refuses(p->path, "belongs to uid 4711", "chown");
			assert_int_equal(chown(beside[i], 0, 0), 0);
		}
		unlink(beside[i]);
		assert_int_equal(symlink("/nowhere", beside[i]), 0);
		refuses(p->path, "symbolic link", "move it away");
		unlink(beside[i]);
		opens(p->path);
	}
}

static void
damaged_inside(void **state)
{
	const struct store_key key = { "alice", "+12025550100", "one", "type",
		{ NULL } };
	struct statebox *p = *state;
	char cause[STORE_CAUSE_MAX], noise[4096];
	struct store_row row;
	struct store *s;
	int fd;

	opens(p->path);
	memset(noise, 0xa5, sizeof(noise));
	fd = open(p->path, O_WRONLY | O_CLOEXEC);
	assert_true(fd >= 0);
	for (off_t page = 1; page < 8; page++)
		assert_int_equal(pwrite(fd, noise, sizeof(noise), page * 4096),
		    sizeof(noise));
	close(fd);
	s = at_open(p->path, "boot", cause);
	assert_non_null(s);
	assert_int_equal(
	    at_claim(s, &key, METHOD_ALL, METHOD_SMS, 1, NOW, 15000, &row),
	    CLAIM_ERROR);
	assert_non_null(strstr(store_cause(s), "damaged"));
	store_close(s);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, box_set_up_empty, tear_down)

UNIT_TESTS(test_store_file)
{
	const struct CMUnitTest tests[] = {
		TEST(made_with_room),
		TEST(made_again),
		TEST(paths),
		TEST(boot_ids),
		TEST(folder_modes),
		TEST(file_modes),
		TEST(owners),
		TEST(not_a_file),
		TEST(not_ours),
		TEST(newer),
		TEST(damaged),
		TEST(log_does_not_grow),
		TEST(cut_short),
		TEST(files_beside),
		TEST(damaged_inside),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
