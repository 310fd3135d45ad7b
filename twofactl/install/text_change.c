/* SPDX-License-Identifier: BSD-2-Clause */
/* Compares two texts. */
#include "twofactl/install/text_change.h"

#include <string.h>

#include "twofactl/install/stack_lines.h"

/* A part of a text. */
struct part {
	const char *at, *end;
};

static void
put(FILE *out, char sign, const struct part *p)
{
	const char *rest = p->at;
	struct stack_line line;

	while (rest < p->end && stack_line_next(&rest, &line)) {
		fprintf(out, "%c ", sign);
		fwrite(line.at, 1, line.len, out);
		if (line.at[line.len - 1] != '\n')
			fputc('\n', out);
	}
}

/* Cut the common lines at the start from both; returns the last of them. */
static struct part
cut_begin(struct part *a, struct part *b)
{
	struct part last = { a->at, a->at };

	for (;;) {
		const char *p = a->at, *q = b->at;
		struct stack_line x, y;

		if (!stack_line_next(&p, &x) || !stack_line_next(&q, &y) ||
		    x.len != y.len || memcmp(x.at, y.at, x.len) != 0)
			return last;
		last = (struct part){ x.at, p };
		a->at = p;
		b->at = q;
	}
}

/* The start of the line that ends there. */
static const char *
line_begin(const char *from, const char *end)
{
	const char *before = memrchr(from, '\n', (size_t)(end - 1 - from));

	return before != NULL ? before + 1 : from;
}

/* Cut the common lines at the end from both; returns the first of them. */
static struct part
cut_end(struct part *a, struct part *b)
{
	struct part first = { a->end, a->end };

	while (a->at < a->end && b->at < b->end) {
		const char *p = line_begin(a->at, a->end);
		const char *q = line_begin(b->at, b->end);

		if (a->end - p != b->end - q ||
		    memcmp(p, q, (size_t)(a->end - p)) != 0)
			break;
		first = (struct part){ p, a->end };
		a->end = p;
		b->end = q;
	}
	return first;
}

void
text_change_print(
    FILE *out, const char *path, const char *before, const char *after)
{
	const char *old = before != NULL ? before : "";
	const char *new = after != NULL ? after : "";
	struct part a = { old, old + strlen(old) };
	struct part b = { new, new + strlen(new) };
	const struct part above = cut_begin(&a, &b);
	const struct part below = cut_end(&a, &b);

	fprintf(out, "%s%s:\n", path,
	    before == NULL      ? " (new)"
		: after == NULL ? " (goes)"
				: "");
	put(out, ' ', &above);
	put(out, '-', &a);
	put(out, '+', &b);
	put(out, ' ', &below);
}
