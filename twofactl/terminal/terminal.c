/* SPDX-License-Identifier: BSD-2-Clause */
/* Questions at the terminal. */
#include "twofactl/terminal/terminal.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <strings.h>
#include <termios.h>
#include <unistd.h>

#define ANSWER_MAX 16

bool
terminal_is_there(void)
{
	return isatty(STDIN_FILENO) == 1;
}

/* Byte by byte: what stands behind the line is not ours, and no buffer of
 * stdio keeps a copy. */
int
terminal_line(const char *prompt, char *out, size_t cap)
{
	size_t len = 0;
	ssize_t n;
	char c = 0;

	(void)fflush(stdout);
	fputs(prompt, stderr);
	for (;;) {
		do
			n = read(STDIN_FILENO, &c, 1);
		while (n < 0 && errno == EINTR);
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

/* Whatever would end this process waits until the terminal is as it was. */
int
terminal_hidden(const char *prompt, char *out, size_t cap)
{
	struct termios shown, hidden;
	sigset_t all, before;
	int result;

	if (tcgetattr(STDIN_FILENO, &shown) != 0)
		return terminal_line(prompt, out, cap);
	hidden = shown;
	hidden.c_lflag &= ~(tcflag_t)ECHO;
	(void)sigfillset(&all);
	(void)sigprocmask(SIG_BLOCK, &all, &before);
	(void)tcsetattr(STDIN_FILENO, TCSAFLUSH, &hidden);
	result = terminal_line(prompt, out, cap);
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
