/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Files of older versions: they become new ones with what is in them, also
 * when fifty helpers come at once and when the first is killed on its way.
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

#include "helper/store/store_fleet.h"
#include "tests/support/plain_claims.h"
#include "tests/support/statebox.h"
#include "tests/support/store_time.h"
#include "tests/support/unit_tests.h"

#define NOW INT64_C(1000000)
#define PROCESSES 50

#define WALL INT64_C(1700000000)
/* SHA-256 of +12025550100, and so on */
#define SHA_ALICE                                                              \
	"56bcf01f15ebc008e3e50bad3555d6cfafa76c6472eb64c8d4b24f06f3c995d8"
#define SHA_BOB                                                                \
	"0ad2aee0d8bcfaa7761e180c8e143c29cb9196db238100a988ba7ab25c6eb049"
#define SHA_CAROL                                                              \
	"ea9e17deffc39355cbaef225d4e5675ce3a624c74294119c1a6a8173fc446e6e"
/* "binding", as 32 bytes */
#define BYTES                                                                  \
	"x'62696e64696e6700000000000000000000000000000000000000000000000000'"

/* As version 0.1.0 made it, with its journal, and alice's running code. */
static const char version_1[] =
    "PRAGMA page_size = 4096; PRAGMA journal_mode = PERSIST;"
    "BEGIN IMMEDIATE;"
    "CREATE TABLE verification("
    " id INTEGER PRIMARY KEY AUTOINCREMENT,"
    " number TEXT NOT NULL, user TEXT NOT NULL, provider TEXT NOT NULL,"
    " boot TEXT NOT NULL, state TEXT NOT NULL, session INTEGER NOT NULL,"
    " holder INTEGER NOT NULL, request_id TEXT NOT NULL DEFAULT '',"
    " method INTEGER NOT NULL, began_at INTEGER NOT NULL,"
    " sent_at INTEGER NOT NULL, expires_at INTEGER NOT NULL,"
    " ends_at INTEGER NOT NULL, tries INTEGER NOT NULL DEFAULT 0,"
    " sends INTEGER NOT NULL DEFAULT 0, joined INTEGER NOT NULL DEFAULT 0);"
    "CREATE UNIQUE INDEX verification_number ON verification(number)"
    " WHERE state <> 'unknown';"
    "CREATE TABLE reserve(id INTEGER PRIMARY KEY, filler BLOB NOT NULL);"
    "CREATE TABLE spare(id INTEGER PRIMARY KEY, filler BLOB NOT NULL);"
    "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n"
    " WHERE i < 64) INSERT INTO reserve SELECT i, randomblob(4000) FROM n;"
    "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n"
    " WHERE i < 256) INSERT INTO spare SELECT i, randomblob(4000) FROM n;"
    "DROP TABLE spare;"
    "PRAGMA application_id = 845570353; PRAGMA user_version = 1;"
    "INSERT INTO verification VALUES(7, 'digest', 'alice', 'one', '" BOX_BOOT
    "', 'running', 1, 0, 'req-1', 1, 1000000, 1000000, 1300000, 1300000,"
    " 1, 1, 0);"
    "COMMIT; UPDATE reserve SET filler = randomblob(4000);";
static const char with_index[] =
    "CREATE UNIQUE INDEX verification_request ON verification(request_id)"
    " WHERE request_id <> ''";
/* Which the first version let happen. */
static const char twice[] =
    "INSERT INTO verification SELECT 6, 'other', 'bob', provider, boot, state,"
    " session, holder, request_id, method, began_at, sent_at, expires_at,"
    " ends_at, tries, sends, joined FROM verification WHERE id = 7";

/* What version 0.2.0 made of it: a message, a wrong code, and the rest. */
static const char version_2[] =
    "DELETE FROM verification WHERE request_id <> '' AND id NOT IN"
    " (SELECT max(id) FROM verification GROUP BY request_id);"
    "ALTER TABLE verification ADD COLUMN send INTEGER NOT NULL DEFAULT 0;"
    "CREATE UNIQUE INDEX IF NOT EXISTS verification_request"
    " ON verification(request_id) WHERE request_id <> '';"
    "CREATE INDEX verification_any ON verification(number);"
    "CREATE INDEX verification_end ON verification(boot, ends_at);"
    "CREATE INDEX verification_spent ON verification(user)"
    " WHERE state = 'spent';"
    "CREATE TABLE send(id INTEGER PRIMARY KEY AUTOINCREMENT,"
    " at INTEGER NOT NULL, user TEXT NOT NULL, number TEXT NOT NULL,"
    " source TEXT NOT NULL, day INTEGER NOT NULL, price INTEGER NOT NULL);"
    "CREATE INDEX send_at ON send(at);"
    "CREATE INDEX send_user ON send(user, at);"
    "CREATE INDEX send_number ON send(number, at);"
    "CREATE INDEX send_source ON send(source, at);"
    "CREATE TABLE spend(day INTEGER PRIMARY KEY, price INTEGER NOT NULL);"
    "CREATE TABLE guess(user TEXT NOT NULL, source TEXT NOT NULL,"
    " series INTEGER NOT NULL, wrong INTEGER NOT NULL,"
    " locks INTEGER NOT NULL, locked_at INTEGER NOT NULL,"
    " until INTEGER NOT NULL, last INTEGER NOT NULL,"
    " PRIMARY KEY(user, source)) WITHOUT ROWID;"
    "CREATE INDEX guess_last ON guess(last) WHERE source <> '';"
    "CREATE TABLE recovery(id INTEGER PRIMARY KEY, user TEXT NOT NULL,"
    " salt BLOB NOT NULL, hash BLOB NOT NULL);"
    "CREATE INDEX recovery_user ON recovery(user);"
    "CREATE TABLE totp(user TEXT PRIMARY KEY, step INTEGER NOT NULL)"
    " WITHOUT ROWID;"
    "CREATE TABLE grace(user TEXT NOT NULL, binding BLOB NOT NULL,"
    " since INTEGER NOT NULL, until INTEGER NOT NULL,"
    " PRIMARY KEY(user, binding)) WITHOUT ROWID;"
    "CREATE INDEX grace_until ON grace(until);"
    "CREATE INDEX grace_since ON grace(since);"
    "INSERT INTO send VALUES(3, 1000, 'alice', 'digest', 'uid:1', 0, 50000);"
    "INSERT INTO guess VALUES('alice', 'uid:1', 5, 2, 0, 0, 0, 1000);"
    "PRAGMA user_version = 2; PRAGMA journal_mode = WAL;";

/* And what version 3 added. */
static const char version_3[] =
    "ALTER TABLE verification ADD COLUMN verifier BLOB NOT NULL DEFAULT x'';"
    "ALTER TABLE send ADD COLUMN kind INTEGER NOT NULL DEFAULT 0;"
    "ALTER TABLE guess ADD COLUMN refused INTEGER NOT NULL DEFAULT 0;"
    "CREATE TABLE passed_over(provider TEXT PRIMARY KEY, boot TEXT NOT NULL,"
    " until INTEGER NOT NULL) WITHOUT ROWID;"
    "CREATE TABLE code_used(user TEXT NOT NULL, digest BLOB NOT NULL,"
    " until INTEGER NOT NULL, PRIMARY KEY(user, digest)) WITHOUT ROWID;"
    "CREATE INDEX code_used_until ON code_used(until);"
    "INSERT INTO passed_over VALUES('one', 'boot', 5);"
    "PRAGMA user_version = 3;";

/* And version 4. */
static const char version_4[] =
    "CREATE TABLE success(provider TEXT NOT NULL, method INTEGER NOT NULL,"
    " at INTEGER NOT NULL, PRIMARY KEY(provider, method)) WITHOUT ROWID;"
    "INSERT INTO success VALUES('one', 1, 1000);"
    "PRAGMA user_version = 4;";

/* And version 5. */
static const char version_5[] =
    "ALTER TABLE verification ADD COLUMN type TEXT NOT NULL DEFAULT '';"
    "ALTER TABLE verification ADD COLUMN start_ms INTEGER NOT NULL DEFAULT 0;"
    "ALTER TABLE verification ADD COLUMN lasts_at INTEGER NOT NULL DEFAULT 0;"
    "INSERT INTO totp VALUES('carol', 70);"
    "PRAGMA user_version = 5;";

/* And version 6, with what logins of version 0.1.0 left in it: alice's code
 * that another session has joined and guessed at, bob's on its way, carol's
 * spent; dave is locked, erin has denied a push; and what is used up, or
 * remembered. */
static const char version_6[] =
    "ALTER TABLE totp RENAME TO totp_5;"
    "CREATE TABLE totp(user TEXT NOT NULL, secret BLOB NOT NULL,"
    " step INTEGER NOT NULL, PRIMARY KEY(user, secret)) WITHOUT ROWID;"
    "INSERT INTO totp SELECT user, x'', step FROM totp_5;"
    "DROP TABLE totp_5;"
    "INSERT INTO verification VALUES(11, '" SHA_ALICE
    "', 'alice', 'one', '" BOX_BOOT
    "', 'running', 77, 0, 'req-alice', 1, 1000000, 1000000, 1300000,"
    " 1300000, 1, 1, 1, 11, x'', 'vonage-verify', 60000, 0);"
    "INSERT INTO verification VALUES(12, '" SHA_BOB
    "', 'bob', 'one', '" BOX_BOOT
    "', 'starting', 79, 79, '', 1, 1000000, 1000000, 0, 1120000, 0, 0,"
    " 0, 0, x'', 'vonage-verify', 60000, 0);"
    "INSERT INTO verification VALUES(13, '" SHA_CAROL
    "', 'carol', 'two', '" BOX_BOOT
    "', 'spent', 80, 0, 'req-carol', 2, 1000000, 1000000, 1300000,"
    " 1060000, 0, 1, 0, 0, x'', 'twilio-verify', 60000, 0);"
    "INSERT INTO send VALUES(11, 1700000000, 'alice', '" SHA_ALICE "',"
    " '192.0.2.0/24', 19675, 50000, 0);"
    "INSERT INTO spend VALUES(19675, 50000);"
    "INSERT INTO guess VALUES('dave', '', -20591, 2, 0, 0, 0, 1700000000, 0);"
    "INSERT INTO guess VALUES('dave', 'uid:1001', -39996, 2, 1, 1700000000,"
    " 1700000900, 1700000000, 0);"
    "INSERT INTO guess VALUES('erin', '127.0.0.0/24', -39899, 0, 1, 1700000000,"
    " 1700003600, 1700000000, 1700003600);"
    "INSERT INTO guess VALUES('frank', '192.0.2.0/24', 5, 2, 1, 1700000000,"
    " 1700000900, 1700000000, 0);"
    "INSERT INTO recovery VALUES(1, 'alice', "
    "x'b937e3a90488db4c752aa4e0ca7077a1',"
    " x'6d0cec16fa418946a94d7443b7098267fe5ce24d998137ff0f3857bffae8fc3e');"
    "INSERT INTO grace VALUES('alice', " BYTES ", 1700000000, 1700000600);"
    "INSERT INTO passed_over VALUES('two', '" BOX_BOOT "', 1060000);"
    "INSERT INTO code_used VALUES('authy:1', " BYTES ", 1700086400);"
    "INSERT INTO totp VALUES('alice', " BYTES ", 56666666);"
    "PRAGMA user_version = 6;";

static void
make_old(struct statebox *b, const char *more)
{
	sqlite3 *db;

	store_close(b->s);
	b->s = NULL;
	box_remove_files(b->path);
	umask(077); /* as the helper's */
	assert_int_equal(sqlite3_open(b->path, &db), SQLITE_OK);
	assert_int_equal(
	    sqlite3_exec(db, version_1, NULL, NULL, NULL), SQLITE_OK);
	assert_int_equal(sqlite3_exec(db, more, NULL, NULL, NULL), SQLITE_OK);
	sqlite3_close(db);
}

static bool
exists(const struct statebox *b, const char *suffix)
{
	char path[128];
	struct stat st;

	snprintf(path, sizeof(path), "%s%s", b->path, suffix);
	return stat(path, &st) == 0;
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
	assert_int_equal(box_sql(b, "PRAGMA user_version"), 22);
	assert_true(box_sql(b, "PRAGMA application_id") == 845570353);
	assert_int_equal(
	    box_sql(b, "SELECT journal_mode = 'wal' FROM pragma_journal_mode"),
	    1);
	assert_int_equal(box_sql(b,
			     "SELECT count(*) FROM sqlite_master"
			     " WHERE name = 'verification_request'"),
	    1);
	assert_false(exists(b, "-journal"));
	assert_true(exists(b, "-wal"));
}

static void
one_helper(void **state)
{
	struct statebox *b = *state;

	make_old(b, "");
	assert_int_equal(box_sql(b, "PRAGMA user_version"), 1);
	is_new(b);
	make_old(b, with_index);
	is_new(b);
	make_old(b, twice);
	is_new(b);
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
	    " UNION ALL SELECT replace(sql, 'IF NOT EXISTS ', '')"
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
	make_old(b, "");
	store_close(box_open(b));
	shape_of(b, raised, sizeof(raised));
	assert_string_equal(raised, fresh);
}

static void
second_version(void **state)
{
	struct statebox *b = *state;

	make_old(b, version_2);
	assert_int_equal(box_sql(b, "PRAGMA user_version"), 2);
	is_new(b);
	assert_int_equal(
	    box_sql(b, "SELECT price FROM send WHERE id = 3"), 50000);
	assert_int_equal(box_sql(b, "SELECT kind FROM send WHERE id = 3"), 0);
	assert_int_equal(box_sql(b, "SELECT wrong FROM guess"), 2);
}

static void
third_version(void **state)
{
	struct statebox *b = *state;
	char text[sizeof(version_2) + sizeof(version_3)];

	snprintf(text, sizeof(text), "%s%s", version_2, version_3);
	make_old(b, text);
	assert_int_equal(box_sql(b, "PRAGMA user_version"), 3);
	is_new(b);
	assert_int_equal(box_sql(b, "SELECT until FROM passed_over"), 5);
	assert_int_equal(box_sql(b, "SELECT count(*) FROM passed"), 0);
}

/* A row of before does not say of what type its provider was: it goes on. */
static void
fourth_version(void **state)
{
	struct statebox *b = *state;
	char text[sizeof(version_2) + sizeof(version_3) + sizeof(version_4)];
	const char *const unset =
	    "SELECT count(*) FROM verification WHERE"
	    " type = '' AND start_ms = 0 AND lasts_at = 0";

	snprintf(text, sizeof(text), "%s%s%s", version_2, version_3, version_4);
	make_old(b, text);
	assert_int_equal(box_sql(b, "PRAGMA user_version"), 4);
	store_close(box_open(b));
	assert_true(box_sql(b, unset) >= 1);
	is_new(b);
	assert_int_equal(box_sql(b, "SELECT at FROM passed"), 1000);
}

/* A step of before is used, whichever secret it was of. */
static void
fifth_version(void **state)
{
	static const unsigned char secret[STORE_CODE_DIGEST] = "any";
	struct statebox *b = *state;
	char text[sizeof(version_2) + sizeof(version_3) + sizeof(version_4) +
	    sizeof(version_5)];
	struct store *s;

	snprintf(text, sizeof(text), "%s%s%s%s", version_2, version_3,
	    version_4, version_5);
	make_old(b, text);
	assert_int_equal(box_sql(b, "PRAGMA user_version"), 5);
	s = box_open(b);
	assert_non_null(s);
	assert_int_equal(plain_totp_claim(s, "carol", secret, 70), 0);
	assert_int_equal(plain_totp_claim(s, "carol", secret, 71), 1);
	store_close(s);
	is_new(b);
}

static enum store_claim
claim(struct store *s, const char *user, const char *number,
    struct store_row *row)
{
	const struct store_key key = { user, number, "one", "vonage-verify",
		{ NULL } };

	return at_claim(s, &key, METHOD_ALL, METHOD_SMS, 78, NOW, 60000, row);
}

static void
codes_go_on(struct store *s)
{
	struct store_row row;

	assert_int_equal(claim(s, "bob", "+12025550101", &row), CLAIM_WAIT);
	assert_int_equal(row.holder, 79);
	assert_int_equal(claim(s, "carol", "+12025550102", &row), CLAIM_SPENT);
	assert_int_equal(row.over_ms, 60000);
	assert_int_equal(claim(s, "eve", "+12025550100", &row), CLAIM_OTHER);
	assert_int_equal(claim(s, "alice", "+12025550100", &row), CLAIM_JOINED);
	assert_string_equal(row.request_id, "req-alice");
	assert_int_equal(row.tries, 1);
	assert_int_equal(row.left_ms, 300000);
	assert_int_equal(box_try(s, row.id, 3, NOW, &row), TRY_COUNTED);
	assert_int_equal(plain_finish(s, row.id, "req-alice"), 1);
}

static void
locks_stay(struct store *s)
{
	static const struct limits_of_sends limits = {
		.number_day = 1, .spend_day = -1, .spend_month = -1
	};
	const struct store_send_key again = {
		.user = "eve", .counted_as = "+12025550100", .source = "uid:1"
	};
	const char *which;
	int64_t wait_s, id;

	assert_int_equal(
	    at_guess_look(s, "dave", "uid:1001", WALL, &wait_s), GUESS_LOCKED);
	assert_int_equal(wait_s, 900);
	assert_int_equal(
	    at_guess_look(s, "frank", "192.0.2.0/24", WALL, &wait_s),
	    GUESS_LOCKED);
	assert_int_equal(at_guess_refused(s, "erin", "127.0.0.0/24", WALL), 1);
	assert_int_equal(
	    at_send_take(s, &again, &limits, WALL, &id, &wait_s, &which),
	    SEND_WAIT);
	assert_string_equal(which, "sends_per_number_day");
}

/* A state of version 0.1.0: what it holds goes on, and nothing is used twice.
 */
static void
sixth_version(void **state)
{
	static const unsigned char bytes[STORE_CODE_DIGEST] = "binding";
	char text[sizeof(version_2) + sizeof(version_3) + sizeof(version_4) +
	    sizeof(version_5) + sizeof(version_6)];
	struct statebox *b = *state;
	struct store *s;
	unsigned left;

	snprintf(text, sizeof(text), "%s%s%s%s%s", version_2, version_3,
	    version_4, version_5, version_6);
	make_old(b, text);
	assert_int_equal(box_sql(b, "PRAGMA user_version"), 6);
	s = box_open(b);
	assert_non_null(s);
	codes_go_on(s);
	locks_stay(s);
	assert_int_equal(at_code_claim(s, "authy:1", bytes, 60, WALL), 0);
	assert_int_equal(plain_totp_claim(s, "alice", bytes, 56666666), 0);
	assert_int_equal(at_remembered_get(s, "alice", bytes, WALL), 1);
	assert_int_equal(at_passed_over(s, "two", NOW), 1);
	assert_int_equal(
	    plain_recovery_claim(s, "alice", "ABCDEFGH234567AB", &left), 1);
	assert_int_equal(
	    plain_recovery_claim(s, "alice", "ABCDEFGH234567AB", &left), 0);
	store_close(s);
	assert_int_equal(box_sql(b, "PRAGMA user_version"), 22);
}

/* What a helper of version 0.1.0 looks at, in its own words: it says "written
 * by a newer version (schema 16)" and denies. */
static void
seen_by_version_6(void **state)
{
	struct statebox *b = *state;
	const int64_t version = box_sql(b, "PRAGMA user_version");

	assert_false(version >= 0 && version <= 6);
	assert_int_equal(box_sql(b, "PRAGMA application_id"), 0x32666131);
	assert_true(box_sql(b, "SELECT count(*) FROM sqlite_master") > 0);
	/* and so while numbers wait for their key */
	assert_true(version > 7);
}

/* The tables as they were before version 15. */
static void
without_scopes(const struct statebox *b)
{
	static const char *const undo[] = {
		"DROP TABLE enrolled",
		"DROP INDEX send_scope",
		"ALTER TABLE send DROP COLUMN scope",
		"ALTER TABLE spend RENAME TO spend_16",
		"CREATE TABLE spend(day INTEGER PRIMARY KEY,"
		" price INTEGER NOT NULL)",
		"INSERT INTO spend SELECT day, price FROM spend_16",
		"DROP TABLE spend_16",
		"ALTER TABLE guess RENAME TO guess_16",
		"DROP INDEX guess_last",
		"CREATE TABLE guess(user TEXT NOT NULL, source TEXT NOT NULL,"
		" place TEXT NOT NULL DEFAULT '', series INTEGER NOT NULL,"
		" wrong INTEGER NOT NULL, locks INTEGER NOT NULL,"
		" locked_at INTEGER NOT NULL, until INTEGER NOT NULL,"
		" last INTEGER NOT NULL, refused INTEGER NOT NULL DEFAULT 0,"
		" PRIMARY KEY(user, source, place)) WITHOUT ROWID",
		"INSERT INTO guess SELECT user, source, place, series, wrong,"
		" locks, locked_at, until, last, refused FROM guess_16",
		"DROP TABLE guess_16",
		"CREATE INDEX guess_last ON guess(last) WHERE source <> ''",
	};

	for (size_t i = 0; i < sizeof(undo) / sizeof(undo[0]); i++)
		box_sql(b, undo[i]);
}

/* Numbers are hidden there already: once is enough. */
static void
of_version_8(void **state)
{
	struct statebox *b = *state;

	make_old(b, "");
	store_close(box_open(b));
	without_scopes(b);
	box_sql(b, "DROP INDEX totp_secret");
	box_sql(b, "ALTER TABLE verification DROP COLUMN socket");
	box_sql(b, "ALTER TABLE totp DROP COLUMN source");
	box_sql(b, "CREATE TABLE kept AS SELECT number FROM verification");
	box_sql(b, "PRAGMA user_version = 8");
	store_close(box_open(b));
	assert_int_equal(box_sql(b,
			     "SELECT count(*) FROM verification"
			     " WHERE number = (SELECT number FROM kept)"),
	    1);
	box_sql(b, "DROP TABLE kept");
	is_new(b);
}

/* What was used stays used, by nobody knows whom. 9: its numbers wait to be
 * hidden. */
static void
of_version_10(void **state)
{
	static const unsigned char secret[STORE_CODE_DIGEST] = "one";
	struct statebox *b = *state;
	struct store *s;

	make_old(b, "");
	s = box_open(b);
	assert_int_equal(plain_totp_claim(s, "dave", secret, 1000), 1);
	store_close(s);
	for (int version = 9; version <= 10; version++) {
		without_scopes(b);
		box_sql(b, "DROP INDEX totp_secret");
		box_sql(b, "ALTER TABLE totp DROP COLUMN source");
		box_sql(b,
		    version == 9 ? "PRAGMA user_version = 9"
				 : "PRAGMA user_version = 10");
		s = box_open(b);
		assert_int_equal(plain_totp_claim(s, "dave", secret, 1000), 0);
		store_close(s);
		assert_int_equal(box_sql(b, "PRAGMA user_version"), 22);
		assert_int_equal(box_sql(b,
				     "SELECT count(*) FROM totp"
				     " WHERE user = 'dave' AND source = ''"),
		    1);
	}
}

/* What counted goes on counting, for who is no rehearsal. */
static void
of_version_14(void **state)
{
	static const struct limits_of_sends limits = {
		.number_day = 1, .price = 7, .spend_day = -1, .spend_month = -1
	};
	static const struct limits_of_guesses guesses = { 1, 30, 900, 0 };
	const struct store_send_key key = {
		.user = "eve", .counted_as = "+12025550199", .source = "uid:1"
	};
	struct statebox *b = *state;
	struct store_guess_token token;
	int64_t id, wait_s;
	const char *which;
	struct store *s;

	make_old(b, "");
	s = box_open(b);
	assert_int_equal(
	    at_send_take(s, &key, &limits, WALL, &id, &wait_s, &which),
	    SEND_TAKEN);
	assert_int_equal(
	    at_guess_take(s, "eve", "uid:1", &guesses, WALL, &token, &wait_s),
	    GUESS_OPEN);
	store_close(s);
	without_scopes(b);
	box_sql(b, "PRAGMA user_version = 14");
	s = box_open(b);
	assert_non_null(s);
	assert_int_equal(
	    at_send_take(s, &key, &limits, WALL, &id, &wait_s, &which),
	    SEND_WAIT);
	assert_int_equal(
	    at_guess_look(s, "eve", "uid:1", WALL, &wait_s), GUESS_LOCKED);
	assert_int_equal(store_guess_reset_after_right(s, "eve", "uid:1"), 0);
	store_close(s);
	assert_int_equal(box_sql(b, "SELECT price FROM spend"), 7);
	assert_int_equal(box_sql(b, "SELECT count(*) FROM guess"), 0);
	is_new(b);
}

/* The last one before people enrolled at a login: codes are good, and they may
 * enrol from then on. */
static void
of_version_18(void **state)
{
	static const char *const undo[] = { "DROP TABLE enrolled",
		"DROP INDEX send_source", "DROP INDEX send_host",
		"CREATE INDEX send_source ON send(source, at)",
		"CREATE INDEX send_host ON send(host, at)",
		"PRAGMA user_version = 18" };
	static const char *const code[] = { "ABCDEFGH234567AB" };
	const struct store_enrolment e = { .user = "eve",
		.text = "phone = \"+12025550142\";\n",
		.phone = "+12025550142",
		.by = "window" };
	struct statebox *b = *state;
	struct store *s;
	unsigned left;
	char *text;

	make_old(b, "");
	s = box_open(b);
	assert_int_equal(store_recovery_set(s, "dave", code, 1, NULL), 0);
	store_close(s);
	for (size_t i = 0; i < sizeof(undo) / sizeof(undo[0]); i++)
		box_sql(b, undo[i]);
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

static int
do_open(struct store *s, const struct statebox *b, int n)
{
	(void)b;
	return plain_totp_claim(s, "bob", NULL, n + 1) < 0 ? BOX_FAILED : 1;
}

static void
fifty_helpers(void **state)
{
	struct statebox *b = *state;
	unsigned count[256];

	make_old(b, "");
	box_all_at_once(b, do_open, PROCESSES, count);
	assert_int_equal(count[1], PROCESSES);
	is_new(b);
}

/* A helper of the old version that has the file open. */
static void
beside_an_old_one(void **state)
{
	struct statebox *b = *state;
	sqlite3_stmt *st = NULL;
	sqlite3 *old;

	make_old(b, "");
	assert_int_equal(sqlite3_open(b->path, &old), SQLITE_OK);
	assert_int_equal(
	    sqlite3_exec(old, "PRAGMA journal_mode = PERSIST;", 0, 0, 0),
	    SQLITE_OK);
	assert_int_equal(
	    sqlite3_prepare_v2(old,
		"UPDATE verification SET tries = 1 WHERE id = 7", -1, &st, 0),
	    SQLITE_OK);
	store_close(box_open(b));
	assert_int_equal(box_sql(b, "PRAGMA user_version"), 22);
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
		make_old(b, "");
		done = open_killed(b, at);
		is_new(b);
	}
}

static void
newer(void **state)
{
	struct statebox *b = *state;
	char cause[STORE_CAUSE_MAX] = "";

	box_sql(b, "PRAGMA user_version = 23");
	assert_null(at_open(b->path, BOX_BOOT, cause));
	assert_non_null(strstr(cause, "newer version (schema 23): install"));
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, box_set_up, box_tear_down)

UNIT_TESTS(test_store_migrate)
{
	const struct CMUnitTest tests[] = {
		TEST(one_helper),
		TEST(as_a_new_one),
		TEST(second_version),
		TEST(third_version),
		TEST(fourth_version),
		TEST(fifth_version),
		TEST(sixth_version),
		TEST(seen_by_version_6),
		TEST(of_version_8),
		TEST(of_version_10),
		TEST(of_version_14),
		TEST(of_version_18),
		TEST(fifty_helpers),
		TEST(beside_an_old_one),
		TEST(killed_on_its_way),
		TEST(newer),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
