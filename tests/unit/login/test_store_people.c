/* SPDX-License-Identifier: BSD-2-Clause */
/* People of one account: what counts for each, what for all of them. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "helper/store/sqlite/sqlite.h"
#include "helper/store/store.h"
#include "tests/support/plain_claims.h"
#include "tests/support/statebox.h"
#include "tests/support/store_time.h"
#include "tests/support/unit_tests.h"

#define NOW INT64_C(1790000000)
#define ANNA "deploy//anna"
#define BEN "deploy//ben"
#define OTHERS "deploy//."
#define OTHER(n) OTHERS "000000000000" n
#define HERE "192.0.2.0/24"

static const struct limits_of_guesses limits = { 3, 5, 900, 0 };

/* A wrong code at this source. */
static enum store_guess
guess(struct store *s, const char *user, const char *source,
    struct store_guess_token *token)
{
	struct store_guess_token own;
	int64_t wait_s;

	return at_guess_take(s, user, source, &limits, NOW,
	    token != NULL ? token : &own, &wait_s);
}

static enum store_guess
look(struct store *s, const char *user, const char *source)
{
	int64_t wait_s;

	return at_guess_look(s, user, source, NOW, &wait_s);
}

/* Anna came by a key of her own: her codes are nobody else's matter. */
static void
by_key(void **state)
{
	struct statebox *b = *state;
	const char *source[] = { "1", "2" };

	for (int i = 0; i < 5; i++)
		assert_int_equal(
		    guess(b->s, ANNA, source[i / 3], NULL), GUESS_OPEN);
	assert_int_equal(look(b->s, ANNA, "3"), GUESS_LOCKED);
	assert_int_equal(look(b->s, BEN, "1"), GUESS_OPEN);
	assert_int_equal(look(b->s, "deploy", "1"), GUESS_OPEN);
	store_guess_set_account(b->s, "deploy");
	assert_int_equal(look(b->s, BEN, "1"), GUESS_OPEN);
}

/* Named at the prompt, all of them count up one total, which locks those who
 * are named so, and nobody who comes by key. */
static void
by_name(void **state)
{
	struct statebox *b = *state;

	store_guess_set_account(b->s, "deploy");
	assert_int_equal(guess(b->s, ANNA, HERE, NULL), GUESS_OPEN);
	assert_int_equal(guess(b->s, ANNA, HERE, NULL), GUESS_OPEN);
	assert_int_equal(guess(b->s, BEN, HERE, NULL), GUESS_OPEN);
	assert_int_equal(guess(b->s, BEN, HERE, NULL), GUESS_OPEN);
	assert_int_equal(look(b->s, "deploy//zoe", HERE), GUESS_OPEN);
	assert_int_equal(guess(b->s, "ben", HERE, NULL), GUESS_OPEN);
	assert_int_equal(look(b->s, "deploy//zoe", HERE), GUESS_LOCKED);
	assert_int_equal(guess(b->s, BEN, "1", NULL), GUESS_LOCKED);
	store_close(b->s);
	b->s = box_open(b);
	assert_int_equal(look(b->s, BEN, HERE), GUESS_OPEN);
	assert_int_equal(look(b->s, "deploy", HERE), GUESS_LOCKED);
	assert_int_equal(store_user_unlock(b->s, "deploy"), 1);
	assert_int_equal(box_sql(b, "SELECT count(*) FROM guess"), 2);
	assert_int_equal(
	    box_sql(b, "SELECT count(*) FROM guess WHERE user = 'ben'"), 2);
}

static void
refund(void **state)
{
	struct statebox *b = *state;
	struct store_guess_token token;

	store_guess_set_account(b->s, "deploy");
	for (int i = 0; i < 4; i++)
		guess(b->s, i < 2 ? ANNA : BEN, HERE, NULL);
	assert_int_equal(guess(b->s, "deploy//zoe", HERE, &token), GUESS_OPEN);
	assert_int_equal(look(b->s, ANNA, "1"), GUESS_LOCKED);
	assert_int_equal(
	    store_guess_refund(
		b->s, &(struct store_counted){ "deploy//zoe", HERE, &token }),
	    0);
	assert_int_equal(look(b->s, ANNA, "1"), GUESS_OPEN);
	assert_int_equal(box_sql(b,
			     "SELECT wrong FROM guess WHERE user = "
			     "'deploy'"),
	    4);
	assert_int_equal(box_sql(b,
			     "SELECT count(*) FROM guess WHERE user = "
			     "'deploy//zoe'"),
	    0);
}

/* A right code clears the person's own rows, and the account's of who was named
 * at the prompt alone; a hundred stay shut for a recovery code. */
static void
right(void **state)
{
	struct statebox *b = *state;

	store_guess_set_account(b->s, "deploy");
	guess(b->s, ANNA, HERE, NULL);
	guess(b->s, BEN, HERE, NULL);
	store_close(b->s);
	b->s = box_open(b);
	assert_int_equal(store_guess_reset_after_right(b->s, ANNA, HERE), 0);
	assert_int_equal(box_sql(b,
			     "SELECT wrong FROM guess WHERE user = "
			     "'deploy'"),
	    2);
	store_guess_set_account(b->s, "deploy");
	assert_int_equal(store_guess_reset_after_right(b->s, ANNA, HERE), 0);
	assert_int_equal(box_sql(b, "SELECT count(*) FROM guess"), 2);
	assert_int_equal(look(b->s, BEN, HERE), GUESS_OPEN);
	guess(b->s, BEN, HERE, NULL);
	box_sql(b, "UPDATE guess SET wrong = 100 WHERE user = 'deploy'");
	assert_int_equal(look(b->s, ANNA, HERE), GUESS_LOCKED_OUT);
	assert_int_equal(plain_guess_recovered(b->s, ANNA, HERE), 0);
	assert_int_equal(look(b->s, ANNA, HERE), GUESS_LOCKED_OUT);
	assert_int_equal(store_guess_reset_after_right(b->s, ANNA, HERE), 0);
	assert_int_equal(look(b->s, ANNA, HERE), GUESS_OPEN);
}

/* At a service that is not root's it holds, and neither counts nor clears. */
static void
at_a_socket(void **state)
{
	struct statebox *b = *state;

	store_guess_set_account(b->s, "deploy");
	b->s->socket = 1001;
	for (int i = 0; i < 3; i++)
		guess(b->s, ANNA, "sock:1001", NULL);
	b->s->socket = 0;
	assert_int_equal(look(b->s, "deploy//zoe", HERE), GUESS_OPEN);
	for (int i = 0; i < 5; i++)
		guess(b->s, i < 2 ? ANNA : BEN, HERE, NULL);
	b->s->socket = 1001;
	assert_int_equal(look(b->s, "deploy//zoe", "sock:1001"), GUESS_LOCKED);
	assert_int_equal(
	    store_guess_reset_after_right(b->s, ANNA, "sock:1001"), 0);
	assert_int_equal(look(b->s, "deploy//zoe", "sock:1001"), GUESS_LOCKED);
}

/* A clock that was set back makes the account's lock no longer. */
static void
clock_back(void **state)
{
	struct statebox *b = *state;
	int64_t wait_s;

	store_guess_set_account(b->s, "deploy");
	for (int i = 0; i < 5; i++)
		guess(b->s, i < 2 ? ANNA : BEN, HERE, NULL);
	assert_int_equal(
	    at_guess_look(b->s, "deploy//zoe", HERE, NOW - 7200, &wait_s),
	    GUESS_LOCKED);
	assert_int_equal(wait_s, 900);
	assert_int_equal(
	    at_guess_look(b->s, "deploy//zoe", HERE, NOW - 6301, &wait_s),
	    GUESS_LOCKED);
	assert_int_equal(
	    at_guess_look(b->s, "deploy//zoe", HERE, NOW - 6300, &wait_s),
	    GUESS_OPEN);
}

/* One secret is one, in whoever's record. */
static void
one_secret(void **state)
{
	static const unsigned char secret[STORE_CODE_DIGEST] = { 1 };
	static const unsigned char another[STORE_CODE_DIGEST] = { 2 };
	struct statebox *b = *state;

	assert_int_equal(plain_totp_claim(b->s, ANNA, secret, 100), 1);
	assert_int_equal(plain_totp_claim(b->s, "anna", secret, 100), 0);
	assert_int_equal(plain_totp_claim(b->s, "anna", secret, 99), 0);
	assert_int_equal(plain_totp_claim(b->s, BEN, another, 100), 1);
	assert_int_equal(plain_totp_claim(b->s, "anna", secret, 101), 1);
	assert_int_equal(plain_totp_claim(b->s, ANNA, secret, 101), 0);
	/* without a digest it is of this user alone */
	assert_int_equal(plain_totp_claim(b->s, "carl", NULL, 100), 1);
	assert_int_equal(plain_totp_claim(b->s, "dora", NULL, 100), 1);
	assert_int_equal(plain_totp_claim(b->s, "dora", another, 100), 0);
}

static void
forget(void **state)
{
	static const unsigned char one[STORE_REMEMBERED_LEN] = { 1 };
	static const char *const users[] = { "deploy", ANNA, BEN, "ben",
		"ben//=root", "ben//=deploy", "ben//=deploy//=root", "deplo",
		"en" };
	struct statebox *b = *state;

	store_time_wall(NOW);
	for (size_t i = 0; i < 9; i++)
		assert_int_equal(
		    plain_remembered_put(b->s, users[i], one, 900), 0);
	assert_int_equal(store_remembered_forget(b->s, "eploy"), 0);
	assert_int_equal(store_remembered_forget(b->s, ANNA), 1);
	assert_int_equal(store_remembered_forget(b->s, "deploy"), 4);
	assert_int_equal(plain_remembered_get(b->s, "ben", one), 1);
	assert_int_equal(store_remembered_forget(b->s, "ben"), 2);
	assert_int_equal(store_remembered_forget(b->s, NULL), 2);
}

static int
stranger(struct store *s, unsigned n, int64_t wall)
{
	char own[64];

	snprintf(own, sizeof(own), OTHER("%04u"), n);
	store_time_wall(wall);
	return store_decoy_note_name(s, own, OTHERS);
}

/* A hundred have rows, for a day; then there are many, whoever comes. */
static void
strangers(void **state)
{
	struct statebox *b = *state;
	struct store_guess_token token;
	int64_t wait_s;

	for (unsigned n = 1; n < STORE_DECOYS_MAX; n++)
		assert_int_equal(stranger(b->s, n, NOW), 1);
	assert_int_equal(stranger(b->s, 7, NOW), 1);
	assert_int_equal(stranger(b->s, 100, NOW), 0);
	assert_int_equal(stranger(b->s, 7, NOW), 0);
	for (unsigned n = 101; n < 110; n++)
		assert_int_equal(stranger(b->s, n, NOW), 0);
	assert_int_equal(
	    box_sql(b, "SELECT count(*) FROM guess"), STORE_DECOYS_MAX);
	/* another account's are its own */
	assert_int_equal(store_decoy_note_name(
			     b->s, "deploy2//.0123456789abcdef", "deploy2//."),
	    1);
	assert_int_equal(
	    store_decoy_note_name(b->s, "root//.0123456789abcdef", "root//."),
	    1);
	/* people are none of them */
	guess(b->s, ANNA, HERE, NULL);
	assert_int_equal(stranger(b->s, 100, NOW + STORE_DECOY_S - 1), 0);
	/* one that is locked stays */
	for (int i = 0; i < 3; i++)
		at_guess_take(b->s, OTHER("0007"), HERE, &limits,
		    NOW + STORE_DECOY_S - 1, &token, &wait_s);
	assert_int_equal(stranger(b->s, 100, NOW + STORE_DECOY_S), 1);
	assert_int_equal(box_sql(b,
			     "SELECT count(*) FROM guess WHERE user "
			     "LIKE 'deploy//.%' AND source = ''"),
	    2);
	assert_int_equal(at_guess_look(b->s, OTHER("0007"), HERE,
			     NOW + STORE_DECOY_S, &wait_s),
	    GUESS_LOCKED);
	assert_int_equal(box_sql(b,
			     "SELECT count(*) FROM guess WHERE user = "
			     "'" ANNA "'"),
	    2);
	/* of the clock's future: it goes */
	assert_int_equal(stranger(b->s, 1, NOW - 1000000), 1);
	assert_int_equal(box_sql(b,
			     "SELECT count(*) FROM guess WHERE user = "
			     "'" OTHERS "0100'"),
	    0);
}

/* The count of one more message to that name: the limit that holds, "" for
 * none. */
static const char *
message(struct store *s, const char *user, int64_t *id)
{
	static const struct limits_of_sends limited = { .push_hour = 9,
		.user_hour = 3,
		.user_day = 9,
		.number_day = 9,
		.number_answered_day = 9,
		.source_hour = 4,
		.host_hour = 5,
		.fleet_hour = 5,
		.price = 10,
		.spend_day = 60,
		.spend_month = -1 };
	const struct store_send_key key = {
		.user = user, .counted_as = user, .source = HERE
	};
	const char *which;
	int64_t wait_s;

	assert_int_not_equal(
	    at_send_take(s, &key, &limited, NOW, id, &wait_s, &which),
	    SEND_ERROR);
	return which;
}

/* Nothing was sent to an unknown name, so its messages are limited like those
 * of others, and count for that name alone. */
static void
nothing_sent(void **state)
{
	struct statebox *b = *state;
	char name[64];
	int64_t id;

	for (unsigned n = 0; n < 3 * STORE_DECOYS_MAX; n++) {
		snprintf(name, sizeof(name), OTHERS "%016x", n / 3);
		assert_string_equal(message(b->s, name, &id), "");
		assert_int_equal(
		    store_send_refund(b->s, n % 9 == 0 ? id : 0), 0);
		if (n % 9 == 0)
			assert_string_equal(message(b->s, name, &id), "");
	}
	assert_string_equal(message(b->s, name, &id), "sends_per_user_hour");
	assert_int_equal(box_sql(b,
			     "SELECT count(*) FROM spend"
			     " WHERE price <> 0"),
	    0);
	for (int n = 0; n < 3; n++)
		assert_string_equal(message(b->s, "alice", &id), "");
	assert_string_equal(message(b->s, "alice", &id), "sends_per_user_hour");
	assert_string_equal(message(b->s, "bob", &id), "");
	/* what was sent holds both alike */
	snprintf(name, sizeof(name), OTHERS "%016x", 1000);
	assert_string_equal(message(b->s, BEN, &id), "sends_per_source_hour");
	assert_string_equal(message(b->s, name, &id), "sends_per_source_hour");
	/* and after an administrator's word each may have some more */
	assert_true(store_sends_reset(b->s, "deploy", "") > 0);
	assert_string_equal(message(b->s, name, &id), "sends_per_source_hour");
	box_sql(b,
	    "DELETE FROM send WHERE user IN ('alice', 'bob')"
	    " RETURNING 1");
	assert_string_equal(message(b->s, "alice", &id), "");
}

#define BOX_TEST(f)                                                            \
	cmocka_unit_test_setup_teardown(f, box_set_up, box_tear_down)

BOX_TESTS(test_store_people)
{
	const struct CMUnitTest tests[] = {
		BOX_TEST(by_key),
		BOX_TEST(by_name),
		BOX_TEST(refund),
		BOX_TEST(right),
		BOX_FILE_TEST(at_a_socket, box_set_up, box_tear_down),
		BOX_TEST(clock_back),
		BOX_TEST(one_secret),
		BOX_TEST(forget),
		BOX_TEST(strangers),
		BOX_TEST(nothing_sent),
	};

	return BOX_RUN(tests);
}
