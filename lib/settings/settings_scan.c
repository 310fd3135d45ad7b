/* SPDX-License-Identifier: BSD-2-Clause */

#include "lib/settings/settings.h"
#include <libconfig.h>
#include <openssl/evp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <unistd.h>
#include "lib/settings/settings_inside.h"

#define DIGITS "0123456789"
#define LETTERS "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
#define NAME LETTERS DIGITS "_-*"
#define NUMBER_DIGITS_MAX 9
#define KEY_MAX 32

struct scan {
	struct setting_scope *scope;
	const char *p;
	unsigned line;
	bool after_string; /* followed by nothing but blanks and comments */
	char key[KEY_MAX]; /* the last key, for the error line */
};

void settings_scan_text(
    struct setting_scope *scope, const char *text, size_t len);

static void
document_complain(struct scan *s, unsigned line, const char *text)
{
	settings_error(
	    s->scope, line, s->key[0] != '\0' ? s->key : NULL, "%s", text);
}

static void
skip_comment(struct scan *s)
{
	const char *end = strstr(s->p + 2, "*/");
	unsigned start = s->line;

	if (end == NULL) {
		document_complain(s, start,
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
document_scan_string(struct scan *s)
{
	if (s->after_string)
		document_complain(
		    s, s->line, "two texts without a comma between them");
	for (s->p++; *s->p != '"'; s->p++) {
		if (*s->p == '\0' || *s->p == '\n') {
			document_complain(s, s->line,
			    "a text must end with a quote on its own line");
			return;
		}
		if (*s->p != '\\')
			continue;
		if (s->p[1] != '\\' && s->p[1] != '"') {
			document_complain(s, s->line,
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
	size_t len = strspn(s->p, NAME);
	const char *behind = s->p + len;

	behind += strspn(behind, " \t");
	if (*behind == '=' || *behind == ':')
		snprintf(s->key, sizeof(s->key), "%.*s", (int)len, s->p);
	s->p += len;
}

static void
document_scan_number(struct scan *s)
{
	size_t len = strspn(s->p, LETTERS DIGITS "._");

	/* The number is not shown: it may be a phone number without quotes. */
	if (len > NUMBER_DIGITS_MAX || strspn(s->p, DIGITS) != len ||
	    (len > 1 && s->p[0] == '0'))
		document_complain(s, s->line,
		    "not a whole decimal number, allowed: up "
		    "to 9 digits without a leading 0; a phone "
		    "number or an amount such as \"0.05\" "
		    "belongs in quotes");
	s->p += len;
}

/* Skips one token, blank or comment. */
static void
scan_step(struct scan *s)
{
	char c = *s->p;

	if (c == '#' || (c == '/' && s->p[1] == '/')) {
		s->p += strcspn(s->p, "\n");
		return;
	}
	if (c == '/' && s->p[1] == '*') {
		skip_comment(s);
		return;
	}
	if (c == '"') {
		document_scan_string(s);
		return;
	}
	if (c == '\n')
		s->line++;
	if (strchr(" \t\r\f\n", c) == NULL)
		s->after_string = false;
	if (strchr(DIGITS, c) != NULL)
		document_scan_number(s);
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

/* Also within comments, so that libconfig and this file need not agree on where
 * a comment ends. */
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

/* Report every such place in text[len], which ends with a NUL at text[len]. */
void
settings_scan_text(struct setting_scope *scope, const char *text, size_t len)
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
