/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A server that lies: in each column of each answer of a login it says what no
 * server says. All that comes of it is in the ranges that logins and brokers
 * count with, or the operation fails and says why.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "tests/support/plain_claims.h"
#include "tests/support/state/fleetbox.h"
#include "tests/support/unit_tests.h"

#define LONG_S (INT64_C(366) * 86400)
#define LONG_MS (INT64_C(1) << 51)

/* longer than any provider's name, or id of a verification */
static const char long_text[] = "0123456789abcdef0123456789abcdef0123456789"
				"abcdef0123456789abcdef0123456789";

static const char *const lies[] = { "", "x", "0", "-1", "4", "7", "9", "99",
	"2147483648", "4294967297", "9223372036854775807",
	"-9223372036854775808", long_text };

static const struct limits_of_guesses guesses = { 6, 30, 900, 100 };
static const struct limits_of_sends sends = { .user_hour = 9, .user_day = 9 };

/* The column with a lie, and what it says; NULL: the truth. */
static struct {
	int column;
	bool told;
	const char *text;
	char no_cause[STORE_CAUSE_MAX];
	char *(*truth)(const PGresult *, int, int);
} liar;

static char *
liar_value(const PGresult *result, int row, int column)
{
	if (liar.text == NULL || column != liar.column)
		return liar.truth(result, row, column);
	liar.told = true;
	return (char *)(uintptr_t)liar.text;
}

static void
in_range(const char *what, int64_t value, int64_t least, int64_t most)
{
	if (value < least || value > most)
		fail_msg("%s is %jd by \"%s\" in column %d", what,
		    (intmax_t)value, liar.text, liar.column);
}

static void
row_in_range(const struct store_row *row)
{
	in_range("id", row->id, 0, INT64_MAX);
	in_range("method", row->method, 0, METHOD_COUNT - 1);
	in_range("age_ms", row->age_ms, -LONG_MS, LONG_MS);
	in_range("left_ms", row->left_ms, -LONG_MS, LONG_MS);
	in_range("over_ms", row->over_ms, -LONG_MS, LONG_MS);
	in_range("tries", row->tries, 0, INT32_MAX);
}

static void
says_why(struct store *s, bool failed)
{
	if (failed && strcmp(store_cause(s), liar.no_cause) == 0)
		fail_msg(
		    "no cause by \"%s\" in column %d", liar.text, liar.column);
}

static void
look(struct store *s)
{
	bool refused;
	int64_t wait_s;
	const enum store_guess guess =
	    store_guess_look(s, "alice", SOURCE, &wait_s, &refused);

	says_why(s, guess == GUESS_ERROR);
	in_range("look", guess, GUESS_ERROR, GUESS_LOCKED_OUT);
	in_range("wait_s", wait_s, 0, LONG_S);
}

static void
take(struct store *s)
{
	struct store_guess_token token;
	int64_t wait_s;
	const enum store_guess guess =
	    store_guess_take(s, "alice", SOURCE, &guesses, &token, &wait_s);

	says_why(s, guess == GUESS_ERROR);
	in_range("guess", guess, GUESS_ERROR, GUESS_LOCKED_OUT);
	in_range("wait_s", wait_s, 0, LONG_S);
	liar.text = NULL;
	(void)store_guess_reset_after_right(s, "alice", SOURCE);
}

static void
attempt(struct store *s)
{
	const char *lie = liar.text;
	struct store_attempt a = { .user = "alice",
		.source = SOURCE,
		.limits = &guesses,
		.tries = 3 };
	struct store_attempted out;

	liar.text = NULL;
	a.id = fleetbox_started(s, "15550000000", "request");
	liar.text = lie;
	(void)store_guess_take_with_try(s, &a, &out);
	says_why(s, out.guess == GUESS_ERROR);
	in_range("guess", out.guess, GUESS_ERROR, GUESS_LOCKED_OUT);
	in_range("wait_s", out.wait_s, 0, LONG_S);
	in_range("tried", out.tried, TRY_ERROR, TRY_GONE);
	says_why(s, out.guess == GUESS_OPEN && out.tried == TRY_ERROR);
	row_in_range(&out.row);
	liar.text = NULL;
	assert_int_not_equal(store_row_remove_held(s, a.id), -1);
	(void)store_number_release(s, "15550000000");
	(void)store_guess_reset_after_right(s, "alice", SOURCE);
}

static void
read_row(struct store *s)
{
	const char *lie = liar.text;
	struct store_row row;
	int64_t id;

	liar.text = NULL;
	id = fleetbox_started(s, "15550000000", "request");
	liar.text = lie;
	says_why(s, store_row_read(s, id, &row) == -1);
	row_in_range(&row);
	liar.text = NULL;
	(void)store_number_release(s, "15550000000");
}

static void
claim(struct store *s)
{
	const struct store_key key = { "alice", "15550000000", "one", "type",
		{ NULL } };
	struct store_row row;
	const enum store_claim claimed =
	    store_claim(s, &key, METHOD_ALL, METHOD_SMS, 15000, &row);

	says_why(s, claimed == CLAIM_ERROR);
	in_range("claim", claimed, CLAIM_ERROR, CLAIM_UNFIT);
	row_in_range(&row);
	liar.text = NULL;
	(void)store_number_release(s, "15550000000");
}

static void
send_one(struct store *s)
{
	const struct store_send_key key = {
		.user = "alice", .counted_as = "15550000000", .source = SOURCE
	};
	const char *which = NULL;
	int64_t id, wait_s;
	const enum store_send sent =
	    store_send_take(s, &key, &sends, &id, &wait_s, &which);

	says_why(s, sent == SEND_ERROR);
	in_range("send", sent, SEND_ERROR, SEND_WAIT);
	in_range("id", id, 0, INT64_MAX);
	in_range("wait_s", wait_s, 0, LONG_S);
	liar.text = NULL;
	(void)store_sends_reset(s, "alice", "15550000000");
}

static void
begin(struct store *s)
{
	const struct store_begin ask = { .user = "alice",
		.source = SOURCE,
		.count = 1,
		.candidate = { { .key = { "alice", "15550000000", "one", "type",
				     { NULL } },
		    .methods = METHOD_ALL,
		    .method = METHOD_SMS,
		    .start_ms = 15000 } },
		.message = { .user = "alice",
		    .counted_as = "15550000000",
		    .source = SOURCE },
		.limits = &sends,
		.guesses = &guesses };
	struct store_begun out;
	const int rc = store_begin(s, &ask, &out);

	says_why(s, rc != 0);
	in_range("recovery_left", out.recovery_left, 0, RECOVERY_MAX);
	in_range("lock", out.lock, GUESS_ERROR, GUESS_LOCKED_OUT);
	in_range("lock_s", out.lock_s, 0, LONG_S);
	in_range("codes_at", out.codes_at, 0, INT64_MAX);
	in_range("claim", out.claim, CLAIM_ERROR, CLAIM_UNFIT);
	in_range("sent", out.sent, SEND_ERROR, SEND_WAIT);
	in_range("send", out.send, 0, INT64_MAX);
	in_range("wait_s", out.wait_s, 0, LONG_S);
	row_in_range(&out.row);
	liar.text = NULL;
	(void)store_number_release(s, "15550000000");
	(void)store_sends_reset(s, "alice", "15550000000");
}

static void
app(struct store *s)
{
	const struct store_right right = { .user = "alice", .source = SOURCE };
	struct store_used_step used = { .newest = 1000 };
	struct store_guess_token token;
	const struct store_totp_attempt a = { .limits = &guesses,
		.right = &right,
		.used = &used,
		.token = &token };
	int64_t wait_s;
	int claimed;
	const enum store_guess guess =
	    store_totp_attempt(s, &a, &claimed, &wait_s);

	says_why(s, guess == GUESS_ERROR);
	in_range("guess", guess, GUESS_ERROR, GUESS_LOCKED_OUT);
	in_range("claimed", claimed, 0, 2);
	in_range("wait_s", wait_s, 0, LONG_S);
	in_range("step", used.step, -LONG_MS, LONG_MS);
	liar.text = NULL;
	(void)store_guess_reset_after_right(s, "alice", SOURCE);
}

static void
recovery(struct store *s)
{
	const struct store_right right = { .user = "alice", .source = SOURCE };
	const char *codes[] = { "ABCDEFGH234567AB", "ABCDEFGH234567AC" };
	const char *lie = liar.text;
	struct store_recovery list[STORE_CODES_MAX] = { { .id = 0 } };
	struct store_recovery with = { .id = 0 };
	unsigned left;
	int rows;

	liar.text = NULL;
	assert_int_equal(store_recovery_set(s, "alice", codes, 2, NULL), 0);
	liar.text = lie;
	rows = store_recovery_list(s, "alice", list);
	says_why(s, rows < 0);
	for (int i = 0; i < rows; i++) {
		in_range("id", list[i].id, 1, INT64_MAX);
		in_range("use", list[i].use, 0, RECOVERY_USE_BOTH);
	}
	rows = store_recovery_claim(s, list, 0, &right, &with, &left);
	says_why(s, rows < 0);
	in_range("used", rows, -1, 1);
	in_range("left", left, 0, RECOVERY_MAX);
	in_range("use", with.use, 0, RECOVERY_USE_BOTH);
	in_range("until", with.until, 0, INT64_MAX);
}

static void
each_lie(struct store *s, void (*operation)(struct store *))
{
	liar.told = false;
	for (size_t n = 0; n < COUNT_OF(lies); n++) {
		store_set_cause(s, "%s", "");
		PRINT_TO(liar.no_cause, "%s", store_cause(s));
		liar.text = lies[n];
		operation(s);
		liar.text = NULL;
	}
}

static void
passed(struct store *s)
{
	int64_t left_ms;

	(void)store_provider_passed_over_left(s, "one", &left_ms);
	in_range("left_ms", left_ms, 0, LONG_MS);
}

static void
success(void *ctx, const char *name, enum method method, int64_t wall)
{
	(void)ctx;
	(void)name;
	in_range("method", method, METHOD_NONE + 1, METHOD_COUNT - 1);
	in_range("wall", wall, -LONG_MS, LONG_MS);
}

static void
successes(struct store *s)
{
	const char *lie = liar.text;

	liar.text = NULL;
	assert_int_equal(
	    plain_passed(s, "sshd", "alice", METHOD_SMS, "one"), 0);
	liar.text = lie;
	(void)store_successes_by_provider(s, NULL, success);
	(void)store_successes_by_user(s, "sshd", NULL, success);
}

/* Each operation, with each lie in each column. */
static void
each_column(void **state)
{
	static void (*const operations[])(struct store *) = { look, take,
		attempt, read_row, claim, send_one, begin, app, recovery,
		passed, successes };
	struct fleetbox *f = *state;
	struct store *s = f->host[0];

	liar.truth = pq.PQgetvalue;
	pq.PQgetvalue = liar_value;
	for (size_t i = 0; i < COUNT_OF(operations); i++)
		for (liar.column = 0, liar.told = true; liar.told;
		     liar.column++)
			each_lie(s, operations[i]);
	pq.PQgetvalue = liar.truth;
}

UNIT_TESTS(test_pg_liar)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
		    each_column, fleetbox_set_up, fleetbox_tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
