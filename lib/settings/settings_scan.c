/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Refuses text that libconfig 1.5 accepts but misreads:
 *
 *   NUL                   the rest of the file would not be read
 *   @include              another file, whose owner is not checked
 *   4294967301, 010, 5L   read as 5, 10, 5
 *   "alice" "bob"         one name, alicebob: a comma is missing
 *   "a\x00b"              read as ab; other escapes differ by version
 *   unclosed comment      the rest of the file would not be read
 */
#include "lib/settings/settings_inside.h"

#define NUMBER_DIGITS_MAX 9
#define UID_DIGITS_MAX 10 /* directories give such uids */

struct scan {
	struct setting_scope *scope;
	const char *p;
	unsigned line;
	bool after_string; /* only blanks and comments since a string */
	const char *key;   /* last key, for errors */
	int key_len;
};

static void
scan_error(struct scan *s, unsigned line, const char *text)
{
	char key[SETTINGS_SCAN_KEY_MAX] = "";

	if (s->key != NULL)
		PRINT_TO(key, "%.*s", s->key_len, s->key);
	settings_error(s->scope, line, s->key != NULL ? key : NULL, "%s", text);
}

const char *
settings_comment_end(const char *p)
{
	if (*p == '#' || (p[0] == '/' && p[1] == '/'))
		return p + strcspn(p, "\n");
	if (p[0] != '/' || p[1] != '*')
		return p;
	p = strstr(p + 2, "*/");
	return p != NULL ? p + 2 : NULL;
}

static bool
skip_comment(struct scan *s)
{
	const char *end = settings_comment_end(s->p);

	if (end == s->p)
		return false;
	if (end == NULL) {
		scan_error(s, s->line,
		    "a comment begins here and does not end; close it "
		    "with */");
		end = s->p + strlen(s->p);
	}
	for (; s->p < end; s->p++)
		if (*s->p == '\n')
			s->line++;
	return true;
}

static void
skip_quoted(struct scan *s)
{
	if (s->after_string)
		scan_error(
		    s, s->line, "two texts without a comma between them");
	for (s->p++; *s->p != '"'; s->p++) {
		if (*s->p == '\0' || *s->p == '\n') {
			scan_error(s, s->line,
			    "a text must end with a quote on its own line");
			return;
		}
		if (*s->p != '\\')
			continue;
		if (s->p[1] != '\\' && s->p[1] != '"') {
			scan_error(s, s->line,
			    "an escape in a text; expected "
			    "only \\\\ and \\\"");
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
	size_t len = strspn(s->p, SETTINGS_SCAN_KEY_BYTES);
	const char *after = s->p + len;

	after += strspn(after, " \t");
	if (*after == '=' || *after == ':') {
		s->key = s->p;
		s->key_len = (int)len;
	}
	s->p += len;
}

static bool
scan_key_is(const struct scan *s, const char *key)
{
	return s->key != NULL && (size_t)s->key_len == strlen(key) &&
	    strncmp(s->key, key, strlen(key)) == 0;
}

/* libconfig 1.5 reads larger numbers modulo 2^32: of a uid that loses nothing
 * (user_record.c). In a list from 2^31 on they would be of another type than
 * those before. */
static bool
scan_number_fits(const struct scan *s, size_t len)
{
	char number[UID_DIGITS_MAX + 1];
	const bool uid = scan_key_is(s, "uid");

	if (!uid && !scan_key_is(s, "socket_allow_uids"))
		return len <= NUMBER_DIGITS_MAX;
	PRINT_TO(number, "%.*s", (int)len, s->p);
	return len <= UID_DIGITS_MAX && (!uid || s->p[-1] != '-') &&
	    decimal_read(number, uid ? UINT32_MAX - 1 : INT32_MAX) >= 0;
}

static void
skip_number(struct scan *s)
{
	size_t len = strspn(s->p, TEXT_ALNUM "._");

	/* The number is not shown: it may be a phone number without quotes. */
	if (!scan_number_fits(s, len) || strspn(s->p, TEXT_DIGITS) != len ||
	    (len > 1 && s->p[0] == '0'))
		scan_error(s, s->line,
		    "not a whole decimal number; expected up "
		    "to 9 digits without a leading 0; a phone "
		    "number or an amount such as \"0.05\" "
		    "belongs in quotes");
	s->p += len;
}

/* Reports a byte that is not ASCII, for which libconfig says "syntax error"
 * alone. Then skips the rest of the line, but no comment in it, which may go on
 * in the next line. */
static void
skip_foreign(struct scan *s)
{
	scan_error(s, s->line,
	    "a byte that is not ASCII outside of quotes; write straight "
	    "quotes and plain blanks, and save without a byte order mark");
	while (*s->p != '\0' && *s->p != '\n' &&
	    settings_comment_end(s->p) == s->p)
		s->p++;
}

/* Skips one token, blank or comment. */
static void
scan_step(struct scan *s)
{
	char c = *s->p;

	if (c == ' ') {
		s->p++;
		return;
	}
	if (skip_comment(s))
		return;
	if (c == '"') {
		skip_quoted(s);
		return;
	}
	if (c == '\n')
		s->line++;
	if (strchr(" \t\r\f\n", c) == NULL)
		s->after_string = false;
	if (strchr(TEXT_DIGITS, c) != NULL)
		skip_number(s);
	else if (strchr(TEXT_LETTERS "*", c) != NULL)
		scan_name(s);
	else if ((unsigned char)c > 0x7f)
		skip_foreign(s);
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

void
settings_scan_for_misreadings(
    struct setting_scope *scope, const char *text, size_t len)
{
	struct scan s = { .scope = scope, .p = text, .line = 1 };
	const char *p = text;

	if (strlen(text) != len) {
		settings_error(scope, line_at(text, text + strlen(text)), NULL,
		    "a NUL byte; expected only text");
		return;
	}
	/* in comments, too: libconfig may disagree on where they end */
	for (; (p = strstr(p, "@include")) != NULL; p++)
		settings_error(scope, line_at(text, p), "@include",
		    "is refused, since the other file's owner would not be "
		    "checked; write everything into this file");
	while (*s.p != '\0')
		scan_step(&s);
}
