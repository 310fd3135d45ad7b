/* SPDX-License-Identifier: BSD-2-Clause */
/* How the listening helper hears of a broker's end: by the control socket, by
 * the process, and in either order. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "helper/broker/broker_inside.h"
#include "tests/support/unit_tests.h"

#define PID ((pid_t)4711) /* no process is asked or signalled by it */
#define NOW INT64_C(1000000)

static struct broker_supervisor all;
#define k (all.slot[0])
static int theirs;

static int
setup(void **state)
{
	int pair[2];

	(void)state;
	assert_int_equal(pipe2(pair, O_CLOEXEC | O_NONBLOCK | O_DIRECT), 0);
	all = (struct broker_supervisor){ .has_providers = true };
	broker_supervisor_init(&all);
	k.now = (struct broker_process){ PID, NOW - 1000, -1, pair[0], false };
	theirs = pair[1];
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	assert_int_equal(k.now.says, -1);
	return 0;
}

static void
has_word(void)
{
	struct pollfd p = { .fd = k.now.says, .revents = POLLIN };

	broker_supervisor_read(&all, &p, 1, NOW);
}

static void
says(char byte)
{
	assert_int_equal(write(theirs, &byte, 1), 1);
	has_word();
}

/* It ends; socket_first: the parent hears of that before it has the status. */
static void
end(bool socket_first, int status)
{
	assert_int_equal(close(theirs), 0);
	if (socket_first)
		has_word();
	assert_true(broker_supervisor_note_exit(&all, PID, status, NOW));
	has_word();
	assert_int_equal(k.now.pid, 0);
	for (size_t i = 0; i < BROKER_OLD_MAX; i++)
		assert_int_equal(k.old[i].pid, 0);
	assert_false(broker_supervisor_note_exit(&all, PID, status, NOW));
}

static void
both(void (*expect)(bool))
{
	for (int first = 0; first < 2; first++) {
		if (first == 1)
			(void)setup(NULL);
		expect(first == 1);
	}
}

static void
could_not_be_set_up(bool first)
{
	struct broker_fds ends;

	end(first, W_EXITCODE(127, 0));
	assert_int_equal(k.unfit_at, NOW);
	broker_supervisor_connect_worker(&all, "/", &ends, NOW);
	assert_int_equal(ends.count, 1);
	assert_int_equal(ends.worker_fd[0], BROKER_NONE);
	assert_int_equal(ends.broker_fd[0], -1);
	assert_false(k.broken);
	broker_supervisor_tick(&all, "/", 0, NOW + 3000);
	assert_int_equal(k.unfit_at, 0);
}

/* The logins behind it open the state themselves, and the log says so. */
static void
test_could_not_be_set_up(void **state)
{
	(void)state;
	both(could_not_be_set_up);
}

static void
without_settings(bool first)
{
	end(first, W_EXITCODE(BROKER_NO_SETTINGS, 0));
	assert_int_equal(k.unfit_at, 0);
	assert_int_equal(k.crashed_at, 0);
}

static void
as_it_should(bool first)
{
	end(first, W_EXITCODE(EXIT_SUCCESS, 0));
	assert_int_equal(k.unfit_at, 0);
	assert_int_equal(k.crashed_at, 0);
}

static void
killed(bool first)
{
	end(first, W_EXITCODE(0, SIGKILL));
	assert_int_equal(k.unfit_at, 0);
	assert_int_equal(k.crashed_at, 0);
}

/* No login does without a broker for these. */
static void
test_no_fault_of_the_program(void **state)
{
	(void)state;
	both(without_settings);
	(void)setup(NULL);
	both(as_it_should);
	(void)setup(NULL);
	both(killed);
}

/* One that was taken over would say that it could not be set up. */
static void
ended_itself(bool first)
{
	for (int status = 1; status <= BROKER_NO_SETTINGS;
	     status += BROKER_NO_SETTINGS - 1) {
		if (status > 1)
			(void)setup(NULL);
		says(BROKER_ALIVE);
		end(first, W_EXITCODE(status, 0));
		assert_int_equal(k.crashed_at, NOW);
		assert_int_equal(k.unfit_at, 0);
	}
}

static void
crashed(bool first)
{
	end(first, W_EXITCODE(0, SIGSEGV));
	assert_int_equal(k.crashed_at, NOW);
	assert_int_equal(k.unfit_at, 0);
	assert_false(k.broken);
}

static void
test_crashed(void **state)
{
	(void)state;
	both(crashed);
	(void)setup(NULL);
	both(ended_itself);
}

/* A process that ends by a signal alone. */
static pid_t
stubborn(void)
{
	const pid_t pid = fork();

	while (pid == 0)
		(void)pause();
	assert_true(pid > 0);
	return pid;
}

static bool
is_killed(pid_t pid)
{
	int status = 0;

	return waitpid(pid, &status, 0) == pid && WIFSIGNALED(status) &&
	    WTERMSIG(status) == SIGKILL;
}

/* What each provider broker hears next. */
static void
is_told_to_leave(int theirs_too)
{
	struct broker_control_message m;
	int fd[BROKER_CONTROL_FDS];

	assert_int_equal(broker_control_receive(theirs_too, &m, fd), 1);
	assert_int_equal(m.kind, BROKER_LEAVE);
	assert_int_equal(broker_control_receive(theirs_too, &m, fd), -1);
	(void)close(theirs_too);
}

/* The broker of the first provider; before is one that was replaced a while
 * ago, and leaves is what the present one hears. */
static pid_t before, present;
static int leaves;

static void
with_a_provider(void)
{
	struct broker_slot *const of = &all.slot[1];
	int pair[2];

	before = stubborn();
	present = stubborn();
	all.providers = 1;
	assert_int_equal(
	    socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair), 0);
	of->now =
	    (struct broker_process){ present, NOW - 1000, pair[0], -1, true };
	of->old[0] = (struct broker_process){ before, NOW - 500, -1, -1, true };
	leaves = pair[1];
}

/* Both are gone in a second. */
static void
its_brokers_end(void)
{
	const int64_t soon = NOW + BROKER_LEAVE_MS;

	broker_supervisor_tick(&all, "/", 0, NOW);
	assert_int_not_equal(all.slot[1].now.pid, present);
	assert_true(broker_supervisor_next_tick(&all, 0, NOW) <= soon);
	is_told_to_leave(leaves);
	broker_supervisor_tick(&all, "/", 0, soon);
	assert_true(is_killed(before));
	assert_true(is_killed(present));
	broker_supervisor_retire(&all, true, NOW);
	(void)close(theirs);
}

/* The state broker has not said how many providers there are: after 2.5 s
 * nothing more is due for that. */
static void
test_no_report(void **state)
{
	(void)state;
	all.has_providers = false;
	k.now.since = NOW - 10;
	assert_true(broker_supervisor_next_tick(&all, 0, NOW) <= NOW + 2500);
	k.now.since = NOW - 2501;
	assert_true(broker_supervisor_next_tick(&all, 0, NOW) > NOW);
	broker_supervisor_retire(&all, true, NOW);
	(void)close(theirs);
}

static void
test_settings_have_changed(void **state)
{
	(void)state;
	with_a_provider();
	says(BROKER_STALE);
	its_brokers_end();
}

/* None can be started, as by a broker that has all processes of the uid. */
static void
test_settings_have_changed_without_a_successor(void **state)
{
	struct rlimit limit, few;

	(void)state;
	with_a_provider();
	says(BROKER_STALE);
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &limit), 0);
	few = limit;
	few.rlim_cur = 3;
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &few), 0);
	broker_supervisor_tick(&all, "/", 0, NOW);
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &limit), 0);
	assert_int_equal(all.slot[1].now.pid, 0);
	its_brokers_end();
}

/* Nor for one that has served an hour: a minute later, and not an hour. No
 * login waits for it, so that the log has no line a second. */
static void
test_an_hour_without_a_successor(void **state)
{
	struct rlimit limit, few;
	pid_t old;

	(void)state;
	k.now.pid = old = stubborn();
	k.now.since = NOW - INT64_C(3600000);
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &limit), 0);
	few = limit;
	few.rlim_cur = 3;
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &few), 0);
	broker_supervisor_tick(&all, "/", 0, NOW);
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &limit), 0);
	assert_int_equal(k.now.pid, old);
	assert_int_equal(
	    broker_supervisor_next_tick(&all, 0, NOW), NOW + 60000);
	broker_supervisor_tick(&all, "/", 0, NOW + 60000);
	assert_int_not_equal(k.now.pid, old);
	broker_supervisor_retire(&all, true, NOW);
	broker_supervisor_tick(&all, "/", 0, NOW + BROKER_LIFE_MS + 70000);
	assert_true(is_killed(old));
	(void)close(theirs);
}

/* The present one was idle before, or says so at the same moment. */
static void
test_settings_have_changed_behind_one_that_left(void **state)
{
	static const char words[] = { BROKER_STALE, BROKER_IDLE };
	int pair[2];

	for (int last = 0; last < 2; last++) {
		if (last == 1)
			(void)setup(state);
		with_a_provider();
		assert_int_equal(
		    pipe2(pair, O_CLOEXEC | O_NONBLOCK | O_DIRECT), 0);
		all.slot[1].now.says = pair[0];
		for (int i = 0; i < 2; i++) {
			struct pollfd p = { .fd = pair[0], .revents = POLLIN };

			if (i == last) {
				says(words[0]);
				continue;
			}
			assert_int_equal(write(pair[1], &words[1], 1), 1);
			broker_supervisor_read(&all, &p, 1, NOW);
		}
		assert_int_equal(all.slot[1].now.pid, 0);
		(void)close(pair[1]);
		(void)close(leaves);
		broker_supervisor_tick(&all, "/", 0, NOW + BROKER_LEAVE_MS);
		assert_true(is_killed(before));
		assert_true(is_killed(present));
		broker_supervisor_retire(&all, true, NOW);
		(void)close(theirs);
	}
}

static void
test_settings_are_watched_no_more(void **state)
{
	(void)state;
	with_a_provider();
	says(BROKER_IDLE);
	its_brokers_end();
}

static void
test_the_state_broker_has_ended(void **state)
{
	(void)state;
	with_a_provider();
	assert_true(broker_supervisor_note_exit(
	    &all, PID, W_EXITCODE(0, SIGKILL), NOW));
	its_brokers_end();
}

static void
test_a_provider_was_removed(void **state)
{
	(void)state;
	with_a_provider();
	all.providers = 0;
	its_brokers_end();
}

/* The new state broker serves. */
static void
its_report(void)
{
	int pair[2];

	assert_int_equal(pipe2(pair, O_CLOEXEC | O_NONBLOCK | O_DIRECT), 0);
	(void)close(k.now.says);
	(void)close(theirs);
	k.now.says = pair[0];
	theirs = pair[1];
	says(BROKER_PROVIDERS + 1);
	broker_supervisor_tick(&all, "/", 0, NOW);
}

/* A state broker that is slow to begin knows no provider yet. Services of users
 * have no helper of their own: logins that need no provider are served.
 * The module of root's gives up at 3 s, and must not be answered before. */
static void
test_a_report_that_takes_long(void **state)
{
	static const int64_t user = 2500, root = 6000;

	(void)state;
	all.has_providers = false;
	k.now.since = NOW;
	for (int64_t after = 0; after <= root; after += 500) {
		assert_int_equal(
		    broker_supervisor_make_ready(&all, false, "/", NOW + after),
		    after >= user);
		assert_int_equal(
		    broker_supervisor_make_ready(&all, true, "/", NOW + after),
		    after >= root);
		if (after < root)
			assert_true(
			    broker_supervisor_next_tick(&all, 0, NOW + after) <=
			    NOW + (after < user ? user : root));
	}
	broker_supervisor_retire(&all, true, NOW);
	(void)close(theirs);
}

/* The settings may have changed since the last report: no worker before the
 * next one. */
static void
test_the_next_report_is_awaited(void **state)
{
	for (int reload = 0; reload < 2; reload++) {
		if (reload == 1)
			(void)setup(state);
		assert_true(broker_supervisor_make_ready(&all, true, "/", NOW));
		if (reload == 1)
			broker_supervisor_retire(&all, false, NOW);
		else
			says(BROKER_IDLE);
		assert_false(
		    broker_supervisor_make_ready(&all, true, "/", NOW));
		its_report();
		assert_true(broker_supervisor_make_ready(&all, true, "/", NOW));
		assert_int_equal(all.providers, 1);
		broker_supervisor_retire(&all, true, NOW);
		(void)close(theirs);
	}
}

/* A provider may be new in the settings: its first login needs its broker. */
static void
test_the_report_after_a_change_is_awaited(void **state)
{
	enum { SOON, LATER, BEFORE_IT_SAYS_SO, WAYS };

	for (int way = 0; way < WAYS; way++) {
		if (way > 0)
			(void)setup(state);
		k.now.since = NOW - (way == SOON ? 10 : 1000);
		if (way == BEFORE_IT_SAYS_SO)
			k.conf.st_ino = 1; /* no file has it */
		else
			says(BROKER_STALE);
		if (way != LATER)
			assert_false(
			    broker_supervisor_make_ready(&all, true, "/", NOW));
		broker_supervisor_tick(&all, "/", 0, NOW + 100);
		assert_false(
		    broker_supervisor_make_ready(&all, true, "/", NOW + 100));
		its_report();
		assert_true(
		    broker_supervisor_make_ready(&all, true, "/", NOW + 100));
		assert_int_equal(all.providers, 1);
		broker_supervisor_retire(&all, true, NOW);
		(void)close(theirs);
	}
}

/* The settings cannot be read, and later can: a broker is started for each
 * login before it, and the first that can have a provider has it. */
static void
test_settings_are_readable_again(void **state)
{
	struct broker_fds ends;

	(void)state;
	(void)close(theirs);
	assert_true(broker_supervisor_note_exit(
	    &all, PID, W_EXITCODE(BROKER_NO_SETTINGS, 0), NOW));
	for (int again = 0; again < 2; again++) {
		assert_false(
		    broker_supervisor_make_ready(&all, true, "/", NOW));
		assert_true(broker_supervisor_note_exit(
		    &all, k.now.pid, W_EXITCODE(BROKER_NO_SETTINGS, 0), NOW));
		assert_true(broker_supervisor_make_ready(&all, true, "/", NOW));
		broker_supervisor_connect_worker(&all, "/", &ends, NOW);
		assert_int_equal(ends.count, 1);
		(void)close(ends.worker_fd[0]);
		(void)close(ends.broker_fd[0]);
		assert_true(broker_supervisor_note_exit(
		    &all, k.now.pid, W_EXITCODE(BROKER_NO_SETTINGS, 0), NOW));
	}
	assert_false(broker_supervisor_make_ready(&all, true, "/", NOW));
	theirs = -1;
	its_report();
	assert_true(broker_supervisor_make_ready(&all, true, "/", NOW));
	broker_supervisor_connect_worker(&all, "/", &ends, NOW);
	assert_int_equal(ends.count, 2);
	for (size_t i = 0; i < ends.count; i++) {
		(void)close(ends.worker_fd[i]);
		(void)close(ends.broker_fd[i]);
	}
	broker_supervisor_retire(&all, true, NOW);
	(void)close(theirs);
}

/* A connection that was not taken, as of a uid above its limits or of a client
 * that has left, is no login: a broker is started for a later one. Not at once:
 * else anybody who connects would have brokers started without end. */
static void
test_one_that_was_not_taken(void **state)
{
	(void)state;
	(void)close(theirs);
	assert_true(broker_supervisor_note_exit(
	    &all, PID, W_EXITCODE(BROKER_NO_SETTINGS, 0), NOW));
	assert_false(broker_supervisor_make_ready(&all, true, "/", NOW));
	assert_true(broker_supervisor_note_exit(
	    &all, k.now.pid, W_EXITCODE(BROKER_NO_SETTINGS, 0), NOW + 400));
	assert_true(broker_supervisor_make_ready(&all, true, "/", NOW + 400));
	assert_true(broker_supervisor_make_ready(&all, true, "/", NOW + 499));
	assert_int_equal(k.now.pid, 0);
	assert_false(broker_supervisor_make_ready(&all, true, "/", NOW + 500));
	theirs = -1;
	its_report();
	assert_true(broker_supervisor_make_ready(&all, true, "/", NOW + 500));
	assert_int_equal(all.providers, 1);
	broker_supervisor_retire(&all, true, NOW);
	(void)close(theirs);
}

/* Also behind a word of one before it: what that has read is over. */
static void
test_settings_are_readable_again_behind_another(void **state)
{
	struct broker_process *former = &k.old[0];
	struct pollfd p = { .revents = POLLIN };
	int pair[2];

	(void)state;
	assert_int_equal(pipe2(pair, O_CLOEXEC | O_NONBLOCK | O_DIRECT), 0);
	*former = (struct broker_process){ PID + 1, NOW, -1, pair[0], true };
	(void)close(theirs);
	assert_true(broker_supervisor_note_exit(
	    &all, PID, W_EXITCODE(BROKER_NO_SETTINGS, 0), NOW));
	assert_int_equal(write(pair[1], &(char){ BROKER_ALIVE }, 1), 1);
	p.fd = pair[0];
	broker_supervisor_read(&all, &p, 1, NOW);
	assert_false(broker_supervisor_make_ready(&all, true, "/", NOW));
	assert_int_not_equal(k.now.pid, 0);
	broker_supervisor_retire(&all, true, NOW);
	(void)close(pair[1]);
}

/* As where memory runs out: a login waits, and each second another is started
 * for it, not one after the other as fast as they are killed; also where
 * settings could not be read before. */
static void
test_killed_before_it_reports(void **state)
{
	(void)state;
	(void)close(theirs);
	all.has_providers = false;
	k.unread = true;
	assert_true(broker_supervisor_note_exit(
	    &all, PID, W_EXITCODE(0, SIGKILL), NOW));
	assert_false(broker_supervisor_make_ready(&all, true, "/", NOW));
	assert_int_equal(k.now.pid, 0);
	assert_true(broker_supervisor_awaits_report(&all, true, NOW + 999));
	assert_int_equal(
	    broker_supervisor_next_tick(&all, 0, NOW + 999), NOW + 1000);
	assert_false(broker_supervisor_make_ready(&all, true, "/", NOW + 1000));
	assert_int_not_equal(k.now.pid, 0);
	theirs = -1;
	its_report();
	assert_true(broker_supervisor_make_ready(&all, true, "/", NOW + 1000));
	broker_supervisor_retire(&all, true, NOW);
	(void)close(theirs);
}

/* A login whose connection to this broker was returned, and waits. The state
 * broker is killed, and another started a second later. */
static void
assert_starts_later(size_t returned_by)
{
	int pair[2];

	(void)close(theirs);
	assert_int_equal(pipe(pair), 0);
	for (size_t i = 0; i < BROKER_MAX; i++)
		all.login[0].end[i] = (struct broker_end){ .fd = -1 };
	all.login[0].end[returned_by].fd = pair[0];
	all.login[0].module = -1;
	all.logins = 1;
	assert_true(broker_supervisor_note_exit(
	    &all, PID, W_EXITCODE(0, SIGKILL), NOW));
	broker_supervisor_tick(&all, "/", 1, NOW + 999);
	assert_int_equal(k.now.pid, 0);
	assert_int_equal(broker_supervisor_next_tick(&all, 1, NOW), NOW + 1000);
	broker_supervisor_tick(&all, "/", 1, NOW + 1000);
	assert_int_not_equal(k.now.pid, 0);
	broker_supervisor_retire(&all, true, NOW);
	(void)close(pair[0]);
	(void)close(pair[1]);
}

static void
test_killed_before_it_takes_a_login(void **state)
{
	(void)state;
	assert_starts_later(0);
}

/* As a provider's broker returns its logins when there is no state broker. */
static void
test_killed_while_a_provider_has_a_login(void **state)
{
	(void)state;
	all.providers = 1;
	assert_starts_later(1);
}

/* The next state broker does not know what changed before it: providers'
 * brokers are as new, and their calls go on. One that came with it is not
 * renewed. */
static void
test_the_state_broker_is_back(void **state)
{
	(void)state;
	with_a_provider();
	for (int since = 0; since < 2; since++) {
		k.now.since = NOW - 1000 + since;
		its_report();
		assert_int_equal(
		    all.slot[1].now.since, since == 0 ? NOW - 1000 : NOW);
	}
	(void)close(leaves);
	broker_supervisor_retire(&all, true, NOW);
	broker_supervisor_tick(&all, "/", 0, NOW + BROKER_LIFE_MS + 10000);
	assert_true(is_killed(before));
	assert_true(is_killed(present));
	(void)close(theirs);
}

/* The listener is renewed, or a reload comes, before what is due is done. */
static void
test_renewed_meanwhile(void **state)
{
	static char text[BROKER_TEXT_MAX];

	(void)state;
	with_a_provider();
	k.broken = true;
	k.crashed_at = all.slot[1].now.since = NOW;
	says(BROKER_STALE);
	broker_supervisor_tick(&all, "/", 0, NOW);
	assert_int_equal(all.slot[1].now.pid, present);
	k.unread = true;
	broker_supervisor_save(&all, text);
	memset(&all, 0, sizeof(all));
	broker_supervisor_init(&all);
	broker_supervisor_restore(&all, text);
	assert_true(k.broken);
	assert_true(k.unread);
	broker_supervisor_retire(&all, false, NOW);
	is_told_to_leave(leaves);
	broker_supervisor_tick(&all, "/", 0, NOW + BROKER_LEAVE_MS);
	assert_true(is_killed(before));
	assert_true(is_killed(present));
	broker_supervisor_retire(&all, true, NOW);
	(void)close(theirs);
}

static void
test_the_state_broker_is_old(void **state)
{
	struct broker_control_message m;
	int fd[BROKER_CONTROL_FDS];

	(void)state;
	k.now.pid = stubborn();
	with_a_provider();
	k.now.since = NOW - INT64_C(3600000);
	broker_supervisor_tick(&all, "/", 0, NOW);
	assert_int_not_equal(k.now.since, NOW - INT64_C(3600000));
	its_report();
	assert_int_equal(all.slot[1].old[1].pid, present);
	assert_int_equal(all.slot[1].now.since, NOW);
	assert_int_equal(broker_control_receive(leaves, &m, fd), -1);
	(void)close(leaves);
	broker_supervisor_tick(&all, "/", 0, NOW + BROKER_LIFE_MS + 10000);
	assert_true(is_killed(k.old[0].pid));
	assert_true(is_killed(before));
	assert_true(is_killed(present));
	broker_supervisor_retire(&all, true, NOW);
	(void)close(theirs);
}

/* A login that came while the state broker said so needs its providers. */
static void
test_a_login_comes_at_that_moment(void **state)
{
	struct broker_process *const of = &all.slot[1].now;
	int pair[2];

	(void)state;
	all.providers = 1;
	all.logins = 1;
	assert_int_equal(
	    socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair), 0);
	*of = (struct broker_process){ PID + 1, NOW, pair[0], -1, true };
	says(BROKER_IDLE);
	assert_int_equal(of->pid, PID + 1);
	assert_true(k.wants_successor); /* which watches the settings */
	broker_supervisor_retire(&all, true, NOW);
	(void)close(pair[1]);
	(void)close(theirs);
}

UNIT_TESTS(test_broker_supervisor)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(test_could_not_be_set_up),
		TEST(test_no_report),
		TEST(test_the_next_report_is_awaited),
		TEST(test_a_report_that_takes_long),
		TEST(test_the_report_after_a_change_is_awaited),
		TEST(test_settings_are_readable_again),
		TEST(test_settings_are_readable_again_behind_another),
		TEST(test_one_that_was_not_taken),
		TEST(test_killed_before_it_reports),
		TEST(test_killed_before_it_takes_a_login),
		TEST(test_killed_while_a_provider_has_a_login),
		TEST(test_no_fault_of_the_program),
		TEST(test_crashed),
		TEST(test_settings_have_changed),
		TEST(test_settings_have_changed_without_a_successor),
		TEST(test_an_hour_without_a_successor),
		TEST(test_settings_have_changed_behind_one_that_left),
		TEST(test_settings_are_watched_no_more),
		TEST(test_the_state_broker_has_ended),
		TEST(test_a_provider_was_removed),
		TEST(test_the_state_broker_is_old),
		TEST(test_the_state_broker_is_back),
		TEST(test_renewed_meanwhile),
		TEST(test_a_login_comes_at_that_moment),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
