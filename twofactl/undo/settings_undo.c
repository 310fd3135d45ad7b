/* SPDX-License-Identifier: BSD-2-Clause */
/* Lines in sshd's settings have no marks, so ours are found by their text. */
#include "twofactl/undo/settings_undo.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "twofactl/install/stack_edit.h"
#include "twofactl/undo/line_match.h"

#define BLANKS " \t"
#define MATCH "Match "

struct broken {
	struct line_list now, ours;
	size_t from, to; /* range of now's lines that may be ours */
	size_t *match;   /* for each of ours its line in now */
	bool *goes;      /* for each of now's lines: remove it */
};

static bool
is_mark(const struct stack_line *line)
{
	return stack_line_begins(line, STACK_MARK);
}

/* Keep what is between the marks. */
static void
narrow(struct line_list *ours)
{
	size_t from = 0, to;

	while (from < ours->count && !is_mark(&ours->line[from]))
		from++;
	for (to = from + 1; to < ours->count && !is_mark(&ours->line[to]);)
		to++;
	ours->count = from < ours->count ? to - from - 1 : 0;
	memmove(ours->line, ours->line + from + 1,
	    ours->count * sizeof(*ours->line));
}

/* Search after the begin mark, or before the end mark. */
static void
find_place(struct broken *b)
{
	b->from = 0;
	b->to = b->now.count;
	for (size_t i = 0; i < b->now.count; i++) {
		if (stack_line_begins(&b->now.line[i], STACK_BEGIN)) {
			b->from = i + 1;
			b->to = b->now.count;
			return;
		}
		if (is_mark(&b->now.line[i]))
			b->to = i;
	}
}

static int
read_texts(struct broken *b, const char *now, const char *written)
{
	struct line_list place;

	if (line_list_read(&b->now, now) != 0 ||
	    line_list_read(&b->ours, written) != 0)
		return -1;
	narrow(&b->ours);
	find_place(b);
	place = (struct line_list){ b->now.line + b->from, b->to - b->from };
	b->match = line_match(&b->ours, &place);
	b->goes = calloc(b->now.count + 1, sizeof(*b->goes));
	if (b->match == NULL || b->goes == NULL)
		return -1;
	for (size_t i = 0; i < b->ours.count; i++)
		if (b->match[i] != LINE_MATCH_NONE)
			b->goes[b->from + b->match[i]] = true;
	return 0;
}

/* "UsePAM": sshd ignores case. */
static bool
same_keyword(const struct stack_line *a, const struct stack_line *b)
{
	const size_t skip_a = strspn(a->at, BLANKS);
	const size_t skip_b = strspn(b->at, BLANKS);
	const size_t len = strcspn(a->at + skip_a, BLANKS "=\r\n");

	return strcspn(b->at + skip_b, BLANKS "=\r\n") == len &&
	    strncasecmp(a->at + skip_a, b->at + skip_b, len) == 0;
}

/* Could it be one of our lines, changed? */
static bool
may_be_ours(const struct broken *b, size_t number)
{
	for (size_t i = 0; i < b->ours.count; i++)
		if (b->match[i] == LINE_MATCH_NONE &&
		    same_keyword(&b->ours.line[i], &b->now.line[number]))
			return true;
	return false;
}

/* A changed line of ours keeps its Match condition. */
static void
keep_condition(struct broken *b, size_t number)
{
	size_t begin = number;

	while (begin > b->from &&
	    !(b->goes[begin] && stack_line_begins(&b->now.line[begin], MATCH)))
		begin--;
	if (!stack_line_begins(&b->now.line[begin], MATCH))
		return;
	for (; begin < b->to; begin++)
		b->goes[begin] = false;
}

/* The number of the first one in the remaining text; 0: none. */
static unsigned
find_changed(struct broken *b)
{
	size_t first = b->now.count;
	unsigned number = 1;

	for (size_t i = b->to; i-- > b->from;)
		if (!b->goes[i] && may_be_ours(b, i)) {
			first = i;
			keep_condition(b, i);
		}
	for (size_t i = 0; i < first; i++)
		number += b->goes[i] ? 0 : 1;
	return first < b->now.count ? number : 0;
}

static char *
write_rest(const struct broken *b, const char *now, bool marks)
{
	char *bytes = malloc(strlen(now) + 1);
	size_t used = 0;

	for (size_t i = 0; bytes != NULL && i < b->now.count; i++) {
		const struct stack_line *line = &b->now.line[i];
		const size_t len =
		    line->len + (line->at[line->len] == '\n' ? 1 : 0);

		if (b->goes[i] || (is_mark(line) && !marks))
			continue;
		memcpy(bytes + used, line->at, len);
		used += len;
	}
	if (bytes != NULL)
		bytes[used] = '\0';
	return bytes;
}

/* Removes everything between our marks, as these announce. */
static char *
take_blocks_out(const char *now)
{
	char *bytes = malloc(strlen(now) + 1);
	struct stack_line line;
	bool inside = false;
	size_t used = 0;

	while (bytes != NULL && stack_line_next(&now, &line)) {
		const bool ends = stack_line_ends(&line);

		inside = inside || stack_line_begins(&line, STACK_BEGIN);
		if (!inside) {
			memcpy(bytes + used, line.at, line.len);
			used += line.len;
		}
		inside = inside && !ends;
	}
	if (bytes != NULL)
		bytes[used] = '\0';
	return bytes;
}

char *
settings_undo(const char *now, const char *written, unsigned *line)
{
	struct broken b = { .from = 0 };
	char *out = NULL;

	*line = 0;
	if (!stack_edit_broken(now))
		return take_blocks_out(now);
	if (read_texts(&b, now, written) == 0) {
		*line = find_changed(&b);
		out = write_rest(&b, now, *line != 0);
	}
	line_list_free(&b.now);
	line_list_free(&b.ours);
	free(b.match);
	free(b.goes);
	return out;
}
