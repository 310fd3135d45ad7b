/* SPDX-License-Identifier: BSD-2-Clause */
/* What is kept of an own code, a row read again, providers passed over. */
#include "helper/store/store.h"

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <string.h>

#include <cmocka.h>

#include "lib/settings/settings.h"
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
	assert_int_equal(store_row_verifiers_read(b->s, id, "r1", got), 0);
	assert_int_equal(started_own(b->s, id, 1, first, false), 0);
	assert_int_equal(store_row_verifiers_read(b->s, id, "r1", got), 1);
	assert_memory_equal(got[0], first, sizeof(first));
	assert_int_equal(store_row_verifiers_read(b->s, id, "r2", got), 0);
	assert_int_equal(store_row_verifiers_read(b->s, id + 1, "r1", got), 0);
	/* a running one is nobody's to change */
	assert_int_equal(started_own(b->s, id, 1, second, false), -1);
	assert_int_equal(at_replace(b->s, id, 2, "r1", false, NOW), 1);
	assert_int_equal(started_own(b->s, id, 1, second, false), -1);
	assert_int_equal(started_own(b->s, id, 2, second, false), 0);
	assert_int_equal(store_row_verifiers_read(b->s, id, "r1", got), 1);
	assert_memory_equal(got[0], second, sizeof(second));
	assert_int_equal(plain_finish(b->s, id, "r1"), 1);
	assert_int_equal(store_row_verifiers_read(b->s, id, "r1", got), 0);
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
	assert_int_equal(store_row_verifiers_read(b->s, id, "r1", got), 0);
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
	assert_int_equal(store_row_verifiers_read(b->s, id, "r1", got), -1);
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
	assert_int_equal(store_row_verifiers_read(b->s, id, "r1", got), 2);
	assert_memory_equal(got[0], v[0], STORE_VERIFIER_LEN);
	assert_memory_equal(got[1], v[2], STORE_VERIFIER_LEN);
	at_replace(b->s, id, 2, "r1", false, NOW);
	assert_int_equal(started_own(b->s, id, 2, v[3], false), 0);
	assert_int_equal(store_row_verifiers_read(b->s, id, "r1", got), 1);
	assert_memory_equal(got[0], v[3], STORE_VERIFIER_LEN);
}

/* A code by another method is right alone: a rule may accept that one only. */
static void
beside_another_method(void **state)
{
	struct statebox *b = *state;
	unsigned char got[STORE_VERIFIERS][STORE_VERIFIER_LEN];
	const int64_t id = begin(b->s);
	const struct store_started to = { .id = id,
		.request_id = "r1",
		.method = METHOD_VOICE,
		.life_ms = LATER - NOW,
		.verifier = second,
		.beside = true };

	assert_int_equal(started_own(b->s, id, 1, first, false), 0);
	at_replace(b->s, id, 1, "r1", false, NOW);
	assert_int_equal(at_started_so(b->s, 1, NOW, &to), 0);
	assert_int_equal(store_row_verifiers_read(b->s, id, "r1", got), 1);
	assert_memory_equal(got[0], second, STORE_VERIFIER_LEN);
}

static struct settings
settings_of(const struct statebox *b)
{
	struct settings conf = { 0 };

	snprintf(conf.state_dir, sizeof(conf.state_dir), "%s", b->dir);
	return conf;
}

/* Kept for a user, a row and a code; any other is not the right one. */
static void
code_right(void **state)
{
	static const struct {
		const char *user, *id, *code;
		int right;
	} rows[] = {
		{ "alice", "r1", "123456", 1 },
		{ "alice", "r1", "123457", 0 },
		{ "alice", "r1", "", 0 },
		{ "bob", "r1", "123456", 0 },
		{ "alice\nr1", "r1", "123456", 0 },
		{ "alice", "r2", "123456", STORE_CODE_GONE },
	};
	const struct statebox *b = *state;
	struct settings conf = settings_of(b);
	unsigned char mac[HOST_KEY_LEN];
	char huge[STORE_MAC_TEXT_MAX + 2], file[96];
	struct store_row row = { .id = begin(b->s) };

	assert_int_equal(
	    store_mac(&conf, STORE_MAC_OWN_CODE, "alice\nr1\n123456", mac), 0);
	assert_int_equal(started_own(b->s, row.id, 1, mac, false), 0);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		snprintf(
		    row.request_id, sizeof(row.request_id), "%s", rows[i].id);
		assert_int_equal(store_own_code_check(b->s, &conf, rows[i].user,
				     &row, rows[i].code),
		    rows[i].right);
	}
	memset(huge, 'x', sizeof(huge) - 1);
	huge[sizeof(huge) - 1] = '\0';
	assert_int_equal(store_mac(&conf, STORE_MAC_OWN_CODE, huge, mac), -1);
	snprintf(row.request_id, sizeof(row.request_id), "r1");
	assert_int_equal(store_own_code_check(b->s, &conf, huge, &row, "1"),
	    STORE_CODE_GONE);
	/* another key */
	snprintf(file, sizeof(file), "%s/host.key", b->dir);
	assert_int_equal(remove(file), 0);
	assert_int_equal(
	    store_own_code_check(b->s, &conf, "alice", &row, "123456"), 0);
	snprintf(conf.state_dir, sizeof(conf.state_dir), "/nonexistent");
	assert_int_equal(
	    store_own_code_check(b->s, &conf, "alice", &row, "123456"),
	    STORE_CODE_GONE);
}

/* The three uses of the key are apart, and the two of an app name it. */
static void
macs_apart(void **state)
{
	const struct statebox *b = *state;
	const struct settings conf = settings_of(b);
	unsigned char mac[STORE_MACS][HOST_KEY_LEN];

	for (unsigned i = 0; i < STORE_MACS; i++)
		assert_int_equal(
		    store_mac(&conf, (enum store_mac)i, "one", mac[i]), 0);
	assert_memory_not_equal(mac[0], mac[1], STORE_KEYED_DIGEST);
	assert_memory_not_equal(mac[1], mac[2], STORE_KEYED_DIGEST);
	assert_memory_not_equal(mac[0], mac[2], STORE_KEYED_DIGEST);
	assert_memory_equal(mac[1] + STORE_KEYED_DIGEST,
	    mac[2] + STORE_KEYED_DIGEST, HOST_KEY_LEN - STORE_KEYED_DIGEST);
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
		TEST(beside_another_method),
		TEST(code_right),
		TEST(macs_apart),
		TEST(look),
		FILE_TEST(passed),
	};

	return BOX_RUN(tests);
}
