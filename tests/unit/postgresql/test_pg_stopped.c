/* SPDX-License-Identifier: BSD-2-Clause */
/* A helper that somebody stops while it connects, as whose control group it is
 * in may, does not take its own silence for the server's. */
#include <arpa/inet.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "helper/store/postgresql/postgresql_inside.h"
#include "lib/wire/wire.h"
#include "tests/support/statebox.h"
#include "tests/support/unit_tests.h"

#define CONNECT_MS 2000
#define STOPPED_MS 1700 /* leaves it some of its time */
#define CROWD 80
#define CROWDED_MS 6000 /* on a busy machine all come before one gives up */
#define MOST 48         /* connections of a host */

/* Takes connections, and says nothing. */
static int
silent_server(unsigned *port)
{
	struct sockaddr_in at = { .sin_family = AF_INET,
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t len = sizeof(at);
	const int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	assert_int_equal(
	    bind(listener, (const struct sockaddr *)&at, sizeof(at)), 0);
	assert_int_equal(listen(listener, CROWD), 0);
	assert_int_equal(
	    getsockname(listener, (struct sockaddr *)&at, &len), 0);
	*port = ntohs(at.sin_port);
	return listener;
}

/* A helper's process. Its exit: how it failed. */
static void
helper(unsigned port, unsigned connect_ms)
{
	struct store_server server = *postgres_server();
	const struct store_session me = { STORE_HOST, 1, postgres_keys(), 0,
		NULL, false, NULL, &server };
	char where[64], cause[STORE_CAUSE_MAX];

	snprintf(where, sizeof(where), "postgresql://127.0.0.1:%u/twofa", port);
	server.connect_timeout_ms = connect_ms;
	store_set_deadline(frame_clock_ms() + connect_ms + 500);
	_exit(store_open(where, &me, cause) != NULL ? 99
						    : (int)store_failure(NULL));
}

static int
fails_as(bool stopped)
{
	const struct timespec pause = { .tv_sec = STOPPED_MS / 1000,
		.tv_nsec = STOPPED_MS % 1000 * 1000000L };
	unsigned port;
	const int listener = silent_server(&port);
	const pid_t pid = fork();
	int status, conn;

	if (pid == 0)
		helper(port, CONNECT_MS);
	conn = accept(listener, NULL, NULL);
	assert_true(conn >= 0);
	if (stopped) {
		assert_int_equal(kill(pid, SIGSTOP), 0);
		nanosleep(&pause, NULL);
		assert_int_equal(kill(pid, SIGCONT), 0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	close(conn);
	close(listener);
	assert_true(WIFEXITED(status));
	return WEXITSTATUS(status);
}

static void
its_own_silence(void **state)
{
	(void)state;
	assert_int_equal(fails_as(false), STORE_OUTAGE);
	assert_int_equal(fails_as(true), STORE_BUSY);
}

/* How it failed, or 99, when stopped for less than a round again and again, so
 * that each round ends with an answer, until its time is over. */
static int
fails_by_turns(void)
{
	const struct timespec pause = { .tv_nsec = 235 * 1000000L };
	const struct timespec turn = { .tv_nsec = 300000L };
	struct store_server server = *postgres_server();
	const struct store_session me = { STORE_HOST, 1, postgres_keys(), 0,
		NULL, false, NULL, &server };
	const char *url = postgres_empty();
	char cause[STORE_CAUSE_MAX] = "", contact[256];
	int status;
	pid_t pid;

	snprintf(contact, sizeof(contact), "%s/contact", postgres_keys());
	(void)unlink(contact);
	server.connect_timeout_ms = CONNECT_MS / 2;
	pid = fork();
	if (pid == 0) {
		store_set_deadline(frame_clock_ms() + CONNECT_MS);
		_exit(store_open(url, &me, cause) != NULL
			? 99
			: (int)store_failure(NULL));
	}
	while (waitpid(pid, &status, WNOHANG) == 0) {
		assert_int_equal(kill(pid, SIGSTOP), 0);
		nanosleep(&pause, NULL);
		assert_int_equal(kill(pid, SIGCONT), 0);
		nanosleep(&turn, NULL);
	}
	assert_true(WIFEXITED(status));
	return WEXITSTATUS(status);
}

/* Once more where the machine is so slow that the server is, too. */
static void
stops_that_fit_into_rounds(void **state)
{
	int failed = STORE_OUTAGE;

	(void)state;
	for (int left = 5; left > 0 && failed == STORE_OUTAGE; left--)
		failed = fails_by_turns();
	/* or it was quick, and is let in */
	if (failed != 99)
		assert_int_equal(failed, STORE_BUSY);
}

/* Those that have come to it. */
static int
accepted(int listener)
{
	int count = 0, conn;

	assert_int_equal(fcntl(listener, F_SETFL, O_NONBLOCK), 0);
	while ((conn = accept(listener, NULL, NULL)) >= 0) {
		close(conn);
		count++;
	}
	return count;
}

/* So many connect to it at once. How many of them took it for an outage; the
 * others for busy. No more come than its firewall and its role let in. */
static int
outages_of(int count, unsigned connect_ms)
{
	unsigned port;
	const int listener = silent_server(&port);
	const int most = count < MOST ? count : MOST;
	int begin[2], status, outages = 0;
	int64_t began;
	pid_t pid[CROWD];
	char byte;

	assert_int_equal(pipe(begin), 0);
	for (int i = 0; i < count; i++) {
		pid[i] = fork();
		assert_true(pid[i] >= 0);
		if (pid[i] != 0)
			continue;
		close(begin[1]);
		(void)!read(begin[0], &byte, 1); /* its end: all are there */
		helper(port, connect_ms);
	}
	close(begin[0]);
	close(begin[1]);
	began = frame_clock_ms();
	for (int i = 0; i < count; i++) {
		assert_int_equal(waitpid(pid[i], &status, 0), pid[i]);
		assert_true(WIFEXITED(status));
		if (WEXITSTATUS(status) == STORE_OUTAGE)
			outages++;
		else
			assert_int_equal(WEXITSTATUS(status), STORE_BUSY);
	}
	/* on a slow machine the last begin when the first have given up */
	assert_in_range(accepted(listener), most,
	    frame_clock_ms() - began > (int64_t)connect_ms * 5 / 4 ? count
								   : most);
	close(listener);
	return outages;
}

/* As many windows of one user. A few alone see an outage. */
static void
silence_in_a_crowd(void **state)
{
	char path[256];

	(void)state;
	snprintf(path, sizeof(path), "%s/contact", postgres_keys());
	assert_int_equal(outages_of(CROWD, CROWDED_MS), 0);
	assert_int_equal(outages_of(1, 300), 0); /* it still has much to do */
	assert_int_equal(unlink(path), 0);       /* ten seconds later */
	assert_int_equal(outages_of(CROWD / 8, CONNECT_MS), CROWD / 8);
}

/* How it fails at a server that takes its connection and resets it, as the
 * firewall of one does where a host has too many, and where it is not running;
 * or that ends it during TLS, as after its authentication_timeout. */
static int
fails_by_reset(bool in_tls)
{
	const struct linger now = { .l_onoff = !in_tls };
	char asked[2048];
	unsigned port;
	const int listener = silent_server(&port);
	const pid_t pid = fork();
	int status, conn;

	if (pid == 0)
		helper(port, CONNECT_MS);
	conn = accept(listener, NULL, NULL);
	assert_true(conn >= 0);
	if (in_tls) {
		assert_int_equal(read(conn, asked, 8), 8);
		assert_int_equal(write(conn, "S", 1), 1);
		assert_true(read(conn, asked, sizeof(asked)) > 0);
	}
	assert_int_equal(
	    setsockopt(conn, SOL_SOCKET, SO_LINGER, &now, sizeof(now)), 0);
	close(conn);
	close(listener); /* the next one is refused */
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	return WEXITSTATUS(status);
}

static void
resets(void **state)
{
	char path[256];

	(void)state;
	snprintf(path, sizeof(path), "%s/contact", postgres_keys());
	(void)unlink(path);
	for (int in_tls = 0; in_tls < 2; in_tls++) {
		assert_int_equal(fails_by_reset(in_tls), STORE_OUTAGE);
		/* it answered a moment ago */
		pg_contact_touch(postgres_keys(), -1);
		assert_int_equal(fails_by_reset(in_tls), STORE_BUSY);
		(void)unlink(path);
	}
}

UNIT_TESTS(test_pg_stopped)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(its_own_silence),
		cmocka_unit_test(resets),
		cmocka_unit_test(silence_in_a_crowd),
		cmocka_unit_test(stops_that_fit_into_rounds),
	};

	(void)postgres_empty();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
