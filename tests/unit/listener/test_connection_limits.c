/* SPDX-License-Identifier: BSD-2-Clause */
/* Who gets a copy: root's places, those of others, and floods of uids. */
#include "helper/listener/listener_inside.h"

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <string.h>

#include <cmocka.h>

#include "tests/support/unit_tests.h"

#define ALICE 1000
#define FIRST_SUBUID 100000

static struct listener_limits limits;
static struct listener_workers running;
static int64_t now;

static int
fresh(void **state)
{
	(void)state;
	memset(&limits, 0, sizeof(limits));
	memset(&running, 0, sizeof(running));
	now = 1000000;
	return 0;
}

static bool
allowed(uid_t uid)
{
	return listener_limits_admit(&limits, &running, uid, now);
}

static void
run(uid_t uid, size_t count)
{
	while (count-- > 0)
		listener_workers_add(
		    &running, (pid_t)(100 + running.count), uid, now);
}

static void
test_root_has_512_places(void **state)
{
	(void)state;
	run(0, LISTENER_WORKERS_ROOT - 1);
	assert_true(allowed(0));
	run(0, 1);
	assert_false(allowed(0));
	assert_true(allowed(ALICE));
}

/* 64 of others, and root gets in as before. */
static void
test_others_have_64_places(void **state)
{
	(void)state;
	for (uid_t uid = 0; uid < LISTENER_WORKERS_OTHERS / LISTENER_AT_ONCE;
	     uid++)
		run(ALICE + uid, LISTENER_AT_ONCE);
	assert_false(allowed(ALICE + 500));
	assert_true(allowed(0));
}

static void
test_each_has_4_places(void **state)
{
	struct listener_worker ended;

	(void)state;
	run(ALICE, LISTENER_AT_ONCE);
	assert_false(allowed(ALICE));
	assert_true(allowed(ALICE + 1));
	assert_true(
	    listener_workers_remove(&running, running.list[0].pid, &ended));
	assert_true(allowed(ALICE));
}

static void
test_each_comes_20_times_in_10_s(void **state)
{
	(void)state;
	for (int i = 0; i < LISTENER_PER_WINDOW; i++)
		assert_true(allowed(ALICE));
	assert_false(allowed(ALICE));
	assert_true(allowed(ALICE + 1));
	now += LISTENER_WINDOW_MS - 1;
	assert_false(allowed(ALICE));
	now++;
	assert_true(allowed(ALICE));
}

static void
test_root_comes_as_often_as_it_likes(void **state)
{
	(void)state;
	for (int i = 0; i < 1000; i++)
		assert_true(allowed(0));
}

/* uids without an account share one count; known ones are not shut out, nor are
 * accounts, whose uids are of another block. */
static void
test_strangers_count_together(void **state)
{
	(void)state;
	assert_true(allowed(ALICE));
	listener_limits_note_account(&limits, ALICE, true, now);
	for (uid_t i = 0; i < LISTENER_PER_WINDOW; i++) {
		assert_true(allowed(FIRST_SUBUID + i));
		listener_limits_note_account(
		    &limits, FIRST_SUBUID + i, false, now);
	}
	assert_false(allowed(FIRST_SUBUID + 1000));
	assert_false(allowed(FIRST_SUBUID));
	for (uid_t i = 1; i < 80; i++) {
		assert_true(allowed(FIRST_SUBUID + 65536 * i));
		assert_false(allowed(FIRST_SUBUID + i));
	}
	assert_true(allowed(ALICE + 1));
	assert_true(allowed(ALICE));
	assert_true(allowed(0));
	now += LISTENER_WINDOW_MS;
	assert_true(allowed(FIRST_SUBUID + 1000));
}

/* A worker that was taken over may end as one does whose uid has no account:
 * that shuts out no others of its block, also after a renewal. */
static void
test_one_stranger_counts_once(void **state)
{
	static char text[LISTENER_TEXT_MAX];

	(void)state;
	for (int round = 0; round < 3; round++) {
		for (int i = 0; i < LISTENER_PER_WINDOW; i++) {
			assert_true(allowed(ALICE));
			listener_limits_note_account(
			    &limits, ALICE, false, now);
			listener_limits_save(&limits, text);
			memset(&limits, 0, sizeof(limits));
			listener_limits_restore(&limits, text);
		}
		assert_true(allowed(ALICE + 1 + (uid_t)round));
		now += LISTENER_WINDOW_MS;
	}
}

/* More blocks than there are rows share some; the first one never does. */
static void
test_strangers_of_many_blocks(void **state)
{
	(void)state;
	for (uid_t i = 0; i < LISTENER_PER_WINDOW * LISTENER_BLOCKS; i++)
		listener_limits_note_account(
		    &limits, FIRST_SUBUID + 65536 * i, false, now);
	assert_false(allowed(FIRST_SUBUID));
	assert_true(allowed(ALICE));
	now += LISTENER_WINDOW_MS;
	assert_true(allowed(FIRST_SUBUID));
}

/* A flood of uids within one window fills the table, and no more than that. */
static void
test_the_table_is_full(void **state)
{
	(void)state;
	assert_true(allowed(ALICE));
	for (uid_t i = 1; i < LISTENER_UIDS; i++)
		assert_true(allowed(FIRST_SUBUID + i));
	assert_false(allowed(FIRST_SUBUID + 1000));
	assert_true(allowed(ALICE));
	now += LISTENER_WINDOW_MS;
	assert_true(allowed(FIRST_SUBUID + 1000));
}

/* Rows of uids without an account go first. */
static void
test_known_users_stay_known(void **state)
{
	(void)state;
	assert_true(allowed(ALICE));
	listener_limits_note_account(&limits, ALICE, true, now);
	for (uid_t i = 1; i < LISTENER_UIDS; i++)
		assert_true(allowed(FIRST_SUBUID + i));
	now += LISTENER_WINDOW_MS;
	for (uid_t i = 0; i < LISTENER_PER_WINDOW; i++) {
		assert_true(allowed(FIRST_SUBUID + 5000 + i));
		listener_limits_note_account(
		    &limits, FIRST_SUBUID + 5000 + i, false, now);
	}
	assert_false(allowed(FIRST_SUBUID + 9000));
	assert_true(allowed(ALICE));
}

static void
test_times_before_the_first_window(void **state)
{
	(void)state;
	now = 5;
	for (int i = 0; i < LISTENER_PER_WINDOW; i++)
		assert_true(allowed(ALICE));
	assert_false(allowed(ALICE));
}

static void
test_all_pass_over(void **state)
{
	static char text[LISTENER_TEXT_MAX];
	static struct listener_limits back;

	(void)state;
	memset(&back, 0, sizeof(back));
	for (size_t i = 0; i < LISTENER_BLOCKS; i++)
		limits.strangers[i] =
		    (struct listener_limits_strangers){ UINT16_MAX - (uid_t)i,
			    { INT64_MAX, UINT32_MAX - (unsigned)i } };
	for (size_t i = 0; i < LISTENER_UIDS; i++)
		limits.users[i] = (struct listener_limits_user){ true,
			i % 2 == 0, i % 3 == 0, (uid_t)(UINT32_MAX - i),
			{ INT64_MAX, UINT32_MAX } };
	listener_limits_save(&limits, text);
	assert_in_range(strlen(text), 1, sizeof(text) - 1);
	listener_limits_restore(&back, text);
	assert_memory_equal(&back, &limits, sizeof(back));
}

/* Nobody is counted anew. */
static void
test_counts_pass_over(void **state)
{
	static char text[LISTENER_TEXT_MAX];

	(void)state;
	for (int i = 0; i < LISTENER_PER_WINDOW; i++)
		assert_true(allowed(ALICE));
	listener_limits_note_account(&limits, ALICE, true, now);
	listener_limits_save(&limits, text);
	memset(&limits, 0, sizeof(limits));
	listener_limits_restore(&limits, text);
	assert_false(allowed(ALICE));
	now += LISTENER_WINDOW_MS;
	assert_true(allowed(ALICE));
	assert_true(limits.users[0].has_account);
}

/* What is no such text ends the reading. */
static void
test_other_texts(void **state)
{
	static const char *const rows[] = { "", "x", "5", "5,1,1,1", "5,1,1,4;",
		"5,-1,1,1;", "5,1,4294967296,1;", "4294967296,1,1,1;",
		"-5,1,1,1;", "x;5,1,1,1;" };
	static const struct listener_limits none;

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		listener_limits_restore(&limits, rows[i]);
		assert_memory_equal(&limits, &none, sizeof(none));
	}
	listener_limits_restore(&limits, "5,1,2,1;x");
	assert_int_equal(limits.users[0].uid, 5);
	assert_false(limits.users[1].used);
}

#define TEST(f) cmocka_unit_test_setup(f, fresh)

UNIT_TESTS(test_connection_limits)
{
	const struct CMUnitTest tests[] = {
		TEST(test_root_has_512_places),
		TEST(test_others_have_64_places),
		TEST(test_each_has_4_places),
		TEST(test_each_comes_20_times_in_10_s),
		TEST(test_root_comes_as_often_as_it_likes),
		TEST(test_strangers_count_together),
		TEST(test_one_stranger_counts_once),
		TEST(test_strangers_of_many_blocks),
		TEST(test_the_table_is_full),
		TEST(test_known_users_stay_known),
		TEST(test_times_before_the_first_window),
		TEST(test_all_pass_over),
		TEST(test_counts_pass_over),
		TEST(test_other_texts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
