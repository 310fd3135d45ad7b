/* SPDX-License-Identifier: BSD-2-Clause */
/* Reads CSV row by row. */
#include "twofactl/enrol/enrol.h"

#include "twofactl/enrol/enrol_inside.h"

#define BOM "\xef\xbb\xbf"

/* Returns the first separator outside of quotes, in the first line. */
static char
guess_separator(const char *p, const char *end)
{
	bool quoted = false;

	for (; p < end && *p != '\n' && *p != '\r'; p++) {
		if (*p == '"')
			quoted = !quoted;
		else if (!quoted && (*p == ',' || *p == ';' || *p == '\t'))
			return *p;
	}
	return ',';
}

static enum csv_result
fail_csv(struct csv *c, const char *cause)
{
	c->cause = cause;
	c->p = c->end;
	return CSV_BAD;
}

static bool
take_newline(struct csv *c)
{
	if (c->p >= c->end || (*c->p != '\n' && *c->p != '\r'))
		return false;
	if (*c->p == '\r' && c->p + 1 < c->end && c->p[1] == '\n')
		c->p++;
	c->p++;
	c->line++;
	return true;
}

/* Takes a first line "sep=;", by which Excel names the separator. */
static bool
take_sep(struct csv *c)
{
	static const char sep[] = "sep=";
	const char *at = c->p + strlen(sep);

	if ((size_t)(c->end - c->p) < sizeof(sep) ||
	    strncasecmp(c->p, sep, strlen(sep)) != 0 ||
	    (*at != ',' && *at != ';' && *at != '\t'))
		return false;
	if (at + 1 < c->end && at[1] != '\n' && at[1] != '\r')
		return false;
	c->separator = *at;
	c->p = at + 1;
	(void)take_newline(c);
	return true;
}

void
csv_begin(struct csv *c, const char *text, size_t len)
{
	*c = (struct csv){ .p = text, .end = text + len, .line = 1 };
	if (len >= strlen(BOM) && memcmp(text, BOM, strlen(BOM)) == 0)
		c->p += strlen(BOM);
	if (!take_sep(c))
		c->separator = guess_separator(c->p, c->end);
	if (len > 0 && memchr(text, '\0', len) != NULL) /* usually UTF-16 */
		(void)fail_csv(
		    c, "the file is not UTF-8 text; save it as \"CSV UTF-8\"");
}

struct writer {
	char *p, *end;
	bool full;
};

static void
put_field_byte(struct writer *w, char byte)
{
	w->full = w->p >= w->end;
	if (!w->full)
		*w->p++ = byte;
}

/* Reads a quoted field, which may end on a later line. Returns NULL, or the
 * problem. */
static const char *
read_quoted(struct csv *c, struct writer *w)
{
	for (c->p++; c->p < c->end && !w->full; c->p++) {
		if (*c->p == '"' && (c->p + 1 >= c->end || c->p[1] != '"')) {
			c->p++;
			return NULL;
		}
		if (*c->p == '"')
			c->p++;
		if (*c->p == '\n' ||
		    (*c->p == '\r' && (c->p + 1 >= c->end || c->p[1] != '\n')))
			c->line++;
		put_field_byte(w, *c->p);
	}
	return "a quote is never closed";
}

static bool
ends_field(const struct csv *c)
{
	return c->p >= c->end || *c->p == c->separator || *c->p == '\n' ||
	    *c->p == '\r';
}

static void
skip_blanks(struct csv *c)
{
	while (c->p < c->end && *c->p == ' ')
		c->p++;
}

static const char *
read_field(struct csv *c, struct writer *w)
{
	char *start = w->p;
	const char *cause = NULL;

	skip_blanks(c);
	if (c->p < c->end && *c->p == '"') {
		cause = read_quoted(c, w);
		skip_blanks(c);
		if (cause == NULL && !ends_field(c))
			cause = "there is text after a closing quote";
	} else {
		for (; !w->full && !ends_field(c); c->p++)
			put_field_byte(w, *c->p);
		while (w->p > start && w->p[-1] == ' ')
			w->p--;
	}
	if (!w->full)
		put_field_byte(w, '\0');
	return w->full ? "the row is too long" : cause;
}

static enum csv_result
csv_read_row(struct csv *c, struct csv_row *row)
{
	struct writer w = { row->text, row->text + sizeof(row->text), false };
	const char *cause;

	for (;;) {
		if (row->count == CSV_FIELDS_MAX)
			return fail_csv(c, "the row has too many columns");
		row->field[row->count++] = w.p;
		cause = read_field(c, &w);
		if (cause != NULL)
			return fail_csv(c, cause);
		if (c->p >= c->end || *c->p != c->separator)
			break;
		c->p++;
	}
	(void)take_newline(c);
	return CSV_ROW;
}

enum csv_result
csv_next(struct csv *c, struct csv_row *row)
{
	row->line = c->line;
	row->count = 0;
	while (c->p < c->end) {
		enum csv_result result;

		row->line = c->line;
		row->count = 0;
		result = csv_read_row(c, row);
		if (result != CSV_ROW)
			return result;
		/* spreadsheets leave rows of separators after the data */
		for (size_t i = 0; i < row->count; i++)
			if (row->field[i][0] != '\0')
				return result;
	}
	return c->cause != NULL ? CSV_BAD : CSV_END;
}

const char *
csv_field(const struct csv_row *row, int at)
{
	return at < 0 || (size_t)at >= row->count ? "" : row->field[at];
}
