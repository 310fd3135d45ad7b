/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Between a login's beginning, which claims and counts, and its first message:
 * whoever goes in between leaves neither a row nor a message that counts.
 */
#include "tests/support/logins/scripted.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <sqlite3.h>
#include <stdio.h>

#include "helper/store/store.h"
#include "tests/support/samples.h"
#include "tests/support/unit_tests.h"

#define PUSH                                                                   \
	"phone = \"" SAMPLE_PHONE "\"; push_identity = \"" SAMPLE_IDENTITY     \
	"\"; push_factor = \"" SAMPLE_FACTOR "\"; "

static struct login_result result;

static void
with_push(struct scripted *s, const char *channels)
{
	char text[512];

	scripted_provider(s, 1, "twilio-push", "push");
	snprintf(text, sizeof(text), PUSH "channels = [%s];\n", channels);
	scripted_user(s, text);
}

/* The person leaves before the message is sent. */
static void
expect_nothing_left(struct scripted *s)
{
	struct script script = { .leaves_ms = -1 };

	scripted_expect(s, &script, VERDICT_DENY, "peer-gone", &result);
	assert_int_equal(script.requests, 0);
	assert_int_equal(scripted_pending(s), 0);
}

static void
gone_before_the_code(void **state)
{
	expect_nothing_left(*state);
}

static void
gone_before_the_push(void **state)
{
	with_push(*state, "\"push\", \"sms\"");
	expect_nothing_left(*state);
}

/* Nobody can answer: nothing is claimed at all. */
static void
no_conversation(void **state)
{
	struct scripted *s = *state;
	struct script script = { .leaves_ms = 0 };

	s->facts.conversation = false;
	scripted_expect(
	    s, &script, VERDICT_CONV_ERR, "no-conversation", &result);
	assert_int_equal(script.requests, 0);
	assert_int_equal(scripted_pending(s), 0);
}

/* The app comes first: nothing is counted before somebody asks for a code. */
static void
app_first(void **state)
{
	struct scripted *s = *state;
	struct script script = { .answer = { { 0, UI_GONE, NULL, NULL } } };

	scripted_totp(
	    s, "phone = \"" SAMPLE_PHONE "\"; channels = [\"totp\", \"sms\"];");
	scripted_expect(s, &script, VERDICT_DENY, "peer-gone", &result);
	assert_int_equal(script.requests, 0);
	assert_int_equal(scripted_pending(s), 0);
}

/* What was claimed and counted is what is sent: one row, one message. */
static void
taken_up_once(void **state)
{
	struct script script = { .reply = { START_OK },
		.answer = { { 0, UI_GONE, NULL, NULL } } };

	scripted_expect(*state, &script, VERDICT_DENY, "peer-gone", &result);
	assert_int_equal(script.requests, 1);
	assert_int_equal(scripted_pending(*state), 1);
}

/* The push has no time left, so that a code comes first: the push that was
 * never claimed leaves nothing, and the code is one message. */
static void
no_time_for_a_push(void **state)
{
	struct scripted *s = *state;
	struct script script = { .reply = { START_OK },
		.answer = { { 0, UI_GONE, NULL, NULL } } };

	with_push(s, "\"push\", \"sms\"");
	s->left_ms = 20000;
	scripted_expect(s, &script, VERDICT_DENY, "peer-gone", &result);
	assert_int_equal(script.requests, 1);
	assert_int_equal(scripted_pending(s), 1);
}

/* The state takes no message any more. */
static void
stop_counting(const struct scripted *s)
{
	sqlite3 *db;

	store_close(scripted_store(s));
	assert_int_equal(sqlite3_open(s->conf.state, &db), SQLITE_OK);
	assert_int_equal(sqlite3_exec(db,
			     "CREATE TRIGGER stop BEFORE INSERT ON send"
			     " BEGIN SELECT RAISE(ABORT, 'stop'); END",
			     NULL, NULL, NULL),
	    SQLITE_OK);
	sqlite3_close(db);
}

/* A push that is claimed later, by a key, and cannot be counted: its row goes,
 * or the next login's push would be kept waiting. */
static void
push_not_counted(void **state)
{
	struct scripted *s = *state;
	struct script script = { .answer = { TYPED("p") } };

	scripted_provider(s, 1, "twilio-push", "push");
	scripted_totp(s, PUSH "channels = [\"totp\", \"push\"];");
	stop_counting(s);
	scripted_expect(s, &script, VERDICT_DENY, "state", &result);
	assert_int_equal(script.requests, 0);
	assert_int_equal(scripted_pending(s), 0);
}

#define TEST(f)                                                                \
	cmocka_unit_test_setup_teardown(f, scripted_setup, scripted_teardown)

UNIT_TESTS(test_begun)
{
	const struct CMUnitTest tests[] = {
		TEST(gone_before_the_code),
		TEST(gone_before_the_push),
		TEST(no_conversation),
		TEST(app_first),
		TEST(taken_up_once),
		TEST(no_time_for_a_push),
		TEST(push_not_counted),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
