/* SPDX-License-Identifier: BSD-2-Clause */
/* Which lines of two texts are the same. */
#ifndef TWOFA_LINE_MATCH_H
#define TWOFA_LINE_MATCH_H

#include <stddef.h>

#include "twofactl/install/stack_lines.h"

#define LINE_MATCH_NONE ((size_t)-1)

/* The lines of a text, without newlines. */
struct line_list {
	struct stack_line *line;
	size_t count;
};

/* 0, or -1: no memory. */
int line_list_read(struct line_list *, const char *text);
void line_list_free(struct line_list *);

/* For each line of the first text: its line in the second, or LINE_MATCH_NONE;
 * as many as possible in the same order. To be freed; NULL: no memory. */
size_t *line_match(const struct line_list *, const struct line_list *);

#endif
