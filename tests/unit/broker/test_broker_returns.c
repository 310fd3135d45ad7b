/* SPDX-License-Identifier: BSD-2-Clause */
/* Connections that a broker returns to the listener, for its successor: they go
 * on as those of the worker that the listener gave them to, whatever the broker
 * says. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "helper/broker/broker_inside.h"
#include "tests/support/unit_tests.h"

/* no process is asked or signalled by these */
#define OLD ((pid_t)4711)
#define NEW ((pid_t)4712)
#define WORKER ((pid_t)4713)
#define UID ((uid_t)1001)
#define NOW INT64_C(1000000)

static struct broker_supervisor all;
#define k (all.slot[1])
/* the brokers' ends, and both of a worker's connection */
static int old, new, mine, theirs;
static int64_t login;

static void
make_pair(int pair[2])
{
	assert_int_equal(
	    socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair), 0);
}

/* The broker of the first provider has a worker's connection, and then a
 * successor. */
static int
setup(void **state)
{
	struct broker_fds ends = { .count = 2,
		.worker_fd = { BROKER_NONE, BROKER_NONE },
		.broker_fd = { -1, -1 } };
	struct broker_control_message m;
	int before[2], after[2], pair[2], got[BROKER_CONTROL_FDS];

	(void)state;
	make_pair(before);
	make_pair(after);
	make_pair(pair);
	memset(&all, 0, sizeof(all));
	broker_supervisor_init(&all);
	k.now = (struct broker_process){ OLD, NOW - 1000, before[0] };
	old = before[1];
	mine = dup(pair[0]);
	ends.worker_fd[1] = pair[0];
	ends.broker_fd[1] = pair[1];
	broker_supervisor_give_connections(&all, &ends, -1, WORKER, UID);
	assert_int_equal(broker_control_receive(old, &m, got), 1);
	theirs = got[0];
	login = m.login;
	k.old[0] = k.now;
	k.now = (struct broker_process){ NEW, NOW, after[0] };
	new = after[1];
	return 0;
}

static int
teardown(void **state)
{
	const int fd[] = { k.now.control, k.old[0].control, old, new, mine,
		theirs };

	(void)state;
	for (size_t i = 0; i < sizeof(fd) / sizeof(fd[0]); i++)
		if (fd[i] >= 0)
			(void)close(fd[i]);
	return 0;
}

/* The listener reads all that it would of the brokers. */
static void
hear(void)
{
	struct pollfd p[BROKER_SOCKETS_MAX];
	size_t count;

	do {
		count = broker_supervisor_add_pollfds(&all, p);
		if (poll(p, count, 0) <= 0)
			break;
		broker_supervisor_read(&all, p, count, NOW);
	} while (count > 0);
}

/* Returns the number of connections that this broker was given. */
static size_t
given(int broker, struct broker_control_message *m)
{
	size_t count = 0;
	int fd[BROKER_CONTROL_FDS];

	while (broker_control_receive(broker, m, fd) == 1) {
		assert_int_equal(m->kind, BROKER_TAKE);
		assert_true(fd[0] >= 0);
		broker_control_close(fd);
		count++;
	}
	return count;
}

static bool
is_open(int fd)
{
	struct pollfd p = { .fd = fd };

	return poll(&p, 1, 0) == 0;
}

static void
give_back(int from, int fd)
{
	assert_true(broker_control_return(from, 0, (const int[]){ fd, -1 }));
	hear();
}

static void
drop_theirs(void)
{
	assert_int_equal(close(theirs), 0);
	theirs = -1;
}

static void
test_by_what_the_listener_knows(void **state)
{
	struct broker_control_message m;

	(void)state;
	give_back(old, theirs);
	assert_int_equal(given(new, &m), 1);
	assert_int_equal(m.uid, UID);
	assert_int_equal(m.pid, WORKER);
	assert_int_equal(m.login, login);
	assert_int_equal(m.asks, 1);
	assert_true(k.old[0].control >= 0);
}

/* No ticket is used at both. */
static void
test_with_its_newest_ticket(void **state)
{
	struct broker_control_message m;

	(void)state;
	assert_true(
	    broker_control_return(old, 17, (const int[]){ theirs, -1 }));
	hear();
	assert_int_equal(given(new, &m), 1);
	assert_int_equal(m.used, 17);
}

/* Nothing is given on, and the log has one line. */
static void
refused(int from)
{
	struct broker_control_message m;

	hear();
	assert_int_equal(given(new, &m), 0);
	assert_false(is_open(from));
}

static void
test_of_its_own_making(void **state)
{
	int pair[2];

	(void)state;
	make_pair(pair);
	give_back(old, pair[1]);
	refused(old);
	(void)close(pair[1]);
	assert_false(is_open(pair[0]));
	(void)close(pair[0]);
	/* nothing more is taken from it */
	(void)broker_control_return(old, 0, (const int[]){ theirs, -1 });
	refused(old);
}

static void
test_a_worker_is_no_broker(void **state)
{
	(void)state;
	give_back(old, mine);
	refused(old);
}

static void
test_no_descriptor(void **state)
{
	(void)state;
	give_back(old, -1);
	refused(old);
}

static void
test_twice(void **state)
{
	struct broker_control_message m;

	(void)state;
	give_back(old, theirs);
	assert_int_equal(given(new, &m), 1);
	give_back(old, theirs);
	refused(old);
}

/* Its successor may return it in turn. */
static void
test_a_second_change(void **state)
{
	struct broker_control_message m;
	int pair[2];

	(void)state;
	give_back(old, theirs);
	assert_int_equal(given(new, &m), 1);
	make_pair(pair);
	k.old[1] = k.now;
	k.now = (struct broker_process){ NEW + 7, NOW, pair[0] };
	give_back(new, theirs);
	assert_int_equal(given(pair[1], &m), 1);
	assert_int_equal(m.uid, UID);
	(void)close(k.old[1].control);
	(void)close(pair[1]);
}

static void
test_by_the_present_one(void **state)
{
	struct broker_control_message m;

	(void)state;
	give_back(old, theirs);
	assert_int_equal(given(new, &m), 1);
	give_back(new, theirs);
	assert_false(is_open(new));
	assert_int_equal(k.now.pid, 0);
	assert_int_equal(k.old[1].pid, NEW);
}

/* Another broker's predecessor, which somehow has the descriptor. */
static void
test_by_another_broker(void **state)
{
	(void)state;
	all.slot[2].old[0] = k.old[0];
	k.old[0] = (struct broker_process){ .control = -1 };
	give_back(old, theirs);
	refused(old);
}

/* No fault of the broker's. */
static void
test_its_worker_has_ended(void **state)
{
	struct broker_control_message m;

	(void)state;
	assert_false(broker_supervisor_note_exit(&all, WORKER, 0, NOW));
	assert_int_equal(close(mine), 0);
	mine = -1;
	give_back(old, theirs);
	assert_int_equal(given(new, &m), 0);
	assert_true(is_open(old));
}

static void
test_nobody_to_give_it_to(void **state)
{
	(void)state;
	(void)close(k.now.control);
	k.now = (struct broker_process){ .control = -1 };
	give_back(old, theirs);
	drop_theirs();
	assert_false(is_open(mine));
	assert_true(is_open(old));
}

static void
test_after_a_renewal(void **state)
{
	static char text[BROKER_TEXT_MAX];
	struct broker_control_message m;

	(void)state;
	broker_supervisor_save(&all, text);
	memset(&all, 0, sizeof(all));
	broker_supervisor_init(&all);
	broker_supervisor_restore(&all, text);
	give_back(old, theirs);
	assert_int_equal(given(new, &m), 1);
	assert_int_equal(m.uid, UID);
	assert_int_equal(m.pid, WORKER);
	assert_int_equal(m.login, login);
}

/* The text of a listener that kept nothing of the kind. */
static void
test_after_an_older_program(void **state)
{
	static char text[BROKER_TEXT_MAX];
	char *end = text;

	(void)state;
	broker_supervisor_save(&all, text);
	/* two numbers, those of the slots, and the keys */
	for (size_t i = 0;
	     i < 2 + BROKER_MAX * (6 + 2 * BROKER_OLD_MAX) + BROKER_KEYS_LEN;
	     i++)
		end = strchr(end, ',') + 1;
	*end = '\0';
	(void)close(k.old[0].control);
	memset(&all, 0, sizeof(all));
	broker_supervisor_init(&all);
	broker_supervisor_restore(&all, text);
	assert_int_equal(all.logins, 0);
	assert_int_equal(k.now.pid, NEW);
	assert_int_equal(k.old[0].pid, OLD);
	assert_int_equal(k.old[0].control, -1);
}

/* It is left with the broker's other words until there is space again. */
static void
test_a_full_socket(void **state)
{
	const struct broker_control_message ping = { .kind = BROKER_PING };
	struct broker_control_message m;
	int fd[BROKER_CONTROL_FDS];

	(void)state;
	while (broker_control_send(k.now.control, &ping, NULL))
		;
	give_back(old, theirs);
	drop_theirs();
	assert_true(is_open(mine));
	assert_int_equal(k.retry_at, NOW + 10);
	while (broker_control_receive(new, &m, fd) == 1)
		assert_int_equal(fd[0], -1);
	assert_int_equal(send(new, "a", 1, MSG_NOSIGNAL), 1);
	hear(); /* the present one meanwhile, the other not before its time */
	assert_int_equal(given(new, &m), 0);
	broker_supervisor_tick(&all, "/", 0, NOW + 10);
	hear();
	assert_int_equal(given(new, &m), 1);
	assert_int_equal(m.uid, UID);
}

/* What it has sent before its end is read, also while the socket is full. */
static void
test_the_last_of_it(void **state)
{
	const struct broker_control_message ping = { .kind = BROKER_PING };
	struct broker_control_message m;
	int fd[BROKER_CONTROL_FDS];

	for (int full = 0; full < 2; full++) {
		if (full == 1) {
			(void)teardown(state);
			(void)setup(state);
		}
		while (full == 1 &&
		    broker_control_send(k.now.control, &ping, NULL))
			;
		assert_true(
		    broker_control_return(old, 0, (const int[]){ theirs, -1 }));
		drop_theirs();
		(void)close(old);
		old = -1;
		assert_true(broker_supervisor_note_exit(
		    &all, OLD, W_EXITCODE(EXIT_SUCCESS, 0), NOW));
		while (full == 1 && broker_control_receive(new, &m, fd) == 1)
			;
		if (full == 1)
			assert_int_equal(k.old[0].pid, OLD);
		broker_supervisor_tick(&all, "/", 0, NOW + 10);
		hear();
		assert_int_equal(given(new, &m), 1);
		assert_int_equal(k.old[0].pid, 0);
		assert_false(broker_supervisor_note_exit(
		    &all, OLD, W_EXITCODE(EXIT_SUCCESS, 0), NOW));
	}
}

/* The state broker returns the module's connection with it: of that login. */
static void
test_with_the_modules(void **state)
{
	struct broker_fds ends = {
		.count = 1, .worker_fd = { BROKER_NONE }, .broker_fd = { -1 }
	};
	struct broker_slot *const of = &all.slot[0];
	struct broker_control_message m;
	int before[2], after[2], pair[2], module[2][2], got[BROKER_CONTROL_FDS];

	(void)state;
	for (int right = 0; right < 2; right++) {
		make_pair(before);
		make_pair(after);
		make_pair(pair);
		make_pair(module[0]);
		make_pair(module[1]);
		of->now = (struct broker_process){ OLD, NOW, before[0] };
		ends.broker_fd[0] = pair[1];
		broker_supervisor_give_connections(
		    &all, &ends, module[0][1], WORKER + 1 + right, 0);
		assert_int_equal(broker_control_receive(before[1], &m, got), 1);
		assert_true(got[0] >= 0 && got[1] >= 0);
		of->old[0] = of->now;
		of->now = (struct broker_process){ NEW, NOW, after[0] };
		assert_true(broker_control_return(before[1], 0,
		    (const int[]){ got[0], right ? got[1] : module[1][1] }));
		hear();
		broker_control_close(got);
		assert_int_equal(given(after[1], &m), right);
		assert_int_equal(of->old[0].control >= 0, right);
		for (int i = 0; i < 2; i++) {
			broker_control_close(module[i]);
			(void)close(after[i]);
		}
		if (right)
			(void)close(before[0]);
		(void)close(before[1]);
		(void)close(pair[0]);
		of->now = of->old[0] = (struct broker_process){ .control = -1 };
	}
}

/* More descriptors than two are closed, not kept. */
static void
test_many_descriptors(void **state)
{
	union {
		struct cmsghdr head;
		char buffer[CMSG_SPACE(5 * sizeof(int))];
	} control = { .buffer = "" };
	char byte = BROKER_RETURN;
	struct iovec part = { .iov_base = &byte, .iov_len = 1 };
	const struct msghdr h = { .msg_iov = &part,
		.msg_iovlen = 1,
		.msg_control = control.buffer,
		.msg_controllen = sizeof(control.buffer) };
	const int before = dup(0), its = k.old[0].control;
	int after;

	(void)state;
	(void)close(before);
	control.head = (struct cmsghdr){ .cmsg_level = SOL_SOCKET,
		.cmsg_type = SCM_RIGHTS,
		.cmsg_len = CMSG_LEN(5 * sizeof(int)) };
	for (size_t i = 0; i < 5; i++)
		memcpy(CMSG_DATA(&control.head) + i * sizeof(int), &theirs,
		    sizeof(int));
	assert_int_equal(sendmsg(old, &h, 0), 1);
	hear();
	/* it was given one: nothing more is taken from it */
	assert_int_equal(k.old[0].control, -1);
	after = dup(0);
	(void)close(after);
	assert_int_equal(after, its < before ? its : before);
}

UNIT_TESTS(test_broker_returns)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(test_by_what_the_listener_knows),
		TEST(test_with_its_newest_ticket),
		TEST(test_of_its_own_making),
		TEST(test_a_worker_is_no_broker),
		TEST(test_no_descriptor),
		TEST(test_twice),
		TEST(test_a_second_change),
		TEST(test_by_the_present_one),
		TEST(test_by_another_broker),
		TEST(test_its_worker_has_ended),
		TEST(test_nobody_to_give_it_to),
		TEST(test_after_a_renewal),
		TEST(test_after_an_older_program),
		TEST(test_a_full_socket),
		TEST(test_the_last_of_it),
		TEST(test_with_the_modules),
		TEST(test_many_descriptors),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
