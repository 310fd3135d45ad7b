/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A rehearsal's messages, money and wrong codes: under the same limits, in rows
 * of its own, which go when its settings are no rehearsal any more.
 */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <string.h>

#include <cmocka.h>

#include "helper/store/store.h"
#include "tests/support/statebox.h"
#include "tests/support/store_time.h"
#include "tests/support/unit_tests.h"

#define NOW INT64_C(1790000000)
#define CONF "/etc/twofa/twofa.conf"
#define OTHER "/etc/twofa/other.conf"
#define CENT 10000 /* millionths */

static const struct limits_of_sends limits = { .user_hour = 2,
	.number_day = 3,
	.source_hour = 30,
	.host_hour = 300,
	.price = CENT,
	.spend_day = 100 * CENT,
	.spend_month = -1 };
static const struct limits_of_guesses guesses = { 2, 30, 900, 0 };

/* From here on the box is one of these settings. */
static struct store *
become(struct statebox *b, const char *settings, bool rehearsal)
{
	const struct store_session me = { STORE_HOST, 1, b->dir, 0, settings,
		rehearsal, NULL, NULL };
	char cause[STORE_CAUSE_MAX] = "";

	store_close(b->s);
	b->s = store_open(b->path, &me, cause);
	if (b->s == NULL)
		fail_msg("%s", cause);
	return b->s;
}

static enum store_send
take_by(struct store *s, const struct limits_of_sends *by, int64_t wall,
    const char **which)
{
	static const struct store_send_key key = { .user = "alice",
		.counted_as = "+12025550100",
		.source = "192.0.2.0/24" };
	int64_t id, wait_s;

	return at_send_take(s, &key, by, wall, &id, &wait_s, which);
}

static enum store_send
take(struct store *s, int64_t wall)
{
	const char *which;

	return take_by(s, &limits, wall, &which);
}

static enum store_guess
guess(struct store *s, int64_t wall)
{
	struct store_guess_token token;
	int64_t wait_s;

	return at_guess_take(
	    s, "alice", "192.0.2.0/24", &guesses, wall, &token, &wait_s);
}

static int64_t
rows_of(const struct statebox *b, const char *scope)
{
	char text[256];

	snprintf(text, sizeof(text),
	    "SELECT (SELECT count(*) FROM send WHERE scope = '%s')"
	    " + (SELECT count(*) FROM spend WHERE scope = '%s')"
	    " + (SELECT count(*) FROM guess WHERE scope = '%s')",
	    scope, scope, scope);
	return box_sql(b, text);
}

/* Two messages in the hour, and no third. */
static void
uses_up(struct store *s, int64_t wall)
{
	const char *which = "";

	assert_int_equal(take(s, wall), SEND_TAKEN);
	assert_int_equal(take(s, wall), SEND_TAKEN);
	assert_int_equal(take_by(s, &limits, wall, &which), SEND_WAIT);
	assert_string_equal(which, "sends_per_user_hour");
}

static void
messages(void **state)
{
	struct statebox *b = *state;

	uses_up(become(b, CONF, true), NOW);
	uses_up(become(b, OTHER, true), NOW);
	/* nor do the others count there */
	uses_up(become(b, NULL, false), NOW);
	assert_int_equal(take(become(b, CONF, true), NOW), SEND_WAIT);
	assert_int_equal(rows_of(b, CONF), 3);
	assert_int_equal(rows_of(b, OTHER), 3);
	assert_int_equal(rows_of(b, ""), 3);
}

/* A message more than each of these allows. */
static void
each_limit(void **state)
{
	static const struct {
		struct limits_of_sends by;
		const char *name;
	} rows[] = {
		{ { .number_day = 1, .spend_day = -1, .spend_month = -1 },
		    "sends_per_number_day" },
		{ { .source_hour = 1, .spend_day = -1, .spend_month = -1 },
		    "sends_per_source_hour" },
		{ { .host_hour = 1, .spend_day = -1, .spend_month = -1 },
		    "sends_per_host_hour" },
		{ { .price = CENT, .spend_day = CENT, .spend_month = -1 },
		    "spend_per_day" },
		{ { .price = CENT, .spend_day = -1, .spend_month = CENT },
		    "spend_per_month" },
	};
	const char *const scope[] = { CONF, OTHER, NULL };
	struct statebox *b = *state;
	const char *which = "";

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		box_sql(b, "DELETE FROM send");
		box_sql(b, "DELETE FROM spend");
		for (size_t k = 0; k < 3; k++) {
			become(b, scope[k], scope[k] != NULL);
			assert_int_equal(
			    take_by(b->s, &rows[i].by, NOW, &which),
			    SEND_TAKEN);
			assert_int_equal(
			    take_by(b->s, &rows[i].by, NOW, &which), SEND_WAIT);
			assert_string_equal(which, rows[i].name);
		}
	}
}

static void
wrong_codes(void **state)
{
	struct statebox *b = *state;
	int64_t wait_s;

	become(b, CONF, true);
	assert_int_equal(guess(b->s, NOW), GUESS_OPEN);
	assert_int_equal(guess(b->s, NOW), GUESS_OPEN);
	assert_int_equal(guess(b->s, NOW), GUESS_LOCKED);
	assert_int_equal(at_guess_refuse(b->s, "bob", "uid:1", 3600, NOW), 0);
	assert_int_equal(at_guess_refused(b->s, "bob", "uid:1", NOW), 1);
	become(b, NULL, false);
	assert_int_equal(at_guess_refused(b->s, "bob", "uid:1", NOW), 0);
	assert_int_equal(guess(b->s, NOW), GUESS_OPEN);
	/* a right code there opens nothing here */
	assert_int_equal(
	    store_guess_reset_after_right(b->s, "alice", "192.0.2.0/24"), 0);
	become(b, CONF, true);
	assert_int_equal(
	    at_guess_look(b->s, "alice", "192.0.2.0/24", NOW, &wait_s),
	    GUESS_LOCKED);
	assert_int_equal(store_user_unlock(b->s, "alice"), 1);
	assert_int_equal(guess(b->s, NOW), GUESS_OPEN);
}

/* Who tries names that are nobody's has as many rows as elsewhere. */
static void
strangers(void **state)
{
	struct statebox *b = *state;

	store_time_wall(NOW);
	assert_int_equal(store_decoy_note_name(
			     become(b, CONF, true), "deploy//.1", "deploy//."),
	    1);
	assert_int_equal(store_decoy_note_name(
			     become(b, NULL, false), "deploy//.1", "deploy//."),
	    1);
	assert_int_equal(
	    box_sql(b, "SELECT count(*) FROM guess WHERE user = 'deploy//.1'"),
	    2);
}

/* The first message of the same settings, once they are no rehearsal. */
static void
emptied(void **state)
{
	struct statebox *b = *state;

	become(b, CONF, true);
	uses_up(b->s, NOW);
	assert_int_equal(guess(b->s, NOW), GUESS_OPEN);
	assert_int_equal(rows_of(b, CONF), 5);
	assert_int_equal(take(become(b, CONF, false), NOW), SEND_TAKEN);
	assert_int_equal(rows_of(b, CONF), 0);
	assert_int_equal(rows_of(b, ""), 2);
	uses_up(become(b, CONF, true), NOW);
}

/* Else who may log in by the others could have messages and guesses at a
 * gateway behind a tunnel without end. */
static void
not_by_others(void **state)
{
	struct statebox *b = *state;

	become(b, CONF, true);
	uses_up(b->s, NOW);
	assert_int_equal(guess(b->s, NOW), GUESS_OPEN);
	assert_int_equal(guess(b->s, NOW), GUESS_OPEN);
	uses_up(become(b, OTHER, false), NOW);
	assert_int_equal(take(become(b, CONF, true), NOW), SEND_WAIT);
	assert_int_equal(guess(b->s, NOW), GUESS_LOCKED);
}

/* A few at a time, and all of them before anything is counted. */
static void
many(void **state)
{
	const struct limits_of_sends none = { .spend_day = -1,
		.spend_month = -1 };
	struct statebox *b = *state;
	const char *which;

	become(b, CONF, true);
	for (int i = 0; i < 120; i++)
		assert_int_equal(take_by(b->s, &none, NOW, &which), SEND_TAKEN);
	assert_int_equal(take(become(b, CONF, false), NOW), SEND_TAKEN);
	assert_int_equal(rows_of(b, CONF), 0);
}

/* What it has cost is the rehearsal's, whoever learns the price. */
static void
prices(void **state)
{
	static const struct store_send_key key = { .user = "alice",
		.counted_as = "+12025550100",
		.source = "192.0.2.0/24" };
	struct statebox *b = *state;
	int64_t id, wait_s;
	const char *which;

	become(b, CONF, true);
	assert_int_equal(
	    at_send_take(b->s, &key, &limits, NOW, &id, &wait_s, &which),
	    SEND_TAKEN);
	become(b, NULL, false);
	assert_int_equal(store_send_refund(b->s, id), 0);
	assert_int_equal(rows_of(b, ""), 0);
	assert_int_equal(box_sql(b, "SELECT price FROM spend"), 0);
}

static void
count_user(void *ctx, const struct store_status *row)
{
	unsigned *hour = ctx;

	if (strcmp(row->user, "alice") == 0 && row->source[0] == '\0')
		*hour = row->sends_hour;
}

static void
shown(void **state)
{
	struct statebox *b = *state;
	unsigned hour = 9, day = 9;
	int64_t spent_day = 9, spent_month = 9;

	uses_up(become(b, CONF, true), NOW);
	assert_int_equal(store_status_list(b->s, NULL, &hour, count_user), 0);
	assert_int_equal(hour, 2);
	become(b, NULL, false);
	hour = 9;
	assert_int_equal(store_status_list(b->s, NULL, &hour, count_user), 0);
	assert_int_equal(hour, 9); /* nobody is listed */
	assert_int_equal(
	    store_totals_read(b->s, &hour, &day, &spent_day, &spent_month), 0);
	assert_int_equal(hour + day, 0);
	assert_int_equal(spent_day + spent_month, 0);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, box_set_up, box_tear_down)

UNIT_TESTS(test_store_rehearsal)
{
	const struct CMUnitTest tests[] = {
		TEST(messages),
		TEST(each_limit),
		TEST(wrong_codes),
		TEST(strangers),
		TEST(emptied),
		TEST(not_by_others),
		TEST(many),
		TEST(prices),
		TEST(shown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
