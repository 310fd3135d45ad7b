/* SPDX-License-Identifier: BSD-2-Clause */
/* A call's arguments on their way to the server, and what comes back: texts all
 * of them. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "helper/state/postgresql/pg.h"

static void
put(struct pg_call *c, char byte)
{
	if (c->used == sizeof(c->text))
		c->bad = true;
	else
		c->text[c->used++] = byte;
}

static void
put_hex(struct pg_call *c, const void *bytes, size_t len)
{
	static const char digits[] = "0123456789abcdef";
	const unsigned char *b = bytes;

	for (size_t i = 0; i < len; i++) {
		put(c, digits[b[i] >> 4]);
		put(c, digits[b[i] & 15]);
	}
}

/* The next argument begins where the text goes on. */
static void
argument(struct pg_call *c, bool is_null)
{
	if (c->count == PG_ARGUMENTS)
		c->bad = true;
	else
		c->value[c->count++] = is_null ? NULL : c->text + c->used;
}

void
pg_text(struct pg_call *c, const char *text)
{
	argument(c, text == NULL);
	if (text == NULL)
		return;
	for (const char *t = text; *t != '\0'; t++)
		put(c, *t);
	put(c, '\0');
}

void
pg_long_text(struct pg_call *c, const char *text)
{
	argument(c, true);
	if (!c->bad)
		c->value[c->count - 1] = text;
}

void
pg_number(struct pg_call *c, int64_t number)
{
	char text[24];

	snprintf(text, sizeof(text), "%" PRId64, number);
	pg_text(c, text);
}

void
pg_bytes(struct pg_call *c, const void *bytes, size_t len)
{
	argument(c, bytes == NULL);
	if (bytes == NULL)
		return;
	put(c, '\\');
	put(c, 'x');
	put_hex(c, bytes, len);
	put(c, '\0');
}

void
pg_row(struct pg_call *c)
{
	argument(c, false);
	c->parts = 0;
	put(c, '(');
}

void
pg_array(struct pg_call *c)
{
	argument(c, false);
	c->parts = 0;
	put(c, '{');
}

static void
part(struct pg_call *c)
{
	if (c->parts++ > 0)
		put(c, ',');
}

/* In a row nothing at all is NULL; an array has none. */
void
pg_part_text(struct pg_call *c, const char *text)
{
	part(c);
	if (text == NULL)
		return;
	put(c, '"');
	for (const char *t = text; *t != '\0'; t++) {
		if (*t == '"' || *t == '\\')
			put(c, '\\');
		put(c, *t);
	}
	put(c, '"');
}

void
pg_part_number(struct pg_call *c, int64_t number)
{
	char text[24];

	snprintf(text, sizeof(text), "%" PRId64, number);
	pg_part_text(c, text);
}

void
pg_part_bytes(struct pg_call *c, const void *bytes, size_t len)
{
	if (bytes == NULL) {
		pg_part_text(c, NULL);
		return;
	}
	part(c);
	for (const char *t = "\"\\\\x"; *t != '\0'; t++)
		put(c, *t);
	put_hex(c, bytes, len);
	put(c, '"');
}

void
pg_end(struct pg_call *c)
{
	put(c,
	    c->value[c->count - 1] != NULL && *c->value[c->count - 1] == '('
		? ')'
		: '}');
	put(c, '\0');
}

void
pg_open(struct pg_call *c, struct store *s, const char *function)
{
	c->s = s;
	c->function = function;
	c->select = "*";
	c->repeat = c->whole = c->bad = false;
	c->count = 0;
	c->used = 0;
	c->result = NULL;
	pg_row(c);
	pg_part_number(c, s->head.session);
	pg_part_number(c, s->socket);
	pg_part_text(c, s->scope);
	pg_part_text(c, s->ended);
	pg_part_text(c, s->account);
	pg_part_number(c, store_process(s));
	pg_end(c);
}

const char *
pg_get(const struct pg_call *c, int row, int column)
{
	return pq.PQgetvalue(c->result, row, column);
}

int64_t
pg_int(const struct pg_call *c, int row, int column)
{
	return strtoll(pg_get(c, row, column), NULL, 10);
}

bool
pg_true(const struct pg_call *c, int row, int column)
{
	return pg_get(c, row, column)[0] == 't';
}

static int
nibble(char c)
{
	const char *digits = "0123456789abcdef";
	const char *at = c == '\0' ? NULL : strchr(digits, c);

	return at == NULL ? -1 : (int)(at - digits);
}

bool
pg_get_bytes(const struct pg_call *c, int row, int column, unsigned char *out,
    size_t len)
{
	const char *text = pg_get(c, row, column);

	if (strlen(text) != 2 + 2 * len || strncmp(text, "\\x", 2) != 0)
		return false;
	for (size_t i = 0; i < len; i++) {
		const int high = nibble(text[2 + 2 * i]);
		const int low = nibble(text[3 + 2 * i]);

		if (high < 0 || low < 0)
			return false;
		out[i] = (unsigned char)(high << 4 | low);
	}
	return true;
}
