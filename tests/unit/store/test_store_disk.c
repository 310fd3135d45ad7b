/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The state on a disk that is full, also while another program takes whatever
 * is given back, or read-only. Each on a small disk of its own.
 */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <setjmp.h>
#include <string.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
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

/* Run in a child with a mount namespace of its own, whose /tmp folder p->dir is
 * a small tmpfs. Its exit status is the number of failures; 77: not possible.
 */
static int
in_tmpfs(const struct statebox *p, const char *options,
    int (*body)(const struct statebox *))
{
	int status;
	pid_t pid = fork();

	assert_true(pid >= 0);
	if (pid == 0) {
		if (unshare(CLONE_NEWNS) != 0 ||
		    mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) != 0 ||
		    mount("tmpfs", p->dir, "tmpfs", 0, options) != 0)
			_exit(77);
		_exit(body(p));
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	return WEXITSTATUS(status);
}

static void
on_disk_of(const struct statebox *p, const char *options,
    int (*body)(const struct statebox *))
{
	int status = in_tmpfs(p, options, body);

	if (status == 77) {
		print_message("needs root and mount: not tried\n");
		skip();
	}
	assert_int_equal(status, 0);
}

static void
on_disk(const struct statebox *p, int (*body)(const struct statebox *))
{
	on_disk_of(p, "size=4m,mode=0700", body);
}

static void
fill_disk(const struct statebox *p)
{
	static const char block[4096];
	char path[128];
	int fd;

	snprintf(path, sizeof(path), "%s/filler", p->dir);
	fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
	while (write(fd, block, sizeof(block)) > 0)
		continue;
	close(fd);
}

/* A line for the person who reads why the child failed. */
static int
bad(int line, const char *what, const char *cause)
{
	fprintf(stderr, "line %d: %s: %s\n", line, what, cause);
	return 1;
}
#define WANT(s, what) ((what) ? 0 : bad(__LINE__, #what, store_cause(s)))

/* What a login keeps beside its verification. */
static int
accounts(struct store *s, const char *user, const char *number, int n)
{
	static const char *const codes[] = { "ABCDEFGH2345WXYZ",
		"BBCDEFGH2345WXYZ" };
	const struct limits_of_sends none = {
		.spend_day = -1, .spend_month = -1, .price = 75000
	};
	const struct store_send_key key = { user, number, "192.0.2.0/24", false,
		CARRIED_NOT, false, false };
	const struct limits_of_guesses limits = { 6, 30, 900, 0 };
	unsigned char binding[STORE_REMEMBERED_LEN] = { (unsigned char)n };
	struct store_guess_token token;
	int64_t wall = 1790000000 + n, wait_s, id;
	int failed = 0;
	const char *which;
	unsigned left;

	failed += WANT(s,
	    at_send_take(s, &key, &none, wall, &id, &wait_s, &which) ==
		SEND_TAKEN);
	failed += WANT(s, sqlite_send_set_price(s, id, 80000) == 0);
	if (n % 5 == 0)
		failed += WANT(s, store_send_refund(s, id) == 0);
	failed += WANT(s,
	    at_guess_take(s, user, "192.0.2.0/24", &limits, wall, &token,
		&wait_s) == GUESS_OPEN);
	failed += WANT(s,
	    store_guess_refund(s,
		&(struct store_counted){ user, "192.0.2.0/24", &token }) == 0);
	failed += WANT(s,
	    at_guess_take(s, user, "uid:7", &limits, wall, &token, &wait_s) ==
		GUESS_OPEN);
	if (n % 3 == 0)
		failed += WANT(
		    s, store_guess_reset_after_right(s, user, "uid:7") == 0);
	failed += WANT(s, store_recovery_set(s, user, codes, 2, NULL) == 0);
	failed += WANT(s, plain_recovery_claim(s, user, codes[0], &left) == 1);
	failed += WANT(s, plain_totp_claim(s, user, NULL, n + 1) == 1);
	failed +=
	    WANT(s, at_remembered_put(s, user, binding, wall, wall + 60) == 0);
	if (n % 50 == 49)
		failed += WANT(s, store_user_unlock(s, user) >= 0);
	return failed;
}

/* One login from claim to the right code, in a handle of its own. */
static int
login(const struct statebox *p, int n)
{
	char cause[STORE_CAUSE_MAX] = "", number[32], id[32], user[32];
	const struct store_key key = { user, number, "one", "type", { NULL } };
	struct store *s = at_open(p->path, "boot", cause);
	struct store_row row;
	int failed = 0;

	if (s == NULL)
		return bad(__LINE__, "store_open", cause);
	snprintf(user, sizeof(user), "user%d", n);
	snprintf(number, sizeof(number), "+1202555%04d", n);
	snprintf(id, sizeof(id), "request-%d", n);
	failed += WANT(s,
	    at_claim(s, &key, METHOD_ALL, METHOD_SMS, n + 1, NOW, 15000,
		&row) == CLAIM_NEW);
	failed += WANT(s,
	    at_started(
		s, row.id, n + 1, id, METHOD_SMS, NOW, NOW + 300000, 0) == 0);
	failed += WANT(s, box_try(s, row.id, 3, NOW, &row) == TRY_COUNTED);
	failed += WANT(s, store_row_refund_try(s, row.id, id, NULL) == 0);
	failed += WANT(s, box_try(s, row.id, 3, NOW, &row) == TRY_COUNTED);
	/* every other one is left running */
	if (n % 2 == 0)
		failed += WANT(s, plain_finish(s, row.id, id) == 1);
	failed += accounts(s, user, number, n);
	store_close(s);
	return failed;
}

static int
logins_on_full_disk(const struct statebox *p)
{
	struct store *s;
	char cause[STORE_CAUSE_MAX] = "";
	int failed = 0;

	s = at_open(p->path, "boot", cause);
	if (s == NULL)
		return bad(__LINE__, "store_open", cause);
	store_close(s);
	fill_disk(p);
	for (int i = 0; i < 200 && failed == 0; i++)
		failed += login(p, i);
	/* another program takes what is free each time */
	for (int i = 200; i < 210 && failed == 0; i++) {
		unlink(p->shm);
		fill_disk(p);
		failed += login(p, i);
	}
	return failed;
}

static void
full_disk_stops_no_login(void **state)
{
	on_disk(*state, logins_on_full_disk);
}

static int
first_on_full_disk(const struct statebox *p)
{
	char cause[STORE_CAUSE_MAX] = "";
	struct store *s;

	fill_disk(p);
	s = at_open(p->path, "boot", cause);
	if (s != NULL)
		return 1;
	if (strstr(cause, "full") == NULL && strstr(cause, "space") == NULL)
		return bad(__LINE__, "cause", cause);
	return 0;
}

static void
full_disk_before_the_first(void **state)
{
	on_disk(*state, first_on_full_disk);
}

/* The file system turns read-only: refused at once, with the remedy. */
static int
on_read_only_disk(const struct statebox *p)
{
	char cause[STORE_CAUSE_MAX] = "";
	struct store *s = at_open(p->path, "boot", cause);

	if (s == NULL)
		return bad(__LINE__, "store_open", cause);
	store_close(s);
	if (mount(NULL, p->dir, NULL, MS_REMOUNT | MS_RDONLY, NULL) != 0)
		return 77;
	s = at_open(p->path, "boot", cause);
	if (s != NULL)
		return 1;
	if (strstr(cause, "read-only: mount") == NULL)
		return bad(__LINE__, "cause", cause);
	return 0;
}

static void
read_only_disk(void **state)
{
	on_disk(*state, on_read_only_disk);
}

/* The disk's last space goes to another file while a helper starts. */
static int
log_lost_on_full_disk(const struct statebox *p)
{
	char cause[STORE_CAUSE_MAX] = "";
	const struct store_key key = { "alice", "+12025550100", "one", "type",
		{ NULL } };
	struct store_row row;
	struct store *s = at_open(p->path, "boot", cause);

	if (s == NULL)
		return bad(__LINE__, "store_open", cause);
	store_close(s);
	unlink(p->wal);
	fill_disk(p);
	s = at_open(p->path, "boot", cause);
	if (s == NULL)
		return bad(__LINE__, "store_open", cause);
	if (at_claim(s, &key, METHOD_ALL, METHOD_SMS, 1, NOW, 15000, &row) !=
	    CLAIM_ERROR)
		return bad(__LINE__, "claim", "had room");
	if (strstr(store_cause(s), "disk is full: free") == NULL)
		return bad(__LINE__, "cause", store_cause(s));
	store_close(s);
	return 0;
}

static void
full_disk_without_log(void **state)
{
	on_disk(*state, log_lost_on_full_disk);
}

/* Takes what is free, at once, until it is killed. */
static pid_t
thief_start(const struct statebox *p)
{
	static const char block[4096];
	char path[128];
	pid_t pid = fork();
	int fd;

	if (pid != 0)
		return pid;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	snprintf(path, sizeof(path), "%s/thief", p->dir);
	fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
	if (fd < 0)
		_exit(1);
	for (;;)
		(void)!write(fd, block, sizeof(block));
}

static void
thief_end(pid_t pid)
{
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
}

/* Two a time at one state, each many times; how many failed. */
static int
logins_beside(const struct statebox *p, int from, int count)
{
	int failed = 0, status = 0;
	pid_t pid = fork();

	for (int i = 0; i < count && failed == 0; i++)
		failed += login(p, from + (pid == 0) * count + i);
	if (pid == 0)
		_exit(failed != 0);
	if (waitpid(pid, &status, 0) != pid || status != 0)
		failed++;
	return failed;
}

static int64_t
blocks_of(const char *path, const char *suffix)
{
	char name[128];
	struct stat st;

	snprintf(name, sizeof(name), "%s%s", path, suffix);
	return stat(name, &st) == 0 ? st.st_blocks : -1;
}

static int
beside_a_thief(const struct statebox *p)
{
	static const char *const suffixes[] = { "", "-wal", "-shm", "-room" };
	int64_t before[4];
	int failed = 0;
	pid_t thief;

	failed += login(p, 0);
	fill_disk(p);
	for (int i = 0; i < 4; i++)
		before[i] = blocks_of(p->path, suffixes[i]);
	thief = thief_start(p);
	failed += logins_beside(p, 1, 150);
	for (int i = 0; i < 4; i++)
		if (blocks_of(p->path, suffixes[i]) != before[i])
			failed += bad(__LINE__, suffixes[i], "other blocks");
	thief_end(thief);
	return failed;
}

/* Reads for a second, and keeps the log from beginning again. */
static pid_t
reader_start(const struct statebox *p)
{
	int ready[2];
	sqlite3 *db;
	char byte;
	pid_t pid;

	if (pipe(ready) != 0)
		return -1;
	pid = fork();
	if (pid != 0) {
		close(ready[1]);
		(void)!read(ready[0], &byte, 1);
		close(ready[0]);
		return pid;
	}
	if (sqlite3_open_v2(p->path, &db, SQLITE_OPEN_READWRITE, "twofa") !=
		SQLITE_OK ||
	    sqlite3_exec(db, "BEGIN; SELECT count(*) FROM send", NULL, NULL,
		NULL) != SQLITE_OK)
		_exit(1);
	(void)!write(ready[1], "r", 1);
	sleep(1);
	_exit(0);
}

/* Somebody was stopped while it read: the log may not grow out of its reserve
 * meanwhile. */
static int
beside_a_reader(const struct statebox *p)
{
	int failed = login(p, 0), status = 1;
	pid_t reader;

	fill_disk(p);
	reader = reader_start(p);
	for (int i = 1; i < 60 && failed == 0; i++)
		failed += login(p, i);
	if (waitpid(reader, &status, 0) != reader || status != 0)
		failed += bad(__LINE__, "reader", "failed");
	return failed;
}

/* The index of the log has no block where its zeros are: a program that only
 * looks at the length would be ended by SIGBUS. -room has some. */
static int
hole_in_index(const struct statebox *p)
{
	int failed = login(p, 0);

	if (truncate(p->shm, 0) != 0 || truncate(p->shm, 32768) != 0)
		return bad(__LINE__, "truncate", p->shm);
	fill_disk(p);
	failed += login(p, 1);
	if (blocks_of(p->path, "-shm") * 512 != 32768)
		failed += bad(__LINE__, "index", "has holes");
	return failed;
}

/* Space for a part of the state only: made, or refused with the remedy; and
 * made in full as soon as there is space. */
static int
made_with_little(const struct statebox *p, off_t space)
{
	char cause[STORE_CAUSE_MAX] = "", filler[128];
	struct store *s;
	struct stat st;
	int failed = 0;

	snprintf(filler, sizeof(filler), "%s/filler", p->dir);
	fill_disk(p);
	if (stat(filler, &st) != 0 || truncate(filler, st.st_size - space) != 0)
		return bad(__LINE__, "truncate", filler);
	s = at_open(p->path, "boot", cause);
	if (s == NULL && strstr(cause, "full: free some") == NULL &&
	    strstr(cause, "has space") == NULL)
		failed += bad(__LINE__, "cause", cause);
	store_close(s);
	unlink(filler);
	failed += login(p, 0);
	if (blocks_of(p->path, "-room") * 512 < 524288)
		failed += bad(__LINE__, "room", "is small");
	box_remove_files(p->path);
	return failed;
}

static int
nearly_full(const struct statebox *p)
{
	int failed = 0;

	for (off_t space = 0; space < 4000000 && failed == 0; space += 61440)
		failed += made_with_little(p, space);
	return failed;
}

static int64_t
number_of(const char *path, const char *text)
{
	sqlite3_stmt *st = NULL;
	int64_t value = -1;
	sqlite3 *db;

	if (sqlite3_open(path, &db) == SQLITE_OK &&
	    sqlite3_prepare_v2(db, text, -1, &st, NULL) == SQLITE_OK &&
	    sqlite3_step(st) == SQLITE_ROW)
		value = sqlite3_column_int64(st, 0);
	sqlite3_finalize(st);
	sqlite3_db_config(db, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, NULL);
	sqlite3_close(db);
	return value;
}

/* One message: 0 when counted, 1
 * when the disk is too full for it, 2 for anything else. */
static int
message(const struct statebox *p, int n)
{
	const struct limits_of_sends none = { .spend_day = -1,
		.spend_month = -1 };
	char cause[STORE_CAUSE_MAX] = "", user[32];
	const struct store_send_key key = { user, "+12025550100", "uid:7",
		false, CARRIED_NOT, false, false };
	struct store *s = at_open(p->path, "boot", cause);
	int64_t wait_s, id;
	const char *which;
	int result = 0;

	snprintf(user, sizeof(user), "user%d", n);
	if (s == NULL)
		return bad(__LINE__, "store_open", cause) + 1;
	if (at_send_take(s, &key, &none, 1790000000, &id, &wait_s, &which) !=
	    SEND_TAKEN) {
		result = strstr(store_cause(s), "disk is full: free") ? 1 : 2;
		/* what needs no more space works still */
		if (store_user_unlock(s, "user0") < 0)
			result = bad(__LINE__, "unlock", store_cause(s)) + 1;
	}
	store_close(s);
	return result;
}

/* What is reserved has an end, and there it is: refused with the remedy, and
 * with all that was counted. The log stays as it is, and is copied. */
static int
until_nothing_is_left(const struct statebox *p)
{
	int64_t before, rows;
	char filler[128];
	int n = 0, result;
	struct stat st;

	if (login(p, 0) != 0)
		return 1;
	fill_disk(p);
	before = blocks_of(p->path, "-wal");
	do
		result = message(p, ++n);
	while (result == 0 && n < 100000);
	fprintf(stderr, "on a full disk: %d messages\n", n - 1);
	if (result != 1 || n < 1000)
		return bad(__LINE__, "messages", "too few");
	for (int i = 0; i < 100; i++)
		if (message(p, n) != 1)
			return bad(__LINE__, "message", "not refused");
	if (blocks_of(p->path, "-wal") != before)
		return bad(__LINE__, "log", "has grown");
	rows = number_of(p->path, "SELECT count(*) FROM send");
	if (rows != n - 1)
		return bad(__LINE__, "rows", "lost");
	if (number_of(p->path,
		"SELECT count(*) = 1 FROM"
		" pragma_integrity_check"
		" WHERE integrity_check = 'ok'") != 1)
		return bad(__LINE__, "integrity", "lost");
	if (stat(p->path, &st) != 0 ||
	    st.st_size / 4096 < number_of(p->path, "PRAGMA page_count"))
		return bad(__LINE__, "file", "shorter than its pages");
	snprintf(filler, sizeof(filler), "%s/filler", p->dir);
	unlink(filler);
	return message(p, n);
}

/* The store of a broker, on a full disk. Returns the longest log, or -1. */
static int
broker_on_full_disk(const struct statebox *p, struct store **at)
{
	char cause[STORE_CAUSE_MAX] = "";
	const unsigned char binding[STORE_REMEMBERED_LEN] = "binding";
	struct store *s = *at = at_open(p->path, "boot", cause);
	int most = 0;
	int64_t before;

	if (s == NULL)
		return -bad(__LINE__, "store_open", cause);
	store_set_session(
	    s, &(struct store_session){ .host = STORE_HOST, .keys = p->dir });
	before = blocks_of(p->path, "-wal");
	fill_disk(p);
	for (int64_t n = 0; n < 500; n++) {
		if (WANT(s,
			at_remembered_put(s, "alice", binding, 1790000000 + n,
			    1790000060 + n) == 0) != 0)
			return -1;
		most = s->frames > most ? s->frames : most;
	}
	return blocks_of(p->path, "-wal") == before
	    ? most
	    : -bad(__LINE__, "log", "has grown");
}

/* A broker's log is longer, and no commit needs more of the disk either. */
static int
long_log(const struct statebox *p)
{
	struct store *s;
	const int most = broker_on_full_disk(p, &s);
	int failed = most < 1000 || most > 1080;

	failed += login(p, 0); /* of a helper beside it */
	store_close(s);
	return failed + login(p, 1);
}

/* Where the disk has no space for that, it is as short as a helper's. */
static int
short_log(const struct statebox *p)
{
	struct store *s;
	const int most = broker_on_full_disk(p, &s);

	store_close(s);
	return most < 200 || most > 280;
}

static void
log_of_a_broker(void **state)
{
	on_disk_of(*state, "size=8m,mode=0700", long_log);
}

static void
log_of_a_broker_on_a_small_disk(void **state)
{
	on_disk(*state, short_log);
}

static void
thief_of_space(void **state)
{
	on_disk(*state, beside_a_thief);
}

static void
reader_on_full_disk(void **state)
{
	on_disk(*state, beside_a_reader);
}

static void
made_on_a_nearly_full_disk(void **state)
{
	on_disk(*state, nearly_full);
}

static void
index_with_a_hole(void **state)
{
	on_disk(*state, hole_in_index);
}

static void
reserve_has_an_end(void **state)
{
	on_disk(*state, until_nothing_is_left);
}

#define TEST(f)                                                                \
	cmocka_unit_test_setup_teardown(f, box_set_up_empty, box_tear_down)

UNIT_TESTS(test_store_disk)
{
	const struct CMUnitTest tests[] = {
		TEST(full_disk_stops_no_login),
		TEST(full_disk_before_the_first),
		TEST(full_disk_without_log),
		TEST(read_only_disk),
		TEST(log_of_a_broker),
		TEST(log_of_a_broker_on_a_small_disk),
		TEST(thief_of_space),
		TEST(reader_on_full_disk),
		TEST(made_on_a_nearly_full_disk),
		TEST(index_with_a_hole),
		TEST(reserve_has_an_end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
