/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Files of older versions: they become new ones with what is in them, also
 * when many helpers come at once and when the first is killed on its way.
 */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <cmocka.h>

#include "helper/store/store_backend.h"
#include "helper/store/store_fleet.h"
#include "tests/support/plain_claims.h"
#include "tests/support/statebox.h"
#include "tests/support/store_time.h"
#include "tests/support/unit_tests.h"

#define NOW INT64_C(1000000)

#define WALL INT64_C(1700000000)
/* As a helper of 5cdfe7c3 made it, and alice's running code. */
static const char version_18[] =
    "PRAGMA page_size = 4096; PRAGMA journal_mode = WAL; BEGIN IMMEDIATE;"
    "CREATE TABLE verification( id INTEGER PRIMARY KEY AUTOINCREMENT,"
    " number TEXT NOT NULL, user TEXT NOT NULL, provider TEXT NOT NULL,"
    " boot TEXT NOT NULL, state TEXT NOT NULL, session INTEGER NOT NULL,"
    " holder INTEGER NOT NULL, request_id TEXT NOT NULL DEFAULT '',"
    " method INTEGER NOT NULL, began_at INTEGER NOT NULL, sent_at"
    " INTEGER NOT NULL, expires_at INTEGER NOT NULL, ends_at INTEGER NOT"
    " NULL, tries INTEGER NOT NULL DEFAULT 0, sends INTEGER NOT NULL"
    " DEFAULT 0, joined INTEGER NOT NULL DEFAULT 0, send INTEGER NOT"
    " NULL DEFAULT 0, verifier BLOB NOT NULL DEFAULT x'', type TEXT NOT"
    " NULL DEFAULT '', start_ms INTEGER NOT NULL DEFAULT 0, lasts_at"
    " INTEGER NOT NULL DEFAULT 0, host TEXT NOT NULL DEFAULT 'local',"
    " holder_host TEXT NOT NULL DEFAULT 'local', socket INTEGER NOT NULL"
    " DEFAULT 0);"
    "CREATE UNIQUE INDEX verification_number ON verification(number)"
    " WHERE state <> 'unknown';"
    "CREATE UNIQUE INDEX verification_request ON"
    " verification(request_id) WHERE request_id <> '';"
    "CREATE INDEX verification_any ON verification(number);"
    "CREATE INDEX verification_end ON verification(boot, ends_at);"
    "CREATE INDEX verification_spent ON verification(user) WHERE state"
    " = 'spent';"
    "CREATE TABLE send(id INTEGER PRIMARY KEY AUTOINCREMENT, at INTEGER"
    " NOT NULL, user TEXT NOT NULL, number TEXT NOT NULL, source TEXT"
    " NOT NULL, day INTEGER NOT NULL, price INTEGER NOT NULL, kind"
    " INTEGER NOT NULL DEFAULT 0, host TEXT NOT NULL DEFAULT 'local',"
    " verification INTEGER NOT NULL DEFAULT 0, answered INTEGER NOT NULL"
    " DEFAULT 0, scope TEXT NOT NULL DEFAULT '');"
    "CREATE INDEX send_at ON send(at);"
    "CREATE INDEX send_user ON send(user, at);"
    "CREATE INDEX send_number ON send(number, at);"
    "CREATE INDEX send_source ON send(source, at);"
    "CREATE INDEX send_host ON send(host, at);"
    "CREATE INDEX send_verification ON send(verification) WHERE"
    " verification <> 0;"
    "CREATE TABLE spend(day INTEGER NOT NULL, scope TEXT NOT NULL,"
    " price INTEGER NOT NULL, PRIMARY KEY(day, scope)) WITHOUT ROWID;"
    "CREATE TABLE guess(user TEXT NOT NULL, source TEXT NOT NULL, place"
    " TEXT NOT NULL DEFAULT '', scope TEXT NOT NULL DEFAULT '', series"
    " INTEGER NOT NULL, wrong INTEGER NOT NULL, locks INTEGER NOT NULL,"
    " locked_at INTEGER NOT NULL, until INTEGER NOT NULL, last INTEGER"
    " NOT NULL, refused INTEGER NOT NULL DEFAULT 0, PRIMARY KEY(user,"
    " source, place, scope)) WITHOUT ROWID;"
    "CREATE INDEX guess_last ON guess(last) WHERE source <> '';"
    "CREATE TABLE recovery(id INTEGER PRIMARY KEY, user TEXT NOT NULL,"
    " salt BLOB NOT NULL, hash BLOB NOT NULL, kind INTEGER NOT NULL"
    " DEFAULT 0, since INTEGER NOT NULL DEFAULT 0, until INTEGER NOT"
    " NULL DEFAULT 0, boot TEXT NOT NULL DEFAULT '', ends_at INTEGER NOT"
    " NULL DEFAULT 0, note TEXT NOT NULL DEFAULT '');"
    "CREATE INDEX recovery_user ON recovery(user);"
    "CREATE TABLE totp(user TEXT NOT NULL, secret BLOB NOT NULL, step"
    " INTEGER NOT NULL, source TEXT NOT NULL DEFAULT '', PRIMARY"
    " KEY(user, secret)) WITHOUT ROWID;"
    "CREATE INDEX totp_secret ON totp(secret, step);"
    "CREATE TABLE grace(user TEXT NOT NULL, binding BLOB NOT NULL, host"
    " TEXT NOT NULL, since INTEGER NOT NULL, until INTEGER NOT NULL,"
    " PRIMARY KEY(user, binding, host)) WITHOUT ROWID;"
    "CREATE INDEX grace_until ON grace(until);"
    "CREATE INDEX grace_since ON grace(since);"
    "CREATE TABLE passed_over(provider TEXT NOT NULL, host TEXT NOT"
    " NULL, boot TEXT NOT NULL, until INTEGER NOT NULL, PRIMARY"
    " KEY(provider, host)) WITHOUT ROWID;"
    "CREATE TABLE code_used(user TEXT NOT NULL, digest BLOB NOT NULL,"
    " until INTEGER NOT NULL, PRIMARY KEY(user, digest)) WITHOUT ROWID;"
    "CREATE INDEX code_used_until ON code_used(until);"
    "CREATE TABLE passed(user TEXT NOT NULL, service TEXT NOT NULL,"
    " method INTEGER NOT NULL, provider TEXT NOT NULL, host TEXT NOT"
    " NULL, at INTEGER NOT NULL, PRIMARY KEY(user, service, method,"
    " provider, host)) WITHOUT ROWID;"
    "CREATE TABLE used(verification INTEGER PRIMARY KEY, request_id"
    " TEXT NOT NULL, host TEXT NOT NULL, session INTEGER NOT NULL, boot"
    " TEXT NOT NULL, until INTEGER NOT NULL);"
    "CREATE INDEX used_end ON used(boot, until);"
    "CREATE INDEX send_scope ON send(scope) WHERE scope <> '';"
    "CREATE INDEX spend_scope ON spend(scope) WHERE scope <> '';"
    "CREATE INDEX guess_scope ON guess(scope) WHERE scope <> '';"
    "CREATE TABLE reserve(id INTEGER PRIMARY KEY, filler BLOB NOT"
    " NULL);"
    "CREATE TABLE answered_from(source TEXT NOT NULL, user TEXT NOT"
    " NULL, at INTEGER NOT NULL, PRIMARY KEY(source, user)) WITHOUT"
    " ROWID;"
    "CREATE INDEX answered_user ON answered_from(user);"
    "CREATE INDEX answered_at ON answered_from(at);"
    "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n"
    " WHERE i < 64) INSERT INTO reserve SELECT i, randomblob(4000) FROM n;"
    "PRAGMA application_id = 845570353; PRAGMA user_version = 18;"
    "INSERT INTO verification(id, number, user, provider, boot, state, session,"
    " holder, request_id, method, began_at, sent_at, expires_at, ends_at, "
    "tries,"
    " sends, type) VALUES(7, 'digest', 'alice', 'one', '" BOX_BOOT
    "', 'running', 1, 0, 'req-1', 1, 1000000, 1000000, 1300000, 1300000, 1, 1,"
    " 'vonage-verify'); COMMIT;";
/* What 19 and 21 changed, undone. */
static const char undo[] =
    "DROP TABLE enrolled; DROP INDEX send_source; DROP INDEX send_host;"
    "CREATE INDEX send_source ON send(source, at);"
    "CREATE INDEX send_host ON send(host, at); PRAGMA user_version = 18;";

static void
run_sql(const struct statebox *b, const char *sql)
{
	sqlite3 *db;

	umask(077); /* as the helper's */
	assert_int_equal(sqlite3_open(b->path, &db), SQLITE_OK);
	assert_int_equal(sqlite3_exec(db, sql, NULL, NULL, NULL), SQLITE_OK);
	sqlite3_db_config(db, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, NULL);
	sqlite3_close(db);
}

static void
make_old(struct statebox *b)
{
	store_close(b->s);
	b->s = NULL;
	box_remove_files(b->path);
	run_sql(b, version_18);
}

/* Alice's code goes on where it was. */
static void
is_new(const struct statebox *b)
{
	struct store *s = box_open(b);
	struct store_row row;

	assert_non_null(s);
	assert_int_equal(box_try(s, 7, 3, NOW, &row), TRY_COUNTED);
	assert_int_equal(row.tries, 2);
	assert_string_equal(row.request_id, "req-1");
	assert_int_equal(plain_totp_claim(s, "alice", NULL, 1), 1);
	assert_int_equal(plain_finish(s, 7, "req-1"), 1);
	store_close(s);
	assert_int_equal(box_sql(b, "PRAGMA user_version"), 24);
	assert_true(box_sql(b, "PRAGMA application_id") == 845570353);
	assert_int_equal(
	    box_sql(b, "SELECT journal_mode = 'wal' FROM pragma_journal_mode"),
	    1);
	assert_int_equal(box_sql(b,
			     "SELECT count(*) FROM sqlite_master"
			     " WHERE name = 'verification_request'"),
	    1);
}

static void
one_helper(void **state)
{
	struct statebox *b = *state;

	make_old(b);
	assert_int_equal(box_sql(b, "PRAGMA user_version"), 18);
	is_new(b);
}

/* 17, 19 and 21: the key could not be read when it was made. */
static void
without_its_key(void **state)
{
	struct statebox *b = *state;

	make_old(b);
	run_sql(b, "PRAGMA user_version = 17");
	is_new(b);
	run_sql(b, "DROP TABLE enrolled; PRAGMA user_version = 19");
	store_close(box_open(b));
	assert_int_equal(box_sql(b, "PRAGMA user_version"), 24);
	run_sql(b, "DROP TABLE enrolled; PRAGMA user_version = 20");
	store_close(box_open(b));
	assert_int_equal(box_sql(b, "SELECT count(*) FROM enrolled"), 0);
	run_sql(b, "PRAGMA user_version = 21");
	store_close(box_open(b));
	assert_int_equal(box_sql(b, "PRAGMA user_version"), 24);
}

/* Columns in their order, and what each index is of. */
static void
shape_of(const struct statebox *b, char *shape, size_t size)
{
	static const char sql[] =
	    "SELECT group_concat(line, char(10)) FROM (SELECT m.name || '.' ||"
	    " x.name || ' ' || x.type || x.\"notnull\" || x.pk ||"
	    " ifnull(x.dflt_value, '-') AS line FROM sqlite_master m,"
	    " pragma_table_xinfo(m.name) x WHERE m.type = 'table'"
	    " UNION ALL SELECT sql"
	    " FROM sqlite_master WHERE type = 'index' AND sql <> ''"
	    " ORDER BY 1)";
	sqlite3_stmt *st;
	sqlite3 *db;

	assert_int_equal(sqlite3_open(b->path, &db), SQLITE_OK);
	assert_int_equal(sqlite3_prepare_v2(db, sql, -1, &st, NULL), SQLITE_OK);
	assert_int_equal(sqlite3_step(st), SQLITE_ROW);
	snprintf(shape, size, "%s", sqlite3_column_text(st, 0));
	sqlite3_finalize(st);
	sqlite3_close(db);
}

static void
as_a_new_one(void **state)
{
	static char fresh[16384], raised[16384];
	struct statebox *b = *state;

	shape_of(b, fresh, sizeof(fresh));
	assert_non_null(strstr(fresh, "verification.socket INTEGER100"));
	make_old(b);
	store_close(box_open(b));
	shape_of(b, raised, sizeof(raised));
	assert_string_equal(raised, fresh);
}

static enum store_claim
claim(struct store *s, const char *user, const char *number, int64_t session,
    struct store_row *row)
{
	const struct store_key key = { user, number, "one", "vonage-verify",
		{ NULL } };

	return at_claim(
	    s, &key, METHOD_ALL, METHOD_SMS, session, NOW, 60000, row);
}

/* What it holds goes on, and nothing is used twice. */
static void
all_goes_on(void **state)
{
	static const unsigned char bytes[STORE_CODE_DIGEST] = "binding";
	static const char *const codes[] = { "ABCDEFGH234567AB" };
	static const struct limits_of_sends limits = {
		.number_day = 1, .price = 7, .spend_day = -1, .spend_month = -1
	};
	static const struct limits_of_guesses guesses = { 1, 30, 900, 0 };
	const struct store_send_key key = {
		.user = "eve", .counted_as = "+12025550199", .source = "uid:1"
	};
	struct statebox *b = *state;
	struct store_guess_token token;
	struct store_row row;
	int64_t id, wait_s;
	const char *which;
	unsigned left;

	assert_int_equal(
	    claim(b->s, "bob", "+12025550101", 79, &row), CLAIM_NEW);
	assert_int_equal(
	    at_send_take(b->s, &key, &limits, WALL, &id, &wait_s, &which),
	    SEND_TAKEN);
	assert_int_equal(at_guess_take(b->s, "eve", "uid:1", &guesses, WALL,
			     &token, &wait_s),
	    GUESS_OPEN);
	assert_int_equal(store_recovery_set(b->s, "alice", codes, 1, NULL), 0);
	assert_int_equal(plain_totp_claim(b->s, "dave", bytes, 1000), 1);
	assert_int_equal(at_code_claim(b->s, "authy:1", bytes, 60, WALL), 1);
	assert_int_equal(
	    at_remembered_put(b->s, "alice", bytes, WALL, WALL + 300), 0);
	store_close(b->s);
	run_sql(b, undo);
	b->s = box_open(b);
	assert_non_null(b->s);
	assert_int_equal(
	    claim(b->s, "bob", "+12025550101", 78, &row), CLAIM_WAIT);
	assert_int_equal(row.holder, 79);
	assert_int_equal(
	    claim(b->s, "eve", "+12025550101", 78, &row), CLAIM_OTHER);
	assert_int_equal(
	    at_send_take(b->s, &key, &limits, WALL, &id, &wait_s, &which),
	    SEND_WAIT);
	assert_string_equal(which, "sends_per_number_day");
	assert_int_equal(
	    at_guess_look(b->s, "eve", "uid:1", WALL, &wait_s), GUESS_LOCKED);
	assert_int_equal(wait_s, 900);
	assert_int_equal(plain_totp_claim(b->s, "dave", bytes, 1000), 0);
	assert_int_equal(at_code_claim(b->s, "authy:1", bytes, 60, WALL), 0);
	assert_int_equal(at_remembered_get(b->s, "alice", bytes, WALL), 1);
	assert_int_equal(
	    plain_recovery_claim(b->s, "alice", codes[0], &left), 1);
	assert_int_equal(
	    plain_recovery_claim(b->s, "alice", codes[0], &left), 0);
	assert_int_equal(box_sql(b, "SELECT price FROM spend"), 7);
	assert_int_equal(box_sql(b, "PRAGMA user_version"), 24);
}

/* The last one before people enrolled at a login: codes are good, and they may
 * enrol from then on. */
static void
of_version_18(void **state)
{
	static const char *const code[] = { "ABCDEFGH234567AB" };
	const struct store_enrolment e = { .user = "eve",
		.text = "phone = \"+12025550142\";\n",
		.phone = "+12025550142",
		.by = "window" };
	struct statebox *b = *state;
	struct store *s;
	unsigned left;
	char *text;

	make_old(b);
	s = box_open(b);
	assert_int_equal(store_recovery_set(s, "dave", code, 1, NULL), 0);
	store_close(s);
	run_sql(b, undo);
	s = box_open(b);
	assert_non_null(s);
	assert_int_equal(store_enrolments(s), 0);
	assert_int_equal(
	    store_record_read(s, "dave", &text), STORE_RECORD_NONE);
	assert_int_equal(plain_recovery_claim(s, "dave", code[0], &left), 1);
	assert_int_equal(store_enrol(s, &e), STORE_ENROLLED_DONE);
	assert_int_equal(
	    store_record_read(s, "eve", &text), STORE_RECORD_FOUND);
	assert_string_equal(text, e.text);
	free(text);
	store_close(s);
	is_new(b);
}

/* Of a tree before 1.0: it is left as it is. */
static void
too_old(void **state)
{
	struct statebox *b = *state;
	char cause[STORE_CAUSE_MAX] = "";
	struct store_version v;
	const struct store_session me = { STORE_HOST, 1, b->dir, 0, NULL, false,
		NULL, NULL };

	make_old(b);
	run_sql(b, "PRAGMA user_version = 16");
	assert_null(at_open(b->path, BOX_BOOT, cause));
	assert_non_null(strstr(cause, "before 1.0 (schema 16)"));
	assert_non_null(strstr(cause, "move it and its -wal away"));
	assert_int_equal(box_sql(b, "PRAGMA user_version"), 16);
	cause[0] = '\0';
	assert_int_equal(
	    sqlite_backend.version_read(b->path, &me, &v, cause), -1);
	assert_non_null(strstr(cause, "before 1.0 (schema 16)"));
}

static int
do_open(struct store *s, const struct statebox *b, int n)
{
	(void)b;
	return plain_totp_claim(s, "bob", NULL, n + 1) < 0 ? BOX_FAILED : 1;
}

static void
many_helpers(void **state)
{
	struct statebox *b = *state;
	unsigned count[256];

	make_old(b);
	box_all_at_once(b, do_open, BOX_CROWD, count);
	assert_int_equal(count[1], BOX_CROWD);
	is_new(b);
}

/* A helper of the old version that has the file open. */
static void
beside_an_old_one(void **state)
{
	struct statebox *b = *state;
	sqlite3_stmt *st = NULL;
	sqlite3 *old;

	make_old(b);
	assert_int_equal(sqlite3_open(b->path, &old), SQLITE_OK);
	assert_int_equal(
	    sqlite3_prepare_v2(old,
		"UPDATE verification SET tries = 1 WHERE id = 7", -1, &st, 0),
	    SQLITE_OK);
	store_close(box_open(b));
	assert_int_equal(box_sql(b, "PRAGMA user_version"), 24);
	/* it goes on, and nothing is lost */
	assert_int_equal(sqlite3_step(st), SQLITE_DONE);
	sqlite3_finalize(st);
	sqlite3_db_config(old, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, NULL);
	sqlite3_close(old);
	is_new(b);
}

static int calls, kill_at;

static ssize_t
counted_pwrite(int fd, const void *data, size_t len, off_t at)
{
	if (++calls == kill_at)
		raise(SIGKILL);
	return pwrite(fd, data, len, at);
}

/* In a child: open it, killed at the given write. true: it came to its end. */
static bool
open_killed(const struct statebox *b, int at)
{
	sqlite3_vfs *vfs = sqlite3_vfs_find(NULL);
	int status;
	pid_t pid = fork();

	assert_true(pid >= 0);
	if (pid == 0) {
		kill_at = at;
		vfs->xSetSystemCall(
		    vfs, "pwrite", (sqlite3_syscall_ptr)counted_pwrite);
		vfs->xSetSystemCall(
		    vfs, "pwrite64", (sqlite3_syscall_ptr)counted_pwrite);
		_exit(box_open(b) == NULL ? BOX_FAILED : 0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	if (WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL)
		return false;
	assert_int_equal(status, 0);
	return true;
}

/* Some 1,700 writes: every one of the first, then some. */
static void
killed_on_its_way(void **state)
{
	struct statebox *b = *state;
	bool done = false;

	for (int at = 1; !done; at += at < 60 ? 1 : 97) {
		make_old(b);
		done = open_killed(b, at);
		is_new(b);
	}
}

static void
newer(void **state)
{
	struct statebox *b = *state;
	char cause[STORE_CAUSE_MAX] = "";

	box_sql(b, "PRAGMA user_version = 25");
	assert_null(at_open(b->path, BOX_BOOT, cause));
	assert_non_null(strstr(cause, "newer version (schema 25): install"));
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, box_set_up, box_tear_down)

UNIT_TESTS(test_store_migrate)
{
	const struct CMUnitTest tests[] = {
		TEST(one_helper),
		TEST(without_its_key),
		TEST(as_a_new_one),
		TEST(all_goes_on),
		TEST(of_version_18),
		TEST(too_old),
		TEST(many_helpers),
		TEST(beside_an_old_one),
		TEST(killed_on_its_way),
		TEST(newer),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
