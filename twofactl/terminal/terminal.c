/* SPDX-License-Identifier: BSD-2-Clause */
/* Asks questions at the terminal. */
#include "twofactl/terminal/terminal.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <strings.h>
#include <sys/signalfd.h>
#include <termios.h>
#include <unistd.h>

#define ANSWER_MAX 16

bool
terminal_is_there(void)
{
	return isatty(STDIN_FILENO) == 1;
}

static int end_fd = -1;
static sigset_t before_hold;

int
terminal_hold_end(void)
{
	static const int ends[] = { SIGINT, SIGTERM, SIGHUP, SIGQUIT };
	sigset_t held;

	(void)sigemptyset(&held);
	for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++)
		(void)sigaddset(&held, ends[i]);
	end_fd = signalfd(-1, &held, SFD_CLOEXEC | SFD_NONBLOCK);
	if (end_fd < 0)
		return -1;
	return sigprocmask(SIG_BLOCK, &held, &before_hold);
}

void
terminal_let_end(void)
{
	if (end_fd < 0)
		return;
	(void)close(end_fd);
	end_fd = -1;
	(void)sigprocmask(SIG_SETMASK, &before_hold, NULL);
}

int
terminal_end(void)
{
	return end_fd;
}

/* The next byte; 0 at the end, -1 with errno. */
static ssize_t
read_byte(char *c)
{
	struct pollfd p[] = { { .fd = STDIN_FILENO, .events = POLLIN },
		{ .fd = end_fd, .events = POLLIN } };
	ssize_t n;

	do
		n = end_fd >= 0 ? poll(p, 2, -1) : 1;
	while (n < 0 && errno == EINTR);
	if (n < 0 || p[1].revents != 0)
		return 0;
	do
		n = read(STDIN_FILENO, c, 1);
	while (n < 0 && errno == EINTR);
	return n;
}

/* Byte by byte: text after the line is left alone, and no buffer of stdio keeps
 * a copy. */
int
terminal_line(const char *prompt, char *out, size_t cap)
{
	size_t len = 0;
	ssize_t n;
	char c = 0;

	(void)fflush(stdout);
	fputs(prompt, stderr);
	for (;;) {
		n = read_byte(&c);
		if (n <= 0 && len == 0) {
			fputc('\n', stderr);
			return -1;
		}
		if (n <= 0 || c == '\n')
			break;
		if (len + 1 < cap)
			out[len] = c;
		len++;
	}
	out[len < cap ? len : 0] = '\0';
	return 0;
}

/* A signal that would end this process ends the question, and is held until the
 * terminal is restored. */
int
terminal_hidden(const char *prompt, char *out, size_t cap)
{
	struct termios shown, hidden;
	sigset_t all, before;
	int result;
	bool own;

	if (tcgetattr(STDIN_FILENO, &shown) != 0)
		return terminal_line(prompt, out, cap);
	hidden = shown;
	hidden.c_lflag &= ~(tcflag_t)ECHO;
	(void)sigfillset(&all);
	(void)sigprocmask(SIG_BLOCK, &all, &before);
	(void)tcsetattr(STDIN_FILENO, TCSAFLUSH, &hidden);
	own = end_fd < 0 && terminal_hold_end() == 0;
	result = terminal_line(prompt, out, cap);
	if (own)
		terminal_let_end();
	(void)tcsetattr(STDIN_FILENO, TCSANOW, &shown);
	fputc('\n', stderr);
	(void)sigprocmask(SIG_SETMASK, &before, NULL);
	return result;
}

bool
terminal_yes(const char *question)
{
	char answer[ANSWER_MAX] = "";

	return terminal_line(question, answer, sizeof(answer)) == 0 &&
	    (strcasecmp(answer, "y") == 0 || strcasecmp(answer, "yes") == 0);
}
