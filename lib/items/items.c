/* SPDX-License-Identifier: BSD-2-Clause */
/* An item as a line: its name, its texts and numbers, written and read. */
#include "lib/items/items.h"

#include <stdio.h>
#include <string.h>

#include "lib/wire/wire.h"

#define DIGITS "0123456789"
#define NUMBER_DIGITS 18 /* always fits in 64 bits */

/* The fields behind the name: t is a text, n a number. */
static const struct {
	const char *name, *fields;
} kinds[] = {
	[ADMIN_NONE] = { "", "" },
	[ADMIN_ERROR] = { "error", "t" },
	[ADMIN_LEFT] = { "left", "n" },
	[ADMIN_CODE] = { "code", "t" },
	[ADMIN_FORGOT] = { "forgot", "n" },
	[ADMIN_USER] = { "user", "tnnnnnnn" },
	[ADMIN_SOURCE] = { "source", "ttnn" },
	[ADMIN_TOTALS] = { "totals", "nnnn" },
	[ADMIN_SAY] = { "say", "t" },
	[ADMIN_LOOKUP] = { "lookup", "nnnt" },
	[ADMIN_TOKEN] = { "token", "tt" },
	[ADMIN_FACTOR] = { "factor", "t" },
	[ADMIN_PROBLEM] = { "problem", "tt" },
	[ADMIN_NOTE] = { "note", "tt" },
	[ADMIN_HELD] = { "held", "tn" },
	[ADMIN_PLAN] = { "plan", "ttt" },
	[ADMIN_ASK] = { "ask", "ttttttnn" },
	[ADMIN_LIMIT] = { "limit", "tnn" },
	[ADMIN_PASSED] = { "passed", "tn" },
	[ADMIN_WAIT] = { "wait", "nt" },
	[ADMIN_SUCCESS] = { "success", "ttn" },
	[ADMIN_SCHEMA] = { "schema", "nn" },
	[ADMIN_GOT_IN] = { "entered", "ttn" },
	[ADMIN_STORE] = { "store", "ttn" },
	[ADMIN_HOST] = { "host", "tnn" },
	[ADMIN_IMPORTED] = { "imported", "nnnn" },
	[ADMIN_RECORD] = { "stored", "tttnt" },
};

#define KINDS (sizeof(kinds) / sizeof(kinds[0]))
_Static_assert(KINDS == ADMIN_RECORD + 1, "a line each");

void
record_write(char out[FRAME_PROMPT_MAX + 1], enum record_kind kind,
    const char *const *text, const int64_t *number)
{
	const size_t cap = FRAME_PROMPT_MAX + 1;
	const char *field;
	size_t used;

	used = (size_t)snprintf(out, cap, "%s", kinds[kind].name);
	for (field = kinds[kind].fields; *field != '\0'; field++) {
		if (used + 2 >= cap)
			return;
		out[used++] = '\t';
		if (*field == 't')
			escape_text(*text++, out + used, cap - used);
		else
			snprintf(out + used, cap - used, "%lld",
			    (long long)(*number < 0 ? 0 : *number));
		if (*field == 'n')
			number++;
		used += strlen(out + used);
	}
}

static enum record_kind
kind_of(const char *name)
{
	for (size_t i = ADMIN_NONE + 1; i < KINDS; i++)
		if (strcmp(kinds[i].name, name) == 0)
			return (enum record_kind)i;
	return ADMIN_NONE;
}

static int
read_number(const char *text, int64_t *number)
{
	size_t len = strspn(text, DIGITS);

	if (len < 1 || len > NUMBER_DIGITS || text[len] != '\0')
		return -1;
	for (*number = 0; *text != '\0'; text++)
		*number = *number * 10 + (*text - '0');
	return 0;
}

/* Splits bytes at the tabs. Returns the number of fields, or 0. */
static size_t
split(struct record *r)
{
	size_t n = 0;
	char *p = r->bytes;

	for (const char *c = p; *c != '\0'; c++)
		if (*c != '\t' && (*c < 0x20 || *c > 0x7e))
			return 0;
	while (n < RECORD_FIELDS) {
		r->text[n++] = p;
		p = strchr(p, '\t');
		if (p == NULL)
			return n;
		*p++ = '\0';
	}
	return 0;
}

int
record_read(struct record *r, const char *line)
{
	const char *fields;
	size_t n;

	memset(r, 0, sizeof(*r));
	n = strlen(line);
	if (n >= sizeof(r->bytes))
		return -1;
	memcpy(r->bytes, line, n + 1);
	n = split(r);
	if (n == 0)
		return -1;
	r->kind = kind_of(r->text[0]);
	fields = kinds[r->kind].fields;
	if (r->kind == ADMIN_NONE || n != strlen(fields) + 1)
		return -1;
	for (size_t i = 1; i < n; i++)
		if (fields[i - 1] == 'n' &&
		    read_number(r->text[i], &r->number[i]) != 0)
			return -1;
	return 0;
}

int
record_copy(const struct record *r, size_t n, char *out, size_t cap)
{
	return (size_t)snprintf(out, cap, "%s", r->text[n]) < cap ? 0 : -1;
}
