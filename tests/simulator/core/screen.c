/* SPDX-License-Identifier: BSD-2-Clause */
/* The phone's screen on standard output: how a person sees a message. */
#include "tests/simulator/core/screen.h"

#include <langinfo.h>
#include <locale.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "tests/simulator/core/inbox_message.h"

enum { SCREEN_COLUMNS = 38 };

struct lines {
	const char *top_left, *top_right, *bottom_left, *bottom_right;
	const char *across, *down;
};

static const struct lines drawn = { "┌", "┐", "└", "┘", "─", "│" };
static const struct lines typed = { "+", "+", "+", "+", "-", "|" };

static enum screen_style style;
static const struct lines *lines = &typed;

void
screen_init(enum screen_style wanted)
{
	style = wanted;
	setlocale(LC_CTYPE, "");
	if (strcmp(nl_langinfo(CODESET), "UTF-8") == 0)
		lines = &drawn;
}

/* The bytes of one character; a stray byte counts as one. */
static size_t
char_len(const char *s)
{
	size_t n = 1;

	while (((unsigned char)s[n] & 0xc0) == 0x80)
		n++;
	return n;
}

static size_t
columns(const char *s, size_t len)
{
	size_t n = 0;

	for (size_t i = 0; i < len; i += char_len(s + i))
		n++;
	return n;
}

/* A brand is the client's text: no control character reaches a terminal. */
static void
put_clean(const char *s, size_t len)
{
	unsigned char c;
	size_t n;

	for (size_t i = 0; i < len; i += n) {
		n = char_len(s + i);
		c = (unsigned char)s[i];
		if (c < 0x20 || c == 0x7f ||
		    (c == 0xc2 && ((unsigned char)s[i + 1] & 0xe0) == 0x80))
			putchar('?');
		else
			fwrite(s + i, 1, n, stdout);
	}
}

static void
put_row(const char *s, size_t len)
{
	printf("  %s ", lines->down);
	put_clean(s, len);
	printf("%*s %s\n", (int)(SCREEN_COLUMNS - columns(s, len)), "",
	    lines->down);
}

static void
put_edge(const char *left, const char *right)
{
	printf("  %s", left);
	for (int i = 0; i < SCREEN_COLUMNS + 2; i++)
		fputs(lines->across, stdout);
	printf("%s\n", right);
}

/* How many bytes of s go on one row: up to the last blank that fits. */
static size_t
row_len(const char *s)
{
	size_t n = 0, blank = 0, col = 0;

	while (s[n] != '\0' && col < SCREEN_COLUMNS) {
		if (s[n] == ' ')
			blank = n;
		n += char_len(s + n);
		col++;
	}
	if (s[n] == '\0' || s[n] == ' ' || blank == 0)
		return n;
	return blank;
}

static const char *const kinds[] = {
	[INBOX_SMS] = "SMS",
	[INBOX_VOICE] = "call",
	[INBOX_WHATSAPP] = "WhatsApp",
	[INBOX_RCS] = "RCS",
	[INBOX_EMAIL] = "e-mail",
	[INBOX_PUSH] = "push",
};

static void
put_frame(const struct inbox_message *m)
{
	const char *kind = kinds[m->channel];
	char head[SCREEN_COLUMNS + 1];
	const char *s = m->text;
	size_t n;

	snprintf(head, sizeof(head), "%-*.*s%s",
	    (int)(SCREEN_COLUMNS - strlen(kind)),
	    (int)(SCREEN_COLUMNS - strlen(kind)), m->to, kind);
	put_edge(lines->top_left, lines->top_right);
	put_row(head, strlen(head));
	put_row("", 0);
	while (*s != '\0') {
		n = row_len(s);
		put_row(s, n);
		s += n;
		while (*s == ' ')
			s++;
	}
	put_edge(lines->bottom_left, lines->bottom_right);
}

/* True when a message fits into a pipe without waiting for its reader. */
static bool
output_ready(void)
{
	struct pollfd p = { .fd = STDOUT_FILENO, .events = POLLOUT };

	return poll(&p, 1, 0) == 1 && (p.revents & POLLOUT) != 0;
}

void
screen_show(const struct inbox_message *m)
{
	if (style == SCREEN_OFF || !output_ready())
		return;
	if (style == SCREEN_PLAIN) {
		printf("phone %s %s: ", m->to, inbox_channel_name(m->channel));
		put_clean(m->text, strlen(m->text));
		putchar('\n');
	} else {
		put_frame(m);
	}
	fflush(stdout);
}
