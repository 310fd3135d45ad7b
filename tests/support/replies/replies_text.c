/* SPDX-License-Identifier: BSD-2-Clause */
/* The bytes of a recorded reply: escapes become bytes, texts are exchanged. */
#include "tests/support/replies/replies_text.h"

#include <stdlib.h>
#include <string.h>

#define TIMES_MAX 100000

struct replies_span
replies_span_of(const char *text)
{
	return (struct replies_span){ text, strlen(text) };
}

bool
replies_span_is(struct replies_span span, const char *text)
{
	return span.len == strlen(text) && memcmp(span.s, text, span.len) == 0;
}

void
replies_clear(struct replies_text *t)
{
	t->len = 0;
	t->b[0] = '\0';
	t->full = false;
}

void
replies_put(struct replies_text *t, struct replies_span more)
{
	if (more.len > HTTP_BODY_MAX - t->len) {
		t->full = true;
		return;
	}
	memcpy(t->b + t->len, more.s, more.len);
	t->len += more.len;
	t->b[t->len] = '\0';
}

/* "600*ab)": how many bytes that is, 0 for none. */
static size_t
repeat(struct replies_text *t, struct replies_span text)
{
	struct replies_span unit;
	const char *close = memchr(text.s, ')', text.len);
	const char *star = memchr(text.s, '*', text.len);
	char *end;
	long times;

	if (close == NULL || star == NULL || star + 1 >= close ||
	    *text.s < '1' || *text.s > '9')
		return 0;
	times = strtol(text.s, &end, 10);
	if (end != star || times > TIMES_MAX)
		return 0;
	unit.s = star + 1;
	unit.len = (size_t)(close - unit.s);
	for (long i = 0; i < times && !t->full; i++)
		replies_put(t, unit);
	return (size_t)(close + 1 - text.s);
}

static int
digit(char c)
{
	static const char digits[] = "0123456789abcdef";
	const char *p = c == '\0' ? NULL : strchr(digits, c);

	return p == NULL ? -1 : (int)(p - digits);
}

static bool
put_hex(struct replies_text *t, struct replies_span text)
{
	char byte;

	if (text.len < 2 || digit(text.s[0]) < 0 || digit(text.s[1]) < 0)
		return false;
	byte = (char)(digit(text.s[0]) << 4 | digit(text.s[1]));
	replies_put(t, (struct replies_span){ &byte, 1 });
	return true;
}

/* What stands behind a ~. Returns how many bytes that was, 0 for none. */
static size_t
escape(struct replies_text *t, struct replies_span text, const char *name,
    const struct replies_span *value)
{
	if (text.len > 0 && text.s[0] == 'n' && name != NULL) {
		replies_put(t, replies_span_of(name));
		return 1;
	}
	if (text.len > 0 && text.s[0] == 'v' && value != NULL) {
		replies_put(t, *value);
		return 1;
	}
	if (text.len > 1 && text.s[0] == '(') {
		const size_t used = repeat(
		    t, (struct replies_span){ text.s + 1, text.len - 1 });

		return used > 0 ? used + 1 : 0;
	}
	return put_hex(t, text) ? 2 : 0;
}

const char *
replies_expand(struct replies_text *t, struct replies_span text,
    const char *name, const struct replies_span *value)
{
	size_t used;

	for (size_t i = 0; i < text.len;) {
		const char *tilde = memchr(text.s + i, '~', text.len - i);
		const size_t end =
		    tilde != NULL ? (size_t)(tilde - text.s) : text.len;

		replies_put(t, (struct replies_span){ text.s + i, end - i });
		if (tilde == NULL)
			break;
		used = escape(t,
		    (struct replies_span){ tilde + 1, text.len - end - 1 },
		    name, value);
		if (used == 0)
			return "~ is not followed by two of 0-9a-f, by "
			       "(TIMES*TEXT), or in a family by n or v";
		i = end + 1 + used;
	}
	return t->full ? "longer than a reply may be" : NULL;
}

/* A text in the place of so many bytes. */
static void
place(struct replies_text *t, char *at, size_t instead, struct replies_span put)
{
	const size_t behind = t->len - (size_t)(at - t->b) - instead;

	if (t->len - instead + put.len > HTTP_BODY_MAX) {
		t->full = true;
		return;
	}
	memmove(at + put.len, at + instead, behind + 1);
	memcpy(at, put.s, put.len);
	t->len = t->len - instead + put.len;
}

int
replies_exchange(
    struct replies_text *t, struct replies_span find, struct replies_span put)
{
	char *at = memmem(t->b, t->len, find.s, find.len);

	if (at == NULL || find.len == 0)
		return -1;
	place(t, at, find.len, put);
	return 0;
}

int
replies_add(struct replies_text *t, struct replies_span put)
{
	char *at = memrchr(t->b, '}', t->len);

	if (at == NULL)
		return -1;
	place(t, at, 0, put);
	return 0;
}
