/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Looking at what a login would get: the same answer, and nothing is changed
 * by it. And when a factor let somebody in last.
 */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "helper/store/store.h"
#include "tests/support/statebox.h"
#include "tests/support/store_time.h"
#include "tests/support/unit_tests.h"

#define NOW INT64_C(1000000)
#define WALL INT64_C(1790000000)
#define START_MS 15000
#define NUMBER "+12025550100"

static const struct store_key key = { "alice", NUMBER, "one", "type",
	{ NULL } };
static const struct store_send_key from = { "alice", NUMBER, "uid:1", false,
	CARRIED_NOT, false, false };
static const struct limits_of_sends limits = { .user_hour = 2,
	.number_day = 3,
	.host_hour = 5,
	.spend_day = -1,
	.spend_month = -1 };

static enum store_claim
look(struct statebox *b, const struct store_key *who, unsigned methods,
    struct store_row *row)
{
	return at_claim_look(b->s, who, methods, NOW, START_MS, row);
}

static void
running(struct statebox *b, struct store_row *row)
{
	assert_int_equal(
	    at_claim(b->s, &key, METHOD_ALL, METHOD_SMS, 1, NOW, START_MS, row),
	    CLAIM_NEW);
	assert_int_equal(at_started(b->s, row->id, 1, "r1", METHOD_SMS, NOW,
			     NOW + 300000, 0),
	    0);
}

static void
a_claim_leaves_no_row(void **state)
{
	struct statebox *b = *state;
	struct store_row row;

	for (int i = 0; i < 2; i++)
		assert_int_equal(look(b, &key, METHOD_ALL, &row), CLAIM_NEW);
	assert_int_equal(box_sql(b, "SELECT count(*) FROM verification"), 0);
}

static void
a_running_one_is_not_joined(void **state)
{
	static const struct store_key other = { "alice", NUMBER, "two", "type",
		{ NULL } };
	static const struct store_key bob = { "bob", NUMBER, "one", "type",
		{ NULL } };
	struct statebox *b = *state;
	struct store_row row;

	running(b, &row);
	assert_int_equal(look(b, &key, METHOD_ALL, &row), CLAIM_JOINED);
	assert_int_equal(row.method, METHOD_SMS);
	assert_int_equal(look(b, &other, METHOD_ALL, &row), CLAIM_ELSEWHERE);
	assert_string_equal(row.provider, "one");
	assert_int_equal(
	    look(b, &key, METHOD_BIT(METHOD_VOICE), &row), CLAIM_UNFIT);
	assert_int_equal(look(b, &bob, METHOD_ALL, &row), CLAIM_OTHER);
	assert_string_equal(row.request_id, "");
	assert_int_equal(box_sql(b, "SELECT joined FROM verification"), 0);
}

/* What a claim throws away stays for the session that still holds it. */
static void
what_is_over_stays(void **state)
{
	struct statebox *b = *state;
	struct store_row row;

	running(b, &row);
	assert_int_equal(
	    at_claim_look(b->s, &key, METHOD_ALL, NOW + 300001, START_MS, &row),
	    CLAIM_NEW);
	assert_int_equal(box_sql(b, "SELECT count(*) FROM verification"), 1);
}

static void
take(struct statebox *b, int64_t wall)
{
	int64_t id, wait_s;
	const char *which;

	assert_int_equal(
	    at_send_take(b->s, &from, &limits, wall, &id, &wait_s, &which),
	    SEND_TAKEN);
}

static void
a_message_is_not_counted(void **state)
{
	struct statebox *b = *state;
	int64_t wait_s = 7;
	const char *which = NULL;

	for (int i = 0; i < 3; i++)
		assert_int_equal(
		    at_send_look(b->s, &from, &limits, WALL, &wait_s, &which),
		    SEND_TAKEN);
	assert_int_equal(wait_s, 0);
	assert_string_equal(which, "");
	take(b, WALL);
	take(b, WALL + 10);
	assert_int_equal(
	    at_send_look(b->s, &from, &limits, WALL + 20, &wait_s, &which),
	    SEND_WAIT);
	assert_string_equal(which, "sends_per_user_hour");
	assert_int_equal(wait_s, 3600 - 20);
	assert_int_equal(box_sql(b, "SELECT count(*) FROM send"), 2);
}

/* More than one step of a login repairs. */
static void
a_clock_set_back_is_not_repaired(void **state)
{
	static const struct limits_of_sends many = { .host_hour = 40,
		.user_hour = 30,
		.spend_day = -1,
		.spend_month = -1 };
	struct statebox *b = *state;
	int64_t id, wait_s = 0;
	const char *which = NULL;

	for (int i = 0; i < 30; i++)
		assert_int_equal(at_send_take(b->s, &from, &many,
				     WALL + 1000 + i, &id, &wait_s, &which),
		    SEND_TAKEN);
	assert_int_equal(
	    at_send_look(b->s, &from, &many, WALL, &wait_s, &which), SEND_WAIT);
	assert_string_equal(which, "sends_per_user_hour");
	assert_int_equal(wait_s, 3600);
	assert_int_equal(
	    box_sql(b, "SELECT count(*) FROM send WHERE at >= 1790001000"), 30);
}

/* The money of days to come leaves the window when today's does. */
static void
money_of_days_to_come(void **state)
{
	static const struct limits_of_sends cent = {
		.spend_day = -1, .spend_month = 10000, .price = 10000
	};
	struct statebox *b = *state;
	int64_t id, looked_s = 0, wait_s = 0;
	const char *which = NULL;

	assert_int_equal(at_send_take(b->s, &from, &cent, WALL + 40 * 86400,
			     &id, &wait_s, &which),
	    SEND_TAKEN);
	assert_int_equal(
	    at_send_look(b->s, &from, &cent, WALL, &looked_s, &which),
	    SEND_WAIT);
	assert_string_equal(which, "spend_per_month");
	assert_int_equal(
	    at_send_take(b->s, &from, &cent, WALL, &id, &wait_s, &which),
	    SEND_WAIT);
	assert_int_equal(looked_s, wait_s);
}

struct seen {
	char text[512];
};

static void
note_window(void *ctx, const struct store_window *w)
{
	struct seen *seen = ctx;
	size_t used = strlen(seen->text);

	snprintf(seen->text + used, sizeof(seen->text) - used, "%s %u/%u ",
	    w->name, w->used, w->limit);
}

/* A server has a limit of its own for each host. */
static void
saw(const struct seen *seen, const char *text)
{
	char want[sizeof(seen->text) + 32];

	snprintf(want, sizeof(want), "%s%s", text,
	    box_remote ? "hourly-sends 1/1000 " : "");
	assert_string_equal(seen->text, want);
}

static void
windows(void **state)
{
	static const struct store_send_key push = { "alice", "push:alice",
		"uid:1", true, CARRIED_NOT, false, false };
	struct limits_of_sends all = limits;
	struct statebox *b = *state;
	struct seen seen = { "" };

	take(b, WALL);
	take(b, WALL + 3000);
	assert_int_equal(at_send_windows(b->s, &from, &limits, WALL + 3700,
			     &seen, note_window),
	    0);
	saw(&seen,
	    "sends_per_user_hour 1/2 sends_per_number_day 2/3 "
	    "sends_per_host_hour 1/5 ");
	seen.text[0] = '\0';
	all.push_hour = 4;
	assert_int_equal(
	    at_send_windows(b->s, &push, &all, WALL + 3700, &seen, note_window),
	    0);
	saw(&seen, "push_per_hour 0/4 sends_per_host_hour 1/5 ");
}

/* Where there is none, no message is counted by number. */
static void
no_key_is_made(void **state)
{
	struct statebox *b = *state;
	struct seen seen = { "" };
	struct store_row row;
	int64_t wait_s = 0;
	const char *which = NULL;
	char path[96];

	take(b, WALL);
	store_close(b->s);
	snprintf(path, sizeof(path), "%s/host.key", b->dir);
	assert_int_equal(unlink(path), 0);
	b->s = box_open(b);
	assert_non_null(b->s);
	assert_int_equal(look(b, &key, METHOD_ALL, &row), CLAIM_NEW);
	assert_int_equal(
	    at_send_look(b->s, &from, &limits, WALL + 10, &wait_s, &which),
	    SEND_TAKEN);
	assert_int_equal(at_send_windows(b->s, &from, &limits, WALL + 10, &seen,
			     note_window),
	    0);
	saw(&seen,
	    "sends_per_user_hour 1/2 sends_per_number_day 0/3 "
	    "sends_per_host_hour 1/5 ");
	assert_int_equal(access(path, F_OK), -1);
	/* one that cannot be read is no key that is missing */
	assert_int_equal(mkdir(path, 0700), 0);
	assert_int_equal(look(b, &key, METHOD_ALL, &row), CLAIM_ERROR);
	assert_int_equal(rmdir(path), 0);
}

static void
note_success(void *ctx, const char *provider, enum method m, int64_t wall)
{
	struct seen *seen = ctx;
	size_t used = strlen(seen->text);

	snprintf(seen->text + used, sizeof(seen->text) - used, "%s:%s@%lld ",
	    provider, method_name(m), (long long)wall);
}

static void
successes(void **state)
{
	struct statebox *b = *state;
	struct seen seen = { "" };

	assert_int_equal(
	    store_successes_by_provider(b->s, &seen, note_success), 0);
	assert_string_equal(seen.text, "");
	assert_int_equal(
	    at_passed(b->s, "sshd", "alice", METHOD_SMS, "two", 5), 0);
	assert_int_equal(
	    at_passed(b->s, "sshd", "alice", METHOD_VOICE, "two", 6), 0);
	assert_int_equal(
	    at_passed(b->s, "sshd", "alice", METHOD_TOTP, "", 7), 0);
	/* a clock that was set back is the clock all the same */
	assert_int_equal(
	    at_passed(b->s, "sshd", "alice", METHOD_SMS, "two", 4), 0);
	assert_int_equal(
	    store_successes_by_provider(b->s, &seen, note_success), 0);
	assert_string_equal(seen.text, ":totp@7 two:sms@4 two:voice@6 ");
}

BOX_TESTS(test_store_look)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
		    a_claim_leaves_no_row, box_set_up, box_tear_down),
		cmocka_unit_test_setup_teardown(
		    a_running_one_is_not_joined, box_set_up, box_tear_down),
		cmocka_unit_test_setup_teardown(
		    what_is_over_stays, box_set_up, box_tear_down),
		cmocka_unit_test_setup_teardown(
		    a_message_is_not_counted, box_set_up, box_tear_down),
		cmocka_unit_test_setup_teardown(
		    a_clock_set_back_is_not_repaired, box_set_up,
		    box_tear_down),
		cmocka_unit_test_setup_teardown(
		    money_of_days_to_come, box_set_up, box_tear_down),
		cmocka_unit_test_setup_teardown(
		    no_key_is_made, box_set_up, box_tear_down),
		cmocka_unit_test_setup_teardown(
		    windows, box_set_up, box_tear_down),
		cmocka_unit_test_setup_teardown(
		    successes, box_set_up, box_tear_down),
	};

	return BOX_RUN(tests);
}
