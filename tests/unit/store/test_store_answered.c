/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Messages whose code let somebody in count no more for their owner: many
 * windows and many sessions in a day keep nobody out. Who cannot answer gets no
 * more than before, and of one number there are so many in a day at most.
 */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <stdio.h>

#include <cmocka.h>

#include "tests/support/plain_claims.h"
#include "tests/support/statebox.h"
#include "tests/support/store_time.h"
#include "tests/support/unit_tests.h"

#define MINUTE 60
#define HOUR 3600
#define DAY 86400
#define NOON (INT64_C(20000) * DAY + 12 * HOUR)
#define PHONE "+12025550100"
#define SESSION 7

/* The settings' own defaults (settings_groups.c). */
static const struct limits_of_sends limits = { .user_hour = 5,
	.user_day = 15,
	.number_day = 15,
	.source_hour = 30,
	.host_hour = 300,
	.number_answered_day = 60,
	.push_hour = 5,
	.spend_day = -1,
	.spend_month = -1 };

static const struct store_key key = { "alice", PHONE, "vonage", "vonage-verify",
	{ NULL } };

struct address_check {
	enum store_send result;
	int64_t id, wait_s;
	const char *which;
};

static struct address_check
ask(struct statebox *b, const struct limits_of_sends *l, int64_t wall)
{
	const struct store_send_key by = {
		.user = "alice", .counted_as = PHONE, .source = "192.0.2.0/24"
	};
	struct address_check a = { SEND_ERROR, 0, 0, "" };

	a.result = at_send_take(b->s, &by, l, wall, &a.id, &a.wait_s, &a.which);
	return a;
}

static void
holds(struct address_check a, const char *which, int64_t wait_s)
{
	assert_int_equal(a.result, SEND_WAIT);
	assert_string_equal(a.which, which);
	assert_int_equal(a.wait_s, wait_s);
}

/* A verification in which this message, counted before, is on its way. */
static struct store_row
begin(struct statebox *b, int64_t send, int64_t wall)
{
	struct store_row row;
	char id[32];

	snprintf(id, sizeof(id), "id-%lld", (long long)send);
	assert_int_equal(at_claim(b->s, &key, METHOD_BIT(METHOD_SMS),
			     METHOD_SMS, SESSION, wall, 60000, &row),
	    CLAIM_NEW);
	assert_int_equal(at_started(b->s, row.id, SESSION, id, METHOD_SMS, wall,
			     wall + 300000, send),
	    0);
	assert_int_equal(at_look(b->s, row.id, wall, &row), 1);
	return row;
}

/* A login whose code was right. */
static void
get_in(struct statebox *b, const struct limits_of_sends *l, int64_t wall)
{
	const struct address_check a = ask(b, l, wall);
	struct store_row row;

	assert_int_equal(a.result, SEND_TAKEN);
	row = begin(b, a.id, wall);
	assert_int_equal(plain_finish(b->s, row.id, row.request_id), 1);
}

static void
twelve_in_an_hour_thirty_in_a_day(void **state)
{
	struct statebox *b = *state;

	for (int n = 0; n < 12; n++)
		get_in(b, &limits, NOON + n * 5 * MINUTE);
	for (int n = 12; n < 30; n++)
		get_in(b, &limits, NOON + n * HOUR / 2);
}

static void
the_sixty_first(void **state)
{
	struct statebox *b = *state;

	for (int n = 0; n < 60; n++)
		get_in(b, &limits, NOON + n * 10 * MINUTE);
	holds(ask(b, &limits, NOON + 10 * HOUR), "answered_per_number_day",
	    DAY - 10 * HOUR);
	get_in(b, &limits, NOON + DAY);
}

/* As many as before, however often the owner gets in between. */
static void
who_answers_nothing(void **state)
{
	struct statebox *b = *state;

	for (int n = 0; n < 5; n++) {
		assert_int_equal(
		    ask(b, &limits, NOON + n * MINUTE).result, SEND_TAKEN);
		if (n < 4)
			get_in(b, &limits, NOON + n * MINUTE);
	}
	holds(ask(b, &limits, NOON + 5 * MINUTE), "sends_per_user_hour",
	    HOUR - 5 * MINUTE);
}

/* Every message of that one verification, and of no other. */
static void
all_of_the_one_verification(void **state)
{
	struct statebox *b = *state;
	struct limits_of_sends two = limits;
	struct address_check first, next, other;
	struct store_row row;

	two.user_hour = 3;
	other = ask(b, &two, NOON);
	row = begin(b, other.id, NOON);
	assert_int_equal(
	    at_replace(b->s, row.id, SESSION, row.request_id, false, NOON), 1);
	assert_int_equal(at_unsent(b->s, row.id, SESSION), 0);
	first = ask(b, &two, NOON + 1);
	row = begin(b, first.id, NOON + 1);
	next = ask(b, &two, NOON + 2);
	assert_int_equal(
	    at_replace(b->s, row.id, SESSION, row.request_id, false, NOON + 2),
	    1);
	assert_int_equal(at_started(b->s, row.id, SESSION, "next", METHOD_SMS,
			     NOON + 2, NOON + 300000, next.id),
	    0);
	holds(ask(b, &two, NOON + 3), "sends_per_user_hour", HOUR - 3);
	assert_int_equal(plain_finish(b->s, row.id, "next"), 1);
	assert_int_equal(ask(b, &two, NOON + 3).result, SEND_TAKEN);
	assert_int_equal(ask(b, &two, NOON + 4).result, SEND_TAKEN);
	holds(ask(b, &two, NOON + 5), "sends_per_user_hour", HOUR - 5);
}

/* A code that was not the newest one's lets nobody in, and answers nothing. */
static void
one_that_was_not_consumed(void **state)
{
	struct statebox *b = *state;
	struct limits_of_sends one = limits;
	const struct address_check a = ask(b, &limits, NOON);
	const struct store_row row = begin(b, a.id, NOON);

	one.user_hour = 1;
	assert_int_equal(plain_finish(b->s, row.id, "another"), 0);
	holds(ask(b, &one, NOON), "sends_per_user_hour", HOUR);
}

/* They cost money and are seen; source and host have room as before. */
static void
money_counts_all(void **state)
{
	struct statebox *b = *state;
	struct limits_of_sends l = limits;
	int64_t day = 0, month = 0;
	unsigned in_hour = 0, in_day = 0;

	l.price = 10000;
	for (int n = 0; n < 3; n++)
		get_in(b, &l, NOON + n);
	assert_int_equal(
	    at_totals(b->s, NOON + 3, &in_hour, &in_day, &day, &month), 0);
	assert_int_equal(in_hour, 3);
	assert_int_equal(day, 30000);
	l.source_hour = 1;
	l.host_hour = 2;
	assert_int_equal(ask(b, &l, NOON + 3).result, SEND_TAKEN);
	holds(ask(b, &l, NOON + 4), "sends_per_source_hour", HOUR - 1);
	l.source_hour = 0;
	assert_int_equal(ask(b, &l, NOON + 4).result, SEND_TAKEN);
	holds(ask(b, &l, NOON + 5), "sends_per_host_hour", HOUR - 2);
	l.spend_day = 50000;
	l.host_hour = 0;
	holds(ask(b, &l, NOON + 5), "spend_per_day", 12 * HOUR - 5);
}

/* A push has a limit of its own, approved or not. */
static void
pushes_count(void **state)
{
	static const struct store_key at = { "alice", "push:alice", "push",
		"twilio-push", { NULL } };
	static const struct store_send_key by = { .user = "alice",
		.counted_as = "push:alice",
		.source = "192.0.2.0/24",
		.push = true };
	struct statebox *b = *state;
	struct limits_of_sends l = limits;
	struct store_row row;
	int64_t id = 0, wait_s = 0;
	const char *which = "";

	l.push_hour = l.source_hour = l.host_hour = 1;
	assert_int_equal(
	    at_send_take(b->s, &by, &l, NOON, &id, &wait_s, &which),
	    SEND_TAKEN);
	assert_int_equal(
	    at_claim(b->s, &at, 0, METHOD_PUSH, SESSION, NOON, 60000, &row),
	    CLAIM_NEW);
	assert_int_equal(at_started(b->s, row.id, SESSION, "p", METHOD_PUSH,
			     NOON, NOON + 60000, id),
	    0);
	holds(ask(b, &l, NOON), "sends_per_source_hour", HOUR);
	assert_int_equal(plain_finish(b->s, row.id, "p"), 1);
	assert_int_equal(ask(b, &l, NOON).result, SEND_TAKEN);
	assert_int_equal(
	    at_send_take(b->s, &by, &l, NOON + 1, &id, &wait_s, &which),
	    SEND_WAIT);
	assert_string_equal(which, "push_per_hour");
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, box_set_up, box_tear_down)

BOX_TESTS(test_store_answered)
{
	const struct CMUnitTest tests[] = {
		TEST(twelve_in_an_hour_thirty_in_a_day),
		TEST(the_sixty_first),
		TEST(who_answers_nothing),
		TEST(all_of_the_one_verification),
		TEST(one_that_was_not_consumed),
		TEST(money_counts_all),
		TEST(pushes_count),
	};

	return BOX_RUN(tests);
}
