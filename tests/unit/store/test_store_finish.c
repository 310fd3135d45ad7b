/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The end of a login: a right code of any kind, with all that it brings with
 * it, or nothing.
 */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "helper/store/sqlite/sqlite.h"
#include "tests/support/plain_claims.h"
#include "tests/support/statebox.h"
#include "tests/support/store_time.h"
#include "tests/support/unit_tests.h"

#define NOW INT64_C(1000000)
#define WALL INT64_C(1790000000)
#define HOME "192.0.2.0/24"
#define LIFE 900
#define ME 7
#define SHUT_AT 100

static const struct limits_of_guesses limits = { 1000, 1000, 1, 0 };
static const unsigned char here[STORE_REMEMBERED_LEN] = { 1 };
static const unsigned char there[STORE_REMEMBERED_LEN] = { 2 };
static const char *const codes[] = { "ABCDEFGH2345WXYZ", "BBCDEFGH2345WXYZ" };
static const unsigned char digest[STORE_CODE_DIGEST] = { 3 };

static const struct store_right right = { .user = "alice",
	.source = HOME,
	.service = "sshd",
	.method = METHOD_SMS,
	.provider = "one",
	.binding = here,
	.remember_s = LIFE,
	.idle_s = LIFE };

static void
guess(struct store *s)
{
	struct store_guess_token token;
	int64_t wait_s;

	assert_int_equal(
	    at_guess_take(s, "alice", HOME, &limits, WALL, &token, &wait_s),
	    GUESS_OPEN);
}

/* A verification of alice that runs, with one message. */
static struct store_finish
running(struct store *s)
{
	const struct store_key key = { "alice", "+12025550100", "one", "type",
		{ NULL } };
	const struct store_send_key from = { "alice", "+12025550100", HOME,
		false, CARRIED_NOT, false, false };
	const struct limits_of_sends none = {
		.spend_day = -1, .spend_month = -1, .price = 50000
	};
	struct store_finish f = { .request_id = "r" };
	struct store_row row;
	const char *which;
	int64_t wait_s;

	assert_int_equal(
	    at_send_take(s, &from, &none, WALL, &f.send, &wait_s, &which),
	    SEND_TAKEN);
	assert_int_equal(
	    at_claim(s, &key, METHOD_ALL, METHOD_SMS, ME, NOW, 15000, &row),
	    CLAIM_NEW);
	f.id = row.id;
	assert_int_equal(at_started(s, row.id, ME, "r", METHOD_SMS, NOW,
			     NOW + 300000, f.send),
	    0);
	return f;
}

static int64_t
rows(const struct statebox *b, const char *table)
{
	char sql[64];

	snprintf(sql, sizeof(sql), "SELECT count(*) FROM %s", table);
	return box_sql(b, sql);
}

static void
nothing_came(const struct statebox *b)
{
	assert_int_equal(rows(b, "guess"), 2);
	assert_int_equal(rows(b, "passed"), 0);
	assert_int_equal(rows(b, "grace"), 0);
}

static void
all_came(const struct statebox *b)
{
	assert_int_equal(rows(b, "guess"), 0);
	assert_int_equal(rows(b, "passed"), 1);
	assert_int_equal(box_sql(b,
			     "SELECT count(*) FROM passed WHERE user = 'alice'"
			     " AND service = 'sshd' AND method = 1"
			     " AND provider = 'one' AND host = 'local'"
			     " AND at = 1790000000"),
	    1);
	assert_int_equal(at_remembered_get(b->s, "alice", here, WALL), 1);
	assert_int_equal(
	    at_remembered_get(b->s, "alice", here, WALL + LIFE), 0);
	store_time_wall(WALL);
}

static void
message_and_all(void **state)
{
	struct statebox *b = *state;
	struct store_finish f = running(b->s);

	assert_int_equal(METHOD_SMS, 1);
	guess(b->s);
	f.price = 80000;
	assert_int_equal(store_row_finish(b->s, &f, &right), 1);
	all_came(b);
	assert_int_equal(rows(b, "verification"), 0);
	assert_int_equal(box_sql(b, "SELECT answered FROM send"), 1);
	assert_int_equal(box_sql(b, "SELECT price FROM send"), 80000);
	assert_int_equal(box_sql(b, "SELECT sum(price) FROM spend"), 80000);
}

/* A vendor's mistake is no reason to turn somebody away. */
static void
odd_price(void **state)
{
	struct statebox *b = *state;
	struct store_finish f = running(b->s);

	f.price = INT64_MAX;
	assert_int_equal(store_row_finish(b->s, &f, &right), 1);
	assert_int_equal(box_sql(b, "SELECT price FROM send"), 50000);
}

/* The same session is told so again, and nothing is done twice. */
static void
again(void **state)
{
	struct statebox *b = *state;
	struct store_finish f = running(b->s);

	f.price = 80000;
	assert_int_equal(store_row_finish(b->s, &f, &right), 1);
	guess(b->s);
	store_time_wall(WALL + 60);
	f.price = 90000;
	assert_int_equal(store_row_finish(b->s, &f, &right), 1);
	assert_int_equal(rows(b, "guess"), 2);
	assert_int_equal(box_sql(b, "SELECT at FROM passed"), WALL);
	assert_int_equal(box_sql(b, "SELECT since FROM grace"), WALL);
	assert_int_equal(box_sql(b, "SELECT sum(price) FROM spend"), 80000);
}

/* Another session with the same right code leaves no trace. */
static void
second_comes_too_late(void **state)
{
	struct store_right other = right;
	struct statebox *b = *state;
	struct store_finish f = running(b->s);
	struct store *second = box_open(b);

	assert_non_null(second);
	other.service = "sudo";
	other.binding = there;
	second->head.session = ME + 1;
	guess(b->s);
	assert_int_equal(store_row_finish(b->s, &f, &right), 1);
	assert_int_equal(store_row_finish(second, &f, &other), 0);
	all_came(b);
	assert_int_equal(at_remembered_get(b->s, "alice", there, WALL), 0);
	store_close(second);
}

/* Each is another service with a binding of its own; from 1, and the winner is
 * told apart by its rows. */
static int
finish_as(struct store *s, const struct store_finish *f, int n)
{
	unsigned char binding[STORE_REMEMBERED_LEN] = { (
	    unsigned char)(n + 1) };
	struct store_right own = right;
	char service[16];
	int won;

	snprintf(service, sizeof(service), "%d", n + 1);
	own.service = service;
	own.binding = binding;
	s->head.session = n + 100;
	won = plain_finish_as(s, f, &own);
	return won < 0 ? BOX_FAILED : won == 1 ? n + 1 : 0;
}

static int64_t begun;

static int
do_finish(struct store *s, const struct statebox *b, int n)
{
	const struct store_finish f = { .id = begun, .request_id = "r" };

	(void)b;
	return finish_as(s, &f, n);
}

static void
one_of_many(void **state)
{
	struct statebox *b = *state;
	unsigned count[256], won = 0;

	running(b->s);
	begun = box_sql(b, "SELECT id FROM verification");
	box_all_at_once(b, do_finish, BOX_CROWD, count);
	assert_int_equal(count[0], BOX_CROWD - 1);
	for (unsigned n = 1; n <= BOX_CROWD; n++)
		won += count[n] * n;
	assert_int_equal(rows(b, "passed"), 1);
	assert_int_equal(rows(b, "grace"), 1);
	assert_int_equal(
	    box_sql(b, "SELECT CAST(service AS INTEGER) FROM passed"), won);
	if (!box_remote)
		assert_int_equal(
		    box_sql(b, "SELECT instr(binding, x'00') = 2 FROM grace"),
		    1);
}

/* twofactl test, an enrolment: nobody was let in. */
static void
nothing_to_note(void **state)
{
	struct statebox *b = *state;
	const struct store_finish f = running(b->s);
	struct store_right silent = right;

	silent.service = NULL;
	silent.binding = NULL;
	guess(b->s);
	assert_int_equal(store_row_finish(b->s, &f, &silent), 1);
	assert_int_equal(rows(b, "guess"), 0);
	assert_int_equal(rows(b, "passed"), 0);
	assert_int_equal(rows(b, "grace"), 0);
}

/* The provider takes an app's code in its message's place, and somebody was let
 * in by that one: the verification is over, and nobody is let in. */
static void
code_used_before(void **state)
{
	const struct store_code code = {
		.owner = "authy:1", .digest = { 3 }, .seconds = 300
	};
	struct statebox *b = *state;
	struct store_finish f = running(b->s);

	guess(b->s);
	assert_int_equal(plain_code_claim(b->s, "authy:1", digest, 300), 1);
	f.code = &code;
	f.price = 80000;
	assert_int_equal(store_row_finish(b->s, &f, &right), 0);
	assert_int_equal(store_row_finish(b->s, &f, &right), 0);
	nothing_came(b);
	assert_int_equal(rows(b, "verification"), 0);
	/* its message was paid for, and counts for its owner still */
	assert_int_equal(box_sql(b, "SELECT answered FROM send"), 0);
	assert_int_equal(box_sql(b, "SELECT price FROM send"), 80000);
}

static void
code_used_with_it(void **state)
{
	const struct store_code code = {
		.owner = "authy:1", .digest = { 3 }, .seconds = 300
	};
	struct statebox *b = *state;
	struct store_finish f = running(b->s);

	guess(b->s);
	f.code = &code;
	assert_int_equal(store_row_finish(b->s, &f, &right), 1);
	assert_int_equal(store_row_finish(b->s, &f, &right), 1);
	all_came(b);
	assert_int_equal(plain_code_claim(b->s, "authy:1", digest, 300), 0);
}

/* --- the other kinds --- */

static struct store_recovery
listed(struct store *s)
{
	struct store_recovery list[STORE_CODES_MAX];

	assert_int_equal(store_recovery_set(s, "alice", codes, 2, NULL), 0);
	assert_int_equal(store_recovery_list(s, "alice", list), 2);
	assert_int_equal(
	    recovery_code_hash(list[0].salt, codes[0], list[0].hash), 0);
	return list[0];
}

static int
act_totp(struct store *s, const struct store_right *r)
{
	return plain_totp_right(s, digest, 1000, r, NULL);
}

static int
act_code(struct store *s, const struct store_right *r)
{
	const struct store_code code = {
		.owner = "twilio:1", .digest = { 3 }, .seconds = 300
	};

	return store_code_claim(s, &code, r);
}

static int
act_recovery(struct store *s, const struct store_right *r)
{
	static struct store_recovery first;
	struct store_recovery used;
	unsigned left = 9;
	int won;

	if (store_recovery_count_codes(s, "alice") == 0)
		first = listed(s);
	won = store_recovery_claim(s, &first, 1, r, &used, &left);
	assert_int_equal(left, won == 1 ? 1 : 0);
	return won;
}

static int
act_message(struct store *s, const struct store_right *r)
{
	static struct store_finish f;

	if (store_row_read(s, f.id, &(struct store_row){ 0 }) != 1)
		f = running(s);
	return store_row_finish(s, &f, r);
}

static int (*const acts[])(struct store *, const struct store_right *) = {
	act_message, act_totp, act_code, act_recovery
};
#define ACTS (sizeof(acts) / sizeof(acts[0]))

/* All of it, once. */
static void
each_kind(void **state)
{
	struct statebox *b = *state;

	for (size_t i = 1; i < ACTS; i++) {
		guess(b->s);
		assert_int_equal(acts[i](b->s, &right), 1);
		all_came(b);
		guess(b->s);
		store_time_wall(WALL + 60);
		assert_int_equal(acts[i](b->s, &right), 0);
		assert_int_equal(rows(b, "guess"), 2);
		assert_int_equal(box_sql(b, "SELECT at FROM passed"), WALL);
		box_sql(b, "DELETE FROM passed");
		box_sql(b, "DELETE FROM grace");
		box_sql(b, "DELETE FROM guess");
	}
}

/* What cannot be kept to the end is not begun, and can be done later. */
static void
all_or_nothing(void **state)
{
	static const char *const tables[] = { "passed", "grace" };
	struct statebox *b = *state;
	char sql[128];

	for (size_t i = 0; i < ACTS; i++)
		for (size_t n = 0; n < 2; n++) {
			guess(b->s);
			snprintf(sql, sizeof(sql),
			    "CREATE TRIGGER stop BEFORE INSERT ON %s"
			    " BEGIN SELECT RAISE(ABORT, 'stop'); END",
			    tables[n]);
			box_sql(b, sql);
			assert_int_equal(acts[i](b->s, &right), -1);
			assert_true(store_cause(b->s)[0] != '\0');
			nothing_came(b);
			box_sql(b, "DROP TRIGGER stop");
			assert_int_equal(acts[i](b->s, &right), 1);
			all_came(b);
			box_sql(b, "DELETE FROM passed");
			box_sql(b, "DELETE FROM grace");
			box_sql(b, "DELETE FROM totp");
			box_sql(b, "DELETE FROM code_used");
			box_sql(b, "DELETE FROM recovery");
		}
}

/* It lets its owner in, and leaves the account shut. */
static void
recovery_opens_nothing(void **state)
{
	struct statebox *b = *state;
	int64_t wait_s;

	for (int i = 0; i < SHUT_AT; i++)
		guess(b->s);
	assert_int_equal(act_recovery(b->s, &right), 1);
	assert_int_equal(at_guess_look(b->s, "alice", HOME, WALL, &wait_s),
	    GUESS_LOCKED_OUT);
	assert_int_equal(rows(b, "passed"), 1);
	assert_int_equal(rows(b, "grace"), 1);
	/* any other code, whose guess was counted before, opens it */
	assert_int_equal(act_code(b->s, &right), 1);
	assert_int_equal(
	    at_guess_look(b->s, "alice", HOME, WALL, &wait_s), GUESS_OPEN);
}

/* Between the look and the claim: another login, or new codes with old ids. */
static void
recovery_gone(void **state)
{
	struct statebox *b = *state;
	struct store_recovery first = listed(b->s);
	struct store_right bob = right;
	struct store_recovery used;
	unsigned left;

	guess(b->s);
	bob.user = "bob";
	assert_int_equal(
	    store_recovery_claim(b->s, &first, 1, &bob, &used, &left), 0);
	listed(b->s);
	assert_int_equal(
	    store_recovery_claim(b->s, &first, 1, &right, &used, &left), 0);
	nothing_came(b);
	assert_int_equal(store_recovery_count_codes(b->s, "alice"), 2);
	first = listed(b->s);
	assert_int_equal(
	    store_recovery_claim(b->s, &first, 1, &right, &used, &left), 1);
	assert_int_equal(left, 1);
}

static unsigned statements;

static int
count_statement(unsigned type, void *ctx, void *statement, void *text)
{
	(void)type, (void)ctx, (void)statement, (void)text;
	statements++;
	return 0;
}

/* BEGIN and COMMIT among them: compiling them is most of what SQLite costs. */
static unsigned
statements_of(
    struct store *s, const struct store_finish *f, const struct store_right *r)
{
	statements = 0;
	sqlite3_trace_v2(s->db, SQLITE_TRACE_STMT, count_statement, NULL);
	assert_int_equal(store_row_finish(s, f, r), 1);
	sqlite3_trace_v2(s->db, 0, NULL, NULL);
	return statements;
}

static void
few_statements(void **state)
{
	struct statebox *b = *state;
	struct store_right forgotten = right;
	struct store_finish f = running(b->s);

	guess(b->s);
	forgotten.binding = NULL;
	assert_int_equal(statements_of(b->s, &f, &forgotten), 10);
	f = running(b->s);
	guess(b->s);
	assert_int_equal(statements_of(b->s, &f, &right), 11);
	f = running(b->s);
	guess(b->s);
	f.price = 60000;
	assert_int_equal(statements_of(b->s, &f, &right), 13);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, box_set_up, box_tear_down)
#define FILE_TEST(f) BOX_FILE_TEST(f, box_set_up, box_tear_down)

BOX_TESTS(test_store_finish)
{
	const struct CMUnitTest tests[] = {
		TEST(message_and_all),
		TEST(odd_price),
		TEST(again),
		TEST(second_comes_too_late),
		TEST(one_of_many),
		TEST(nothing_to_note),
		TEST(code_used_before),
		TEST(code_used_with_it),
		TEST(each_kind),
		FILE_TEST(all_or_nothing),
		TEST(recovery_opens_nothing),
		TEST(recovery_gone),
		FILE_TEST(few_statements),
	};

	return BOX_RUN(tests);
}
