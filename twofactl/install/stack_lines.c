/* SPDX-License-Identifier: BSD-2-Clause */
/* Reads a text line by line. */
#include "twofactl/install/stack_lines.h"

#include <string.h>

bool
stack_line_next(const char **rest, struct stack_line *line)
{
	const char *end = strchr(*rest, '\n');

	line->at = *rest;
	line->len = end != NULL ? (size_t)(end - *rest) + 1 : strlen(*rest);
	*rest += line->len;
	return line->len > 0;
}

bool
stack_line_begins(const struct stack_line *line, const char *with)
{
	const size_t len = strlen(with);

	return line->len >= len && memcmp(line->at, with, len) == 0;
}

bool
stack_line_ends(const struct stack_line *line)
{
	const size_t len = strlen(STACK_END);

	return stack_line_begins(line, STACK_END) &&
	    strspn(line->at + len, "\r\n") >= line->len - len;
}

bool
stack_line_says(const struct stack_line *line, const char *what)
{
	return memmem(line->at, line->len, what, strlen(what)) != NULL;
}

bool
stack_line_ours(const struct stack_line *line)
{
	const char *hash = memchr(line->at, '#', line->len);
	const size_t len = hash != NULL ? (size_t)(hash - line->at) : line->len;

	return memmem(line->at, len, "pam_twofa", strlen("pam_twofa")) != NULL;
}
