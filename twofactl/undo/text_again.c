/* SPDX-License-Identifier: BSD-2-Clause */
/* Applies the change between two texts to a third one. */
#include "twofactl/undo/text_again.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "twofactl/undo/line_match.h"

struct texts {
	struct line_list plain, with, now;
	size_t *of_with, *of_now; /* the line of plain that each one is */
	size_t *in_now;           /* for each of plain's lines */
	bool *kept;               /* with has it, too */
	bool bare;                /* now's last line has no newline */
};

static int
match(struct texts *t)
{
	t->of_with = line_match(&t->with, &t->plain);
	t->of_now = line_match(&t->now, &t->plain);
	t->in_now = calloc(t->plain.count + 1, sizeof(*t->in_now));
	t->kept = calloc(t->plain.count + 1, sizeof(*t->kept));
	if (t->of_with == NULL || t->of_now == NULL || t->in_now == NULL ||
	    t->kept == NULL)
		return -1;
	for (size_t i = 0; i < t->plain.count; i++)
		t->in_now[i] = LINE_MATCH_NONE;
	for (size_t i = 0; i < t->now.count; i++)
		if (t->of_now[i] != LINE_MATCH_NONE)
			t->in_now[t->of_now[i]] = i;
	for (size_t i = 0; i < t->with.count; i++)
		if (t->of_with[i] != LINE_MATCH_NONE)
			t->kept[t->of_with[i]] = true;
	return 0;
}

/* The line of now before which the lines belong that with has before plain's
 * line next. */
static size_t
place(const struct texts *t, size_t next)
{
	size_t i = next;

	for (; i < t->plain.count && !t->kept[i]; i++)
		if (t->in_now[i] != LINE_MATCH_NONE)
			return t->in_now[i]; /* they replace it */
	if (next == 0)
		return 0;
	if (t->in_now[next - 1] != LINE_MATCH_NONE)
		return t->in_now[next - 1] + 1;
	for (; i < t->plain.count; i++)
		if (t->in_now[i] != LINE_MATCH_NONE)
			return t->in_now[i];
	return t->now.count;
}

static void
put(FILE *out, const struct stack_line *line, bool bare)
{
	fwrite(line->at, 1, line->len, out);
	if (!bare)
		fputc('\n', out);
}

static void
put_now(FILE *out, const struct texts *t, size_t *from, size_t to, bool last)
{
	for (; *from < to; (*from)++) {
		const size_t i = t->of_now[*from];

		if (i == LINE_MATCH_NONE || t->kept[i])
			put(out, &t->now.line[*from],
			    last && t->bare && *from + 1 == to);
	}
}

static void
write_again(FILE *out, const struct texts *t)
{
	size_t next = 0, now = 0;

	for (size_t i = 0; i < t->with.count; i++) {
		if (t->of_with[i] != LINE_MATCH_NONE) {
			next = t->of_with[i] + 1;
			continue;
		}
		put_now(out, t, &now, place(t, next), false);
		put(out, &t->with.line[i], false);
	}
	put_now(out, t, &now, t->now.count, true);
}

static char *
write_text(const struct texts *t)
{
	char *bytes = NULL;
	size_t len = 0;
	FILE *out = open_memstream(&bytes, &len);
	bool failed;

	if (out == NULL)
		return NULL;
	write_again(out, t);
	failed = ferror(out) != 0;
	if (fclose(out) == 0 && !failed)
		return bytes;
	free(bytes);
	return NULL;
}

char *
text_again(const char *plain, const char *with, const char *now)
{
	const size_t len = strlen(now);
	struct texts t = { .bare = len > 0 && now[len - 1] != '\n' };
	char *out = NULL;

	if (line_list_read(&t.plain, plain) == 0 &&
	    line_list_read(&t.with, with) == 0 &&
	    line_list_read(&t.now, now) == 0 && match(&t) == 0)
		out = write_text(&t);
	line_list_free(&t.plain);
	line_list_free(&t.with);
	line_list_free(&t.now);
	free(t.of_with);
	free(t.of_now);
	free(t.in_now);
	free(t.kept);
	return out;
}
