/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the store knows of pushes and of apps that a provider checks: their own
 * limit, the lock after a denial, codes that are right once.
 */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <string.h>

#include <cmocka.h>

#include "tests/support/plain_claims.h"
#include "tests/support/statebox.h"
#include "tests/support/store_time.h"
#include "tests/support/unit_tests.h"

#define NOW INT64_C(1790000000)
#define HOME "192.0.2.0/24"
#define AWAY "198.51.100.0/24"
#define HOUR 3600

static const struct limits_of_guesses guesses = { 6, 30, 900, 0 };
static const struct limits_of_sends few = { .user_hour = 2,
	.user_day = 3,
	.number_day = 3,
	.source_hour = 5,
	.host_hour = 6,
	.push_hour = 2,
	.spend_day = 10,
	.spend_month = 10,
	.price = 1000 };

static enum store_send
take(struct statebox *b, const char *user, const char *source, bool push,
    int64_t wall, const char **which)
{
	const struct store_send_key key = { user,
		push ? "push:somebody" : "+12025550100", source, push, false,
		false, false };
	struct limits_of_sends limits = few;
	int64_t id = 0, wait_s = 0;

	if (!push)
		limits.spend_day = limits.spend_month = -1;
	return at_send_take(b->s, &key, &limits, wall, &id, &wait_s, which);
}

/* Two in an hour, whatever was sent besides, and without a price. */
static void
push_has_its_own_limit(void **state)
{
	struct statebox *b = *state;
	const char *which = "";

	assert_int_equal(
	    take(b, "alice", HOME, false, NOW, &which), SEND_TAKEN);
	assert_int_equal(
	    take(b, "alice", HOME, false, NOW, &which), SEND_TAKEN);
	for (int i = 0; i < 2; i++)
		assert_int_equal(
		    take(b, "alice", HOME, true, NOW + i, &which), SEND_TAKEN);
	assert_int_equal(
	    take(b, "alice", HOME, true, NOW + 2, &which), SEND_WAIT);
	assert_string_equal(which, "push_per_hour");
	assert_int_equal(
	    take(b, "alice", HOME, true, NOW + HOUR, &which), SEND_TAKEN);
	assert_int_equal(box_sql(b, "SELECT sum(price) FROM spend"), 2000);
}

/* Pushes use up nothing of what codes may. */
static void
push_takes_no_code_away(void **state)
{
	struct statebox *b = *state;
	const char *which = "";

	for (int i = 0; i < 2; i++)
		assert_int_equal(
		    take(b, "alice", HOME, true, NOW, &which), SEND_TAKEN);
	for (int i = 0; i < 2; i++)
		assert_int_equal(
		    take(b, "alice", HOME, false, NOW, &which), SEND_TAKEN);
	assert_int_equal(take(b, "alice", HOME, false, NOW, &which), SEND_WAIT);
	assert_string_equal(which, "sends_per_user_hour");
}

/* Source and host count both kinds. */
static void
push_counts_for_source_and_host(void **state)
{
	static const char *const users[] = { "a", "b", "c", "d", "e" };
	struct statebox *b = *state;
	const char *which = "";

	for (int i = 0; i < 5; i++)
		assert_int_equal(
		    take(b, users[i], HOME, i != 0, NOW, &which), SEND_TAKEN);
	assert_int_equal(take(b, "f", HOME, true, NOW, &which), SEND_WAIT);
	assert_string_equal(which, "sends_per_source_hour");
	assert_int_equal(take(b, "g", HOME, false, NOW, &which), SEND_WAIT);
	assert_string_equal(which, "sends_per_source_hour");
	assert_int_equal(take(b, "f", AWAY, true, NOW, &which), SEND_TAKEN);
	assert_int_equal(take(b, "h", AWAY, true, NOW, &which), SEND_WAIT);
	assert_string_equal(which, "sends_per_host_hour");
}

static enum store_guess
look(struct statebox *b, const char *source, int64_t wall, int64_t *wait_s)
{
	return at_guess_look(b->s, "alice", source, wall, wait_s);
}

static void
denial_locks_for_an_hour(void **state)
{
	struct statebox *b = *state;
	struct store_guess_token token;
	int64_t wait_s = 0;

	assert_int_equal(at_guess_refuse(b->s, "alice", HOME, HOUR, NOW), 0);
	assert_int_equal(look(b, HOME, NOW, &wait_s), GUESS_LOCKED);
	assert_int_equal(wait_s, HOUR);
	assert_int_equal(at_guess_refused(b->s, "alice", HOME, NOW), 1);
	assert_int_equal(
	    at_guess_take(b->s, "alice", HOME, &guesses, NOW, &token, &wait_s),
	    GUESS_LOCKED);
	assert_int_equal(look(b, HOME, NOW + HOUR - 1, &wait_s), GUESS_LOCKED);
	assert_int_equal(look(b, HOME, NOW + HOUR, &wait_s), GUESS_OPEN);
	assert_int_equal(at_guess_refused(b->s, "alice", HOME, NOW + HOUR), 0);
	/* there alone */
	assert_int_equal(look(b, AWAY, NOW, &wait_s), GUESS_OPEN);
	assert_int_equal(at_guess_refused(b->s, "alice", AWAY, NOW), 0);
	assert_int_equal(at_guess_refused(b->s, "bob", HOME, NOW), 0);
}

/* A no ends the push and what is remembered, together with the lock. */
static void
denial_ends_the_rest(void **state)
{
	static const unsigned char binding[STORE_REMEMBERED_LEN] = { 1 };
	const struct store_key key = { "alice", "push:alice", "one", "type",
		{ NULL } };
	struct store_refusal no = { "alice", HOME, HOUR, 0, "p" };
	struct statebox *b = *state;
	struct store_row row;

	assert_int_equal(at_claim(b->s, &key, METHOD_BIT(METHOD_PUSH),
			     METHOD_PUSH, 1, 1000, 15000, &row),
	    CLAIM_NEW);
	assert_int_equal(
	    at_started(b->s, row.id, 1, "p", METHOD_PUSH, 1000, 61000, 0), 0);
	at_remembered_put(b->s, "alice", binding, NOW, NOW + HOUR);
	at_remembered_put(b->s, "bob", binding, NOW, NOW + HOUR);
	no.id = row.id;
	box_sql(b,
	    "CREATE TRIGGER stop BEFORE DELETE ON verification"
	    " BEGIN SELECT RAISE(ABORT, 'stop'); END");
	assert_int_equal(store_guess_lock_after_refusal(b->s, &no), -1);
	assert_int_equal(at_guess_refused(b->s, "alice", HOME, NOW), 0);
	assert_int_equal(at_remembered_get(b->s, "alice", binding, NOW), 1);
	box_sql(b, "DROP TRIGGER stop");
	assert_int_equal(store_guess_lock_after_refusal(b->s, &no), 0);
	assert_int_equal(at_guess_refused(b->s, "alice", HOME, NOW), 1);
	assert_int_equal(at_remembered_get(b->s, "alice", binding, NOW), 0);
	assert_int_equal(at_remembered_get(b->s, "bob", binding, NOW), 1);
	assert_int_equal(box_sql(b, "SELECT count(*) FROM verification"), 0);
}

/* A code that was counted before is not evaluated: its refund opens nothing. */
static void
refund_leaves_the_denial(void **state)
{
	struct statebox *b = *state;
	static const struct limits_of_guesses one = { 1, 30, 900, 0 };
	struct store_guess_token token;
	int64_t wait_s = 0;

	assert_int_equal(
	    at_guess_take(b->s, "alice", HOME, &one, NOW, &token, &wait_s),
	    GUESS_OPEN);
	assert_int_equal(at_guess_refused(b->s, "alice", HOME, NOW), 0);
	assert_int_equal(at_guess_refuse(b->s, "alice", HOME, HOUR, NOW), 0);
	assert_int_equal(store_guess_refund(b->s,
			     &(struct store_counted){ "alice", HOME, &token }),
	    0);
	assert_int_equal(look(b, HOME, NOW + 1800, &wait_s), GUESS_LOCKED);
	assert_int_equal(wait_s, 1800);
}

/* A longer lock stays, and is one of wrong codes. */
static void
longer_lock_stays(void **state)
{
	struct statebox *b = *state;
	static const struct limits_of_guesses day = { 1, 30, 86400, 0 };
	struct store_guess_token token;
	int64_t wait_s = 0;

	at_guess_take(b->s, "alice", HOME, &day, NOW, &token, &wait_s);
	assert_int_equal(at_guess_refuse(b->s, "alice", HOME, HOUR, NOW), 0);
	assert_int_equal(look(b, HOME, NOW, &wait_s), GUESS_LOCKED);
	assert_int_equal(wait_s, 86400);
	assert_int_equal(at_guess_refused(b->s, "alice", HOME, NOW), 0);
}

/* Whatever ends a lock ends this one. */
static void
what_ends_it(void **state)
{
	struct statebox *b = *state;
	int64_t wait_s = 0;

	at_guess_refuse(b->s, "alice", HOME, HOUR, NOW);
	assert_int_equal(plain_guess_recovered(b->s, "alice", HOME), 0);
	assert_int_equal(look(b, HOME, NOW, &wait_s), GUESS_OPEN);
	at_guess_refuse(b->s, "alice", HOME, HOUR, NOW);
	assert_true(store_user_unlock(b->s, "alice") > 0);
	assert_int_equal(look(b, HOME, NOW, &wait_s), GUESS_OPEN);
	/* the clock was set back: as long as it was made for */
	at_guess_refuse(b->s, "alice", HOME, HOUR, NOW);
	assert_int_equal(look(b, HOME, NOW - 86400, &wait_s), GUESS_LOCKED);
	assert_int_equal(wait_s, HOUR);
}

#define KEPT 86400 /* a server takes no other time */

static void
code_is_right_once(void **state)
{
	static const unsigned char one[STORE_CODE_DIGEST] = { 1 },
				   two[STORE_CODE_DIGEST] = { 2 };
	struct statebox *b = *state;

	assert_int_equal(at_code_claim(b->s, "alice", one, KEPT, NOW), 1);
	assert_int_equal(at_code_claim(b->s, "alice", one, KEPT, NOW), 0);
	assert_int_equal(
	    at_code_claim(b->s, "alice", one, KEPT, NOW + KEPT - 1), 0);
	assert_int_equal(at_code_claim(b->s, "alice", two, KEPT, NOW), 1);
	assert_int_equal(at_code_claim(b->s, "bob", one, KEPT, NOW), 1);
	assert_int_equal(
	    at_code_claim(b->s, "alice", one, KEPT, NOW + KEPT), 1);
	/* set back: still used */
	assert_int_equal(
	    at_code_claim(b->s, "alice", one, KEPT, NOW - 86400), 0);
	assert_int_equal(
	    at_code_claim(b->s, "alice", one, KEPT, NOW - 86400 + KEPT), 1);
}

static void
old_codes_go(void **state)
{
	unsigned char digest[STORE_CODE_DIGEST] = { 0 };
	struct statebox *b = *state;

	for (int i = 0; i < 40; i++) {
		digest[0] = (unsigned char)i;
		assert_int_equal(at_code_claim(b->s, "alice", digest, KEPT,
				     NOW + i * INT64_C(100000)),
		    1);
	}
	assert_in_range(box_sql(b, "SELECT count(*) FROM code_used"), 1, 2);
}

static int
do_claim(struct store *s, const struct statebox *b, int n)
{
	static const unsigned char digest[STORE_CODE_DIGEST] = { 7 };
	int claimed = at_code_claim(s, "alice", digest, 300, NOW);

	(void)b;
	(void)n;
	return claimed < 0 ? BOX_FAILED : claimed;
}

static void
many_with_one_code(void **state)
{
	struct statebox *b = *state;
	unsigned count[256];

	store_time_wall(NOW); /* else each of them tells the server */
	box_all_at_once(b, do_claim, BOX_CROWD, count);
	assert_int_equal(count[1], 1);
	assert_int_equal(count[0], BOX_CROWD - 1);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, box_set_up, box_tear_down)
#define FILE_TEST(f) BOX_FILE_TEST(f, box_set_up, box_tear_down)

BOX_TESTS(test_store_push)
{
	const struct CMUnitTest tests[] = {
		TEST(push_has_its_own_limit),
		TEST(push_takes_no_code_away),
		TEST(push_counts_for_source_and_host),
		TEST(denial_locks_for_an_hour),
		FILE_TEST(denial_ends_the_rest),
		TEST(refund_leaves_the_denial),
		TEST(longer_lock_stays),
		TEST(what_ends_it),
		TEST(code_is_right_once),
		TEST(old_codes_go),
		TEST(many_with_one_code),
	};

	return BOX_RUN(tests);
}
