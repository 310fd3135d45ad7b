/* SPDX-License-Identifier: BSD-2-Clause */
/* What is kept of an own code, a row read again, providers passed over. */
#include "helper/store/store.h"

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

#define NOW INT64_C(1000000)
#define LATER (NOW + 300000)

static const struct store_key key = { "alice", "+12025550100", "one", "type",
	{ NULL } };
static const unsigned char first[STORE_VERIFIER_LEN] = { 1, 0, 3 };
static const unsigned char second[STORE_VERIFIER_LEN] = { 2 };

static int64_t
begin(struct store *s)
{
	struct store_row row;

	assert_int_equal(
	    at_claim(s, &key, METHOD_ALL, METHOD_SMS, 1, NOW, 15000, &row),
	    CLAIM_NEW);
	return row.id;
}

static int
started(struct store *s, int64_t id, const char *request)
{
	return at_started(s, id, 1, request, METHOD_SMS, NOW, LATER, 0);
}

/* With a code of our own. */
static int
started_own(struct store *s, int64_t id, int64_t session,
    const unsigned char *verifier, bool beside)
{
	const struct store_started to = { .id = id,
		.request_id = "r1",
		.method = METHOD_SMS,
		.life_ms = LATER - NOW,
		.verifier = verifier,
		.beside = beside };

	return at_started_so(s, session, NOW, &to);
}

static void
kept(void **state)
{
	const struct statebox *b = *state;
	unsigned char got[STORE_VERIFIERS][STORE_VERIFIER_LEN];
	int64_t id = begin(b->s);

	/* not before there is an id, nor under another */
	assert_int_equal(store_verifier_get(b->s, id, "r1", got), 0);
	assert_int_equal(started_own(b->s, id, 1, first, false), 0);
	assert_int_equal(store_verifier_get(b->s, id, "r1", got), 1);
	assert_memory_equal(got[0], first, sizeof(first));
	assert_int_equal(store_verifier_get(b->s, id, "r2", got), 0);
	assert_int_equal(store_verifier_get(b->s, id + 1, "r1", got), 0);
	/* a running one is nobody's to change */
	assert_int_equal(started_own(b->s, id, 1, second, false), -1);
	assert_int_equal(at_replace(b->s, id, 2, "r1", false, NOW), 1);
	assert_int_equal(started_own(b->s, id, 1, second, false), -1);
	assert_int_equal(started_own(b->s, id, 2, second, false), 0);
	assert_int_equal(store_verifier_get(b->s, id, "r1", got), 1);
	assert_memory_equal(got[0], second, sizeof(second));
	assert_int_equal(plain_finish(b->s, id, "r1"), 1);
	assert_int_equal(store_verifier_get(b->s, id, "r1", got), 0);
}

/* A provider's code has none. */
static void
none(void **state)
{
	const struct statebox *b = *state;
	unsigned char got[STORE_VERIFIERS][STORE_VERIFIER_LEN];
	int64_t id = begin(b->s);

	assert_int_equal(started(b->s, id, "r1"), 0);
	memset(got, 7, sizeof(got));
	assert_int_equal(store_verifier_get(b->s, id, "r1", got), 0);
	assert_int_equal(got[0][0], 0);
}

static void
damaged(void **state)
{
	const struct statebox *b = *state;
	unsigned char got[STORE_VERIFIERS][STORE_VERIFIER_LEN];
	int64_t id = begin(b->s);

	assert_int_equal(started(b->s, id, "r1"), 0);
	box_sql(b, "UPDATE verification SET verifier = x'0102'");
	assert_int_equal(store_verifier_get(b->s, id, "r1", got), -1);
	assert_non_null(strstr(store_cause(b->s), "damaged"));
}

static void
look(void **state)
{
	const struct statebox *b = *state;
	struct store_row row;
	int64_t id = begin(b->s);

	assert_int_equal(at_look(b->s, id, NOW, &row), 0);
	assert_int_equal(started(b->s, id, "r1"), 0);
	assert_int_equal(at_look(b->s, id, NOW, &row), 1);
	assert_string_equal(row.request_id, "r1");
	assert_int_equal(row.sends, 1);
	assert_true(row.mine);
	assert_int_equal(at_replace(b->s, id, 2, "r1", false, NOW), 1);
	assert_int_equal(at_look(b->s, id, NOW, &row), 0);
	assert_int_equal(
	    at_started(b->s, id, 2, "r1", METHOD_VOICE, NOW + 5000, LATER, 0),
	    0);
	assert_int_equal(at_look(b->s, id, NOW + 5000, &row), 1);
	assert_int_equal(row.sends, 2);
	assert_int_equal(row.method, METHOD_VOICE);
	assert_true(at_sent_at(&row) == NOW + 5000);
	assert_int_equal(plain_finish(b->s, id, "r1"), 1);
	assert_int_equal(at_look(b->s, id, NOW, &row), 0);
}

static void
passed(void **state)
{
	struct statebox *b = *state;

	assert_int_equal(at_passed_over(b->s, "one", NOW), 0);
	assert_int_equal(at_pass_over(b->s, "one", NOW + 60000), 0);
	assert_int_equal(at_passed_over(b->s, "one", NOW), 1);
	assert_int_equal(at_passed_over(b->s, "two", NOW), 0);
	assert_int_equal(at_passed_over(b->s, "one", NOW + 59999), 1);
	assert_int_equal(at_passed_over(b->s, "one", NOW + 60000), 0);
	/* again, from now on */
	assert_int_equal(at_pass_over(b->s, "one", NOW + 90000), 0);
	assert_int_equal(at_passed_over(b->s, "one", NOW + 60000), 1);
	assert_int_equal(box_sql(b, "SELECT count(*) FROM passed_over"), 1);
	/* the machine was set back: not for ever */
	assert_int_equal(at_passed_over(b->s, "one", 1000), 0);
	/* another boot's time is none of this one's */
	box_sql(b, "UPDATE passed_over SET boot = 'other'");
	assert_int_equal(at_passed_over(b->s, "one", NOW + 60000), 0);
}

/* Beside the first, in the place of a second; a new one alone is both. */
static void
beside(void **state)
{
	struct statebox *b = *state;
	unsigned char v[4][STORE_VERIFIER_LEN] = { { 0 } };
	unsigned char got[STORE_VERIFIERS][STORE_VERIFIER_LEN];
	const int64_t id = begin(b->s);

	for (unsigned i = 0; i < 4; i++)
		v[i][STORE_VERIFIER_LEN - 1] = (unsigned char)(0xf0 + i);
	assert_int_equal(started_own(b->s, id, 1, v[0], false), 0);
	at_replace(b->s, id, 1, "r1", false, NOW);
	assert_int_equal(started_own(b->s, id, 1, v[1], true), 0);
	at_replace(b->s, id, 1, "r1", false, NOW);
	assert_int_equal(started_own(b->s, id, 1, v[2], true), 0);
	assert_int_equal(started_own(b->s, id, 1, v[3], true), -1);
	assert_int_equal(store_verifier_get(b->s, id, "r1", got), 2);
	assert_memory_equal(got[0], v[0], STORE_VERIFIER_LEN);
	assert_memory_equal(got[1], v[2], STORE_VERIFIER_LEN);
	at_replace(b->s, id, 2, "r1", false, NOW);
	assert_int_equal(started_own(b->s, id, 2, v[3], false), 0);
	assert_int_equal(store_verifier_get(b->s, id, "r1", got), 1);
	assert_memory_equal(got[0], v[3], STORE_VERIFIER_LEN);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, box_set_up, box_tear_down)
#define FILE_TEST(f) BOX_FILE_TEST(f, box_set_up, box_tear_down)

BOX_TESTS(test_store_verifier)
{
	const struct CMUnitTest tests[] = {
		TEST(kept),
		TEST(none),
		FILE_TEST(damaged),
		TEST(beside),
		TEST(look),
		FILE_TEST(passed),
	};

	return BOX_RUN(tests);
}
