/* SPDX-License-Identifier: BSD-2-Clause */
/* Finds the lines that two texts have in common. */
#include "twofactl/undo/line_match.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* Files of /etc are short; in longer ones the middle counts as changed. */
#define CELLS_MAX ((size_t)4 * 1024 * 1024)

int
line_list_read(struct line_list *list, const char *text)
{
	struct stack_line line;
	const char *rest = text;
	size_t count = 0;

	while (stack_line_next(&rest, &line))
		count++;
	list->count = 0;
	list->line = calloc(count + 1, sizeof(*list->line));
	if (list->line == NULL)
		return -1;
	while (stack_line_next(&text, &line)) {
		line.len -= line.at[line.len - 1] == '\n' ? 1 : 0;
		list->line[list->count++] = line;
	}
	return 0;
}

void
line_list_free(struct line_list *list)
{
	free(list->line);
	*list = (struct line_list){ .count = 0 };
}

/* A part of each text, between matching lines. */
struct part {
	const struct stack_line *a, *b;
	size_t a_count, b_count;
	size_t above; /* lines before the part, in both */
};

static bool
same(const struct stack_line *a, const struct stack_line *b)
{
	return a->len == b->len && memcmp(a->at, b->at, a->len) == 0;
}

/* Match the lines that both begin and end with. */
static struct part
match_ends(const struct line_list *a, const struct line_list *b, size_t *match)
{
	size_t left = a->count < b->count ? a->count : b->count;
	size_t above = 0, below = 0;

	for (; left > 0 && same(&a->line[above], &b->line[above]); left--) {
		match[above] = above;
		above++;
	}
	for (; left > 0 &&
	     same(&a->line[a->count - below - 1],
		 &b->line[b->count - below - 1]);
	     left--) {
		match[a->count - below - 1] = b->count - below - 1;
		below++;
	}
	return (struct part){ a->line + above, b->line + above,
		a->count - above - below, b->count - above - below, above };
}

/* longest[i][j]: how many lines the rests from i and j have in common. */
static void
measure(const struct part *p, uint32_t *longest)
{
	const size_t width = p->b_count + 1;

	for (size_t i = p->a_count; i-- > 0;)
		for (size_t j = p->b_count; j-- > 0;) {
			uint32_t *cell = &longest[i * width + j];

			if (same(&p->a[i], &p->b[j]))
				*cell = cell[width + 1] + 1;
			else
				*cell = cell[width] > cell[1] ? cell[width]
							      : cell[1];
		}
}

static void
walk(const struct part *p, const uint32_t *longest, size_t *match)
{
	const size_t width = p->b_count + 1;
	size_t i = 0, j = 0;

	while (i < p->a_count && j < p->b_count) {
		const uint32_t *cell = &longest[i * width + j];

		if (same(&p->a[i], &p->b[j])) {
			match[p->above + i++] = p->above + j;
			j++;
		} else if (cell[width] > cell[1]) {
			i++;
		} else {
			j++;
		}
	}
}

size_t *
line_match(const struct line_list *a, const struct line_list *b)
{
	size_t *match = calloc(a->count + 1, sizeof(*match));
	uint32_t *longest;
	struct part p;

	if (match == NULL)
		return NULL;
	for (size_t i = 0; i <= a->count; i++)
		match[i] = LINE_MATCH_NONE;
	p = match_ends(a, b, match);
	if (p.a_count + 1 > CELLS_MAX / (p.b_count + 1))
		return match;
	longest = calloc((p.a_count + 1) * (p.b_count + 1), sizeof(*longest));
	if (longest == NULL) {
		free(match);
		return NULL;
	}
	measure(&p, longest);
	walk(&p, longest, match);
	free(longest);
	return match;
}
