/* SPDX-License-Identifier: BSD-2-Clause */
/* A question at a terminal, and Ctrl-C. */
#include <fcntl.h>
#include <poll.h>
#include <pty.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <termios.h>
#include <unistd.h>

#include <cmocka.h>

#include "tests/support/unit_tests.h"
#include "twofactl/terminal/terminal.h"

static bool drops; /* what the next poll() has seen */

/* In place of libc's: between it and the read, Ctrl-C drops the line. */
int
poll(struct pollfd *p, nfds_t count, int ms)
{
	const int n = (int)syscall(SYS_poll, p, count, ms);

	if (drops && n > 0) {
		drops = false;
		assert_int_equal(tcflush(STDIN_FILENO, TCIFLUSH), 0);
		assert_int_equal(raise(SIGINT), 0);
	}
	return n;
}

static void
a_line_that_is_dropped(void **state)
{
	/* it may be ignored, as in the background, and is not held then */
	void (*const ignored)(int) = signal(SIGINT, SIG_DFL);
	const int before = dup(STDIN_FILENO);
	int master, slave, result;
	char line[16] = "";

	(void)state;
	assert_int_equal(openpty(&master, &slave, NULL, NULL, NULL), 0);
	assert_int_equal(dup2(slave, STDIN_FILENO), STDIN_FILENO);
	assert_int_equal(terminal_hold_signals(), 0);
	assert_int_equal(write(master, "123456\n7\n", 9), 9);
	assert_int_equal(terminal_read_line("", line, sizeof(line)), 0);
	assert_string_equal(line, "123456");
	drops = true;
	alarm(10); /* else it waits for the next line */
	result = terminal_read_line("", line, sizeof(line));
	alarm(0);
	terminal_drop_signals();
	(void)signal(SIGINT, ignored);
	assert_int_equal(result, -1);
	assert_int_equal(dup2(before, STDIN_FILENO), STDIN_FILENO);
	(void)close(before);
	(void)close(slave);
	(void)close(master);
}

UNIT_TESTS(test_terminal)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_line_that_is_dropped),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
