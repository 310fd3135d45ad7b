/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Every call to the kernel that fails while records and secrets are put in
 * their places: the old one stands, or the new one does, and it is told.
 */
#undef _FORTIFY_SOURCE /* its inline functions would be in the way */
#include "tests/support/confdir.h"

#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/file.h>
#include <time.h>

#include "tests/support/entries.h"
#include "tests/support/unit_tests.h"
#include "twofactl/records/records.h"

#define RECORD "users.d/alice.conf"
#define OLD "phone = \"+14155550123\";\n"
#define NEW "phone = \"+14155550199\";\n"

static struct confdir d;
static struct settings *conf;
static struct place_file_owner owner;
static struct record_file edit;

/* --- calls that fail --- */

static long count, fails_at; /* 0: none */
static int error;            /* what the call that fails says */
static const char *failed;   /* its name */
static unsigned pauses;

static bool
fails(const char *call)
{
	if (fails_at == 0 || ++count != fails_at)
		return false;
	failed = call;
	errno = error;
	return true;
}

/* A function and an object pointer are not the same thing in C. */
static void
look_up(const char *call, void *to)
{
	void *found = dlsym(RTLD_NEXT, call);

	memcpy(to, &found, sizeof(found));
}

int
openat(int dir, const char *path, int flags, ...)
{
	int (*real)(int, const char *, int, mode_t);
	mode_t mode = 0;
	va_list ap;

	va_start(ap, flags);
	if ((flags & O_CREAT) != 0)
		mode = va_arg(ap, mode_t);
	va_end(ap);
	look_up("openat", &real);
	return fails("openat") ? -1 : real(dir, path, flags, mode);
}

DIR *
fdopendir(int fd)
{
	DIR *(*real)(int);

	look_up("fdopendir", &real);
	return fails("fdopendir") ? NULL : real(fd);
}

int
fchown(int fd, uid_t uid, gid_t gid)
{
	int (*real)(int, uid_t, gid_t);

	look_up("fchown", &real);
	return fails("fchown") ? -1 : real(fd, uid, gid);
}

int
fchmod(int fd, mode_t mode)
{
	int (*real)(int, mode_t);

	look_up("fchmod", &real);
	return fails("fchmod") ? -1 : real(fd, mode);
}

ssize_t
write(int fd, const void *bytes, size_t len)
{
	ssize_t (*real)(int, const void *, size_t);

	look_up("write", &real);
	return fails("write") ? -1 : real(fd, bytes, len);
}

int
fsync(int fd)
{
	(void)fd; /* a test need not wait for a disk */
	return fails("fsync") ? -1 : 0;
}

int
syncfs(int fd)
{
	(void)fd;
	return fails("syncfs") ? -1 : 0;
}

/* A disk that is full may say so only here. */
int
close(int fd)
{
	int (*real)(int), rc;

	look_up("close", &real);
	rc = real(fd);
	return fails("close") ? -1 : rc;
}

int
renameat(int from, const char *name, int to, const char *place)
{
	int (*real)(int, const char *, int, const char *);

	look_up("renameat", &real);
	return fails("renameat") ? -1 : real(from, name, to, place);
}

int
linkat(int from, const char *name, int to, const char *place, int flags)
{
	int (*real)(int, const char *, int, const char *, int);

	look_up("linkat", &real);
	return fails("linkat") ? -1 : real(from, name, to, place, flags);
}

int
unlinkat(int dir, const char *name, int flags)
{
	int (*real)(int, const char *, int);

	look_up("unlinkat", &real);
	return fails("unlinkat") ? -1 : real(dir, name, flags);
}

int
flock(int fd, int operation)
{
	int (*real)(int, int);

	look_up("flock", &real);
	return fails("flock") ? -1 : real(fd, operation);
}

int
nanosleep(const struct timespec *pause, struct timespec *left)
{
	(void)pause;
	(void)left;
	pauses++;
	return 0;
}

static void
arm(long nth, int with)
{
	count = 0;
	fails_at = nth;
	error = with;
	failed = "";
}

/* --- what is there --- */

static int
setup(void **state)
{
	(void)state;
	arm(0, 0);
	pauses = 0;
	confdir_make(&d);
	conf = confdir_load(&d, CONFDIR_BASE);
	assert_non_null(conf);
	owner = (struct place_file_owner){ .uid = getuid(), .gid = getgid() };
	confdir_write(&d, RECORD, OLD);
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	settings_free(conf);
	confdir_remove(&d);
	return 0;
}

static const char *
content(const char *name)
{
	static char text[256];
	char path[256];
	size_t n = 0;
	FILE *f;

	snprintf(path, sizeof(path), "%s/%s", d.path, name);
	f = fopen(path, "r");
	if (f != NULL) {
		n = fread(text, 1, sizeof(text) - 1, f);
		fclose(f);
	}
	text[n] = '\0';
	return text;
}

static unsigned
records(void)
{
	char path[256];

	snprintf(path, sizeof(path), "%s/users.d", d.path);
	return entries_in(path);
}

/* What could not be tidied up stays until the next change. */
static bool
may_leave(void)
{
	return strcmp(failed, "unlinkat") == 0 ||
	    strcmp(failed, "openat") == 0 || strcmp(failed, "fdopendir") == 0;
}

/* --- one record --- */

static enum ctl_exit
change(void)
{
	static const struct record_text_change phone = { .key = "phone",
		.value = "+14155550199" };
	enum ctl_exit result;

	d.log[0] = '\0';
	result = record_file_open(&edit, conf, &owner, &d.report);
	return record_file_end(&edit, result, "alice", &phone, 1);
}

static void
judge_record(enum ctl_exit result, long nth)
{
	const char *want = result == CTL_DONE ? NEW : OLD;

	if (strcmp(content(RECORD), want) != 0)
		fail_msg("call %ld, %s: %d, but %s", nth, failed, (int)result,
		    content(RECORD));
	if (result != CTL_DONE && strstr(d.log, "Input/output error") == NULL)
		fail_msg("call %ld, %s: told \"%s\"", nth, failed, d.log);
	if (records() != 1 && !may_leave())
		fail_msg("call %ld, %s: something is left", nth, failed);
}

/* Where it is decided: what came before leaves all as it was. */
static bool
before_the_move(void)
{
	return strcmp(failed, "flock") == 0 || strcmp(failed, "fchown") == 0 ||
	    strcmp(failed, "fchmod") == 0 || strcmp(failed, "write") == 0 ||
	    strcmp(failed, "renameat") == 0;
}

static void
test_record(void **state)
{
	const unsigned fds = entries_in("/proc/self/fd");
	enum ctl_exit result;
	bool power_cut = false;
	long nth = 0;

	(void)state;
	do {
		confdir_write(&d, RECORD, OLD);
		arm(++nth, EIO);
		result = change();
		fails_at = 0;
		judge_record(result, nth);
		if (before_the_move())
			assert_int_not_equal(result, CTL_DONE);
		power_cut |= strstr(d.log, "a power cut may undo it") != NULL;
		assert_int_equal(entries_in("/proc/self/fd"), fds);
		/* and what was left goes */
		assert_int_equal(change(), CTL_DONE);
		assert_int_equal(records(), 1);
	} while (failed[0] != '\0');
	assert_true(nth > 15);
	assert_true(power_cut);
}

/* A signal is no failure. */
static void
test_interrupted(void **state)
{
	long nth = 0;

	(void)state;
	do {
		confdir_write(&d, RECORD, OLD);
		arm(++nth, EINTR);
		if (change() != CTL_DONE)
			assert_true(strcmp(failed, "write") != 0 &&
			    strcmp(failed, "flock") != 0);
		fails_at = 0;
	} while (failed[0] != '\0');
	assert_int_equal(pauses, 1);
}

static void
test_locked_for_long(void **state)
{
	char path[256];
	int fd;

	(void)state;
	snprintf(path, sizeof(path), "%s/users.d/" PLACE_FILE_LOCK, d.path);
	fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	assert_int_equal(flock(fd, LOCK_SH), 0);
	assert_int_equal(change(), CTL_SETTINGS);
	assert_int_equal(pauses, 100); /* of 0.1 s */
	assert_non_null(strstr(d.log,
	    "/users.d cannot be opened and locked: Device or resource busy"));
	close(fd);
	/* as after one that was killed */
	assert_int_equal(change(), CTL_DONE);
	assert_int_equal(records(), 1);
}

/* Who may read the folder, or a file in it, keeps nobody from changing it. */
static void
test_locked_by_a_reader(void **state)
{
	char path[256];
	int folder, file, lock;

	(void)state;
	snprintf(path, sizeof(path), "%s/users.d", d.path);
	folder = open(path, O_RDONLY | O_CLOEXEC);
	assert_int_equal(flock(folder, LOCK_EX), 0);
	file = openat(folder, "alice.conf", O_RDONLY | O_CLOEXEC);
	assert_int_equal(flock(file, LOCK_EX), 0);
	/* left behind, and opened for all by hand since */
	lock =
	    openat(folder, PLACE_FILE_LOCK, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	assert_int_equal(fchmod(lock, 0640), 0);
	assert_int_equal(flock(lock, LOCK_EX), 0);
	assert_int_equal(change(), CTL_DONE);
	assert_true(pauses <= 1);
	assert_int_equal(records(), 1);
	close(lock);
	close(file);
	close(folder);
}

/* Two twofactl at once: the second waits, and finds the name taken away. */
static void
test_lock_is_one(void **state)
{
	char path[256];
	struct place_file_folder one, two;
	struct stat st;

	(void)state;
	snprintf(path, sizeof(path), "%s/users.d", d.path);
	assert_int_equal(place_file_open_folder(&one, path, getuid()), 0);
	assert_int_equal(fstat(one.lock, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0600);
	assert_int_equal(place_file_open_folder(&two, path, getuid()), -1);
	assert_non_null(strstr(trusted_file_cause, "Device or resource busy"));
	assert_int_equal(two.fd, -1);
	place_file_close_folder(&one);
	assert_int_equal(place_file_open_folder(&two, path, getuid()), 0);
	place_file_close_folder(&one);
	assert_int_equal(place_file_open_folder(&one, path, getuid()), -1);
	place_file_close_folder(&two);
	assert_int_equal(records(), 1);
}

/* A folder for one process: with its lock, and of nobody else. */
static void
test_private_folder(void **state)
{
	const unsigned fds = entries_in("/proc/self/fd");
	int home, one, again;

	(void)state;
	home = open(d.path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	one = place_file_open_private(home, "own", getuid(), 0700);
	assert_true(one >= 0);
	assert_int_equal(
	    place_file_open_private(home, "own", getuid(), 0700), -1);
	assert_int_equal(errno, EAGAIN);
	/* left behind by a killed one, and taken over */
	place_file_close_private(home, "own", one, true);
	one = place_file_open_private(home, "own", getuid(), 0700);
	assert_true(one >= 0);
	/* one that another process removes meanwhile is no one's */
	again = openat(home, "own", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	place_file_close_private(home, "own", one, false);
	assert_int_equal(faccessat(home, "own", F_OK, 0), -1);
	close(again);
	/* not where others may put files */
	assert_int_equal(mkdirat(home, "own", 0700), 0);
	assert_int_equal(fchmodat(home, "own", 0770, 0), 0);
	assert_int_equal(
	    place_file_open_private(home, "own", getuid(), 0750), -1);
	assert_int_equal(errno, EPERM);
	assert_int_equal(
	    place_file_open_private(home, "own", getuid() + 1, 0770), -1);
	assert_int_equal(errno, EPERM);
	assert_int_equal(unlinkat(home, "own", AT_REMOVEDIR), 0);
	assert_int_equal(symlinkat("users.d", home, "own"), 0);
	assert_int_equal(
	    place_file_open_private(home, "own", getuid(), 0700), -1);
	assert_int_equal(unlinkat(home, "own", 0), 0);
	close(home);
	assert_int_equal(entries_in("/proc/self/fd"), fds);
}

/* What is not on the disk yet is not told to be in its place. */
static void
test_renamed_and_synced(void **state)
{
	char from[256], to[256];

	(void)state;
	snprintf(from, sizeof(from), "%s/new", d.path);
	snprintf(to, sizeof(to), "%s/old", d.path);
	confdir_write(&d, "old", "old");
	confdir_write(&d, "new", "new");
	arm(1, EIO);
	assert_int_equal(place_file_rename(from, to), -1);
	assert_string_equal(failed, "fsync");
	fails_at = 0;
	assert_int_equal(errno, EIO);
	assert_string_equal(content("old"), "new");
	assert_int_equal(place_file_rename(from, to), -1);
	assert_int_equal(errno, ENOENT);
	assert_int_equal(unlink(to), 0);
}

/* A file can go also where none can be made. */
static void
test_lock_on_a_full_disk(void **state)
{
	char path[256];
	struct place_file_folder folder;
	long nth = 0;

	(void)state;
	snprintf(path, sizeof(path), "%s/users.d", d.path);
	do {
		arm(++nth, ENOSPC);
		assert_int_equal(
		    place_file_open_folder(&folder, path, getuid()), 0);
		if (strcmp(failed, "openat") != 0)
			place_file_close_folder(&folder);
	} while (strcmp(failed, "openat") != 0);
	assert_int_equal(folder.lock, -1);
	fails_at = 0;
	place_file_close_folder(&folder);
}

/* --- many records --- */

static enum ctl_exit
change_two(void)
{
	static const struct record_text_change phone = { .key = "phone",
		.value = "+14155550199" };
	enum ctl_exit result;

	d.log[0] = '\0';
	owner.unsynced = true;
	result = record_file_open(&edit, conf, &owner, &d.report);
	if (result != CTL_DONE)
		return result;
	result = record_file_stage(&edit, "alice", &phone, 1);
	if (result == CTL_DONE)
		result = record_file_stage(&edit, "bob", &phone, 1);
	if (result == CTL_DONE)
		result = record_file_sync(&edit);
	if (result == CTL_DONE)
		result = record_file_move(&edit, "alice");
	if (result == CTL_DONE)
		result = record_file_move(&edit, "bob");
	record_file_drop(&edit);
	return result;
}

/* None, or each whole: bob comes after alice. */
static void
test_two_records(void **state)
{
	enum ctl_exit result;
	bool alone = false, synced = false;
	const char *alice;
	long nth = 0;

	(void)state;
	do {
		confdir_write(&d, RECORD, OLD);
		confdir_write(&d, "users.d/bob.conf", OLD);
		arm(++nth, EIO);
		result = change_two();
		fails_at = 0;
		alice = strcmp(content(RECORD), NEW) == 0 ? NEW : OLD;
		assert_string_equal(content(RECORD), alice);
		if (strcmp(failed, "syncfs") == 0) {
			assert_int_equal(result, CTL_FAILED);
			assert_string_equal(alice, OLD);
			synced = true;
		}
		if (strcmp(content("users.d/bob.conf"), alice) != 0) {
			assert_string_equal(failed, "renameat");
			assert_string_equal(alice, NEW);
			assert_non_null(strstr(d.log, "bob.conf: Input"));
			alone = true;
		} else if (result != CTL_DONE) {
			assert_string_equal(alice, OLD);
			assert_non_null(strstr(d.log, "Input/output error"));
		}
	} while (failed[0] != '\0');
	assert_true(alone && synced);
}

/* --- a secret --- */

static int
put(void)
{
	const struct secret secret = { .b = "new", .len = 3 };
	struct secret_file s;

	trusted_file_cause[0] = '\0';
	if (secret_file_put(&s, d.path, "x.totp", &secret, &owner) != 0)
		return -1;
	fails_at = 0;
	secret_file_end(&s, true);
	return 0;
}

static void
put_each(const char *old)
{
	const unsigned fds = entries_in("/proc/self/fd");
	char path[256];
	long nth = 0;
	int rc;

	do {
		snprintf(path, sizeof(path), "%s/x.totp", d.path);
		(void)unlink(path);
		if (old[0] != '\0')
			confdir_write(&d, "x.totp", old);
		arm(++nth, EIO);
		rc = put();
		fails_at = 0;
		if (strcmp(content("x.totp"), rc == 0 ? "new\n" : old) != 0)
			fail_msg("call %ld, %s: %d, but %s", nth, failed, rc,
			    content("x.totp"));
		if (rc != 0 &&
		    strstr(trusted_file_cause, "Input/output error") == NULL)
			fail_msg("call %ld, %s: %s", nth, failed,
			    trusted_file_cause);
		assert_int_equal(entries_in("/proc/self/fd"), fds);
	} while (failed[0] != '\0');
	assert_true(nth > 8);
	assert_int_equal(rc, 0);
}

static void
test_secret(void **state)
{
	const struct secret secret = { .b = "new", .len = 3 };
	char name[SECRET_FILE_NAME_MAX];
	struct secret_file s;

	(void)state;
	put_each("old\n");
	put_each("");
	memset(name, 'x', sizeof(name) - 1);
	name[sizeof(name) - 1] = '\0';
	assert_int_equal(
	    secret_file_put(&s, d.path, name, &secret, &owner), -1);
	assert_non_null(strstr(trusted_file_cause, "x: the name is too long"));
}

/* Nothing of it stays, not even under another name. */
static void
test_secret_that_is_tried(void **state)
{
	const struct secret secret = { .b = "new", .len = 3 };
	const int folder = open(d.path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	unsigned failures = 0;
	long nth = 0;
	int rc;

	(void)state;
	do {
		arm(++nth, EIO);
		rc = secret_file_write(folder, "x.new", &secret, &owner);
		fails_at = 0;
		if (failed[0] == '\0')
			break;
		if (rc != -1 || errno != EIO)
			fail_msg("call %ld, %s: %d", nth, failed, rc);
		assert_string_equal(content("x.new"), "");
		failures++;
	} while (true);
	assert_int_equal(rc, 0);
	assert_string_equal(content("x.new"), "new\n");
	assert_int_equal(failures, 7);
	close(folder);
}

UNIT_TESTS(test_placing)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(test_record),
		TEST(test_interrupted),
		TEST(test_locked_for_long),
		TEST(test_locked_by_a_reader),
		TEST(test_lock_is_one),
		TEST(test_private_folder),
		TEST(test_renamed_and_synced),
		TEST(test_lock_on_a_full_disk),
		TEST(test_two_records),
		TEST(test_secret),
		TEST(test_secret_that_is_tried),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
