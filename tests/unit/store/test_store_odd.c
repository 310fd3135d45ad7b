/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What stands round the state goes away, fills up or changes under it: what is
 * only there for a full disk or for order may be missing, all else is refused
 * with its cause.
 */
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "helper/store/sqlite/sqlite.h"
#include "tests/seams/failcall.h"
#include "tests/support/statebox.h"
#include "tests/support/store_time.h"
#include "tests/support/unit_tests.h"

#define WALL INT64_C(1700000000)
#define NOW INT64_C(1000000)
#define ROOM_BYTES 524288 /* as sqlite_reserve.c has it */

static const unsigned char binding[STORE_REMEMBERED_LEN] = "binding";

/* It takes what is written to it, and gives it back. */
static void
works(struct store *s)
{
	static int64_t wall = WALL;

	wall++;
	assert_int_equal(
	    at_remembered_put(s, "alice", binding, wall, wall + 300), 0);
	assert_int_equal(at_remembered_get(s, "alice", binding, wall), 1);
	assert_int_equal(at_remembered_get(s, "alice", binding, wall - 1), 0);
}

static void
room_path(const struct statebox *b, char path[128])
{
	snprintf(path, 128, "%s-room", b->path);
}

static off_t
room_size(const struct statebox *b)
{
	char path[128];
	struct stat st;

	room_path(b, path);
	return lstat(path, &st) == 0 ? st.st_size : -1;
}

/* As at an opening. */
static void
reserve(struct store *s)
{
	struct sqlite_header header;

	assert_int_equal(sqlite_header_peek(s, &header), 0);
	sqlite_reserve_fill(s, &header);
}

/* The queue only orders. */
static void
no_queue(void **state)
{
	struct statebox *b = *state;

	sqlite_queue_close(b->s);
	works(b->s);
	sqlite_queue_close(b->s);
}

static void
queue_breaks(void **state)
{
	struct statebox *b = *state;
	const int fd = open("/dev/null", O_RDONLY | O_PATH | O_CLOEXEC);

	assert_true(fd >= 0);
	sqlite_queue_close(b->s);
	b->s->queue = fd; /* no lock on such a one: EBADF */
	works(b->s);
}

static void
room_is_made_again(void **state)
{
	struct statebox *b = *state;
	char path[128];

	room_path(b, path);
	assert_int_equal(room_size(b), ROOM_BYTES);
	assert_int_equal(unlink(path), 0);
	reserve(b->s);
	assert_int_equal(room_size(b), ROOM_BYTES);
}

/* Whoever puts a link there does not make us write elsewhere. */
static void
room_is_a_link(void **state)
{
	struct statebox *b = *state;
	char path[128], victim[96];
	struct stat st;
	int fd;

	room_path(b, path);
	snprintf(victim, sizeof(victim), "%s/victim", b->dir);
	fd = open(victim, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	assert_true(fd >= 0);
	close(fd);
	assert_int_equal(unlink(path), 0);
	assert_int_equal(symlink(victim, path), 0);
	reserve(b->s);
	assert_int_equal(stat(victim, &st), 0);
	assert_int_equal(st.st_size, 0);
	works(b->s);
	unlink(victim);
}

/* A file that may not grow, as on a full disk. */
static void
room_has_no_space(void **state)
{
	struct statebox *b = *state;
	struct rlimit before, small = { 8192, 8192 };
	char path[128];

	room_path(b, path);
	assert_int_equal(truncate(path, 0), 0);
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
	small.rlim_max = before.rlim_max;
	signal(SIGXFSZ, SIG_IGN);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
	reserve(b->s);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
	signal(SIGXFSZ, SIG_DFL);
	assert_int_equal(room_size(b), 8192);
	works(b->s);
	reserve(b->s);
	assert_int_equal(room_size(b), ROOM_BYTES);
}

/* Nearly all of the pages that are kept free. */
static void
use_pages(const struct statebox *b)
{
	box_sql(b, "CREATE TABLE other(filler BLOB)");
	box_sql(b,
	    "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n"
	    " WHERE i < 200) INSERT INTO other SELECT randomblob(4000) FROM n");
	assert_true(box_sql(b, "PRAGMA freelist_count") < 128);
}

static void
pages_are_made_again(void **state)
{
	struct statebox *b = *state;

	use_pages(b);
	reserve(b->s);
	assert_true(box_sql(b, "PRAGMA freelist_count") >= 128);
	works(b->s);
}

/* Each call of it fails once: it is left, and nothing stays half done. */
static void
pages_cannot_be_made(void **state)
{
	struct statebox *b = *state;
	struct sqlite_header header;
	bool more = true;

	use_pages(b);
	for (long nth = 1; more; nth++) {
		assert_int_equal(sqlite_header_peek(b->s, &header), 0);
		failcall_arm(nth, false);
		sqlite_reserve_fill(b->s, &header);
		failcall_stop();
		more = failcall_name()[0] != '\0';
		assert_true(sqlite3_get_autocommit(b->s->db) != 0 ||
		    strcmp(failcall_name(), "ROLLBACK") == 0);
		sqlite_rollback(b->s);
		works(b->s);
		assert_true(nth < 400);
	}
	assert_true(box_sql(b, "PRAGMA freelist_count") >= 128);
}

static void
log_cannot_be_settled(void **state)
{
	struct statebox *b = *state;
	bool more = true;

	for (long nth = 1; more; nth++) {
		b->s->frames = 200;
		failcall_arm(nth, false);
		sqlite_reserve_restart_wal(b->s);
		failcall_stop();
		more = failcall_name()[0] != '\0';
		sqlite_rollback(b->s);
		works(b->s);
		assert_true(nth < 20);
	}
}

/* A broker ends with a log that is too long for a helper: each that starts
 * reads all of it. */
static void
broker_leaves_a_short_log(void **state)
{
	struct statebox *b = *state;

	store_set_session(b->s,
	    &(struct store_session){ .host = STORE_HOST, .keys = b->dir });
	while (b->s->frames < 300)
		works(b->s);
	store_close(b->s);
	b->s = box_open(b);
	works(b->s);
	assert_in_range(b->s->frames, 1, 60);
}

/* Another helper changes the database's kind of log at that moment. */
static void
log_is_busy(void **state)
{
	struct statebox *b = *state;

	failcall_arm(2, false); /* the step of PRAGMA: SQLITE_BUSY */
	assert_int_equal(sqlite_reserve_enable_wal(b->s), 0);
	failcall_stop();
	assert_string_equal(failcall_name(), "sqlite3_step");
	assert_non_null(strstr(b->s->cause, "locked for"));
	works(b->s);
}

/* SQLite says so in the same way for a file system without shared memory. */
static void
no_shared_log(void **state)
{
	struct store s = { .path = "/nowhere/state.db", .queue = -1 };

	(void)state;
	assert_int_equal(sqlite3_open(":memory:", &s.db), SQLITE_OK);
	assert_int_equal(sqlite_reserve_enable_wal(&s), -1);
	assert_non_null(strstr(s.cause, "no shared memory"));
	assert_non_null(strstr(s.cause, "local disk"));
	sqlite3_close(s.db);
}

/* Between our look at the version and our turn to write, a newer helper raises
 * it. */
static int
raise_it(unsigned type, void *ctx, void *st, void *text)
{
	(void)type, (void)st;
	if (strcmp(text, "BEGIN IMMEDIATE") == 0)
		box_sql(ctx, "PRAGMA user_version = 99");
	return 0;
}

static void
newer_helper_at_the_same_moment(void **state)
{
	struct statebox *b = *state;
	struct sqlite_header header;

	box_sql(b, "PRAGMA user_version = 18");
	assert_int_equal(
	    sqlite3_trace_v2(b->s->db, SQLITE_TRACE_STMT, raise_it, b),
	    SQLITE_OK);
	assert_int_equal(sqlite_schema_upgrade(b->s, &header), -1);
	sqlite3_trace_v2(b->s->db, 0, NULL, NULL);
	assert_non_null(strstr(b->s->cause, "newer version (schema 99)"));
	assert_int_equal(box_sql(b, "PRAGMA user_version"), 99);
}

static void
no_descriptor_left(void **state)
{
	struct statebox *b = *state;
	struct rlimit before, none;
	char path[128], cause[STORE_CAUSE_MAX] = "";
	struct store *s;

	snprintf(path, sizeof(path), "%s/new.db", b->dir);
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &before), 0);
	none = (struct rlimit){ 0, before.rlim_max };
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &none), 0);
	s = at_open(path, BOX_BOOT, cause);
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &before), 0);
	assert_null(s);
	assert_non_null(strstr(cause, "new.db: cannot be made: Too many"));
}

/* Two users with one address: the second has no code sent there. */
static void
number_of_another(void **state)
{
	struct statebox *b = *state;
	const struct store_key one = { .user = "alice",
		.receiver = "both@example.org",
		.provider = "vonage",
		.type = "vonage-verify-v2" };
	const struct store_key two = { .user = "bob",
		.receiver = "+447700900123",
		.provider = "vonage",
		.type = "vonage-verify-v2" };
	struct store_started to = { .request_id = "r",
		.method = METHOD_EMAIL,
		.life_ms = 300000,
		.number = one.receiver };
	struct store_row row;

	assert_int_equal(
	    at_claim(b->s, &one, METHOD_ALL, METHOD_EMAIL, 1, NOW, 60000, &row),
	    CLAIM_NEW);
	assert_int_equal(
	    at_claim(b->s, &two, METHOD_ALL, METHOD_SMS, 2, NOW, 60000, &row),
	    CLAIM_NEW);
	assert_int_equal(
	    store_number_is_unclaimed(b->s, row.id, one.receiver), 0);
	to.id = row.id;
	assert_int_equal(at_started_so(b->s, 2, NOW, &to), STORE_CLASH);
	assert_non_null(strstr(b->s->cause, "another verification has that"));
	to.number = "b@example.org";
	assert_int_equal(at_started_so(b->s, 2, NOW, &to), 0);
	works(b->s);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, box_set_up, box_tear_down)

UNIT_TESTS(test_store_odd)
{
	const struct CMUnitTest tests[] = {
		TEST(no_queue),
		TEST(queue_breaks),
		TEST(room_is_made_again),
		TEST(room_is_a_link),
		TEST(room_has_no_space),
		TEST(pages_are_made_again),
		TEST(pages_cannot_be_made),
		TEST(log_cannot_be_settled),
		TEST(broker_leaves_a_short_log),
		TEST(log_is_busy),
		TEST(no_shared_log),
		TEST(newer_helper_at_the_same_moment),
		TEST(no_descriptor_left),
		TEST(number_of_another),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
