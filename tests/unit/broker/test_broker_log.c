/* SPDX-License-Identifier: BSD-2-Clause */
/* Lines of a provider broker for the log, as the listener writes them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <syslog.h>
#include <unistd.h>

#include "helper/broker/broker_inside.h"
#include "tests/support/unit_tests.h"

#define PID ((pid_t)4711) /* no process is asked or signalled by it */
#define NOW INT64_C(1000000)
#define HEAD "broker of provider 1: "

static struct broker_supervisor all;
#define k (all.slot[1])
static int theirs;
static size_t lines;
static int level_of;
static char last[2000], first[2000];

static void
keep(int level, const char *subject, const char *line)
{
	assert_string_equal(subject, "");
	level_of = level;
	snprintf(last, sizeof(last), "%s", line);
	if (lines++ == 0)
		snprintf(first, sizeof(first), "%s", line);
}

static int
setup(void **state)
{
	int pair[2];

	(void)state;
	assert_int_equal(pipe2(pair, O_CLOEXEC | O_NONBLOCK | O_DIRECT), 0);
	memset(&all, 0, sizeof(all));
	broker_supervisor_init(&all);
	k.now = (struct broker_process){ PID, NOW, -1, pair[0], true };
	theirs = pair[1];
	lines = 0;
	last[0] = '\0';
	log_set_relay(keep);
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	log_set_relay(NULL);
	(void)close(k.now.says);
	(void)close(theirs);
	return 0;
}

/* The listener reads all that it would. */
static void
hear(int64_t now)
{
	struct pollfd p[BROKER_SOCKETS_MAX];
	size_t count;

	do {
		count = broker_supervisor_add_pollfds(&all, p);
		if (poll(p, count, 0) <= 0)
			break;
		broker_supervisor_read(&all, p, count, now);
	} while (count > 0);
}

static void
writes(const char *line)
{
	broker_control_send_line(theirs, LOG_NOTICE, "", line);
	hear(NOW);
}

static void
test_it_is_marked(void **state)
{
	static const int levels[] = { LOG_ERR, LOG_NOTICE, LOG_DEBUG };

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		broker_control_send_line(
		    theirs, levels[i], "alice@sshd: ", "provider one: wrong");
		hear(NOW);
		assert_string_equal(
		    last, HEAD "alice@sshd: provider one: wrong");
		assert_int_equal(level_of, levels[i]);
	}
	/* any other level is a problem */
	broker_control_send_line(theirs, LOG_EMERG, "", "all is lost");
	hear(NOW);
	assert_int_equal(level_of, LOG_ERR);
}

static void
test_bytes(void **state)
{
	(void)state;
	writes("one\ntwo\033[2J \x9b %s%n");
	assert_string_equal(last, HEAD "one\\x0atwo\\x1b[2J \\x9b %s%n");
	writes("");
	assert_string_equal(last, HEAD);
}

/* twofactl report and its like find no event and no login in them. */
static void
test_forged(void **state)
{
	static const char *const forged[] = {
		"event=locked user=alice all is well",
		"alice@sshd: event=locked user=alice all is well",
		"event=event=locked user=alice",
		"pam_twofa: user=alice service=sshd outcome=allowed",
		"user=alice outcome=outcome=allowed",
		"alice@locker: user.sock uid=1001 outcome=allowed reason=",
		"\nevent=locked user=alice",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(forged) / sizeof(forged[0]); i++) {
		char *line = last;
		const char *user;

		writes(forged[i]);
		assert_int_equal(lines, i + 1);
		assert_int_equal(strncmp(last, HEAD, strlen(HEAD)), 0);
		assert_null(strstr(last, "event="));
		assert_null(strstr(last, "outcome="));
		assert_int_equal(logline_parse_event(&line, &user), EVENT_NONE);
	}
}

static void
test_length(void **state)
{
	char longer[4000];

	(void)state;
	memset(longer, 'x', sizeof(longer));
	longer[sizeof(longer) - 1] = '\0';
	writes(longer);
	assert_int_equal(strlen(last), LOG_LINE_MAX);
	writes("next");
	assert_string_equal(last, HEAD "next");
}

static void
test_too_many(void **state)
{
	(void)state;
	for (int i = 0; i < 100; i++)
		writes("again");
	assert_int_equal(lines, 40);
	assert_int_equal(broker_supervisor_next_tick(&all, 0, NOW), NOW + 1000);
	broker_supervisor_tick(&all, "/", 0, NOW + 999);
	assert_int_equal(lines, 40);
	broker_supervisor_tick(&all, "/", 0, NOW + 1000);
	assert_int_equal(lines, 41);
	assert_string_equal(last, HEAD "60 lines of one second are left out");
	assert_true(broker_supervisor_next_tick(&all, 0, NOW) > NOW + 2000);
	broker_control_send_line(theirs, LOG_NOTICE, "", "later");
	hear(NOW + 1001);
	assert_string_equal(last, HEAD "later");
}

/* It writes its lines itself, and nothing is taken for one. */
static void
test_the_state_broker(void **state)
{
	(void)state;
	all.slot[0].now = k.now;
	k.now = (struct broker_process){ .control = -1, .says = -1 };
	writes("a line");
	assert_int_equal(lines, 0);
	(void)close(all.slot[0].now.says);
}

/* A broker that was replaced still serves logins. */
static void
test_after_its_release(void **state)
{
	(void)state;
	broker_supervisor_retire(&all, false, NOW);
	writes("a line");
	assert_string_equal(last, HEAD "a line");
	(void)close(k.old[0].says);
}

/* What it wrote comes before what is written about its end. */
static void
test_its_last_line(void **state)
{
	(void)state;
	broker_control_send_line(theirs, LOG_ERR, "", "no settings");
	(void)close(theirs);
	theirs = -1;
	k.now.served = false;
	assert_true(broker_supervisor_note_exit(
	    &all, PID, W_EXITCODE(EXIT_FAILURE, 0), NOW));
	assert_int_equal(lines, 2);
	assert_string_equal(first, HEAD "no settings");
	assert_non_null(strstr(last, "see the lines before this one"));
}

UNIT_TESTS(test_broker_log)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(test_it_is_marked),
		TEST(test_bytes),
		TEST(test_forged),
		TEST(test_length),
		TEST(test_too_many),
		TEST(test_the_state_broker),
		TEST(test_after_its_release),
		TEST(test_its_last_line),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
