/* SPDX-License-Identifier: BSD-2-Clause */
/* Reads CSV row by row. */
#include "twofactl/enrol/enrol_inside.h"

#define BOM "\xef\xbb\xbf"
#define SEP "sep=" /* by a first line "sep=;" Excel names the separator */

/* The nth byte from here on; NUL behind the text, which has no other. */
static char
csv_peek(const struct csv *c, size_t n)
{
	return (char)(n < (size_t)(c->end - c->p) ? c->p[n] : '\0');
}

static bool
ends_line(char byte)
{
	return byte == '\n' || byte == '\r' || byte == '\0';
}

static bool
separates(char byte)
{
	return byte == ',' || byte == ';' || byte == '\t';
}

static bool
ends_field(const struct csv *c)
{
	return csv_peek(c, 0) == c->separator || ends_line(csv_peek(c, 0));
}

/* Returns the first separator outside of quotes, in the first line. */
static char
guess_separator(struct csv c)
{
	bool quoted = false;

	for (; !ends_line(csv_peek(&c, 0)); c.p++)
		if (*c.p == '"')
			quoted = !quoted;
		else if (!quoted && separates(*c.p))
			return *c.p;
	return ',';
}

static enum csv_result
fail_csv(struct csv *c, const char *cause)
{
	c->cause = cause;
	c->p = c->end;
	return CSV_BAD;
}

static void
take_newline(struct csv *c)
{
	if (c->p == c->end)
		return;
	c->p += c->p[0] == '\r' && csv_peek(c, 1) == '\n' ? 2 : 1;
	c->line++;
}

void
csv_begin(struct csv *c, const char *text, size_t len)
{
	const size_t sep = strlen(SEP);

	*c = (struct csv){ .p = text, .end = text + len, .line = 1 };
	if (len >= strlen(BOM) && memcmp(text, BOM, strlen(BOM)) == 0)
		c->p += strlen(BOM);
	c->separator = guess_separator(*c);
	if (separates(csv_peek(c, sep)) && ends_line(csv_peek(c, sep + 1)) &&
	    strncasecmp(c->p, SEP, sep) == 0) {
		c->separator = c->p[sep];
		c->p += sep + 1;
		take_newline(c);
	}
	if (len > 0 && memchr(text, '\0', len) != NULL) /* usually UTF-16 */
		(void)fail_csv(
		    c, "the file is not UTF-8 text; save it as \"CSV UTF-8\"");
}

/* Those that do not fit are counted alone. */
static void
put_field_byte(struct csv_row *row, char byte)
{
	if (row->used < sizeof(row->text))
		row->text[row->used] = byte;
	row->used++;
}

/* Reads a quoted field, which may end on a later line. Returns NULL, or the
 * problem. */
static const char *
read_quoted(struct csv *c, struct csv_row *row)
{
	for (c->p++; c->p < c->end; c->p++) {
		if (*c->p == '"' && csv_peek(c, 1) != '"') {
			c->p++;
			return NULL;
		}
		c->p += *c->p == '"';
		c->line +=
		    *c->p == '\n' || (*c->p == '\r' && csv_peek(c, 1) != '\n');
		put_field_byte(row, *c->p);
	}
	return "a quote is never closed";
}

static void
skip_blanks(struct csv *c)
{
	while (csv_peek(c, 0) == ' ')
		c->p++;
}

static const char *
read_field(struct csv *c, struct csv_row *row)
{
	const size_t start = row->used;
	const char *cause = NULL;

	skip_blanks(c);
	if (csv_peek(c, 0) == '"') {
		cause = read_quoted(c, row);
		skip_blanks(c);
		if (cause == NULL && !ends_field(c))
			cause = "there is text after a closing quote";
	} else {
		for (; !ends_field(c); c->p++)
			put_field_byte(row, *c->p);
		while (row->used > start && row->used <= sizeof(row->text) &&
		    row->text[row->used - 1] == ' ')
			row->used--;
	}
	put_field_byte(row, '\0');
	return row->used > sizeof(row->text) ? "the row is too long" : cause;
}

static enum csv_result
csv_read_row(struct csv *c, struct csv_row *row)
{
	const char *cause;

	for (;; c->p++) {
		if (row->count == CSV_FIELDS_MAX)
			return fail_csv(c, "the row has too many columns");
		row->field[row->count++] = row->text + row->used;
		cause = read_field(c, row);
		if (cause != NULL)
			return fail_csv(c, cause);
		if (csv_peek(c, 0) != c->separator)
			break;
	}
	take_newline(c);
	return CSV_ROW;
}

enum csv_result
csv_next(struct csv *c, struct csv_row *row)
{
	/* spreadsheets leave rows of separators after the data */
	do {
		row->line = c->line;
		row->count = row->used = 0;
		if (c->p == c->end)
			return c->cause != NULL ? CSV_BAD : CSV_END;
		if (csv_read_row(c, row) != CSV_ROW)
			return CSV_BAD;
	} while (row->used == row->count);
	return CSV_ROW;
}

const char *
csv_field(const struct csv_row *row, int at)
{
	return at < 0 || (size_t)at >= row->count ? "" : row->field[at];
}
