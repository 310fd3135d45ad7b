/* SPDX-License-Identifier: BSD-2-Clause */
/* Connections that a broker returns to the listener, for its successor: they go
 * on as those of the worker that the listener gave them to, whatever the broker
 * says. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "helper/broker/broker_inside.h"
#include "tests/support/unit_tests.h"

/* no process is asked or signalled by these */
#define OLD ((pid_t)4711)
#define NEW ((pid_t)4712)
#define WORKER ((pid_t)4713)
#define STATE ((pid_t)4714)
#define UID ((uid_t)1001)
#define NOW INT64_C(1000000)

static struct broker_supervisor all;
#define k (all.slot[1])
/* what the former broker says; both ends of the new one's control socket; both
 * ends of a worker's connection, of which the former broker has the second */
static int old, new, mine, theirs;
static int64_t login;

static void
make_pair(int pair[2])
{
	assert_int_equal(
	    socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair), 0);
}

static void
make_pipe(int ends[2])
{
	assert_int_equal(pipe2(ends, O_CLOEXEC | O_NONBLOCK | O_DIRECT), 0);
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
	int control[2], says[2], after[2], pair[2], got[BROKER_CONTROL_FDS];

	(void)state;
	(void)signal(SIGPIPE, SIG_IGN); /* as the listener */
	make_pair(control);
	make_pipe(says);
	make_pair(after);
	make_pair(pair);
	memset(&all, 0, sizeof(all));
	broker_supervisor_init(&all);
	all.slot[0].now = (struct broker_process){ STATE, NOW, -1, -1, true };
	k.now = (struct broker_process){ OLD, NOW - 1000, control[0], says[0],
		true };
	old = says[1];
	mine = dup(pair[0]);
	ends.worker_fd[1] = pair[0];
	ends.broker_fd[1] = pair[1];
	broker_supervisor_give_connections(&all, &ends, -1, WORKER, UID);
	assert_int_equal(broker_control_receive(control[1], &m, got), 1);
	(void)close(control[0]);
	(void)close(control[1]);
	theirs = got[0];
	login = m.login;
	k.old[0] = k.now;
	k.old[0].control = -1;
	k.now = (struct broker_process){ NEW, NOW, after[0], -1, true };
	new = after[1];
	return 0;
}

static int
teardown(void **state)
{
	const int fd[] = { k.now.control, k.now.says, k.old[0].says, old, new,
		mine, theirs };

	(void)state;
	broker_logins_remove(&all, WORKER, false);
	for (size_t i = 0; i < sizeof(fd) / sizeof(fd[0]); i++)
		if (fd[i] >= 0)
			(void)close(fd[i]);
	return 0;
}

/* The listener reads and does all that it would. */
static void
hear_at(int64_t now)
{
	struct pollfd p[BROKER_SOCKETS_MAX];
	size_t count;

	do {
		count = broker_supervisor_add_pollfds(&all, p);
		if (poll(p, count, 0) <= 0)
			break;
		broker_supervisor_read(&all, p, count, now);
	} while (count > 0);
	broker_supervisor_tick(&all, "/", 0, now);
}

static void
hear(void)
{
	hear_at(NOW);
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
give_back(int64_t which)
{
	assert_true(broker_control_return(old, which, 17));
	hear();
}

static void
test_by_what_the_listener_knows(void **state)
{
	struct broker_control_message m;

	(void)state;
	give_back(login);
	assert_int_equal(given(new, &m), 1);
	assert_int_equal(m.uid, UID);
	assert_int_equal(m.pid, WORKER);
	assert_int_equal(m.login, login);
	assert_int_equal(m.used, 17); /* no ticket is used at both */
}

/* Nothing is given on, and the worker's connection stays as it is. */
static void
refused(void)
{
	struct broker_control_message m;

	hear();
	assert_int_equal(given(new, &m), 0);
	assert_true(is_open(mine));
}

static void
test_of_its_own_making(void **state)
{
	(void)state;
	give_back(login + 1);
	refused();
	assert_int_equal(write(old, "r", 1), 1);
	refused();
}

static void
test_twice(void **state)
{
	struct broker_control_message m;

	(void)state;
	give_back(login);
	assert_int_equal(given(new, &m), 1);
	give_back(login);
	refused();
}

/* Its successor may return it in turn. */
static void
test_a_second_change(void **state)
{
	struct broker_control_message m;
	int pair[2];

	(void)state;
	give_back(login);
	assert_int_equal(given(new, &m), 1);
	make_pair(pair);
	k.old[0].pid = NEW;
	(void)close(k.now.control);
	k.now = (struct broker_process){ NEW + 7, NOW, pair[0], -1, true };
	give_back(login);
	assert_int_equal(given(pair[1], &m), 1);
	assert_int_equal(m.uid, UID);
	(void)close(pair[1]);
}

/* It has no room for it: its worker is told at once. */
static void
test_by_the_present_one(void **state)
{
	struct broker_control_message m;

	(void)state;
	k.old[0].pid = NEW;
	give_back(login);
	refused();
	k.now.pid = OLD;
	k.now.says = k.old[0].says;
	k.old[0].says = -1;
	give_back(login);
	assert_int_equal(given(new, &m), 0);
	assert_false(is_open(mine));
}

/* Another broker's predecessor, which somehow knows the number. */
static void
test_by_another_broker(void **state)
{
	(void)state;
	all.slot[2].old[0] = k.old[0];
	k.old[0] = (struct broker_process){ .control = -1, .says = -1 };
	give_back(login);
	refused();
	(void)close(all.slot[2].old[0].says);
}

/* No fault of the broker's. */
static void
test_its_worker_has_ended(void **state)
{
	struct broker_control_message m;

	(void)state;
	assert_true(is_open(theirs));
	assert_false(broker_supervisor_note_exit(&all, WORKER, 0, NOW));
	assert_int_equal(all.logins, 0);
	assert_false(is_open(theirs)); /* although another process has mine */
	give_back(login);
	assert_int_equal(given(new, &m), 0);
	assert_int_equal(close(theirs), 0);
	theirs = -1;
	assert_false(is_open(mine));
}

/* It is not kept waiting by what nobody has. */
static void
test_its_broker_has_ended(void **state)
{
	(void)state;
	assert_true(is_open(mine));
	assert_true(broker_supervisor_note_exit(&all, OLD, 0, NOW));
	assert_false(is_open(mine));
	assert_int_equal(k.old[0].pid, 0);
}

/* It could not read settings that are good again by now. */
static void
test_its_broker_had_no_settings(void **state)
{
	struct broker_control_message m;
	const int after = k.now.control;

	(void)state;
	give_back(login);
	assert_int_equal(given(new, &m), 1);
	k.now.served = false;
	k.now.control = dup(after);
	assert_true(broker_supervisor_note_exit(
	    &all, NEW, W_EXITCODE(BROKER_NO_SETTINGS, 0), NOW));
	assert_true(is_open(mine));
	hear(); /* settings that stay as they are cost little */
	assert_int_equal(k.now.pid, 0);
	k.now = (struct broker_process){ NEW + 7, NOW, after, -1, true };
	hear_at(NOW + 1000);
	assert_int_equal(given(new, &m), 1);
	assert_int_equal(m.uid, UID);
	/* nor could the next one: the login reads them itself, and is denied */
	k.now.served = false;
	assert_true(broker_supervisor_note_exit(
	    &all, NEW + 7, W_EXITCODE(BROKER_NO_SETTINGS, 0), NOW + 1000));
	assert_false(is_open(mine));
}

/* It ended so soon that it was given nothing. */
static void
test_none_had_settings_for_long(void **state)
{
	(void)state;
	give_back(login);
	k.now.served = false;
	assert_true(broker_supervisor_note_exit(
	    &all, NEW, W_EXITCODE(BROKER_NO_SETTINGS, 0), NOW));
	assert_true(is_open(mine));
	k.now = (struct broker_process){ NEW + 7, NOW + 1000, -1, -1, false };
	assert_true(broker_supervisor_note_exit(
	    &all, NEW + 7, W_EXITCODE(BROKER_NO_SETTINGS, 0), NOW + 1000));
	assert_false(is_open(mine));
}

static void
test_while_brokers_crash(void **state)
{
	(void)state;
	(void)close(k.now.control);
	k.now = (struct broker_process){ .control = -1, .says = -1 };
	k.broken = true;
	k.crashed_at = NOW;
	give_back(login);
	assert_false(is_open(mine));
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
	all.slot[0].now.pid = STATE;
	give_back(login);
	assert_int_equal(given(new, &m), 1);
	assert_int_equal(m.uid, UID);
	assert_int_equal(m.pid, WORKER);
	assert_int_equal(m.login, login);
	/* one that served before is no one that could not be set up */
	assert_true(broker_supervisor_note_exit(
	    &all, OLD, W_EXITCODE(EXIT_FAILURE, 0), NOW));
	assert_int_equal(k.unfit_at, 0);
	assert_int_equal(k.crashed_at, NOW);
}

/* Of the same program, as behind a rotation: no login is lost. Another program
 * takes none back, and keeps no end of a connection. */
static void
test_after_a_reload(void **state)
{
	struct broker_control_message m;
	int pair[2];

	for (int other = 0; other < 2; other++) {
		if (other == 1) {
			(void)teardown(state);
			(void)setup(state);
		}
		broker_supervisor_retire(&all, other == 1, NOW);
		all.slot[0].now.pid = STATE;
		make_pair(pair);
		k.now =
		    (struct broker_process){ NEW + 7, NOW, pair[0], -1, true };
		(void)broker_control_return(old, login, 0);
		(void)close(theirs);
		theirs = -1;
		hear();
		assert_int_equal(given(pair[1], &m), 1 - other);
		assert_int_equal(is_open(mine), 1 - other);
		(void)close(pair[1]);
	}
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
	snprintf(end, 32, "-1,7,-1,");
	(void)close(k.old[0].says);
	broker_logins_remove(&all, WORKER, false);
	memset(&all, 0, sizeof(all));
	broker_supervisor_init(&all);
	broker_supervisor_restore(&all, text);
	assert_int_equal(all.logins, 0);
	assert_int_equal(k.now.pid, 0); /* what it says cannot be read */
	assert_int_equal(k.old[0].pid, OLD);
	assert_int_equal(k.old[1].pid, NEW);
	assert_int_equal(k.old[0].says, -1);
}

/* It waits until there is space again. */
static void
test_a_full_socket(void **state)
{
	const struct broker_control_message ping = { .kind = BROKER_PING };
	struct broker_control_message m;
	int fd[BROKER_CONTROL_FDS];

	(void)state;
	while (broker_control_send(k.now.control, &ping, NULL))
		;
	give_back(login);
	assert_true(is_open(mine));
	assert_int_equal(k.retry_at, NOW + 10);
	assert_true(broker_supervisor_next_tick(&all, 0, NOW) <= NOW + 10);
	while (broker_control_receive(new, &m, fd) == 1)
		assert_int_equal(fd[0], -1);
	hear(); /* not before its time */
	assert_int_equal(given(new, &m), 0);
	hear_at(NOW + 10);
	assert_int_equal(given(new, &m), 1);
	assert_int_equal(m.uid, UID);
}

/* What it has sent before its end is read. */
static void
test_the_last_of_it(void **state)
{
	struct broker_control_message m;

	(void)state;
	assert_true(broker_control_return(old, login, 0));
	(void)close(old);
	old = -1;
	assert_true(broker_supervisor_note_exit(
	    &all, OLD, W_EXITCODE(EXIT_SUCCESS, 0), NOW));
	hear();
	assert_int_equal(given(new, &m), 1);
	assert_int_equal(k.old[0].pid, 0);
	assert_false(broker_supervisor_note_exit(
	    &all, OLD, W_EXITCODE(EXIT_SUCCESS, 0), NOW));
}

/* The successor of a state broker gets the module's connection with it. */
static void
test_with_the_modules(void **state)
{
	struct broker_fds ends = {
		.count = 1, .worker_fd = { BROKER_NONE }, .broker_fd = { -1 }
	};
	struct broker_slot *const of = &all.slot[0];
	int control[2], pair[2], module[2], got[BROKER_CONTROL_FDS];
	struct broker_control_message m;
	char byte;

	(void)state;
	make_pair(control);
	make_pair(pair);
	make_pair(module);
	of->now = (struct broker_process){ STATE, NOW, control[0], -1, true };
	ends.broker_fd[0] = pair[1];
	broker_supervisor_give_connections(
	    &all, &ends, module[1], WORKER + 1, 0);
	/* the worker may begin */
	assert_int_equal(recv(pair[0], &byte, 1, MSG_DONTWAIT), 1);
	(void)close(module[1]);
	for (int i = 0; i < 2; i++) {
		if (i == 1) {
			broker_logins_find(&all, 0, STATE, m.login)->holder = 0;
			assert_true(broker_logins_give(&all, of));
		}
		assert_int_equal(
		    broker_control_receive(control[1], &m, got), 1);
		assert_true(got[0] >= 0);
		assert_int_equal(send(got[1], "x", 1, MSG_NOSIGNAL), 1);
		assert_int_equal(recv(module[0], &byte, 1, MSG_DONTWAIT), 1);
		broker_control_close(got);
	}
	broker_logins_remove(&all, WORKER + 1, false);
	assert_false(is_open(module[0]));
	(void)close(pair[0]);
	(void)close(module[0]);
	(void)close(control[0]);
	(void)close(control[1]);
}

/* Of a uid of its own: what others of user twofa have in flight, and take,
 * would be counted with these. A process that may do as it likes is not
 * limited. */
static int
without_rights(void)
{
	const uid_t own = 60000 + (uid_t)getpid() % 5000;
	const struct rlimit few = { 16, 16 };
	struct broker_fds ends = {
		.count = 1, .worker_fd = { BROKER_NONE }, .broker_fd = { -1 }
	};
	const struct broker_control_message ping = { .kind = BROKER_PING };
	int control[2], pair[2];
	char byte;

	make_pair(control);
	make_pair(pair);
	if (setresuid(own, own, own) != 0)
		return 2;
	all.slot[0].now =
	    (struct broker_process){ STATE, NOW, control[0], -1, true };
	if (setrlimit(RLIMIT_NOFILE, &few) != 0)
		return 3;
	while (broker_control_send(
	    control[0], &ping, (const int[]){ control[0], -1 }))
		;
	if (errno != ETOOMANYREFS)
		return 4;
	ends.broker_fd[0] = pair[1];
	broker_supervisor_give_connections(&all, &ends, -1, WORKER + 1, 0);
	return recv(pair[0], &byte, 1, MSG_DONTWAIT) == 0 ? 0 : 5;
}

/* As many descriptors as there may be are in flight: the worker ends before
 * HELLO, and the module starts a helper. */
static void
test_no_more_can_be_passed(void **state)
{
	const pid_t pid = fork();
	int status;

	(void)state;
	if (pid == 0)
		_exit(geteuid() == 0 ? without_rights() : 0);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
}

UNIT_TESTS(test_broker_returns)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(test_by_what_the_listener_knows),
		TEST(test_of_its_own_making),
		TEST(test_twice),
		TEST(test_a_second_change),
		TEST(test_by_the_present_one),
		TEST(test_by_another_broker),
		TEST(test_its_worker_has_ended),
		TEST(test_its_broker_has_ended),
		TEST(test_its_broker_had_no_settings),
		TEST(test_none_had_settings_for_long),
		TEST(test_while_brokers_crash),
		TEST(test_after_a_renewal),
		TEST(test_after_a_reload),
		TEST(test_after_an_older_program),
		TEST(test_a_full_socket),
		TEST(test_the_last_of_it),
		TEST(test_with_the_modules),
		TEST(test_no_more_can_be_passed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
