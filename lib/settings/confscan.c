/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A look at a settings text before libconfig reads it. Seen with libconfig
 * 1.5, and refused here:
 *
 *   NUL                   the rest of the file would not be read
 *   @include              another file, without a look at its owner
 *   4294967301, 010, 5L   read as 5, 10, 5
 *   "alice" "bob"         one name, alicebob: a comma is missing
 *   "a\x00b"              read as ab; other escapes differ by version
 *   comment without end   the rest of the file would not be read
 */
#include "lib/settings/confscan.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#define DIGITS "0123456789"
#define LETTERS "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
#define NUMBER_DIGITS_MAX 9

struct scan {
	struct setting_scope *scope;
	const char *p;
	unsigned line;
	bool after_string; /* nothing but blanks and comments since */
	char key[32];      /* the last one: for the error line */
};

static void
complain(struct scan *s, unsigned line, const char *text)
{
	settings_error(
	    s->scope, line, s->key[0] != '\0' ? s->key : NULL, "%s", text);
}

static void
skip_line(struct scan *s)
{
	s->p += strcspn(s->p, "\n");
}

static void
skip_comment(struct scan *s)
{
	const char *end = strstr(s->p + 2, "*/");
	unsigned start = s->line;

	if (end == NULL) {
		complain(s, start,
		    "a comment begins here that does not end, "
		    "write */ behind it");
		s->p += strlen(s->p);
		return;
	}
	for (; s->p < end; s->p++)
		if (*s->p == '\n')
			s->line++;
	s->p = end + 2;
}

static void
scan_string(struct scan *s)
{
	if (s->after_string)
		complain(s, s->line, "two texts without a comma between them");
	for (s->p++; *s->p != '"'; s->p++) {
		if (*s->p == '\0' || *s->p == '\n') {
			complain(s, s->line,
			    "a text must end with a quote on its own line");
			return;
		}
		if (*s->p != '\\')
			continue;
		if (s->p[1] != '\\' && s->p[1] != '"') {
			complain(s, s->line,
			    "an escape in a text, allowed: "
			    "\\\\ and \\\" alone");
			continue;
		}
		s->p++;
	}
	s->p++;
	s->after_string = true;
}

static void
scan_name(struct scan *s)
{
	size_t len = strspn(s->p, LETTERS DIGITS "_-*");
	const char *behind = s->p + len;

	behind += strspn(behind, " \t");
	if (*behind == '=' || *behind == ':')
		snprintf(s->key, sizeof(s->key), "%.*s", (int)len, s->p);
	s->p += len;
}

static void
scan_number(struct scan *s)
{
	size_t len = strspn(s->p, LETTERS DIGITS "._");

	/* Not shown: it may be a phone number without quotes. */
	if (len > NUMBER_DIGITS_MAX || strspn(s->p, DIGITS) != len ||
	    (len > 1 && s->p[0] == '0'))
		complain(s, s->line,
		    "not a whole decimal number, allowed: up "
		    "to 9 digits without a leading 0; a phone "
		    "number or an amount such as \"0.05\" "
		    "belongs in quotes");
	s->p += len;
}

/* One token, blank or comment. */
static void
scan_step(struct scan *s)
{
	char c = *s->p;

	if (c == '#' || (c == '/' && s->p[1] == '/')) {
		skip_line(s);
		return;
	}
	if (c == '/' && s->p[1] == '*') {
		skip_comment(s);
		return;
	}
	if (c == '"') {
		scan_string(s);
		return;
	}
	if (c == '\n')
		s->line++;
	if (strchr(" \t\r\f\n", c) == NULL)
		s->after_string = false;
	if (strchr(DIGITS, c) != NULL)
		scan_number(s);
	else if (strchr(LETTERS "*", c) != NULL)
		scan_name(s);
	else
		s->p++;
}

static unsigned
line_at(const char *text, const char *place)
{
	unsigned line = 1;

	for (; text < place; text++)
		if (*text == '\n')
			line++;
	return line;
}

/* Everywhere, comments too: so it does not matter whether libconfig and this
 * file agree on where a comment ends. */
static void
scan_includes(struct setting_scope *scope, const char *text)
{
	const char *p = text;

	while ((p = strstr(p, "@include")) != NULL) {
		settings_error(scope, line_at(text, p), "@include",
		    "is refused, since the other file's owner would not be "
		    "checked; write everything into this file");
		p++;
	}
}

void
conf_scan(struct setting_scope *scope, const char *text, size_t len)
{
	struct scan s = { .scope = scope, .p = text, .line = 1 };

	if (strlen(text) != len) {
		settings_error(scope, line_at(text, text + strlen(text)), NULL,
		    "a NUL byte, allowed: text alone");
		return;
	}
	scan_includes(scope, text);
	while (*s.p != '\0')
		scan_step(&s);
}
