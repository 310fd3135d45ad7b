/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Many helpers at one state file: every step has exactly one winner, and
 * nobody is turned away by a lock.
 */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <setjmp.h>
#include <signal.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>
#include <sqlite3.h>

#include "helper/store/store.h"
#include "lib/wire/wire.h"
#include "tests/support/plain_claims.h"
#include "tests/support/statebox.h"
#include "tests/support/store_time.h"
#include "tests/support/unit_tests.h"

#define LOGINS 20
#define COMES_AGAIN 30
/* Where the log is this large (WAL_HUGE in sqlite_reserve.c), whoever writes
 * waits for readers. Until then a machine that does not let them run may keep
 * it growing; one transaction of each helper may come on top. A log that never
 * began again would have four times as much. */
#define LOG_BOUND (12 << 20)
#define NOW INT64_C(1000000)
#define ERRORS 100 /* exit status of a child that failed */

struct place {
	char dir[64], path[96];
	int64_t row;
	int patience; /* how often a helper comes again */
};

static const struct store_key key = { "alice", "+12025550100", "one", "type",
	{ NULL } };

static int
set_up(void **state)
{
	struct place *p = calloc(1, sizeof(*p));

	assert_non_null(p);
	p->patience = box_remote ? COMES_AGAIN : 1;
	*state = p;
	if (box_remote) {
		snprintf(p->path, sizeof(p->path), "%s", postgres_empty());
		return 0;
	}
	snprintf(p->dir, sizeof(p->dir), "/tmp/twofa-parallel.XXXXXX");
	assert_non_null(mkdtemp(p->dir));
	snprintf(p->path, sizeof(p->path), "%s/state.db", p->dir);
	return 0;
}

static int
tear_down(void **state)
{
	struct place *p = *state;

	if (!box_remote) {
		box_remove_files(p->path);
		rmdir(p->dir);
	}
	free(p);
	return 0;
}

static struct store *
open_quietly(const struct place *p)
{
	char cause[STORE_CAUSE_MAX] = "";
	struct store *s = at_open(p->path, "boot", cause);

	if (s == NULL)
		fprintf(stderr, "%s\n", cause);
	return s;
}

/* What one helper does; its value, below ERRORS, is counted. */
typedef int (*helper_fn)(struct store *, const struct place *, int n);

/* Nothing was done: a server that a starved machine does not let run gives up
 * after 5 s of locks. */
static bool
busy(const struct store *s)
{
	return store_failure(s) == STORE_BUSY;
}

static void
child(const struct place *p, helper_fn body, int n, int gate)
{
	struct store *s = NULL;
	char byte;
	int value;

	/* until the parent closes its end: all at once */
	if (read(gate, &byte, 1) != 0)
		_exit(ERRORS);
	for (int i = 0; s == NULL && i < p->patience; i++)
		s = open_quietly(p);
	if (s == NULL)
		_exit(ERRORS);
	value = body(s, p, n);
	for (int i = 1; value == ERRORS && busy(s) && i < p->patience; i++)
		value = body(s, p, n);
	if (value == ERRORS)
		fprintf(stderr, "%s\n", store_cause(s));
	store_close(s);
	_exit(value);
}

/* Run it in BOX_CROWD processes at once; count[v] is how often v came out. None
 * has to tell the server the time, over a connection of its own: it is told
 * what box_try will say. */
static void
all_at_once(const struct place *p, helper_fn body, unsigned count[256])
{
	pid_t pid[BOX_CROWD];
	int gate[2], status;

	memset(count, 0, 256 * sizeof(*count));
	store_time_now(NOW);
	store_time_wall(1);
	assert_int_equal(pipe(gate), 0);
	for (int i = 0; i < BOX_CROWD; i++) {
		pid[i] = fork();
		assert_true(pid[i] >= 0);
		if (pid[i] == 0) {
			close(gate[1]);
			child(p, body, i, gate[0]);
		}
	}
	close(gate[0]);
	close(gate[1]);
	for (int i = 0; i < BOX_CROWD; i++) {
		assert_int_equal(waitpid(pid[i], &status, 0), pid[i]);
		assert_true(WIFEXITED(status));
		count[WEXITSTATUS(status)]++;
	}
}

static int
do_claim(struct store *s, const struct place *p, int n)
{
	struct store_row row;
	/* a server has one clock for all */
	const int64_t now = box_remote ? NOW : NOW + n % 7;
	enum store_claim c =
	    at_claim(s, &key, METHOD_ALL, METHOD_SMS, n + 1, now, 15000, &row);

	(void)p;
	return c == CLAIM_ERROR ? ERRORS : (int)c;
}

static int
do_try(struct store *s, const struct place *p, int n)
{
	struct store_row row;
	enum store_try t = box_try(s, p->row, 3, NOW, &row);

	(void)n;
	return t == TRY_ERROR ? ERRORS : (int)t;
}

static int
do_consume(struct store *s, const struct place *p, int n)
{
	int won = plain_finish(s, p->row, "req-1");

	(void)n;
	return won < 0 ? ERRORS : won;
}

static int
do_replace(struct store *s, const struct place *p, int n)
{
	int held = at_replace(s, p->row, n + 1, "req-1", false, NOW);

	return held < 0 ? ERRORS : held;
}

/* A try that is always refunded: the count must come out even. */
static int
do_try_and_refund(struct store *s, const struct place *p, int n)
{
	struct store_row row;
	int left = p->patience;

	(void)n;
	if (box_try(s, p->row, 1000, NOW, &row) != TRY_COUNTED)
		return ERRORS;
	while (left-- > 0) {
		if (store_row_refund_try(s, p->row, "req-1", NULL) == 0)
			return 1;
		if (!busy(s))
			break;
	}
	fprintf(stderr, "%s\n", store_cause(s));
	return 0;
}

/* The whole way of a login with a number of its own. */
static int
do_login(struct store *s, const struct place *p, int n)
{
	char number[32], user[32], id[32];
	const struct store_key own = { user, number, "one", "type", { NULL } };
	struct store_row row;

	(void)p;
	snprintf(number, sizeof(number), "+120%07d", n);
	snprintf(user, sizeof(user), "user%d", n);
	snprintf(id, sizeof(id), "req-%d", n);
	if (at_claim(s, &own, METHOD_ALL, METHOD_SMS, n + 1, NOW, 15000,
		&row) != CLAIM_NEW ||
	    at_started(
		s, row.id, n + 1, id, METHOD_SMS, NOW, NOW + 300000, 0) != 0 ||
	    box_try(s, row.id, 3, NOW, &row) != TRY_COUNTED ||
	    strcmp(row.request_id, id) != 0)
		return ERRORS;
	return plain_finish(s, row.id, id) == 1 ? 1 : ERRORS;
}

/* What was begun before the server was busy is left: another number. */
static int
do_own_login(struct store *s, const struct place *p, int n)
{
	int result = do_login(s, p, n);

	for (int i = 1; result == ERRORS && busy(s) && i < p->patience; i++)
		result = do_login(s, p, n + i * BOX_CROWD);
	return result;
}

/* One login as a helper of its own. On a machine that starves it may be turned
 * away, as others do not let it have its turn: then it comes again. */
static int
do_patient_login(const struct place *p, int n)
{
	int result = ERRORS;

	for (int i = 0; i < p->patience && result == ERRORS; i++) {
		char cause[STORE_CAUSE_MAX] = "";
		struct store *s = at_open(p->path, "boot", cause);

		if (s != NULL)
			result = do_login(s, p, n + i * BOX_CROWD * LOGINS);
		store_close(s);
	}
	return result;
}

static int
do_logins(struct store *s, const struct place *p, int n)
{
	int result = 1;

	(void)s;
	for (int i = 0; i < LOGINS && result == 1; i++)
		result = do_patient_login(p, n + i * BOX_CROWD);
	return result;
}

/* A row that session 1 started, running; its id goes to p->row. */
static void
start_row(struct place *p)
{
	struct store *s = open_quietly(p);
	struct store_row row;

	assert_non_null(s);
	assert_int_equal(
	    at_claim(s, &key, METHOD_ALL, METHOD_SMS, 1, NOW, 15000, &row),
	    CLAIM_NEW);
	assert_int_equal(
	    at_started(s, row.id, 1, "req-1", METHOD_SMS, NOW, NOW + 300000, 0),
	    0);
	p->row = row.id;
	store_close(s);
}

static void
one_claim_is_new(void **state)
{
	struct place *p = *state;
	unsigned count[256];

	/* the file is not there: they make it, too */
	all_at_once(p, do_claim, count);
	assert_int_equal(count[CLAIM_NEW], 1);
	assert_int_equal(count[CLAIM_WAIT], BOX_CROWD - 1);
}

static void
all_join(void **state)
{
	struct place *p = *state;
	struct store_row row;
	unsigned count[256];
	struct store *s;

	start_row(p);
	all_at_once(p, do_claim, count);
	assert_int_equal(count[CLAIM_JOINED], BOX_CROWD);
	s = open_quietly(p);
	assert_non_null(s);
	assert_int_equal(box_try(s, p->row, 3, NOW, &row), TRY_COUNTED);
	store_close(s);
	/* session 1 is the one that started it */
	assert_int_equal(row.joined, BOX_CROWD - 1);
}

static void
tries_stop_at_the_limit(void **state)
{
	struct place *p = *state;
	unsigned count[256];

	start_row(p);
	all_at_once(p, do_try, count);
	assert_int_equal(count[TRY_COUNTED], 3);
	assert_int_equal(count[TRY_FULL], BOX_CROWD - 3);
}

static void
refunds_come_out_even(void **state)
{
	struct place *p = *state;
	struct store_row row;
	unsigned count[256];
	struct store *s;

	start_row(p);
	all_at_once(p, do_try_and_refund, count);
	assert_int_equal(count[1], BOX_CROWD);
	s = open_quietly(p);
	assert_non_null(s);
	assert_int_equal(box_try(s, p->row, 3, NOW, &row), TRY_COUNTED);
	store_close(s);
	assert_int_equal(row.tries, 1);
}

static void
one_is_let_in(void **state)
{
	struct place *p = *state;
	unsigned count[256];

	start_row(p);
	all_at_once(p, do_consume, count);
	assert_int_equal(count[1], 1);
	assert_int_equal(count[0], BOX_CROWD - 1);
}

static void
one_replaces(void **state)
{
	struct place *p = *state;
	unsigned count[256];

	start_row(p);
	all_at_once(p, do_replace, count);
	assert_int_equal(count[1], 1);
	assert_int_equal(count[0], BOX_CROWD - 1);
}

static void
own_numbers_do_not_meet(void **state)
{
	struct place *p = *state;
	unsigned count[256];

	all_at_once(p, do_own_login, count);
	assert_int_equal(count[1], BOX_CROWD);
}

/* Somebody reads all the time; the log begins again nevertheless. */
static void
log_stays_small(void **state)
{
	struct place *p = *state;
	unsigned count[256];
	char wal[128];
	struct stat st;

	p->patience = COMES_AGAIN;
	all_at_once(p, do_logins, count);
	assert_int_equal(count[1], BOX_CROWD);
	snprintf(wal, sizeof(wal), "%s-wal", p->path);
	assert_int_equal(stat(wal, &st), 0);
	assert_in_range(st.st_size, 1, LOG_BOUND);
}

/* A child that holds the write lock, with a page already changed on the disk.
 * Returns when it holds it; the child waits for the gate to close. */
static pid_t
lock_holder(const struct place *p, int gate[2])
{
	static const char change[] =
	    "PRAGMA cache_size = 1; BEGIN EXCLUSIVE;"
	    "UPDATE reserve SET filler = randomblob(4000);"
	    "UPDATE verification SET tries = 77";
	int ready[2];
	char byte = 'r';
	sqlite3 *db;
	pid_t pid;

	assert_int_equal(pipe(gate), 0);
	assert_int_equal(pipe(ready), 0);
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		close(gate[1]);
		if (sqlite3_open(p->path, &db) != SQLITE_OK ||
		    sqlite3_exec(db, change, NULL, NULL, NULL) != SQLITE_OK ||
		    write(ready[1], &byte, 1) != 1)
			_exit(ERRORS);
		if (read(gate[0], &byte, 1) != 0)
			_exit(ERRORS);
		sqlite3_exec(db, "ROLLBACK", NULL, NULL, NULL);
		_exit(0);
	}
	close(gate[0]);
	close(ready[1]);
	assert_int_equal(read(ready[0], &byte, 1), 1);
	close(ready[0]);
	return pid;
}

static void
killed_in_the_middle(void **state)
{
	struct place *p = *state;
	struct store_row row;
	struct store *s;
	int gate[2], status;
	pid_t pid;

	start_row(p);
	pid = lock_holder(p, gate);
	assert_int_equal(kill(pid, SIGKILL), 0);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFSIGNALED(status));
	close(gate[1]);
	s = open_quietly(p);
	assert_non_null(s);
	assert_int_equal(box_try(s, p->row, 3, NOW, &row), TRY_COUNTED);
	assert_int_equal(row.tries, 1);
	assert_int_equal(plain_finish(s, p->row, "req-1"), 1);
	store_close(s);
}

static void
lock_held_for_ever(void **state)
{
	struct place *p = *state;
	struct store_row row;
	struct store *s;
	int gate[2], status;
	int64_t began;
	pid_t pid;

	start_row(p);
	s = open_quietly(p);
	assert_non_null(s);
	pid = lock_holder(p, gate);
	began = frame_clock_ms();
	store_set_deadline(began + 3000);
	assert_int_equal(box_try(s, p->row, 3, NOW, &row), TRY_ERROR);
	assert_in_range(frame_clock_ms() - began, 2000, 20000);
	store_set_deadline(0);
	assert_non_null(strstr(store_cause(s), "locked"));
	assert_non_null(strstr(store_cause(s), "end the program"));
	close(gate[1]);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	/* the handle goes on */
	assert_int_equal(box_try(s, p->row, 3, NOW, &row), TRY_COUNTED);
	assert_int_equal(row.tries, 1);
	store_close(s);
}

static void
lock_given_back(void **state)
{
	struct place *p = *state;
	int gate[2], status;
	pid_t holder, waiter;
	struct store *s;

	start_row(p);
	holder = lock_holder(p, gate);
	waiter = fork();
	assert_true(waiter >= 0);
	if (waiter == 0) {
		close(gate[1]);
		s = open_quietly(p);
		_exit(s == NULL ? ERRORS : do_consume(s, p, 0));
	}
	close(gate[1]);
	assert_int_equal(waitpid(waiter, &status, 0), waiter);
	assert_int_equal(WEXITSTATUS(status), 1);
	assert_int_equal(waitpid(holder, &status, 0), holder);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)
#define FILE_TEST(f) BOX_FILE_TEST(f, set_up, tear_down)

BOX_TESTS(test_store_parallel)
{
	const struct CMUnitTest tests[] = {
		TEST(one_claim_is_new),
		TEST(all_join),
		TEST(tries_stop_at_the_limit),
		TEST(refunds_come_out_even),
		TEST(one_is_let_in),
		TEST(one_replaces),
		TEST(own_numbers_do_not_meet),
		FILE_TEST(log_stays_small),
		FILE_TEST(killed_in_the_middle),
		FILE_TEST(lock_held_for_ever),
		FILE_TEST(lock_given_back),
	};

	return BOX_RUN(tests);
}
