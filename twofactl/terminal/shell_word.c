/* SPDX-License-Identifier: BSD-2-Clause */
/* Quotes words for a shell's command line. */
#include "twofactl/terminal/shell_word.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#define PLAIN                                                                  \
	"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"       \
	"/._-+,:@"
#define TOO_LONG "'(a name that is too long to be shown)'"
#define STEP_MAX 8 /* the most bytes for one byte: '$'\x1b */

enum quote {
	NONE = 0,
	SINGLE, /* '...' */
	ESCAPED /* $'...', nothing but \xNN */
};

struct word {
	char *out;
	size_t used;
	enum quote quote;
};

static void
put(struct word *w, const char *text)
{
	const size_t len = strlen(text);

	memcpy(w->out + w->used, text, len + 1);
	w->used += len;
}

static void
change(struct word *w, enum quote quote)
{
	if (w->quote == quote)
		return;
	if (w->quote != NONE)
		put(w, "'");
	if (quote != NONE)
		put(w, quote == SINGLE ? "'" : "$'");
	w->quote = quote;
}

/* Quotes and backslashes are written outside of quotes: in fish, a backslash
 * within quotes would escape the closing one. */
static void
put_byte(struct word *w, unsigned char c)
{
	char text[8] = { (char)c };

	if (c == '\'' || c == '\\') {
		change(w, NONE);
		put(w, "\\");
	} else if (c < 0x20 || c > 0x7e) {
		change(w, ESCAPED);
		snprintf(text, sizeof(text), "\\x%02x", c);
	} else {
		change(w, SINGLE);
	}
	put(w, text);
}

const char *
shell_word(const char *text)
{
	static char words[SHELLWORDS][SHELL_WORD_MAX];
	static size_t next;
	const bool plain = text[0] != '\0' && text[strspn(text, PLAIN)] == '\0';
	struct word w = { .out = words[next++ % SHELLWORDS] };

	w.out[0] = '\0';
	if (text[0] == '-')
		put(&w, "./");
	if (text[0] == '\0')
		put(&w, "''");
	for (; *text != '\0'; text++) {
		if (w.used + STEP_MAX + 2 > SHELL_WORD_MAX)
			return TOO_LONG;
		if (plain)
			put(&w, (char[]){ *text, '\0' });
		else
			put_byte(&w, (unsigned char)*text);
	}
	change(&w, NONE);
	return w.out;
}
