/* SPDX-License-Identifier: BSD-2-Clause */
/* What an administrator is shown, and what unlock mends. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <string.h>

#include <cmocka.h>

#include "helper/store/sqlite/sqlite.h"
#include "lib/items/items.h"
#include "tests/support/plain_claims.h"
#include "tests/support/statebox.h"
#include "tests/support/store_time.h"
#include "tests/support/unit_tests.h"

#define NOW INT64_C(1790000000)
#define BOOT_NOW INT64_C(1000000)

static const struct limits_of_guesses limits = { 2, 3, 900, 0 };

/* The rows as lines of text. */
static void
show(void *ctx, const struct store_status *r)
{
	char *text = ctx;
	size_t used = strlen(text);

	snprintf(text + used, 2000 - used,
	    "%s@%s wrong %u locked %d%s sends %u/%u recovery %u grace %u\n",
	    r->user, r->source, r->wrong, (int)r->locked_s,
	    r->shut ? " shut" : "", r->sends_hour, r->sends_day, r->recovery,
	    r->remembered);
}

static void
shows(struct statebox *b, const char *user, int64_t wall, const char *want)
{
	char text[2000] = "";

	assert_int_equal(at_status(b->s, user, wall, text, show), 0);
	assert_string_equal(text, want);
}

static void
guess(struct statebox *b, const char *user, const char *source, int64_t wall)
{
	struct store_guess_token token;
	int64_t wait_s;

	assert_int_equal(
	    at_guess_take(b->s, user, source, &limits, wall, &token, &wait_s),
	    GUESS_OPEN);
}

static void
send(struct statebox *b, const char *user, int64_t wall)
{
	const struct limits_of_sends none = { .spend_day = -1,
		.spend_month = -1 };
	const struct store_send_key key = { user, "+12025550100", "uid:1",
		false, false, false, false };
	const char *which;
	int64_t id, wait_s;

	assert_int_equal(
	    at_send_take(b->s, &key, &none, wall, &id, &wait_s, &which),
	    SEND_TAKEN);
}

static void
nothing(void **state)
{
	struct statebox *b = *state;

	shows(b, NULL, NOW, "");
	shows(b, "alice", NOW,
	    "alice@ wrong 0 locked 0 sends 0/0 recovery 0 grace 0\n");
	assert_int_equal(store_user_unlock(b->s, "alice"), 0);
}

static int
note(unsigned type, void *count, void *statement, void *text)
{
	(void)type;
	(void)statement;
	(void)text;
	++*(unsigned *)count;
	return 0;
}

/* However many users there are. */
static void
one_statement(void **state)
{
	struct statebox *b = *state;
	char user[16], text[2000] = "";
	unsigned count = 0;

	for (unsigned i = 0; i < 20; i++) {
		snprintf(user, sizeof(user), "user%u", i);
		guess(b, user, "a", NOW);
	}
	sqlite3_trace_v2(b->s->db, SQLITE_TRACE_STMT, note, &count);
	assert_int_equal(at_status(b->s, "user7", NOW, text, show), 0);
	assert_int_equal(count, 1);
	assert_int_equal(at_status(b->s, NULL, NOW, text, show), 0);
	assert_int_equal(count, 2);
	sqlite3_trace_v2(b->s->db, 0, NULL, NULL);
	assert_non_null(strstr(text, "user19@a wrong 1"));
}

static void
everything(void **state)
{
	static const char *const codes[] = { "ABCDEFGH2345WXYZ",
		"BBCDEFGH2345WXYZ" };
	static const unsigned char binding[STORE_REMEMBERED_LEN] = { 7 };
	struct statebox *b = *state;

	assert_int_equal(store_recovery_set(b->s, "dave", codes, 2, NULL), 0);
	assert_int_equal(plain_totp_claim(b->s, "erin", NULL, 1), 1);
	assert_int_equal(
	    at_remembered_put(b->s, "carol", binding, NOW, NOW + 60), 0);
	send(b, "alice", NOW - 86399);
	send(b, "alice", NOW - 3600);
	send(b, "alice", NOW - 3599);
	guess(b, "bob", "b", NOW);
	guess(b, "bob", "a", NOW);
	guess(b, "bob", "a", NOW);
	shows(b, NULL, NOW + 10,
	    "alice@ wrong 0 locked 0 sends 0/2 recovery 0 grace 0\n"
	    "bob@ wrong 3 locked 890 sends 0/0 recovery 0 grace 0\n"
	    "bob@a wrong 2 locked 890 sends 0/0 recovery 0 grace 0\n"
	    "bob@b wrong 1 locked 0 sends 0/0 recovery 0 grace 0\n"
	    "carol@ wrong 0 locked 0 sends 0/0 recovery 0 grace 1\n"
	    "dave@ wrong 0 locked 0 sends 0/0 recovery 2 grace 0\n"
	    "erin@ wrong 0 locked 0 sends 0/0 recovery 0 grace 0\n");
	shows(b, "alice", NOW,
	    "alice@ wrong 0 locked 0 sends 1/3 recovery 0 grace 0\n");
	shows(b, "bob", NOW + 900,
	    "bob@ wrong 3 locked 0 sends 0/0 recovery 0 grace 0\n"
	    "bob@a wrong 2 locked 0 sends 0/0 recovery 0 grace 0\n"
	    "bob@b wrong 1 locked 0 sends 0/0 recovery 0 grace 0\n");
	shows(b, "carol", NOW + 60,
	    "carol@ wrong 0 locked 0 sends 0/0 recovery 0 grace 0\n");
	/* a clock that was set back: what a login would find */
	shows(b, "bob", NOW - 3600,
	    "bob@ wrong 3 locked 900 sends 0/0 recovery 0 grace 0\n"
	    "bob@a wrong 2 locked 900 sends 0/0 recovery 0 grace 0\n"
	    "bob@b wrong 1 locked 0 sends 0/0 recovery 0 grace 0\n");
}

static void
shut(void **state)
{
	struct statebox *b = *state;

	for (int i = 0; i < LIMITS_LOCKOUT_AT; i++)
		guess(b, "bob", "a", NOW + i * INT64_C(200000));
	shows(b, "bob", NOW + 200000 * 200,
	    "bob@ wrong 100 locked 0 shut sends 0/0 recovery 0 grace 0\n"
	    "bob@a wrong 100 locked 0 sends 0/0 recovery 0 grace 0\n");
	assert_int_equal(store_user_unlock(b->s, "bob"), 1);
	assert_int_equal(store_user_unlock(b->s, "bob"), 0);
	shows(b, "bob", NOW,
	    "bob@ wrong 0 locked 0 sends 0/0 recovery 0 grace 0\n");
}

/* Messages that were sent stay counted: they have cost money. */
static void
unlock_is_for_one(void **state)
{
	struct statebox *b = *state;

	send(b, "alice", NOW);
	guess(b, "alice", "a", NOW);
	guess(b, "bob", "a", NOW);
	assert_int_equal(store_user_unlock(b->s, "alice"), 1);
	shows(b, NULL, NOW,
	    "alice@ wrong 0 locked 0 sends 1/1 recovery 0 grace 0\n"
	    "bob@ wrong 1 locked 0 sends 0/0 recovery 0 grace 0\n"
	    "bob@a wrong 1 locked 0 sends 0/0 recovery 0 grace 0\n");
}

static void
verification(struct statebox *b, const char *user, const char *number,
    const char *id, bool spent)
{
	const struct store_key key = { user, number, "one", "type", { NULL } };
	struct store_row row;

	assert_int_equal(at_claim(b->s, &key, METHOD_ALL, METHOD_SMS, 1,
			     BOOT_NOW, 15000, &row),
	    CLAIM_NEW);
	assert_int_equal(at_started(b->s, row.id, 1, id, METHOD_SMS, BOOT_NOW,
			     BOOT_NOW + 300000, 0),
	    0);
	if (spent)
		assert_int_equal(
		    at_spend(b->s, row.id, id, BOOT_NOW + 60000), 1);
}

static void
unlock_spent(void **state)
{
	struct statebox *b = *state;

	verification(b, "alice", "+12025550100", "r1", true);
	verification(b, "alice", "+12025550101", "r2", false);
	verification(b, "bob", "+12025550102", "r3", true);
	assert_int_equal(store_user_unlock(b->s, "alice"), 1);
	assert_int_equal(store_user_unlock(b->s, "alice"), 0);
	assert_int_equal(box_sql(b, "SELECT count(*) FROM verification"), 2);
	verification(b, "alice", "+12025550100", "r4", false);
}

/* Of each user and in each state; only at that number. */
static void
number_release(void **state)
{
	static const char number[] = "+12025550100";
	const struct store_key key = { "mallory", number, "two", "type",
		{ NULL } };
	struct statebox *b = *state;
	struct store_row row;

	verification(b, "bob", "+12025550101", "r1", false);
	verification(b, "mallory", number, "r2", false);
	assert_int_equal(store_number_release(b->s, number), 1);
	assert_int_equal(store_number_release(b->s, number), 0);
	assert_int_equal(at_claim(b->s, &key, METHOD_ALL, METHOD_SMS, 1,
			     BOOT_NOW, 15000, &row),
	    CLAIM_NEW);
	assert_int_equal(at_unknown(b->s, row.id, 1, BOOT_NOW), 0);
	verification(b, "alice", number, "r3", true);
	assert_int_equal(store_number_release(b->s, number), 2);
	verification(b, "alice", number, "r4", false);
	/* one that is over occupies nothing */
	store_time_now(BOOT_NOW + 300000);
	assert_int_equal(store_number_release(b->s, number), 0);
	assert_int_equal(box_sql(b, "SELECT count(*) FROM verification"), 2);
}

static enum store_send
send_by(struct statebox *b, const struct store_send_key *key,
    const struct limits_of_sends *by, const char **which)
{
	int64_t id, wait_s;

	return at_send_take(b->s, key, by, NOW, &id, &wait_s, which);
}

/* Those of user and number; neither is what source, host and money may have. */
static void
sends_reset(void **state)
{
	static const struct {
		struct limits_of_sends by;
		bool push, reset;
	} rows[] = {
		{ { .user_hour = 1, .spend_day = -1, .spend_month = -1 }, false,
		    true },
		{ { .user_day = 1, .spend_day = -1, .spend_month = -1 }, false,
		    true },
		{ { .number_day = 1, .spend_day = -1, .spend_month = -1 },
		    false, true },
		{ { .push_hour = 1, .spend_day = -1, .spend_month = -1 }, true,
		    true },
		{ { .source_hour = 1, .spend_day = -1, .spend_month = -1 },
		    false, false },
		{ { .host_hour = 1, .spend_day = -1, .spend_month = -1 }, false,
		    false },
		{ { .price = 7, .spend_day = 7, .spend_month = -1 }, false,
		    false },
		{ { .price = 7, .spend_day = -1, .spend_month = 7 }, false,
		    false },
	};
	struct statebox *b = *state;
	const char *which;

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct store_send_key key = { "alice", "+12025550100",
			"uid:1", rows[i].push, CARRIED_NOT, false, false };

		box_sql(b, "DELETE FROM send");
		box_sql(b, "DELETE FROM spend");
		assert_int_equal(
		    send_by(b, &key, &rows[i].by, &which), SEND_TAKEN);
		assert_int_equal(
		    send_by(b, &key, &rows[i].by, &which), SEND_WAIT);
		assert_int_equal(reason_limit_is_user(which), rows[i].reset);
		assert_int_equal(store_sends_reset(b->s, "bob", ""), 0);
		assert_int_equal(store_sends_reset(b->s, "alice", ""), 1);
		assert_int_equal(store_sends_reset(b->s, "alice", ""), 0);
		assert_int_equal(send_by(b, &key, &rows[i].by, &which),
		    rows[i].reset ? SEND_TAKEN : SEND_WAIT);
	}
}

/* One that was answered rightly, and one that others had sent to the number;
 * of an account all people's, and nobody else's. */
static void
sends_of_others_reset(void **state)
{
	static const struct limits_of_sends by = { .number_day = 2,
		.number_answered_day = 1,
		.spend_day = -1,
		.spend_month = -1 };
	const struct store_send_key bob = { "bob", "+12025550100", "uid:1",
		false, CARRIED_NOT, false, false };
	struct statebox *b = *state;
	const char *which;

	send(b, "bob", NOW);
	box_sql(b, "UPDATE send SET answered = 1");
	assert_int_equal(send_by(b, &bob, &by, &which), SEND_WAIT);
	assert_string_equal(which, "answered_per_number_day");
	assert_true(reason_limit_is_user(which));
	assert_int_equal(store_sends_reset(b->s, "alice", ""), 0);
	assert_int_equal(store_sends_reset(b->s, "alice", "+12025550100"), 1);
	assert_int_equal(send_by(b, &bob, &by, &which), SEND_TAKEN);
	box_sql(b, "UPDATE send SET number = 'one'");
	send(b, "deploy//anna", NOW);
	box_sql(b, "UPDATE send SET number = 'two' WHERE number <> 'one'");
	assert_int_equal(store_sends_reset(b->s, "depl", ""), 0);
	assert_int_equal(store_sends_reset(b->s, "deploy", ""), 1);
	shows(b, "deploy//anna", NOW,
	    "deploy//anna@ wrong 0 locked 0 sends 0/0 recovery 0 grace 0\n");
}

static void
count_in(void *ctx, const char *user, enum method method, int64_t wall)
{
	(void)user;
	(void)method;
	(void)wall;
	++*(int *)ctx;
}

/* No codes: the user is removed, and nothing but what still counts is left. */
static void
removed(void **state)
{
	static const unsigned char binding[STORE_REMEMBERED_LEN] = { 7 };
	struct statebox *b = *state;
	int in = 0;

	assert_int_equal(plain_totp_claim(b->s, "erin", NULL, 1), 1);
	assert_int_equal(plain_totp_claim(b->s, "frank", NULL, NOW / 30), 1);
	for (int i = 0; i < 2; i++) {
		const char *user = i == 0 ? "erin" : "dave";

		assert_int_equal(
		    at_remembered_put(b->s, user, binding, NOW, NOW + 60), 0);
		assert_int_equal(
		    at_passed(b->s, "sshd", user, METHOD_SMS, "v", NOW), 0);
	}
	assert_int_equal(store_recovery_set(b->s, "erin", NULL, 0, NULL), 0);
	assert_int_equal(store_recovery_set(b->s, "frank", NULL, 0, NULL), 0);
	assert_int_equal(
	    store_successes_by_user(b->s, "sshd", &in, count_in), 0);
	assert_int_equal(in, 1);
	shows(b, NULL, NOW,
	    "dave@ wrong 0 locked 0 sends 0/0 recovery 0 grace 1\n"
	    "frank@ wrong 0 locked 0 sends 0/0 recovery 0 grace 0\n");
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, box_set_up, box_tear_down)
#define FILE_TEST(f) BOX_FILE_TEST(f, box_set_up, box_tear_down)

BOX_TESTS(test_store_status)
{
	const struct CMUnitTest tests[] = {
		TEST(nothing),
		TEST(everything),
		FILE_TEST(one_statement),
		TEST(shut),
		TEST(unlock_is_for_one),
		TEST(unlock_spent),
		TEST(number_release),
		TEST(sends_reset),
		TEST(sends_of_others_reset),
		TEST(removed),
	};

	return BOX_RUN(tests);
}
