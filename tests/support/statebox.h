/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A folder with a state file of its own for a unit test. Include after
 * <cmocka.h>.
 */
#ifndef TWOFA_TEST_STATEBOX_H
#define TWOFA_TEST_STATEBOX_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>
#include <sqlite3.h>

#include "helper/store/store.h"
#include "tests/support/state/first_state.h"
#include "tests/support/state/postgres.h"
#include "tests/support/store_time.h"
#include "tests/support/unit_tests.h"

#define BOX_BOOT "0f9d1b5e-boot"
#define BOX_FAILED 100 /* exit status of a child that failed */

/* Which engine the tests of box_run are at. */
extern bool box_remote;

/* From here on the tests are at PostgreSQL, in this file's database, empty and
 * with a clock that the tests set: its URL. */
const char *box_to_postgres(void);

struct statebox {
	char dir[64], path[96], wal[112], shm[112];
	struct store *s; /* NULL: not open */
};

/* The box's state at PostgreSQL as that host opens it, with that fleet key. A
 * host of a stolen password is no other one; "local" is an administrator. */
struct store *box_store_of(
    const struct statebox *, const char *host, const unsigned char *key);
/* The fleet has this key from then on. */
void box_use_fleet_key(const unsigned char *key);
/* Its only hosts are web01 and web02, no administrators and without the right
 * to enrol; no record is there. */
void box_make_fleet(const unsigned char *key);
/* In place of the user's record, sealed, as if by had written it long ago. */
void box_put_record(const unsigned char *key, const char *user,
    const char *text, const char *by);

/* Everything that a store may leave beside its file. */
static inline void
box_remove_files(const char *path)
{
	static const char *const suffixes[] = { "", "-wal", "-shm", "-journal",
		"-room" };
	static const char *const others[] = { "host.key", "latency" };
	char name[160];

	for (size_t i = 0; i < sizeof(suffixes) / sizeof(*suffixes); i++) {
		snprintf(name, sizeof(name), "%s%s", path, suffixes[i]);
		unlink(name);
	}
	for (size_t i = 0; i < sizeof(others) / sizeof(*others); i++) {
		snprintf(name, sizeof(name), "%.*s/%s",
		    (int)(strrchr(path, '/') - path), path, others[i]);
		unlink(name);
	}
}

static inline struct store *
box_open(const struct statebox *b)
{
	char cause[STORE_CAUSE_MAX] = "";
	struct store *s = at_open(b->path, BOX_BOOT, cause);

	if (s == NULL)
		fprintf(stderr, "%s\n", cause);
	return s;
}

/* The same in another boot of the machine; it cannot fail. */
static inline struct store *
box_open_at(const struct statebox *b, const char *boot)
{
	char cause[STORE_CAUSE_MAX] = "";
	struct store *s = at_open(b->path, boot, cause);

	if (s == NULL)
		fail_msg("%s", cause);
	return s;
}

/* A folder without a state. */
static inline int
box_set_up_empty(void **state)
{
	struct statebox *b = calloc(1, sizeof(*b));

	assert_non_null(b);
	if (box_remote) {
		snprintf(b->path, sizeof(b->path), "%s", postgres_empty());
		snprintf(b->dir, sizeof(b->dir), "%s", postgres_keys());
		*state = b;
		return 0;
	}
	snprintf(b->dir, sizeof(b->dir), "/tmp/twofa-state.XXXXXX");
	assert_non_null(mkdtemp(b->dir));
	snprintf(b->path, sizeof(b->path), "%s/state.db", b->dir);
	snprintf(b->wal, sizeof(b->wal), "%s-wal", b->path);
	snprintf(b->shm, sizeof(b->shm), "%s-shm", b->path);
	*state = b;
	return 0;
}

static inline int
box_set_up(void **state)
{
	struct statebox *b;

	box_set_up_empty(state);
	b = *state;
	if (!box_remote) {
		unsigned char key[HOST_KEY_LEN];

		/* who makes a state makes its key */
		first_state(b->path);
		assert_int_equal(host_key_read_shared(b->dir, NULL, key), 0);
	}
	b->s = box_open(b);
	assert_non_null(b->s);
	return 0;
}

static inline int
box_tear_down(void **state)
{
	struct statebox *b = *state;

	store_close(b->s);
	if (box_remote) {
		free(b);
		return 0;
	}
	box_remove_files(b->path);
	rmdir(b->dir);
	free(b);
	return 0;
}

/* A code is tried by a user whose own guesses lock nothing; what came of it. */
static inline enum store_try
box_try(struct store *s, int64_t id, unsigned limit, int64_t now,
    struct store_row *row)
{
	const struct limits_of_guesses limits = { 1000, 1000, 1, 0 };
	const struct store_attempt a = { "guesser", "192.0.2.0/24", &limits, id,
		limit, NULL };
	struct store_attempted out;

	/* so early that no other's old row is pruned */
	if (at_attempt(s, &a, 1, now, &out))
		(void)store_guess_refund(
		    s, &(struct store_counted){ a.user, a.source, &out.token });
	*row = out.row;
	return out.tried;
}

/* The same in the server, whose tables have the same names, but for a column
 * that is a word of SQL there. */
int64_t box_remote_sql(const char *text);

/* Run the tests at the embedded store, and again, but for those that are marked
 * box_file_only, at the one in PostgreSQL. */
extern char box_file_only[];
#define BOX_FILE_TEST(f, up, down)                                             \
	{                                                                      \
#f, f, up, down, box_file_only                                 \
	}
/* UNIT_TESTS of a file that uses BOX_RUN. */
#define BOX_TESTS(name)                                                        \
	__attribute__((constructor)) static void name##_shared(void)           \
	{                                                                      \
		unit_tests_before(postgres_share);                             \
	}                                                                      \
	UNIT_TESTS(name)
int box_run(const char *name, const struct CMUnitTest *, size_t count);
#define BOX_RUN(tests) box_run(#tests, tests, sizeof(tests) / sizeof(*(tests)))

/* As another program would: the first number of what it gives, or 0. */
static inline int64_t
box_sql(const struct statebox *b, const char *text)
{
	sqlite3_stmt *st = NULL;
	int64_t value = 0;
	sqlite3 *db;

	if (box_remote)
		return box_remote_sql(text);
	assert_int_equal(sqlite3_open(b->path, &db), SQLITE_OK);
	assert_int_equal(
	    sqlite3_db_config(db, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, NULL),
	    SQLITE_OK);
	if (sqlite3_prepare_v2(db, text, -1, &st, NULL) != SQLITE_OK)
		fail_msg("%s: %s", text, sqlite3_errmsg(db));
	if (sqlite3_step(st) == SQLITE_ROW)
		value = sqlite3_column_int64(st, 0);
	assert_int_equal(sqlite3_finalize(st), SQLITE_OK);
	sqlite3_close(db);
	return value;
}

/* How the nth process of many opens the state, where that is not box_open. */
extern struct store *(*box_child_open)(const struct statebox *, int n);

/* What one process of many does; its value, below BOX_FAILED, is counted. */
typedef int (*box_fn)(struct store *, const struct statebox *, int n);

/* Calls body again while the server says busy, whatever value stands for that,
 * up to a minute: nothing was done then. On a slow machine a store's own five
 * seconds are short for so many. */
static inline int
box_child_value(struct store *s, const struct statebox *b, box_fn body, int n)
{
	const time_t end = time(NULL) + 60;
	int value;

	do
		value = body(s, b, n);
	while (
	    box_remote && store_failure(s) == STORE_BUSY && time(NULL) < end);
	if (value == BOX_FAILED || (box_remote && store_failure(s) != 0))
		fprintf(stderr, "%s\n", store_cause(s));
	return value;
}

static inline void
box_child(const struct statebox *b, box_fn body, int n, int gate)
{
	struct store *s;
	char byte;
	int value;

	/* until the parent closes its end: all at once */
	if (read(gate, &byte, 1) != 0)
		_exit(BOX_FAILED);
	s = box_child_open != NULL ? box_child_open(b, n) : box_open(b);
	if (s == NULL)
		_exit(BOX_FAILED);
	value = box_child_value(s, b, body, n);
	store_close(s);
	_exit(value);
}

/* Below the 48 connections that one host may have at PostgreSQL (pg_contact.c).
 * A sanitizer's build looks for other faults than races, and its processes take
 * ten times as long. */
#ifdef __SANITIZE_ADDRESS__
#define BOX_CROWD 20
#else
#define BOX_CROWD 40
#endif

/* Run it in so many processes at once; count[v] is how often v came out. */
static inline void
box_all_at_once(
    const struct statebox *b, box_fn body, int processes, unsigned count[256])
{
	pid_t pid[64];
	int gate[2], status;

	memset(count, 0, 256 * sizeof(*count));
	assert_true(processes <= 64);
	assert_int_equal(pipe(gate), 0);
	for (int i = 0; i < processes; i++) {
		pid[i] = fork();
		assert_true(pid[i] >= 0);
		if (pid[i] == 0) {
			close(gate[1]);
			box_child(b, body, i, gate[0]);
		}
	}
	close(gate[0]);
	close(gate[1]);
	for (int i = 0; i < processes; i++) {
		assert_int_equal(waitpid(pid[i], &status, 0), pid[i]);
		assert_true(WIFEXITED(status));
		count[WEXITSTATUS(status)]++;
	}
}

#endif
