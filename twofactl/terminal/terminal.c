/* SPDX-License-Identifier: BSD-2-Clause */
/* Questions to the admin, and names quoted for the commands shown to them. */
#include "twofactl/terminal/terminal.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <strings.h>
#include <sys/signalfd.h>
#include <termios.h>
#include <unistd.h>

#define PLAIN TEXT_ALNUM "/._-+,:@"
#define TOO_LONG "'(a name that is too long to be shown)'"
#define QUOTED_MAX 8 /* longest form of one byte: '$'\x1b */
#define ANSWER_MAX 16

enum quote {
	NONE = 0,
	SINGLE, /* '...' */
	ESCAPED /* $'...', with \xNN only */
};

struct word {
	char text[SHELL_WORD_MAX];
	enum quote quote;
};

static void
change_quote(struct word *w, enum quote quote)
{
	if (w->quote == quote)
		return;
	if (w->quote != NONE)
		PRINT_APPEND(w->text, "'");
	if (quote != NONE)
		PRINT_APPEND(w->text, "%s", quote == SINGLE ? "'" : "$'");
	w->quote = quote;
}

/* Quotes and backslashes are written outside of quotes: fish would take a
 * backslash within quotes as an escape of the closing one. */
static void
put_byte(struct word *w, unsigned char c)
{
	if (c == '\'' || c == '\\') {
		change_quote(w, NONE);
		PRINT_APPEND(w->text, "\\%c", c);
	} else if (c < 0x20 || c > 0x7e) {
		change_quote(w, ESCAPED);
		PRINT_APPEND(w->text, "\\x%02x", c);
	} else {
		change_quote(w, SINGLE);
		PRINT_APPEND(w->text, "%c", c);
	}
}

const char *
terminal_shell_quote(const char *text)
{
	static struct word words[SHELLWORDS];
	static size_t next;
	const bool plain = text[0] != '\0' && text[strspn(text, PLAIN)] == '\0';
	struct word *const w = &words[next++ % SHELLWORDS];

	*w = (struct word){ .quote = NONE };
	if (text[0] == '-')
		PRINT_TO(w->text, "./");
	if (text[0] == '\0')
		PRINT_TO(w->text, "''");
	for (; *text != '\0'; text++) {
		if (strlen(w->text) + QUOTED_MAX + 2 > sizeof(w->text))
			return TOO_LONG;
		if (plain)
			PRINT_APPEND(w->text, "%c", *text);
		else
			put_byte(w, (unsigned char)*text);
	}
	change_quote(w, NONE);
	return w->text;
}

bool
terminal_is_open(void)
{
	return isatty(STDIN_FILENO) == 1;
}

static int end_fd = -1;
static sigset_t mask_before;

int
terminal_hold_signals(void)
{
	static const int ends[] = { SIGINT, SIGTERM, SIGHUP, SIGQUIT };
	struct sigaction now;
	sigset_t held;

	(void)sigemptyset(&held);
	for (size_t i = 0; i < COUNT_OF(ends); i++)
		/* a signal ignored, as by nohup, stays so */
		if (sigaction(ends[i], NULL, &now) == 0 &&
		    now.sa_handler != SIG_IGN)
			(void)sigaddset(&held, ends[i]);
	end_fd = signalfd(-1, &held, SFD_CLOEXEC | SFD_NONBLOCK);
	if (end_fd < 0)
		return -1;
	return sigprocmask(SIG_BLOCK, &held, &mask_before);
}

void
terminal_release_signals(void)
{
	if (end_fd < 0)
		return;
	(void)close(end_fd);
	end_fd = -1;
	(void)sigprocmask(SIG_SETMASK, &mask_before, NULL);
}

void
terminal_drop_signals(void)
{
	struct signalfd_siginfo gone;

	while (end_fd >= 0 && read(end_fd, &gone, sizeof(gone)) > 0)
		;
	terminal_release_signals();
}

int
terminal_signal_fd(void)
{
	return end_fd;
}

/* Reads a byte. Returns 1, 0 at the end of input or by a held signal, -1 with
 * errno. Ctrl-C drops what was typed, also once poll() has seen it: a read that
 * waits would then wait for the next line, whatever signals come. So a terminal
 * is opened once more for one that does not. */
static ssize_t
read_byte(char *c)
{
	struct pollfd p[] = { { .fd = STDIN_FILENO, .events = POLLIN },
		{ .fd = end_fd, .events = POLLIN } };
	const int own OWNED(owned_fd) = end_fd >= 0 && terminal_is_open()
	    ? open("/proc/self/fd/0",
		  O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC)
	    : -1;
	ssize_t n;

	do {
		if (end_fd >= 0 && TEMP_FAILURE_RETRY(poll(p, 2, -1)) < 0)
			return 0;
		if (p[1].revents != 0)
			return 0;
		n = TEMP_FAILURE_RETRY(
		    read(own >= 0 ? own : STDIN_FILENO, c, 1));
	} while (own >= 0 && n < 0 && errno == EAGAIN);
	return n;
}

/* Reads byte by byte: text after the line is left unread, and no buffer of
 * stdio keeps a copy. */
int
terminal_read_line(const char *prompt, char *out, size_t cap)
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

/* A signal that would end the process ends the question instead, and is
 * delivered after the terminal is restored. */
int
terminal_read_hidden(const char *prompt, char *out, size_t cap)
{
	struct termios shown, hidden;
	sigset_t all, before;
	int result;
	bool own;

	if (tcgetattr(STDIN_FILENO, &shown) != 0)
		return terminal_read_line(prompt, out, cap);
	hidden = shown;
	hidden.c_lflag &= ~(tcflag_t)ECHO;
	(void)sigfillset(&all);
	(void)sigprocmask(SIG_BLOCK, &all, &before);
	(void)tcsetattr(STDIN_FILENO, TCSAFLUSH, &hidden);
	own = end_fd < 0 && terminal_hold_signals() == 0;
	result = terminal_read_line(prompt, out, cap);
	if (own)
		terminal_release_signals();
	(void)tcsetattr(STDIN_FILENO, TCSANOW, &shown);
	fputc('\n', stderr);
	(void)sigprocmask(SIG_SETMASK, &before, NULL);
	return result;
}

int
terminal_read_yes(const char *question)
{
	char answer[ANSWER_MAX] = "";

	if (terminal_read_line(question, answer, sizeof(answer)) != 0)
		return -1;
	return strcasecmp(answer, "y") == 0 || strcasecmp(answer, "yes") == 0;
}

bool
terminal_ask_yes(const char *question)
{
	return terminal_is_open() && terminal_read_yes(question) == 1;
}

enum ctl_exit
terminal_confirm(const char *question)
{
	if (terminal_read_yes(question) == 1)
		return CTL_DONE;
	puts("Nothing was changed.");
	return CTL_NO;
}
