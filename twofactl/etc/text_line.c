/* SPDX-License-Identifier: BSD-2-Clause */
/* Texts as lists of lines: a longest common subsequence, and the diff of two.
 */
#include "twofactl/etc/etc.h"
#include <stdlib.h>

/* In longer texts only equal lines at the start and the end are matched. */
#define CELLS_MAX ((size_t)4 * 1024 * 1024)

#define LINES_MAX 2000 /* of a text; a longer one is printed whole */
#define AROUND 2

bool
text_line_next(const char **rest, struct text_part *line)
{
	const char *end = strchr(*rest, '\n');

	line->at = *rest;
	line->len = end != NULL ? (size_t)(end - *rest) + 1 : strlen(*rest);
	*rest += line->len;
	return line->len > 0;
}

bool
text_line_is_end_mark(const struct text_part *line)
{
	const size_t len = strlen(STACK_END);

	return text_part_begins(line, STACK_END) &&
	    strspn(line->at + len, "\r\n") >= line->len - len;
}

bool
text_line_contains(const struct text_part *line, const char *what)
{
	return memmem(line->at, line->len, what, strlen(what)) != NULL;
}

bool
text_line_is_ours(const struct text_part *line)
{
	const char *hash = memchr(line->at, '#', line->len);
	const size_t len = hash != NULL ? (size_t)(hash - line->at) : line->len;

	return memmem(line->at, len, "pam_twofa", strlen("pam_twofa")) != NULL;
}

char *
text_stream_end(FILE *out, char **text)
{
	const bool failed = ferror(out) != 0;

	if (fclose(out) == 0 && !failed)
		return *text;
	free(*text);
	return NULL;
}

int
text_stream_take(FILE *out, char **text, int rc)
{
	if (out != NULL)
		*text = text_stream_end(out, text);
	if (out == NULL || (rc == 0 && *text == NULL))
		rc = etc_file_fail("no memory; free some");
	if (rc != 0) {
		free(out != NULL ? *text : NULL);
		*text = NULL;
	}
	return rc;
}

int
text_line_list_read(struct text_line_list *list, const char *text)
{
	const struct text_part whole = text_part(text);
	struct text_part rest = whole, line;
	size_t count = 0;

	while (text_part_next(&rest, "\n", &line))
		count++;
	list->count = 0;
	list->line = calloc(count + 1, sizeof(*list->line));
	if (list->line == NULL)
		return -1;
	for (rest = whole; text_part_next(&rest, "\n", &line);)
		list->line[list->count++] = line;
	return 0;
}

void
text_line_list_free(struct text_line_list *list)
{
	free(list->line);
	*list = (struct text_line_list){ .count = 0 };
}

/* The parts of both texts between equal lines at the start and the end. */
struct line_match_part {
	const struct text_part *a, *b;
	size_t a_count, b_count;
	size_t above; /* number of lines before the part, equal in both */
};

static bool
line_match_same(const struct text_part *a, const struct text_part *b)
{
	return a->len == b->len && memcmp(a->at, b->at, a->len) == 0;
}

/* Returns a table to be freed, or NULL: [i][j] is the length of the longest
 * common subsequence of the lines from a[i] and from b[j]. */
static uint32_t *
line_match_measure(const struct line_match_part *p)
{
	const size_t width = p->b_count + 1;
	uint32_t *longest = calloc((p->a_count + 1) * width, sizeof(*longest));

	for (size_t i = p->a_count; longest != NULL && i-- > 0;)
		for (size_t j = p->b_count; j-- > 0;) {
			uint32_t *cell = &longest[i * width + j];

			if (line_match_same(&p->a[i], &p->b[j]))
				*cell = cell[width + 1] + 1;
			else
				*cell = cell[width] > cell[1] ? cell[width]
							      : cell[1];
		}
	return longest;
}

static void
line_match_walk(
    const struct line_match_part *p, const uint32_t *longest, size_t *match)
{
	const size_t width = p->b_count + 1;
	size_t i = 0, j = 0;

	while (i < p->a_count && j < p->b_count) {
		const uint32_t *cell = &longest[i * width + j];

		if (line_match_same(&p->a[i], &p->b[j])) {
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
text_line_list_match(
    const struct text_line_list *a, const struct text_line_list *b)
{
	size_t *match = calloc(a->count + 1, sizeof(*match));
	uint32_t *longest;
	struct line_match_part p;
	size_t left = a->count < b->count ? a->count : b->count;
	size_t above = 0, below = 0;

	if (match == NULL)
		return NULL;
	for (size_t i = 0; i <= a->count; i++)
		match[i] = TEXT_LINE_NO_MATCH;
	/* the equal lines at the start and the end; p is the rest */
	for (; left > 0 && line_match_same(&a->line[above], &b->line[above]);
	     left--, above++)
		match[above] = above;
	for (; left > 0 &&
	     line_match_same(&a->line[a->count - below - 1],
		 &b->line[b->count - below - 1]);
	     left--, below++)
		match[a->count - below - 1] = b->count - below - 1;
	p = (struct line_match_part){ a->line + above, b->line + above,
		a->count - above - below, b->count - above - below, above };
	if (p.a_count + 1 > CELLS_MAX / (p.b_count + 1))
		return match;
	longest = line_match_measure(&p);
	if (longest == NULL) {
		free(match);
		return NULL;
	}
	line_match_walk(&p, longest, match);
	free(longest);
	return match;
}

static void
line_put(FILE *out, char sign, const struct text_part *l, size_t count)
{
	for (size_t i = 0; i < count; i++)
		fprintf(out, "%c %.*s\n", sign,
		    (int)l[i].len - (memchr(l[i].at, '\n', l[i].len) != NULL),
		    l[i].at);
}

static void
put_whole(FILE *out, char sign, const char *text)
{
	struct text_part line;

	while (text_line_next(&text, &line))
		line_put(out, sign, &line, 1);
}

struct diff {
	FILE *out;
	const struct text_line_list *old, *new;
	/* index in old, and number, of unchanged lines not yet printed */
	size_t kept_from, kept;
	bool begun; /* a change was printed */
};

/* Prints the unchanged lines before a change, or with last after all changes.
 */
static void
flush(struct diff *d, bool last)
{
	const struct text_part *kept = d->old->line + d->kept_from;
	const size_t head = d->begun ? AROUND : 0;
	const size_t tail = last ? 0 : AROUND;

	if (d->kept <= head + tail) {
		line_put(d->out, ' ', kept, d->kept);
	} else {
		line_put(d->out, ' ', kept, head);
		fputs("...\n", d->out);
		line_put(d->out, ' ', kept + d->kept - tail, tail);
	}
	d->kept = 0;
	d->begun = true;
}

static void
line_diff_walk(struct diff *d, const size_t *match)
{
	const struct text_line_list *old = d->old, *new = d->new;
	size_t i = 0, j = 0;

	while (i < old->count || j < new->count) {
		if (i < old->count && match[i] == j) {
			if (d->kept++ == 0)
				d->kept_from = i;
			i++;
			j++;
			continue;
		}
		if (d->kept > 0 || !d->begun)
			flush(d, false);
		if (i < old->count && match[i] == TEXT_LINE_NO_MATCH)
			line_put(d->out, '-', &old->line[i++], 1);
		else
			line_put(d->out, '+', &new->line[j++], 1);
	}
	if (d->begun && d->kept > 0)
		flush(d, true);
}

void
text_change_print(
    FILE *out, const char *path, const char *before, const char *after)
{
	const char *old = before != NULL ? before : "";
	struct text_line_list a = { .count = 0 }, b = { .count = 0 };
	struct diff d = { .out = out, .old = &a, .new = &b };
	size_t *match = NULL;

	fprintf(out, "%s%s:\n", path, before == NULL ? " (new)" : "");
	if (text_line_list_read(&a, old) == 0 &&
	    text_line_list_read(&b, after) == 0 && a.count <= LINES_MAX &&
	    b.count <= LINES_MAX)
		match = text_line_list_match(&a, &b);
	if (match != NULL) {
		line_diff_walk(&d, match);
	} else {
		put_whole(out, '-', old);
		put_whole(out, '+', after);
	}
	text_line_list_free(&a);
	text_line_list_free(&b);
	free(match);
}
