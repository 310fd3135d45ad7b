/* SPDX-License-Identifier: BSD-2-Clause */
/* A strict check of JSON text: grammar of RFC 8259, without building a tree. */
#include "helper/net/json_grammar.h"

#include <string.h>

struct scan {
	const unsigned char *p;
	const unsigned char *end;
};

static bool scan_value(struct scan *, unsigned depth);

static int
peek(const struct scan *s)
{
	return s->p < s->end ? *s->p : -1;
}

static bool
take(struct scan *s, int c)
{
	if (peek(s) != c)
		return false;
	s->p++;
	return true;
}

static void
blanks(struct scan *s)
{
	while (take(s, ' ') || take(s, '\t') || take(s, '\n') || take(s, '\r'))
		;
}

static bool
between(int c, int low, int high)
{
	return c >= low && c <= high;
}

/* One character beyond ASCII, by RFC 3629 section 4, which excludes overlong
 * forms, surrogates and code points above U+10FFFF. */
static bool
scan_utf8(struct scan *s)
{
	static const struct {
		unsigned char first, last; /* of the first byte */
		unsigned char low, high;   /* of the second */
		unsigned char more;        /* bytes after the second */
	} rows[] = {
		{ 0xc2, 0xdf, 0x80, 0xbf, 0 },
		{ 0xe0, 0xe0, 0xa0, 0xbf, 1 },
		{ 0xe1, 0xec, 0x80, 0xbf, 1 },
		{ 0xed, 0xed, 0x80, 0x9f, 1 },
		{ 0xee, 0xef, 0x80, 0xbf, 1 },
		{ 0xf0, 0xf0, 0x90, 0xbf, 2 },
		{ 0xf1, 0xf3, 0x80, 0xbf, 2 },
		{ 0xf4, 0xf4, 0x80, 0x8f, 2 },
	};
	const int c = peek(s);
	size_t i = 0;

	while (i < sizeof(rows) / sizeof(rows[0]) &&
	    !between(c, rows[i].first, rows[i].last))
		i++;
	if (i == sizeof(rows) / sizeof(rows[0]))
		return false;
	s->p++;
	if (!between(peek(s), rows[i].low, rows[i].high))
		return false;
	s->p++;
	for (unsigned n = 0; n < rows[i].more; n++, s->p++)
		if (!between(peek(s), 0x80, 0xbf))
			return false;
	return true;
}

/* Four hexadecimal digits, or -1. */
static int
scan_hex4(struct scan *s)
{
	int value = 0;
	int c;

	for (int i = 0; i < 4; i++) {
		c = peek(s);
		if (between(c, '0', '9'))
			c -= '0';
		else if (between(c | 0x20, 'a', 'f'))
			c = (c | 0x20) - 'a' + 10;
		else
			return -1;
		value = value * 16 + c;
		s->p++;
	}
	return value;
}

/* The part behind a backslash. A NUL is refused because it would end the text
 * early for code that reads it as a C string: "0\u0000x" would be "0". */
static bool
scan_escape(struct scan *s)
{
	const int c = peek(s);
	int unit;

	if (c > 0 && strchr("\"\\/bfnrt", c) != NULL) {
		s->p++;
		return true;
	}
	if (!take(s, 'u'))
		return false;
	unit = scan_hex4(s);
	if (unit <= 0 || between(unit, 0xdc00, 0xdfff))
		return false;
	if (!between(unit, 0xd800, 0xdbff))
		return true;
	return take(s, '\\') && take(s, 'u') &&
	    between(scan_hex4(s), 0xdc00, 0xdfff);
}

static bool
scan_string(struct scan *s)
{
	int c;

	if (!take(s, '"'))
		return false;
	while ((c = peek(s)) != '"') {
		if (c < 0x20)
			return false;
		if (c == '\\') {
			s->p++;
			if (!scan_escape(s))
				return false;
		} else if (c >= 0x80) {
			if (!scan_utf8(s))
				return false;
		} else {
			s->p++;
		}
	}
	return take(s, '"');
}

static bool
scan_digits(struct scan *s)
{
	const unsigned char *start = s->p;

	while (between(peek(s), '0', '9'))
		s->p++;
	return s->p > start;
}

static bool
scan_number(struct scan *s)
{
	take(s, '-');
	if (!take(s, '0') && !scan_digits(s))
		return false;
	if (take(s, '.') && !scan_digits(s))
		return false;
	if (take(s, 'e') || take(s, 'E')) {
		if (!take(s, '-'))
			take(s, '+');
		return scan_digits(s);
	}
	return true;
}

static bool
scan_word(struct scan *s, const char *word)
{
	for (; *word != '\0'; word++)
		if (!take(s, *word))
			return false;
	return true;
}

static bool
scan_array(struct scan *s, unsigned depth)
{
	if (!take(s, '['))
		return false;
	blanks(s);
	if (take(s, ']'))
		return true;
	do {
		if (!scan_value(s, depth))
			return false;
	} while (take(s, ','));
	return take(s, ']');
}

static bool
scan_object(struct scan *s, unsigned depth)
{
	if (!take(s, '{'))
		return false;
	blanks(s);
	if (take(s, '}'))
		return true;
	do {
		blanks(s);
		if (!scan_string(s))
			return false;
		blanks(s);
		if (!take(s, ':') || !scan_value(s, depth))
			return false;
	} while (take(s, ','));
	return take(s, '}');
}

/* Recursion is bounded: depth counts the levels above this value. */
static bool
scan_value(struct scan *s, unsigned depth)
{
	bool ok;

	blanks(s);
	if (depth >= JSON_GRAMMAR_DEPTH_MAX &&
	    (peek(s) == '{' || peek(s) == '['))
		return false;
	switch (peek(s)) {
	case '{':
		ok = scan_object(s, depth + 1);
		break;
	case '[':
		ok = scan_array(s, depth + 1);
		break;
	case '"':
		ok = scan_string(s);
		break;
	case 't':
		ok = scan_word(s, "true");
		break;
	case 'f':
		ok = scan_word(s, "false");
		break;
	case 'n':
		ok = scan_word(s, "null");
		break;
	default:
		ok = scan_number(s);
	}
	blanks(s);
	return ok;
}

bool
json_grammar_object(const char *text, size_t len)
{
	struct scan s;

	s.p = (const unsigned char *)text;
	s.end = s.p + len;
	blanks(&s);
	return peek(&s) == '{' && scan_value(&s, 0) && s.p == s.end;
}
