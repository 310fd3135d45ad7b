/* SPDX-License-Identifier: BSD-2-Clause */
/* Users' records in the state: whose they are, under which key, and what a host
 * is given of them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "helper/store/postgresql/postgresql_inside.h"
#include "helper/store/store_fleet.h"
#include "lib/fleet_records/fleet_records.h"
#include "lib/values/values.h"
#include "tests/support/statebox.h"

#define NOW INT64_C(1000000)
#define WALL INT64_C(1700000000)
#define HOUR 3600
#define MOST 50 /* users of an hour, of one host */
#define PHONE "phone = \"+12025550100\";\n"

static unsigned char fleet[FLEET_SEAL_KEY] = "the fleet's own key of 32 bytes";

static int
set_up(void **state)
{
	(void)box_to_postgres();
	store_time_now(NOW);
	store_time_wall(WALL);
	box_make_fleet(fleet);
	return box_set_up(state);
}

static int
tear_down(void **state)
{
	postgres_sql("UPDATE twofa.meta SET fleet_key = NULL");
	return box_tear_down(state);
}

static void
put(const struct statebox *b, const char *user, const char *text,
    const char *groups)
{
	struct store *s = box_store_of(b, "local", fleet);
	const struct store_record_row row = {
		.user = user, .text = text, .groups = groups, .by = "uid=0"
	};

	if (store_record_put(s, &row, false) != 1)
		fail_msg("%s", store_cause(s));
	store_close(s);
}

/* What comes of it, and a part of the cause where it is neither. */
static void
expect(struct store *s, const char *user, enum store_record wanted,
    const char *words)
{
	char *text;

	assert_int_equal(store_record_read(s, user, &text), wanted);
	if (wanted == STORE_RECORD_FOUND)
		assert_string_equal(text, words);
	else
		assert_null(text);
	if (wanted != STORE_RECORD_FOUND && wanted != STORE_RECORD_NONE &&
	    strstr(store_cause(s), words) == NULL)
		fail_msg("%s", store_cause(s));
	free(text);
}

static void
put_and_read(void **state)
{
	struct store *s = box_store_of(*state, "web01", fleet);
	char *large = calloc(1, 50001);

	(void)state;
	expect(s, "alice", STORE_RECORD_NONE, "");
	put(*state, "alice", PHONE, "");
	expect(s, "alice", STORE_RECORD_FOUND, PHONE);
	expect(s, "bob", STORE_RECORD_NONE, "");
	assert_non_null(large);
	memset(large, '#', 50000);
	put(*state, "carol", large, NULL);
	expect(s, "carol", STORE_RECORD_FOUND, large);
	free(large);
	assert_int_equal(postgres_sql("SELECT count(*) FROM twofa.record_read "
				      "WHERE host = 'web01'"),
	    2);
	store_close(s);
}

static int64_t
remembered(void)
{
	return postgres_sql("SELECT count(*) FROM twofa.grace");
}

static void
seal_of(void *ctx, const struct store_record_row *row)
{
	memcpy(ctx, row->seal, sizeof(row->seal));
}

/* Disabled and enabled, say: then its text is the one that a login was
 * remembered under. One that is written as it is, by import, is no change. */
static void
put_ends_remembered_logins(void **state)
{
	static const char *const texts[] = { PHONE, "enabled = false;\n",
		PHONE };

	put(*state, "alice", PHONE, "");
	postgres_sql("INSERT INTO twofa.grace VALUES ('alice', '', 'web01', 1, "
		     "2), ('alice//x', '', 'web01', 1, 2), ('carol//=alice', "
		     "'', 'web01', 1, 2), ('carol//=alice//=root', '', "
		     "'web01', 1, 2), ('bob', '', 'web01', 1, 2)");
	for (size_t i = 0; i < COUNT_OF(texts); i++) {
		struct store_record_row row = { .user = "alice",
			.text = texts[i],
			.groups = "",
			.by = "uid=0" };
		struct store *s = box_store_of(*state, "local", fleet);

		assert_int_equal(
		    store_record_list(s, "alice", row.seal, seal_of), 0);
		assert_int_equal(store_record_put(s, &row, true), 1);
		assert_int_equal(remembered(), i == 0 ? 5 : 1);
		store_close(s);
	}
}

/* So does its end, with which they would wait for one that is the same; but not
 * what an administrator was refused, as it was changed meanwhile. */
static void
remove_ends_remembered_logins(void **state)
{
	struct store_record_row row = {
		.user = "alice", .text = "enabled = false;\n", .by = "uid=0"
	};
	struct store *s = box_store_of(*state, "local", fleet);

	put(*state, "alice", PHONE, "");
	postgres_sql("INSERT INTO twofa.grace VALUES ('alice', '', 'web01', 1, "
		     "2), ('carol//=alice', '', 'web01', 1, 2), ('bob', '', "
		     "'web01', 1, 2)");
	assert_int_equal(store_record_put(s, &row, true), 0);
	assert_int_equal(store_record_remove(s, "alice", row.seal), 0);
	assert_int_equal(remembered(), 3);
	assert_int_equal(store_record_list(s, "alice", row.seal, seal_of), 0);
	assert_int_equal(store_record_remove(s, "alice", row.seal), 1);
	assert_int_equal(remembered(), 1);
	store_close(s);
}

/* Records are changed while the state was restored, and hosts are denied. */
static void
changed_after_a_restore(void **state)
{
	struct store_record_row row = {
		.user = "alice", .text = "enabled = false;\n", .by = "uid=0"
	};
	struct store *s = box_store_of(*state, "local", fleet);

	put(*state, "alice", PHONE, "");
	postgres_sql("UPDATE twofa.home SET opens = now()");
	assert_int_equal(store_record_list(s, "alice", row.seal, seal_of), 0);
	assert_int_equal(store_record_put(s, &row, true), 1);
	assert_int_equal(store_record_list(s, "alice", row.seal, seal_of), 0);
	assert_int_equal(store_record_remove(s, "alice", row.seal), 1);
	postgres_sql("DELETE FROM twofa.home; INSERT INTO twofa.home(rel) "
		     "VALUES ('twofa.home'::regclass)");
	store_close(s);
}

static void
count_rows(void *ctx, const struct store_record_row *row)
{
	struct store_record_row *last = ctx;

	last->at++;
	if (strcmp(row->user, "alice") != 0)
		return;
	memcpy(last->seal, row->seal, sizeof(row->seal));
	last->text = row->text != NULL ? "there" : NULL;
	assert_string_equal(row->groups, "ops,db");
	assert_non_null(strstr(row->by, "twofa_local uid=0"));
}

/* Two administrators at once: the second one is told. */
static void
changed_meanwhile(void **state)
{
	struct store *s = box_store_of(*state, "local", fleet);
	struct store_record_row last = { .at = 0 },
				row = { .user = "alice",
					.text = "phone = \"+12025550101\";\n",
					.by = "uid=0" };

	put(*state, "alice", PHONE, "ops,db");
	put(*state, "bob", PHONE, NULL);
	assert_int_equal(store_record_list(s, NULL, &last, count_rows), 0);
	assert_int_equal(last.at, 2);
	assert_int_equal(store_record_put(s, &row, false), 0);
	memcpy(row.seal, last.seal, sizeof(row.seal));
	assert_int_equal(store_record_put(s, &row, true), 1);
	/* the answer was lost */
	assert_int_equal(store_record_put(s, &row, true), 1);
	row.text = PHONE;
	row.seal[0] ^= 1;
	assert_int_equal(store_record_put(s, &row, true), 0);
	assert_int_equal(store_record_remove(s, "alice", row.seal), 0);
	/* groups stay where none are said */
	last.at = 0;
	assert_int_equal(store_record_list(s, "alice", &last, count_rows), 0);
	assert_int_equal(last.at, 1);
	assert_int_equal(store_record_remove(s, "alice", last.seal), 1);
	last.at = 0;
	assert_int_equal(store_record_list(s, "alice", &last, count_rows), 0);
	assert_int_equal(last.at, 0);
	store_close(s);
}

/* Whoever can write to the table, and has not the key. */
static void
rows_of_another(void **state)
{
	struct store *s = box_store_of(*state, "web01", fleet);
	struct store *admin = box_store_of(*state, "local", fleet);
	struct store_record_row last = { .text = "" };

	put(*state, "alice", PHONE, "ops,db");
	put(*state, "mallory", "phone = \"+12025550199\";\n", "");
	postgres_sql("UPDATE twofa.record r SET body = x.body, seal = x.seal "
		     "FROM twofa.record x WHERE r.usr <> x.usr");
	expect(s, "alice", STORE_RECORD_ERROR, "not what an administrator");
	postgres_sql("UPDATE twofa.record r SET body = x.body, seal = x.seal "
		     "FROM twofa.record x WHERE r.usr <> x.usr");
	expect(s, "alice", STORE_RECORD_FOUND, PHONE);
	postgres_sql("UPDATE twofa.record SET body = replace(body, '100', "
		     "'199')");
	expect(s, "alice", STORE_RECORD_ERROR, "not what an administrator");
	/* it is listed, so that it can be removed */
	assert_int_equal(store_record_list(admin, NULL, &last, count_rows), 0);
	assert_null(last.text);
	assert_int_equal(store_record_remove(admin, "alice", last.seal), 1);
	store_close(admin);
	store_close(s);
}

/* An empty database enrols nobody, and neither does another fleet's. */
static void
another_key(void **state)
{
	static unsigned char other[FLEET_SEAL_KEY] = "another one";
	struct store *s = box_store_of(*state, "local", other);
	const struct store_record_row row = {
		.user = "bob", .text = PHONE, .by = "uid=0"
	};
	struct store_record_row last = { .at = 0 };

	put(*state, "alice", PHONE, NULL);
	expect(s, "alice", STORE_RECORD_OTHER_KEY, "of another fleet key");
	expect(s, "nobody", STORE_RECORD_OTHER_KEY, "of another fleet key");
	assert_int_equal(s->failure, PG_SETTINGS);
	assert_int_equal(store_record_list(s, NULL, &last, count_rows), -1);
	assert_int_equal(last.at, 0);
	assert_int_equal(store_record_put(s, &row, false), -1);
	store_close(s);
	postgres_sql("UPDATE twofa.meta SET fleet_key = NULL");
	s = box_store_of(*state, "local", fleet);
	expect(s, "nobody", STORE_RECORD_ERROR, "the key of no fleet");
	assert_int_equal(store_record_list(s, NULL, &last, count_rows), -1);
	assert_int_equal(store_record_put(s, &row, false), -1);
	assert_non_null(strstr(store_cause(s), "of none"));
	store_close(s);
}

static void
name_user(int n, char user[16])
{
	snprintf(user, 16, "user%d", n);
}

static void
enroll_some(int count)
{
	char text[256];

	snprintf(text, sizeof(text),
	    "INSERT INTO twofa.record SELECT 'user' || n, 'x', '', '{}', 0, '' "
	    "FROM generate_series(1, %d) n",
	    count);
	postgres_sql(text);
}

/* The seals are none, which says that it was answered. */
#define ANSWERED "not what an administrator"
#define REFUSED "has read the records of 50 users"

static void
the_51st_of_an_hour(void **state)
{
	struct store *s = box_store_of(*state, "web01", fleet);
	struct store *beside = box_store_of(*state, "web02", fleet);
	char user[16];

	enroll_some(MOST + 1);
	for (int n = 1; n <= MOST; n++) {
		store_time_wall(WALL + n);
		name_user(n, user);
		expect(s, user, STORE_RECORD_ERROR, ANSWERED);
	}
	expect(s, "user51", STORE_RECORD_REFUSED, REFUSED);
	expect(s, "user51", STORE_RECORD_REFUSED, "host disable web01");
	/* whom it has, it may have again; and others are not in its way */
	expect(s, "user1", STORE_RECORD_ERROR, ANSWERED);
	expect(beside, "user51", STORE_RECORD_ERROR, ANSWERED);
	store_time_wall(WALL + 1 + HOUR);
	expect(s, "user51", STORE_RECORD_ERROR, ANSWERED);
	expect(s, "user1", STORE_RECORD_REFUSED, REFUSED);
	assert_int_equal(postgres_sql("SELECT count(*) FROM twofa.record_read "
				      "WHERE host = 'web01'"),
	    MOST + 1);
	store_close(beside);
	store_close(s);
}

/* An administrator says how many, and each is told where. */
static void
as_many_as_it_may(void **state)
{
	struct store *s = box_store_of(*state, "web01", fleet);

	enroll_some(4);
	postgres_sql("UPDATE twofa.host SET users_per_hour = 2");
	expect(s, "user1", STORE_RECORD_ERROR, ANSWERED);
	expect(s, "user2", STORE_RECORD_ERROR, ANSWERED);
	expect(s, "user3", STORE_RECORD_REFUSED,
	    "has read the records of 2 users");
	expect(s, "user3", STORE_RECORD_REFUSED,
	    "state host change web01 --hourly-users N");
	postgres_sql("UPDATE twofa.host SET users_per_hour = 3");
	expect(s, "user3", STORE_RECORD_ERROR, ANSWERED);
	expect(s, "user4", STORE_RECORD_REFUSED,
	    "has read the records of 3 users");
	store_close(s);
}

#define HAD 40
static int
do_read(struct store *s, const struct statebox *b, int n)
{
	struct store *own = box_store_of(b, "web01", fleet);
	char user[16], *text;

	(void)s;
	name_user(HAD + n + 1, user);
	n = (int)store_record_read(own, user, &text);
	store_close(own);
	return n;
}

/* All at once, there are as many. */
static void
at_once(void **state)
{
	unsigned count[256];

	enroll_some(HAD + 20);
	store_time_wall(WALL);
	postgres_sql("INSERT INTO twofa.record_read SELECT 'web01', 'user' || "
		     "n, 1700000000, '1' FROM generate_series(1, 40) n");
	box_all_at_once(*state, do_read, 20, count);
	assert_int_equal(count[STORE_RECORD_REFUSED], HAD + 20 - MOST);
	assert_int_equal(count[STORE_RECORD_ERROR], MOST - HAD); /* ANSWERED */
}

/* As the host itself would ask, with its password: the first number. */
static int64_t
as_host(const char *text)
{
	int64_t value;

	postgres_sql("SET SESSION AUTHORIZATION twofa_web01");
	value = postgres_sql(text);
	postgres_sql("RESET SESSION AUTHORIZATION");
	return value;
}

#define ASK(user) "SELECT (twofa_v1.record(NULL, '" user "')).answer"
#define AGAIN 2

/* What is rolled back was not answered. */
static void
nothing_is_read_unseen(void **state)
{
	(void)state;
	enroll_some(2);
	store_time_wall(WALL);
	postgres_sql("BEGIN");
	assert_int_equal(as_host(ASK("user1")), AGAIN);
	assert_int_equal(as_host(ASK("user1")), AGAIN);
	postgres_sql("SAVEPOINT one");
	assert_int_equal(as_host(ASK("user2")), AGAIN);
	postgres_sql("RELEASE one");
	assert_int_equal(as_host(ASK("user2")), AGAIN);
	postgres_sql("ROLLBACK");
	assert_int_equal(
	    postgres_sql("SELECT count(*) FROM twofa.record_read"), 0);
	assert_int_equal(as_host(ASK("user1")), AGAIN);
	assert_int_equal(as_host(ASK("user1")), 1);
	assert_int_equal(
	    as_host(
		"SELECT sum((twofa_v1.record(NULL, 'user2')).answer + 0 * n)"
		" FROM generate_series(1, 3) n"),
	    3 * AGAIN);
}

static void
groups(void **state)
{
	struct store *s = box_store_of(*state, "web01", fleet);

	put(*state, "alice", PHONE, "ops,db");
	put(*state, "bob", PHONE, "web");
	put(*state, "carol", PHONE, NULL);
	expect(s, "bob", STORE_RECORD_FOUND, PHONE);
	expect(s, "carol", STORE_RECORD_FOUND, PHONE);
	postgres_sql("UPDATE twofa.host SET groups = '{db,other}'");
	expect(s, "alice", STORE_RECORD_FOUND, PHONE);
	/* also those that it has read before */
	expect(s, "bob", STORE_RECORD_REFUSED, "in none of this host's groups");
	expect(s, "carol", STORE_RECORD_REFUSED, "--groups");
	expect(s, "dave", STORE_RECORD_NONE, "");
	store_close(s);
}

/* A role that no "state host add" made, and one that is disabled while its
 * connection is still there. An administrator needs no row. */
static void
no_host_of_ours(void **state)
{
	static const char *const hides[] = {
		"DELETE FROM twofa.host WHERE name = 'web01'",
		"UPDATE twofa.host SET disabled = now() WHERE name = 'web01'"
	};
	struct store *s = box_store_of(*state, "web01", fleet);
	struct store *admin = box_store_of(*state, "local", fleet);

	put(*state, "alice", PHONE, NULL);
	expect(s, "alice", STORE_RECORD_FOUND, PHONE);
	for (size_t i = 0; i < 2; i++) {
		postgres_sql(hides[i]);
		/* also one that it has read before, and one that is not there
		 */
		expect(s, "alice", STORE_RECORD_ERROR,
		    "twofactl state host add web01");
		assert_int_equal(store_failure(s), STORE_SETTINGS);
		expect(s, "nobody", STORE_RECORD_ERROR, "state host add web01");
		expect(admin, "alice", STORE_RECORD_FOUND, PHONE);
		postgres_host("web01");
	}
	store_close(admin);
	store_close(s);
}

static void
a_host_is_no_administrator(void **state)
{
	struct store *s = box_store_of(*state, "web01", fleet);
	const struct store_record_row row = {
		.user = "mallory", .text = PHONE, .by = "uid=0"
	};
	struct store_record_row last = { .at = 0 };

	put(*state, "alice", PHONE, "ops,db");
	assert_int_equal(store_record_put(s, &row, false), -1);
	assert_non_null(strstr(store_cause(s), "42501"));
	assert_int_equal(store_record_list(s, NULL, &last, count_rows), -1);
	assert_int_equal(store_record_remove(s, "alice", last.seal), -1);
	assert_int_equal(last.at, 0);
	store_close(s);
}

/* An outage is not "nobody". */
static void
out_of_reach(void **state)
{
	struct store *s = box_store_of(*state, "web01", fleet);
	char *text;

	put(*state, "alice", PHONE, NULL);
	s->url.host[0].port = 1;
	pg_disconnect(s);
	assert_int_equal(
	    store_record_read(s, "alice", &text), STORE_RECORD_OUTAGE);
	assert_int_equal(
	    store_record_read(s, "nobody", &text), STORE_RECORD_OUTAGE);
	assert_null(text);
	store_close(s);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

BOX_TESTS(test_records)
{
	const struct CMUnitTest tests[] = {
		TEST(put_and_read),
		TEST(put_ends_remembered_logins),
		TEST(remove_ends_remembered_logins),
		TEST(changed_after_a_restore),
		TEST(changed_meanwhile),
		TEST(rows_of_another),
		TEST(another_key),
		TEST(the_51st_of_an_hour),
		TEST(as_many_as_it_may),
		TEST(at_once),
		TEST(nothing_is_read_unseen),
		TEST(groups),
		TEST(no_host_of_ours),
		TEST(a_host_is_no_administrator),
		TEST(out_of_reach),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
