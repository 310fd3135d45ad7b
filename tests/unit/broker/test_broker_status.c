/* SPDX-License-Identifier: BSD-2-Clause */
/* The file by which a broker is seen: written, read back, and whatever else may
 * lie in its place. */
#include "tests/support/confdir.h"

#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/wait.h>

#include "helper/broker/broker_inside.h"
#include "lib/system/system.h"
#include "lib/wire/wire.h"
#include "tests/support/unit_tests.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static struct confdir d;
static int64_t got[ITEM_BROKER_NUMBERS];
static int64_t now = 1000000; /* never the same again: it is kept */

static int
setup(void **state)
{
	(void)state;
	assert_int_equal(prctl(PR_SET_NAME, BROKER_NAME), 0);
	now += 100000;
	confdir_make(&d);
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	assert_int_equal(prctl(PR_SET_NAME, "unit"), 0);
	confdir_remove(&d);
	return 0;
}

static const char *
look(void)
{
	memset(got, 7, sizeof(got));
	return broker_status_read(d.path, got);
}

static void
put(const char *bytes, size_t len)
{
	confdir_bytes(&d, "broker", bytes, len);
	confdir_mode(&d, "broker", 0600);
}

static void
expect_none_of(const char *word)
{
	const char *state = look();

	if (word == NULL)
		assert_null(state);
	else
		assert_string_equal(state, word);
	for (size_t i = 0; i < COUNT(got); i++)
		assert_int_equal(got[i], 0);
}

static int64_t
write_one(int64_t steps)
{
	const int64_t number[ITEM_BROKER_NUMBERS] = { getpid(),
		clock_wall_s() - 90, 2, INT64_C(12345678901), steps, 4 };

	return broker_status_write(d.path, number, now);
}

static void
test_written_and_read(void **state)
{
	struct stat st;
	char path[96];

	(void)state;
	assert_null(look());
	assert_int_equal(write_one(3), INT64_MAX);
	assert_string_equal(look(), "running");
	assert_int_equal(got[ITEM_BROKER_PROCESS], getpid());
	assert_in_range(got[ITEM_BROKER_AGE_S], 90, 100);
	assert_int_equal(got[ITEM_BROKER_CONNECTIONS], 2);
	assert_int_equal(got[ITEM_BROKER_ALL], INT64_C(12345678901));
	assert_int_equal(got[ITEM_BROKER_STEPS], 3);
	assert_int_equal(got[ITEM_BROKER_REFUSED], 4);
	snprintf(path, sizeof(path), "%s/broker", d.path);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode, S_IFREG | 0600);
	snprintf(path, sizeof(path), "%s/broker.new", d.path);
	assert_int_equal(stat(path, &st), -1);
}

/* Not more than once in ten seconds, and only if something is new. */
static void
test_how_often(void **state)
{
	(void)state;
	assert_int_equal(write_one(10), INT64_MAX);
	assert_int_equal(write_one(10), INT64_MAX);
	now += 1;
	assert_int_equal(write_one(11), now + 9999);
	(void)look();
	assert_int_equal(got[ITEM_BROKER_STEPS], 10);
	now += 9998;
	assert_int_equal(write_one(12), now + 1);
	now += 1;
	assert_int_equal(write_one(12), INT64_MAX);
	(void)look();
	assert_int_equal(got[ITEM_BROKER_STEPS], 12);
}

/* No folder, or not ours to write: nothing is done, and nothing waits. */
static void
test_cannot_be_written(void **state)
{
	char path[96];

	(void)state;
	snprintf(path, sizeof(path), "%s/broker.new", d.path);
	assert_int_equal(symlink("/etc/hostname", path), 0);
	assert_int_equal(write_one(20), INT64_MAX);
	assert_null(look());
	now += 10000;
	assert_int_equal(
	    broker_status_write("/no/such", &(int64_t[6]){ 1 }[0], now),
	    INT64_MAX);
}

static void
test_removed_at_the_end(void **state)
{
	static const char successor[] = "broker\t1\t1\t1700000000\t0\t0\t0\t0";

	(void)state;
	broker_status_remove(d.path);
	assert_int_equal(write_one(30), INT64_MAX);
	broker_status_remove(d.path);
	assert_null(look());
	put(successor, strlen(successor));
	broker_status_remove(d.path);
	assert_non_null(look());
}

static pid_t
ended_child(void)
{
	const pid_t child = fork();

	if (child == 0)
		_exit(0);
	assert_int_equal(waitpid(child, NULL, 0), child);
	return child;
}

/* Its pid is nobody's, another program's, or that of another user's. */
static void
test_over(void **state)
{
	char line[128];

	(void)state;
	snprintf(line, sizeof(line), "broker\t1\t%d\t1700000000\t3\t4\t5\t6",
	    (int)ended_child());
	put(line, strlen(line));
	assert_string_equal(look(), "ended");
	assert_int_equal(got[ITEM_BROKER_CONNECTIONS], 0); /* all are denied */
	assert_int_equal(got[ITEM_BROKER_ALL], 4);
	assert_int_equal(got[ITEM_BROKER_REFUSED], 6);
	snprintf(line, sizeof(line), "broker\t1\t%d\t1700000000\t3\t4\t5\t6",
	    (int)getpid());
	put(line, strlen(line));
	assert_string_equal(look(), "running");
	assert_int_equal(prctl(PR_SET_NAME, "twofa-brokers"), 0);
	assert_string_equal(look(), "ended");
	assert_int_equal(prctl(PR_SET_NAME, "twofa-helper"), 0);
	assert_string_equal(look(), "ended");
}

#define T(text)                                                                \
	{                                                                      \
		text, sizeof(text) - 1                                         \
	}

static void
test_bad(void **state)
{
	static const struct {
		const char *bytes;
		size_t len;
	} bad[] = {
		T(""),
		T("\n"),
		T("broker"),
		T("broker\t1"),
		T("broker\t1\t812\t1700000000\t3\t4\t5"),
		T("broker\t1\t812\t1700000000\t3\t4\t5\t6\t7"),
		T("broker\t1\t812\t1700000000\t3\t4\t5\t6\n"),
		T("broker\t1\t812\t1700000000\t3\t4\t5\t6\0"),
		T("broker\t1\t812\t1700000000\t3\t4\t5\t6\0x"),
		T("\0broker\t1\t812\t1700000000\t3\t4\t5\t6"),
		T(" broker\t1\t812\t1700000000\t3\t4\t5\t6"),
		T("broker\t\t812\t1700000000\t3\t4\t5\t6"),
		T("broker\t2\t812\t1700000000\t3\t4\t5\t6"),
		T("broker\trunning\t812\t1700000000\t3\t4\t5\t6"),
		T("broker\t1\t0\t1700000000\t3\t4\t5\t6"),
		T("broker\t1\t-1\t1700000000\t3\t4\t5\t6"),
		T("broker\t1\t2147483648\t1700000000\t3\t4\t5\t6"),
		T("broker\t1\t812\t1700000000\t3\t4\t5\t"),
		T("broker\t1\t812\t1700000000\t3\t4\t5\t-6"),
		T("broker\t1\t812\t1700000000\t3\t4\t5\t+6"),
		T("broker\t1\t812\t1700000000\t3\t4\t5\t 6"),
		T("broker\t1\t812\t1700000000\t3\t4\t5\t6 "),
		T("broker\t1\t812\t1700000000\t3\t4\t5\t0x6"),
		T("broker\t1\t812\t1700000000\t3\t4\t5\t6.0"),
		T("broker\t1\t812\t1700000000\t3\t4\t1234567890123456789\t6"),
		T("broker 1 812 1700000000 3 4 5 6"),
		T("problem\tbroker\trun: reboot"),
		T("totals\t1\t2\t3\t4"),
		T("\x1b[2Jbroker\t1\t812\t1700000000\t3\t4\t5\t6"),
	};
	static char long_one[FRAME_PROMPT_MAX * 2];

	(void)state;
	for (size_t i = 0; i < COUNT(bad); i++) {
		put(bad[i].bytes, bad[i].len);
		expect_none_of("unknown");
	}
	memset(long_one, '1', sizeof(long_one));
	memcpy(long_one, "broker\t1\t1", 10);
	put(long_one, sizeof(long_one));
	expect_none_of("unknown");
}

/* Anything but a file of ours; nothing hangs at it. */
static void
test_no_file(void **state)
{
	static const char good[] = "broker\t1\t812\t1700000000\t3\t4\t5\t6";
	char path[96];

	(void)state;
	snprintf(path, sizeof(path), "%s/broker", d.path);
	expect_none_of(NULL);
	assert_int_equal(mkfifo(path, 0600), 0);
	expect_none_of("unknown");
	assert_int_equal(unlink(path), 0);
	assert_int_equal(mkdir(path, 0700), 0);
	expect_none_of("unknown");
	assert_int_equal(rmdir(path), 0);
	assert_int_equal(symlink("/etc/hostname", path), 0);
	expect_none_of("unknown");
	put(good, sizeof(good) - 1);
	assert_string_equal(look(), "ended");
	confdir_mode(&d, "broker", 0622);
	expect_none_of("unknown");
}

UNIT_TESTS(test_broker_status)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(test_written_and_read),
		TEST(test_how_often),
		TEST(test_cannot_be_written),
		TEST(test_removed_at_the_end),
		TEST(test_over),
		TEST(test_bad),
		TEST(test_no_file),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
