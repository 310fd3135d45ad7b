/* SPDX-License-Identifier: BSD-2-Clause */
/* All records of a state under another key of the fleet: all or nothing. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "helper/store/postgresql/postgresql_inside.h"
#include "helper/store/store_fleet.h"
#include "lib/fleet_records/fleet_records.h"
#include "lib/values/values.h"
#include "tests/support/statebox.h"

#define WALL INT64_C(1700000000)
#define BASE32 "GEZDGNBVGY3TQOJQGEZDGNBVGY"
#define MANY 1000

static unsigned char was[FLEET_SEAL_KEY] = "the fleet's own key of 32 bytes";
static unsigned char key[FLEET_SEAL_KEY] = "the one that nobody has stolen";
static unsigned char third[FLEET_SEAL_KEY] = "neither of them";

static const char *
mark_of(const unsigned char *of)
{
	static char text[2][2 * FLEET_SEAL_LEN + 1];
	static int n;
	unsigned char mark[FLEET_SEAL_LEN];

	n = !n;
	assert_int_equal(fleet_seal_key_fingerprint(of, mark), 0);
	hex_text(mark, sizeof(mark), text[n]);
	return text[n];
}

static int
set_up(void **state)
{
	char sql[160];

	(void)box_to_postgres();
	store_time_now(1000000);
	store_time_wall(WALL);
	postgres_sql("TRUNCATE twofa.record, twofa.record_read, twofa.host");
	postgres_host("web01");
	postgres_sql("DO $$ BEGIN IF pg_has_role('twofa_web01', 'twofa_admin', "
		     "'MEMBER') THEN REVOKE twofa_admin FROM twofa_web01; END "
		     "IF; END $$");
	snprintf(sql, sizeof(sql), "UPDATE twofa.meta SET fleet_key = '\\x%s'",
	    mark_of(was));
	postgres_sql(sql);
	return box_set_up(state);
}

static int
tear_down(void **state)
{
	postgres_sql("UPDATE twofa.meta SET fleet_key = NULL");
	return box_tear_down(state);
}

/* With an app, whose secret is whose. */
static void
put(const struct statebox *b, const char *user, const char *whose)
{
	struct store *s = box_store_of(b, "local", was);
	const struct secret secret = { BASE32, strlen(BASE32) };
	char sealed[FLEET_SEAL_TEXT_MAX], text[FLEET_SEAL_TEXT_MAX + 64];
	const struct store_record_row row = {
		.user = user, .text = text, .groups = "ops", .by = "uid=0"
	};

	assert_int_equal(fleet_seal_secret(was, whose, &secret, sealed), 0);
	snprintf(text, sizeof(text),
	    "# a tab\there, \\x5c\ntotp_secret_file = \"%s\";\n", sealed);
	assert_int_equal(store_record_put(s, &row, false), 1);
	store_close(s);
}

static enum store_rekey
rekey(const struct statebox *b, bool look, int64_t *count, const char *words)
{
	struct store *s = box_store_of(b, "local", was);
	enum store_rekey result = store_record_rekey(s, key, look, count);

	if (result == STORE_REKEY_FAILED &&
	    strstr(store_cause(s), words) == NULL)
		fail_msg("%s", store_cause(s));
	store_close(s);
	return result;
}

/* Does a host with that key read this user's record, and open the secret? */
static bool
opens(const struct statebox *b, const unsigned char *own, const char *user)
{
	struct store *s = box_store_of(b, "web01", own);
	char *text = NULL, *sealed;
	const enum store_record found = store_record_read(s, user, &text);
	struct secret secret;
	bool result = false;

	if (found == STORE_RECORD_FOUND) {
		sealed = strstr(text, RECORD_SOURCE_SEALED);
		assert_non_null(sealed);
		sealed[strcspn(sealed, "\"")] = '\0';
		result = fleet_seal_open(own, user, sealed, &secret) == 0 &&
		    strcmp(secret.b, BASE32) == 0;
		assert_non_null(strstr(text, "# a tab\there, \\x5c\n"));
	} else {
		assert_int_equal(found, STORE_RECORD_OTHER_KEY);
	}
	free(text);
	store_close(s);
	return result;
}

static void
all_of_them(void **state)
{
	int64_t count;

	put(*state, "alice", "alice");
	put(*state, "bob", "bob");
	assert_true(opens(*state, was, "alice"));
	assert_int_equal(rekey(*state, true, &count, ""), STORE_REKEY_DONE);
	assert_int_equal(count, 2);
	assert_true(opens(*state, was, "alice"));
	assert_int_equal(rekey(*state, false, &count, ""), STORE_REKEY_DONE);
	assert_int_equal(count, 2);
	assert_true(opens(*state, key, "alice"));
	assert_true(opens(*state, key, "bob"));
	assert_false(opens(*state, was, "alice"));
	/* whose they are, and who wrote them, is as before */
	assert_int_equal(
	    postgres_sql("SELECT count(*) FROM twofa.record WHERE groups = "
			 "'{ops}' AND by = 'twofa_local uid=0'"),
	    2);
	assert_int_equal(rekey(*state, false, &count, ""), STORE_REKEY_ALREADY);
	assert_int_equal(rekey(*state, true, &count, ""), STORE_REKEY_ALREADY);
}

static void
none_at_all(void **state)
{
	int64_t count;

	assert_int_equal(rekey(*state, false, &count, ""), STORE_REKEY_DONE);
	assert_int_equal(count, 0);
	assert_int_equal(rekey(*state, false, &count, ""), STORE_REKEY_ALREADY);
}

/* One that nobody can open is named, and all stay as they are. */
static void
one_that_is_none(void **state)
{
	int64_t count;

	put(*state, "alice", "alice");
	put(*state, "carol", "bob");
	assert_int_equal(rekey(*state, false, &count, "the record of carol"),
	    STORE_REKEY_FAILED);
	assert_true(opens(*state, was, "alice"));
	postgres_sql("DELETE FROM twofa.record WHERE usr = 'carol'");
	put(*state, "bob", "bob");
	postgres_sql("UPDATE twofa.record SET body = body || ' ' WHERE usr = "
		     "'bob'");
	assert_int_equal(rekey(*state, true, &count, "the record of bob"),
	    STORE_REKEY_FAILED);
	assert_int_equal(rekey(*state, false, &count, "the record of bob"),
	    STORE_REKEY_FAILED);
	assert_true(opens(*state, was, "alice"));
}

static void
not_with_another_key(void **state)
{
	struct store *s = box_store_of(*state, "local", third);
	int64_t count;

	put(*state, "alice", "alice");
	assert_int_equal(
	    store_record_rekey(s, key, false, &count), STORE_REKEY_FAILED);
	assert_non_null(strstr(store_cause(s), "another fleet key"));
	store_close(s);
	s = box_store_of(*state, "web01", was);
	assert_int_equal(
	    store_record_rekey(s, key, false, &count), STORE_REKEY_FAILED);
	assert_non_null(strstr(store_cause(s), "42501"));
	store_close(s);
	assert_true(opens(*state, was, "alice"));
}

static int64_t
as_asked(const unsigned char *before, const char *rows)
{
	char sql[1024];

	snprintf(sql, sizeof(sql),
	    "SELECT twofa_v1.record_rekey(NULL, '\\x%s', '\\x%s', %s)",
	    mark_of(before), mark_of(key), rows);
	return postgres_sql(sql);
}

#define ROWS(more)                                                             \
	"(SELECT string_agg(usr || E'\\t' || encode(seal, 'hex') || "          \
	"E'\\tff\\t61\\n', '') FROM twofa.record" more ")"

/* What was read is not what is there. */
static void
changed_meanwhile(void **state)
{
	put(*state, "alice", "alice");
	put(*state, "bob", "bob");
	assert_int_equal(as_asked(was, ROWS(" WHERE usr <> 'bob'")), 0);
	assert_int_equal(
	    as_asked(was, ROWS(" ") "|| E'x\\tff\\tff\\t61\\n'"), 0);
	assert_int_equal(
	    as_asked(was, "replace(" ROWS("") ", E'b\\t', E'b\\t00')"), 0);
	assert_int_equal(as_asked(was, "''"), 0);
	assert_int_equal(as_asked(third, ROWS("")), 2);
	assert_true(opens(*state, was, "alice") && opens(*state, was, "bob"));
	assert_int_equal(as_asked(was, ROWS("")), 1);
	/* the answer was lost */
	assert_int_equal(as_asked(was, ROWS("")), 1);
}

/* Bounded, and no record is left behind. */
static void
many(void **state)
{
	struct store *s = box_store_of(*state, "local", was);
	char user[16];
	struct store_record_row row = {
		.user = user, .text = "phone = \"+12025550100\";\n", .by = ""
	};
	int64_t count;

	for (int n = 0; n < MANY; n++) {
		snprintf(user, sizeof(user), "user%d", n);
		assert_int_equal(store_record_put(s, &row, false), 1);
	}
	store_close(s);
	assert_int_equal(rekey(*state, false, &count, ""), STORE_REKEY_DONE);
	assert_int_equal(count, MANY);
	s = box_store_of(*state, "local", key);
	assert_int_equal(
	    store_record_rekey(s, was, true, &count), STORE_REKEY_DONE);
	assert_int_equal(count, MANY);
	store_close(s);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

BOX_TESTS(test_rekey)
{
	const struct CMUnitTest tests[] = {
		TEST(all_of_them),
		TEST(none_at_all),
		TEST(one_that_is_none),
		TEST(not_with_another_key),
		TEST(changed_meanwhile),
		TEST(many),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
