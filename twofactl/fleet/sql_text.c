/* SPDX-License-Identifier: BSD-2-Clause */
/* SQL as text. */
#include "twofactl/fleet/sql_text.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "twofactl/terminal/terminal.h"

int
sql_open(struct sql *s)
{
	*s = (struct sql){ 0 };
	s->f = open_memstream(&s->text, &s->len);
	if (s->f == NULL)
		complain("out of memory");
	return s->f != NULL ? 0 : -1;
}

void
sql_add(struct sql *s, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	(void)vfprintf(s->f, fmt, ap);
	va_end(ap);
}

static void
quoted(struct sql *s, const char *text, char quote)
{
	(void)fputc(quote, s->f);
	for (; *text != '\0'; text++) {
		if (*text == quote)
			(void)fputc(quote, s->f);
		(void)fputc(*text, s->f);
	}
	(void)fputc(quote, s->f);
}

void
sql_literal(struct sql *s, const char *text)
{
	/* E'' has one meaning under both of the server's settings */
	if (strchr(text, '\\') == NULL) {
		quoted(s, text, '\'');
		return;
	}
	(void)fputs("E'", s->f);
	for (; *text != '\0'; text++) {
		if (*text == '\'' || *text == '\\')
			(void)fputc(*text, s->f);
		(void)fputc(*text, s->f);
	}
	(void)fputc('\'', s->f);
}

void
sql_name(struct sql *s, const char *text)
{
	quoted(s, text, '"');
}

void
sql_comment(struct sql *s, const char *text)
{
	while (*text != '\0') {
		const size_t len = strcspn(text, "\n");

		(void)fprintf(
		    s->f, "--%s%.*s\n", len > 0 ? " " : "", (int)len, text);
		text += len + (text[len] == '\n');
	}
}

int
sql_close(struct sql *s)
{
	const int rc = ferror(s->f) | fclose(s->f);

	s->f = NULL;
	if (rc != 0)
		complain("out of memory");
	return rc != 0 ? -1 : 0;
}

void
sql_free(struct sql *s)
{
	if (s->f != NULL)
		(void)fclose(s->f);
	if (s->text != NULL)
		explicit_bzero(s->text, s->len);
	free(s->text);
	*s = (struct sql){ 0 };
}
