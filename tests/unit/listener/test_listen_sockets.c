/* SPDX-License-Identifier: BSD-2-Clause */
/* Sockets that were passed, and what is none. Each case in a process of its
 * own, since the numbers of descriptors are what it is about. */
#include "helper/listener/listener_inside.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "tests/support/unit_tests.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))
#define SEQ SOCK_SEQPACKET

static const struct row {
	const char *name;
	const char *pid, *fds, *names; /* pid NULL: our own */
	int kinds[2];                  /* 0: no such descriptor */
	bool listens;
	int root, user;    /* expected; both -1: refused */
	const char *words; /* of the refusal */
} rows[] = {
	{ "one", NULL, "1", "helper", { SEQ }, true, 3, -1, NULL },
	{ "no names", NULL, "1", NULL, { SEQ }, true, 3, -1, NULL },
	{ "the unit's own name", NULL, "1", "twofa-helper.socket", { SEQ },
	    true, 3, -1, NULL },
	{ "two", NULL, "2", "helper:user", { SEQ, SEQ }, true, 3, 4, NULL },
	{ "the other order", NULL, "2", "user:helper", { SEQ, SEQ }, true, 4, 3,
	    NULL },
	{ "user's alone", NULL, "1", "user", { SEQ }, true, -1, 3, NULL },
	{ "none", NULL, "0", "", { SEQ }, true, -1, -1, "LISTEN_FDS" },
	{ "three", NULL, "3", "", { SEQ, SEQ }, true, -1, -1, "LISTEN_FDS" },
	{ "no number", NULL, "x", "", { SEQ }, true, -1, -1, "LISTEN_FDS" },
	{ "01", NULL, "01", "", { SEQ }, true, -1, -1, "LISTEN_FDS" },
	{ "another process's", "1", "1", "helper", { SEQ }, true, -1, -1,
	    "no socket was passed" },
	{ "no process", "", "1", "helper", { SEQ }, true, -1, -1,
	    "no socket was passed" },
	{ "one name twice", NULL, "2", "user:user", { SEQ, SEQ }, true, -1, -1,
	    "two sockets of one name" },
	{ "no names of two", NULL, "2", NULL, { SEQ, SEQ }, true, -1, -1,
	    "two sockets of one name" },
	{ "a stream", NULL, "1", "helper", { SOCK_STREAM }, true, -1, -1,
	    "ListenSequentialPacket" },
	{ "does not listen", NULL, "1", "helper", { SEQ }, false, -1, -1,
	    "does not listen" },
	{ "not open", NULL, "2", "helper:user", { SEQ }, true, -1, -1,
	    "does not listen" },
};

/* Abstract, so that no file is left. */
static void
make_socket(int fd, int kind, bool listens)
{
	struct sockaddr_un at = { .sun_family = AF_UNIX };
	const int made = socket(AF_UNIX, kind, 0);

	if (listens) {
		(void)snprintf(at.sun_path + 1, sizeof(at.sun_path) - 1,
		    "twofa-test-%d-%d", (int)getpid(), fd);
		(void)bind(made, (struct sockaddr *)&at, sizeof(at));
		(void)listen(made, 1);
	}
	(void)dup2(made, fd);
	if (made != fd)
		(void)close(made);
}

static bool
is_set_up(int fd)
{
	return fd < 0 ||
	    (fcntl(fd, F_GETFD) == FD_CLOEXEC &&
		(fcntl(fd, F_GETFL) & O_NONBLOCK) != 0);
}

static bool
as_expected(const struct row *row)
{
	struct listener_sockets s;
	const char *wrong = listener_sockets_take(&s);

	if (environ != NULL && environ[0] != NULL)
		return false; /* it is for nobody else */
	if (row->words != NULL)
		return wrong != NULL && strstr(wrong, row->words) != NULL;
	return wrong == NULL && s.root == row->root && s.user == row->user &&
	    is_set_up(s.root) && is_set_up(s.user) &&
	    strcmp(s.copies, "10,0,5;") == 0 &&
	    strcmp(s.limits, "0,5,6,0;") == 0 && strcmp(s.brokers, "2,1,") == 0;
}

static _Noreturn void
look(const struct row *row, const char *brokers)
{
	char pid[16];

	(void)snprintf(pid, sizeof(pid), "%d", (int)getpid());
	(void)clearenv();
	(void)setenv("LISTEN_PID", row->pid != NULL ? row->pid : pid, 1);
	(void)setenv("LISTEN_FDS", row->fds, 1);
	if (row->names != NULL)
		(void)setenv("LISTEN_FDNAMES", row->names, 1);
	(void)setenv("TWOFA_COPIES", "10,0,5;", 1);
	(void)setenv("TWOFA_LIMITS", "0,5,6,0;", 1);
	(void)setenv(brokers, "2,1,", 1);
	(void)close(3);
	(void)close(4);
	for (int i = 0; i < 2; i++)
		if (row->kinds[i] != 0)
			make_socket(3 + i, row->kinds[i], row->listens);
	_exit(as_expected(row) ? 0 : 1);
}

static void
take_rows(const char *brokers)
{
	for (size_t i = 0; i < COUNT(rows); i++) {
		const pid_t pid = fork();
		int status = -1;

		if (pid == 0)
			look(&rows[i], brokers);
		assert_int_equal(waitpid(pid, &status, 0), pid);
		if (status != 0)
			print_error("%s\n", rows[i].name);
		assert_int_equal(status, 0);
	}
}

/* The brokers' text also under its name before 1.0. */
static void
test_taken(void **state)
{
	(void)state;
	take_rows("TWOFA_BROKERS");
	take_rows("TWOFA_KEEPER");
}

/* What one process passes, the next one takes: here a shell tells it. */
static void
test_passed(void **state)
{
	static const struct {
		struct listener_sockets sockets;
		const char *said;
	} passed[] = {
		{ { 3, -1, NULL, NULL, NULL }, "1 helper 7,0,1; 8 same" },
		{ { -1, 3, NULL, NULL, NULL }, "1 user 7,0,1; 8 same" },
		{ { 3, 4, NULL, NULL, NULL }, "2 helper:user 7,0,1; 8 same" },
		{ { 4, 3, NULL, NULL, NULL }, "2 user:helper 7,0,1; 8 same" },
	};
	char *argv[] = { (char[]){ "sh" }, (char[]){ "-c" },
		(char[]){ "[ $LISTEN_PID = $$ ] && same=same; echo -n "
			  "\"$LISTEN_FDS $LISTEN_FDNAMES $TWOFA_COPIES "
			  "$TWOFA_LIMITS${TWOFA_BROKERS-?}$TWOFA_KEEPER "
			  "$same\"" },
		NULL };

	(void)state;
	for (size_t i = 0; i < COUNT(passed); i++) {
		char said[128] = "";
		int pipes[2];
		pid_t pid;

		assert_int_equal(pipe(pipes), 0);
		pid = fork();
		if (pid == 0) {
			(void)dup2(pipes[1], 1);
			listener_sockets_pass(
			    &passed[i].sockets, "/bin/sh", argv, "7,0,1;", "8");
			_exit(9);
		}
		(void)close(pipes[1]);
		assert_true(read(pipes[0], said, sizeof(said) - 1) > 0);
		assert_int_equal(waitpid(pid, NULL, 0), pid);
		(void)close(pipes[0]);
		assert_string_equal(said, passed[i].said);
	}
}

UNIT_TESTS(test_listen_sockets)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_taken),
		cmocka_unit_test(test_passed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
