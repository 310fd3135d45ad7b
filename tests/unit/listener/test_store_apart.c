/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Services that are not root's: what they begin, send and guess counts apart,
 * and is in the way of no service of root's.
 */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <string.h>

#include <cmocka.h>

#include "helper/store/store_backend.h"
#include "tests/support/plain_claims.h"
#include "tests/support/statebox.h"
#include "tests/support/store_time.h"
#include "tests/support/unit_tests.h"

#define WALL INT64_C(1790000000)
#define NOW INT64_C(1000000)
#define START 15000
#define HOUR 3600
#define ALICE 1001 /* her own uid */
#define SERVER 114
#define HOME "192.0.2.0/24"
#define SOCK "sock:1001"
#define NUMBER "+12025550100"

static const struct limits_of_guesses guesses = { 3, 4, 900, 0 };
static const struct limits_of_sends sends = { .user_hour = 2,
	.user_day = 2,
	.number_day = 9,
	.number_answered_day = 5,
	.source_hour = 2,
	.host_hour = 9,
	.push_hour = 1,
	.spend_day = 20,
	.spend_month = -1,
	.price = 2,
	.other_hour = 3 };
static const struct store_key key = { "alice", NUMBER, "one", "type",
	{ NULL } };
static const struct store_key bobs = { "bob", NUMBER, "one", "type", { NULL } };

/* The following steps are of a service of this uid; 0: of root's. */
static struct store *
as(struct statebox *b, int64_t uid)
{
	store_state_get(b->s)->socket = uid;
	return b->s;
}

static enum store_guess
guess(struct statebox *b, int64_t uid, const char *source, int64_t *wait_s)
{
	struct store_guess_token token;

	return at_guess_take(
	    as(b, uid), "alice", source, &guesses, WALL, &token, wait_s);
}

static int64_t
total(const struct statebox *b)
{
	return box_sql(b, "SELECT wrong FROM guess WHERE source = ''");
}

static void
guesses_lock_that_service_alone(void **state)
{
	struct statebox *b = *state;
	int64_t wait_s = 0;

	for (int i = 0; i < 3; i++)
		assert_int_equal(guess(b, ALICE, SOCK, &wait_s), GUESS_OPEN);
	assert_int_equal(guess(b, ALICE, SOCK, &wait_s), GUESS_LOCKED);
	assert_int_equal(
	    box_sql(b, "SELECT count(*) FROM guess WHERE source = ''"), 0);
	assert_int_equal(guess(b, 0, HOME, &wait_s), GUESS_OPEN);
	assert_int_equal(total(b), 1);
}

/* Not even a hundred, and more. */
static void
guesses_never_shut_a_user(void **state)
{
	const struct limits_of_guesses none = { 1000, 1000, 1, 0 };
	struct statebox *b = *state;
	struct store_guess_token token;
	int64_t wait_s = 0;

	for (int i = 0; i < LIMITS_LOCKOUT_AT + 5; i++)
		assert_int_equal(at_guess_take(as(b, ALICE), "alice", SOCK,
				     &none, WALL, &token, &wait_s),
		    GUESS_OPEN);
	assert_int_equal(guess(b, 0, HOME, &wait_s), GUESS_OPEN);
}

static void
locks_over_all_sources_hold_there_too(void **state)
{
	struct statebox *b = *state;
	int64_t wait_s = 0;

	for (int i = 0; i < 2; i++)
		guess(b, 0, HOME, &wait_s);
	for (int i = 0; i < 2; i++)
		guess(b, 0, "uid:1001", &wait_s);
	assert_int_equal(guess(b, ALICE, SOCK, &wait_s), GUESS_LOCKED);
	assert_int_equal(
	    at_guess_look(as(b, ALICE), "alice", SOCK, WALL, &wait_s),
	    GUESS_LOCKED);
}

/* What it never counted it neither clears nor takes back. */
static void
total_is_not_theirs(void **state)
{
	struct statebox *b = *state;
	struct store_guess_token token;
	const struct store_counted back = { "alice", SOCK, &token };
	int64_t wait_s = 0;

	guess(b, 0, HOME, &wait_s);
	guess(b, 0, HOME, &wait_s);
	assert_int_equal(at_guess_take(as(b, ALICE), "alice", SOCK, &guesses,
			     WALL, &token, &wait_s),
	    GUESS_OPEN);
	assert_int_equal(store_guess_refund(b->s, &back), 0);
	assert_int_equal(total(b), 2);
	assert_int_equal(guess(b, ALICE, SOCK, &wait_s), GUESS_OPEN);
	assert_int_equal(store_guess_reset_after_right(b->s, "alice", SOCK), 0);
	assert_int_equal(total(b), 2);
	assert_int_equal(
	    box_sql(b, "SELECT count(*) FROM guess WHERE source = '" SOCK "'"),
	    0);
	plain_guess_recovered(as(b, ALICE), "alice", SOCK);
	assert_int_equal(total(b), 2);
}

/* What of a limit is used up; "": it is taken. */
static const char *
take(struct statebox *b, int64_t uid, struct store_send_key k)
{
	const char *which = "";
	int64_t id = 0, wait_s = 0;

	if (k.user == NULL)
		k.user = "alice";
	if (k.counted_as == NULL)
		k.counted_as = NUMBER;
	if (k.source == NULL)
		k.source = uid != 0 ? SOCK : HOME;
	assert_int_not_equal(
	    at_send_take(as(b, uid), &k, &sends, WALL, &id, &wait_s, &which),
	    SEND_ERROR);
	return which;
}

#define TAKEN(uid, ...)                                                        \
	assert_string_equal(                                                   \
	    take(b, uid, (struct store_send_key){ __VA_ARGS__ }), "")
#define HELD(by, uid, ...)                                                     \
	assert_string_equal(                                                   \
	    take(b, uid, (struct store_send_key){ __VA_ARGS__ }), by)

static void
messages_have_a_limit_of_their_own(void **state)
{
	struct statebox *b = *state;

	for (int i = 0; i < 3; i++)
		TAKEN(ALICE, .carried = CARRIED_NOT);
	HELD("sends_per_other_hour", ALICE, .carried = CARRIED_NOT);
	HELD("sends_per_other_hour", ALICE, .push = true);
	HELD("sends_per_other_hour", ALICE, .user = "bob",
	    .counted_as = "+12025550199");
	/* root's, for the same user, as if nothing had been */
	TAKEN(0, .carried = CARRIED_NOT);
	TAKEN(0, .push = true);
	HELD("push_per_hour", 0, .push = true);
}

/* Another uid has its own; a push counts as a message does. */
static void
each_uid_has_its_own(void **state)
{
	struct statebox *b = *state;

	for (int i = 0; i < 3; i++)
		TAKEN(ALICE, .push = true);
	HELD("sends_per_other_hour", ALICE, .carried = CARRIED_NOT);
	TAKEN(SERVER, .source = "sock:114");
}

/* Root's use up nothing of theirs. */
static void
root_leaves_them_theirs(void **state)
{
	struct statebox *b = *state;

	TAKEN(0, .carried = CARRIED_NOT);
	TAKEN(0, .carried = CARRIED_NOT);
	HELD("sends_per_user_day", 0, .carried = CARRIED_NOT);
	TAKEN(ALICE, .carried = CARRIED_NOT);
}

static void
number_host_and_money_count_all(void **state)
{
	struct statebox *b = *state;
	struct limits_of_sends few = sends;
	const struct store_send_key k = { "bob", NUMBER, HOME, false,
		CARRIED_NOT, false, false };
	const char *which = "";
	int64_t id, wait_s;

	for (int i = 0; i < 2; i++)
		TAKEN(ALICE, .carried = CARRIED_NOT);
	assert_int_equal(box_sql(b, "SELECT sum(price) FROM spend"), 4);
	few.number_day = 2;
	at_send_take(as(b, 0), &k, &few, WALL, &id, &wait_s, &which);
	assert_string_equal(which, "sends_per_number_day");
	few = sends;
	few.host_hour = 2;
	at_send_take(as(b, 0), &k, &few, WALL, &id, &wait_s, &which);
	assert_string_equal(which, "sends_per_host_hour");
	few = sends;
	few.spend_day = 5;
	at_send_take(as(b, 0), &k, &few, WALL, &id, &wait_s, &which);
	assert_string_equal(which, "spend_per_day");
}

/* A message in the place of one that may have come, at the next provider. */
static void
carried_ones(void **state)
{
	struct statebox *b = *state;

	for (int i = 0; i < 3; i++)
		TAKEN(ALICE, .carried = CARRIED_NOT);
	TAKEN(ALICE, .carried = CARRIED_INSTEAD);
	TAKEN(ALICE, .carried = CARRIED_BESIDE);
}

static void
none_at_all(void **state)
{
	struct statebox *b = *state;
	const struct store_send_key k = { "alice", NUMBER, SOCK, false,
		CARRIED_NOT, false, false };
	struct limits_of_sends none = sends;
	const char *which = "";
	int64_t id, wait_s;

	none.other_hour = 0;
	assert_int_equal(
	    at_send_take(as(b, ALICE), &k, &none, WALL, &id, &wait_s, &which),
	    SEND_WAIT);
	assert_string_equal(which, "sends_per_other_hour");
	assert_int_equal(
	    at_send_take(as(b, 0), &k, &none, WALL, &id, &wait_s, &which),
	    SEND_TAKEN);
}

static enum store_claim
claim(struct statebox *b, int64_t uid, int64_t session, struct store_row *row)
{
	return at_claim(
	    as(b, uid), &key, METHOD_ALL, METHOD_SMS, session, NOW, START, row);
}

static void
begin(struct statebox *b, int64_t uid, int64_t session, struct store_row *row)
{
	assert_int_equal(claim(b, uid, session, row), CLAIM_NEW);
	assert_int_equal(at_started(b->s, row->id, session, "r1", METHOD_SMS,
			     NOW, NOW + 300000, 0),
	    0);
}

static void
only_its_own_is_joined(void **state)
{
	struct statebox *b = *state;
	struct store_row row;

	begin(b, ALICE, 1, &row);
	assert_int_equal(claim(b, ALICE, 2, &row), CLAIM_JOINED);
	assert_false(row.apart);
	assert_int_equal(claim(b, SERVER, 3, &row), CLAIM_OTHER);
	assert_int_equal(claim(b, 0, 4, &row), CLAIM_UNFIT);
	assert_true(row.apart);
}

static void
roots_is_none_of_theirs(void **state)
{
	struct statebox *b = *state;
	struct store_row row;

	begin(b, 0, 1, &row);
	assert_int_equal(claim(b, ALICE, 2, &row), CLAIM_OTHER);
	assert_int_equal(claim(b, 0, 3, &row), CLAIM_JOINED);
	assert_int_equal(at_spend(b->s, row.id, "r1", NOW + 60000), 1);
	assert_int_equal(claim(b, ALICE, 2, &row), CLAIM_OTHER);
}

/* Wrong codes there, and a start of unknown fate: root's begin all the same. */
static void
what_they_spoil_is_theirs(void **state)
{
	struct statebox *b = *state;
	struct store_row row;

	begin(b, ALICE, 1, &row);
	assert_int_equal(at_spend(b->s, row.id, "r1", NOW + 60000), 1);
	assert_int_equal(claim(b, ALICE, 2, &row), CLAIM_SPENT);
	assert_int_equal(claim(b, 0, 3, &row), CLAIM_NEW);
	assert_int_equal(at_unsent(b->s, row.id, 3), 0);
	assert_int_equal(claim(b, ALICE, 1, &row), CLAIM_NEW);
	assert_int_equal(at_unknown(b->s, row.id, 1, NOW), 0);
	assert_int_equal(claim(b, ALICE, 2, &row), CLAIM_UNKNOWN);
	assert_int_equal(claim(b, 0, 3, &row), CLAIM_NEW);
}

/* While a provider is being asked, the others wait for what comes of it. */
static void
root_waits_for_a_start(void **state)
{
	struct statebox *b = *state;
	struct store_row row;

	assert_int_equal(claim(b, ALICE, 1, &row), CLAIM_NEW);
	assert_int_equal(claim(b, 0, 2, &row), CLAIM_WAIT);
}

/* A number that another user has as well. */
static void
root_ends_anothers(void **state)
{
	struct statebox *b = *state;
	struct store_row row;

	assert_int_equal(at_claim(as(b, SERVER), &bobs, METHOD_ALL, METHOD_SMS,
			     1, NOW, START, &row),
	    CLAIM_NEW);
	assert_int_equal(claim(b, ALICE, 2, &row), CLAIM_OTHER);
	assert_int_equal(claim(b, 0, 3, &row), CLAIM_WAIT);
	box_sql(b, "DELETE FROM verification");
	assert_int_equal(at_claim(as(b, SERVER), &bobs, METHOD_ALL, METHOD_SMS,
			     1, NOW, START, &row),
	    CLAIM_NEW);
	assert_int_equal(
	    at_started(b->s, row.id, 1, "r1", METHOD_SMS, NOW, NOW + 300000, 0),
	    0);
	assert_int_equal(claim(b, ALICE, 2, &row), CLAIM_OTHER);
	assert_int_equal(claim(b, 0, 3, &row), CLAIM_UNFIT);
	assert_true(row.apart);
	assert_string_equal(row.request_id, "r1");
}

#define BOX_TEST(f)                                                            \
	cmocka_unit_test_setup_teardown(f, box_set_up, box_tear_down)

BOX_TESTS(test_store_apart)
{
	const struct CMUnitTest tests[] = {
		BOX_TEST(guesses_lock_that_service_alone),
		BOX_TEST(guesses_never_shut_a_user),
		BOX_TEST(locks_over_all_sources_hold_there_too),
		BOX_TEST(total_is_not_theirs),
		BOX_TEST(messages_have_a_limit_of_their_own),
		BOX_TEST(each_uid_has_its_own),
		BOX_TEST(root_leaves_them_theirs),
		BOX_TEST(number_host_and_money_count_all),
		BOX_TEST(carried_ones),
		BOX_TEST(none_at_all),
		BOX_TEST(only_its_own_is_joined),
		BOX_TEST(roots_is_none_of_theirs),
		BOX_TEST(what_they_spoil_is_theirs),
		BOX_TEST(root_waits_for_a_start),
		BOX_TEST(root_ends_anothers),
	};

	return BOX_RUN(tests);
}
