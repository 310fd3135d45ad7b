/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * No statement of a login walks through a table: what it costs does not grow
 * with the users. Whatever the store runs is caught and its plan is asked for.
 */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <string.h>

#include <cmocka.h>

#include "helper/store/sqlite/sqlite.h"
#include "helper/store/store.h"
#include "tests/support/plain_claims.h"
#include "tests/support/statebox.h"
#include "tests/support/store_time.h"
#include "tests/support/unit_tests.h"

#define NOW INT64_C(1790000000)
#define BOOT_NOW INT64_C(1000000)
#define SEEN_MAX 200

static char *seen[SEEN_MAX];
static unsigned seen_count;

static int
note(unsigned type, void *ctx, void *statement, void *text)
{
	const char *sql = sqlite3_sql(statement);

	(void)type;
	(void)ctx;
	(void)text;
	for (unsigned i = 0; i < seen_count; i++)
		if (strcmp(seen[i], sql) == 0)
			return 0;
	if (seen_count < SEEN_MAX)
		seen[seen_count++] = strdup(sql);
	return 0;
}

static int
listen_to(sqlite3 *db, char **error, const void *api)
{
	(void)error;
	(void)api;
	return sqlite3_trace_v2(db, SQLITE_TRACE_STMT, note, NULL);
}

static void
forget_all(void)
{
	while (seen_count > 0)
		free(seen[--seen_count]);
}

static const char *const codes[] = { "ABCDEFGH2345WXYZ" };
static const unsigned char digest[STORE_CODE_DIGEST];

/* With all that a right code brings with it. Every seventh one removes what is
 * over. */
static void
finish(struct store *s, int64_t row, int64_t send)
{
	static const unsigned char binding[STORE_REMEMBERED_LEN];
	const struct store_right right = { "alice", "uid:1", "sshd", METHOD_SMS,
		"one", binding, 900, 900, NULL };
	const struct store_code code = { .owner = "authy:1", .seconds = 300 };
	struct store_finish f = { row, "r1", &code, send, 7, false };
	struct sqlite_query q;

	assert_int_equal(store_row_finish(s, &f, &right), 1);
	assert_int_equal(store_row_finish(s, &f, &right), 1);
	sqlite_query_open(&q, s,
	    "INSERT INTO verification(id, number, user, provider, boot, state,"
	    " session, holder, method, began_at, sent_at, expires_at, ends_at,"
	    " request_id) VALUES(7, 'x', 'alice', 'one', :boot, 'running', 1,"
	    " 1, 1, 0, 0, 0, 0, 'r7')");
	assert_int_equal(sqlite_query_run(&q), 1);
	f = (struct store_finish){ .id = 7, .request_id = "r7" };
	assert_int_equal(store_row_finish(s, &f, &right), 1);
}

/* What is about one verification. */
static void
run_verification(struct store *s)
{
	const struct store_key key = { "alice", "+12025550100", "one", "type",
		{ NULL } };
	const struct store_send_key from = { "alice", "+12025550100", "uid:1",
		false, CARRIED_NOT, false, false };
	const struct limits_of_sends all = { 9, 9, 9, 9, 9, 9, 9, 100, 100, 1,
		0, 0, 8, 8 };
	const struct limits_of_guesses limits = { 6, 30, 900, 0 };
	struct store_guess_token token;
	struct store_row row;
	int64_t wait_s, id;
	unsigned char verifier[STORE_VERIFIERS][STORE_VERIFIER_LEN];
	const char *which;

	const struct store_begin begin = { .user = "alice",
		.source = "uid:1",
		.count = 1,
		.candidate = { { key, METHOD_ALL, METHOD_SMS, 15000 } },
		.message = from,
		.limits = &all };
	struct store_begun begun;

	at_begin(s, &begin, 1, NOW, BOOT_NOW, &begun);
	assert_int_equal(begun.sent, SEND_TAKEN);
	at_unsent(s, begun.row.id, 1);
	at_guess_look(s, "alice", "uid:1", NOW, &wait_s);
	at_send_take(s, &from, &all, NOW, &id, &wait_s, &which);
	sqlite_send_set_price(s, id, 2);
	at_claim(s, &key, METHOD_ALL, METHOD_SMS, 1, BOOT_NOW, 15000, &row);
	at_unknown(s, row.id, 1, BOOT_NOW);
	at_started(
	    s, row.id, 1, "r1", METHOD_SMS, BOOT_NOW, BOOT_NOW + 300000, 0);
	at_claim(s, &key, METHOD_ALL, METHOD_SMS, 2, BOOT_NOW, 15000, &row);
	store_row_verifiers_read(s, row.id, "r1", verifier);
	at_look(s, row.id, BOOT_NOW, &row);
	at_replace(s, row.id, 2, "r1", false, BOOT_NOW);
	store_number_is_unclaimed(s, row.id, "+12025550100");
	at_started_so(s, 2, BOOT_NOW,
	    &(struct store_started){ .id = row.id,
		.request_id = "r1",
		.method = METHOD_SMS,
		.life_ms = 300000,
		.lasts_ms = 600000,
		.number = "+12025550100",
		.verifier = digest,
		.send = id,
		.price = 2 });
	at_replace(s, row.id, 2, "r1", false, BOOT_NOW);
	at_restore(s, row.id, 2);
	at_guess_take(s, "alice", "uid:1", &limits, NOW, &token, &wait_s);
	at_guess_look(s, "alice", "uid:1", NOW - 10, &wait_s);
	box_try(s, row.id, 3, BOOT_NOW, &row);
	store_row_refund_try(s, row.id, "r1", NULL);
	store_row_remove_held(s, row.id);
	store_guess_refund(
	    s, &(struct store_counted){ "alice", "uid:1", &token });
	at_holds(s, row.id, 2);
	at_spend(s, row.id, "r1", BOOT_NOW + 60000);
	store_row_remove_ended(s, row.id, "r1");
	finish(s, row.id, id);
	store_guess_reset_after_right(s, "alice", "uid:1");
	plain_guess_recovered(s, "alice", "uid:1");
	store_send_refund(s, id);
	at_claim(s, &key, METHOD_ALL, METHOD_SMS, 3, BOOT_NOW, 15000, &row);
	at_unsent(s, row.id, 3);
}

/* Every operation but those for administrators. */
static void
run_everything(struct store *s)
{
	static const unsigned char binding[STORE_REMEMBERED_LEN];
	const struct store_send_key push = { "alice", "push:alice", "uid:1",
		true, CARRIED_NOT, false, false };
	const struct limits_of_sends all = { 9, 9, 9, 9, 9, 9, 9, 100, 100, 1,
		0, 0, 8, 8 };
	int64_t wait_s, id;
	const char *which;
	unsigned left;

	run_verification(s);
	store_recovery_set(s, "alice", codes, 1, NULL);
	assert_int_equal(plain_recovery_claim(s, "alice", codes[0], &left), 1);
	store_recovery_count_codes(s, "alice");
	plain_totp_claim(s, "alice", NULL, 1);
	at_totp_renew(s, "alice", 2, 2);
	at_send_take(s, &push, &all, NOW, &id, &wait_s, &which);
	at_guess_refuse(s, "alice", "uid:1", 3600, NOW);
	at_guess_refused(s, "alice", "uid:1", NOW);
	assert_int_equal(at_code_claim(s, "alice", digest, 300, NOW), 1);
	at_remembered_put(s, "alice", binding, NOW, NOW + 1);
	at_remembered_get(s, "alice", binding, NOW);
	assert_int_equal(sqlite_remembered_forget_step(s, "alice"), 1);
	store_decoy_note_name(s, "deploy//.1", "deploy//.");
	at_pass_over(s, "one", BOOT_NOW + 60000);
	at_passed_over(s, "one", BOOT_NOW);
	at_passed(s, "sshd", "alice", METHOD_SMS, "one", NOW);
}

/* The table that a login's plan walks through, or NULL. */
static const char *
walked(sqlite3 *db, const char *sql, char out[200])
{
	sqlite3_stmt *st = NULL;
	char text[2000];
	bool found = false;

	snprintf(text, sizeof(text), "EXPLAIN QUERY PLAN %s", sql);
	if (sqlite3_prepare_v2(db, text, -1, &st, NULL) != SQLITE_OK)
		fail_msg("%s: %s", sqlite3_errmsg(db), text);
	while (!found && sqlite3_step(st) == SQLITE_ROW) {
		snprintf(
		    out, 200, "%s", (const char *)sqlite3_column_text(st, 3));
		found = strncmp(out, "SCAN ", 5) == 0 &&
		    strstr(out, "CONSTANT ROW") == NULL;
	}
	sqlite3_finalize(st);
	return found ? out : NULL;
}

static bool
is_query(const char *sql)
{
	return strncmp(sql, "SELECT", 6) == 0 ||
	    strncmp(sql, "INSERT", 6) == 0 || strncmp(sql, "UPDATE", 6) == 0 ||
	    strncmp(sql, "DELETE", 6) == 0;
}

static void
no_table_is_walked(void **state)
{
	struct statebox *b = *state;
	unsigned queries = 0, bad = 0;
	char plan[200];
	struct store *s;
	sqlite3 *db;

	sqlite3_auto_extension((void (*)(void))listen_to);
	s = box_open(b);
	assert_non_null(s);
	forget_all(); /* what the opening needs is asked of small tables */
	run_everything(s);
	store_close(s);
	sqlite3_cancel_auto_extension((void (*)(void))listen_to);
	assert_int_equal(sqlite3_open(b->path, &db), SQLITE_OK);
	for (unsigned i = 0; i < seen_count; i++) {
		if (!is_query(seen[i]))
			continue;
		queries++;
		if (walked(db, seen[i], plan) == NULL)
			continue;
		print_message("%s: %s\n", plan, seen[i]);
		bad++;
	}
	sqlite3_close(db);
	forget_all();
	assert_int_equal(bad, 0);
	assert_in_range(queries, 44, SEEN_MAX - 1);
}

static int
count_step(void *steps)
{
	++*(int *)steps;
	return 0;
}

/* SQLite's steps for a message. */
static int
steps_of_a_message(struct statebox *b, int n)
{
	static const struct limits_of_sends all = { .user_hour = 9,
		.number_day = 9,
		.source_hour = 9,
		.host_hour = 9,
		.spend_day = -1,
		.spend_month = -1 };
	struct store_send_key key = { .user = "carol",
		.source = "192.0.2.0/24" };
	char number[16];
	int64_t wait_s, id;
	const char *which;
	struct store *s = box_open(b);
	int steps = 0;

	assert_non_null(s);
	snprintf(number, sizeof(number), "+1202555%04d", n);
	key.counted_as = number;
	sqlite3_progress_handler(s->db, 1, count_step, &steps);
	assert_int_equal(
	    at_send_take(s, &key, &all, NOW, &id, &wait_s, &which), SEND_TAKEN);
	store_close(s);
	return steps;
}

/* As many as others have had in the last hour, from the same source, too. */
static void
answered_messages_cost_nothing(void **state)
{
	struct statebox *b = *state;
	int before;

	steps_of_a_message(b, 0);
	before = steps_of_a_message(b, 1);
	box_sql(b,
	    "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n"
	    " WHERE i < 9000) INSERT INTO send(at, user, number, source, day,"
	    " price, answered) SELECT 1790000000 - i % 3600, 'user' || i,"
	    " 'n' || i, '192.0.2.0/24', 0, 0, 1 FROM n");
	assert_in_range(steps_of_a_message(b, 2), 1, before + before / 10);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, box_set_up, box_tear_down)

UNIT_TESTS(test_store_plan)
{
	const struct CMUnitTest tests[] = {
		TEST(no_table_is_walked),
		TEST(answered_messages_cost_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
