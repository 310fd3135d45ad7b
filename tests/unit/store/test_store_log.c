/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The write-ahead log of a broker: a transaction in one write, whole or not at
 * all, also where SQLite writes a frame a second time.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "helper/store/sqlite/sqlite.h"
#include "tests/support/plain_claims.h"
#include "tests/support/statebox.h"
#include "tests/support/store_time.h"
#include "tests/support/unit_tests.h"

static int writes, fails_at; /* 0: never */

static ssize_t
counted_pwrite(int fd, const void *data, size_t len, off_t at)
{
	if (++writes == fails_at) {
		errno = ENOSPC;
		return -1;
	}
	return pwrite(fd, data, len, at);
}

static void
become_broker(const struct statebox *b)
{
	store_set_session(b->s,
	    &(struct store_session){ .host = STORE_HOST, .keys = b->dir });
}

static int
set_up(void **state)
{
	sqlite3_vfs *vfs = sqlite3_vfs_find(NULL);
	int result = box_set_up(state);
	struct statebox *b = *state;

	vfs->xSetSystemCall(vfs, "pwrite", (sqlite3_syscall_ptr)counted_pwrite);
	vfs->xSetSystemCall(
	    vfs, "pwrite64", (sqlite3_syscall_ptr)counted_pwrite);
	become_broker(b);
	writes = fails_at = 0;
	return result;
}

static int
remember(struct store *s, int n)
{
	unsigned char binding[STORE_REMEMBERED_LEN] = { (unsigned char)n };

	return at_remembered_put(
	    s, "alice", binding, 1790000000 + n, 1790000060 + n);
}

static int64_t
remembered(const struct statebox *b)
{
	return box_sql(b, "SELECT count(*) FROM grace");
}

static void
one_write_for_a_transaction(void **state)
{
	struct statebox *b = *state;

	for (int n = 1; n <= 50; n++) {
		const int before = b->s->frames;

		assert_int_equal(remember(b->s, n), 0);
		assert_int_equal(writes, n);
		assert_true(n == 1 || b->s->frames > before + 1);
	}
	assert_int_equal(remembered(b), 50);
	assert_int_equal(store_sync(b->s), 0);
	assert_int_equal(writes, 50);
}

/* The disk is full at that write: nothing of it is there, and the next one
 * works. */
static void
a_write_that_fails(void **state)
{
	struct statebox *b = *state;

	assert_int_equal(remember(b->s, 1), 0);
	fails_at = 2;
	assert_int_equal(remember(b->s, 2), -1);
	assert_non_null(strstr(store_cause(b->s), "full"));
	assert_int_equal(remembered(b), 1);
	assert_int_equal(remember(b->s, 3), 0);
	assert_int_equal(remember(b->s, 4), 0);
	assert_int_equal(remembered(b), 3);
}

/* Frames that were written and not committed are written over. */
static void
a_transaction_that_is_given_up(void **state)
{
	struct statebox *b = *state;

	for (int n = 1; n <= 40; n++) {
		assert_int_equal(sqlite_write_begin_nosync(b->s), 0);
		assert_int_equal(
		    sqlite_run(b->s,
			"PRAGMA cache_size = 10; CREATE TABLE x(a);"
			"WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT"
			" i + 1 FROM n WHERE i < 90)"
			" INSERT INTO x SELECT zeroblob(4000) FROM n"),
		    0);
		sqlite_rollback(b->s);
		assert_int_equal(remember(b->s, n), 0);
		assert_int_equal(remembered(b), n);
	}
}

/* More pages than the cache has are written before the end, some of them again,
 * so that SQLite corrects the frames behind them; then the process is
 * killed. */
static void
killed_behind_a_long_one(void **state)
{
	struct statebox *b = *state;
	int status;
	pid_t pid;

	store_close(b->s);
	b->s = NULL;
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		b->s = box_open(b);
		become_broker(b);
		if (sqlite_write_begin_nosync(b->s) != 0 ||
		    sqlite_run(b->s,
			"PRAGMA cache_size = 10; CREATE TABLE x(a);"
			"WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT"
			" i + 1 FROM n WHERE i < 90)"
			" INSERT INTO x SELECT zeroblob(4000) FROM n;"
			"UPDATE x SET a = randomblob(4000)") != 0 ||
		    sqlite_commit(b->s) != 0)
			_exit(BOX_FAILED);
		_exit(0); /* without closing it */
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	/* who comes next recovers the index from the log alone */
	assert_int_equal(unlink(b->shm), 0);
	b->s = box_open(b);
	assert_non_null(b->s);
	assert_int_equal(
	    box_sql(b, "SELECT count(*) FROM x WHERE a <> zeroblob(4000)"), 90);
	assert_int_equal(box_sql(b,
			     "SELECT integrity_check = 'ok'"
			     " FROM pragma_integrity_check LIMIT 1"),
	    1);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, box_tear_down)

UNIT_TESTS(test_store_log)
{
	const struct CMUnitTest tests[] = {
		TEST(one_write_for_a_transaction),
		TEST(a_write_that_fails),
		TEST(a_transaction_that_is_given_up),
		TEST(killed_behind_a_long_one),
	};

	return cmocka_run_group_tests_name("store log", tests, NULL, NULL);
}
