/* SPDX-License-Identifier: BSD-2-Clause */
/* Finds the longest common lines of two texts; the lines between them have
 * changed. */
#include "twofactl/terminal/line_diff.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define LINES_MAX 2000 /* of a text; a longer one is printed whole */
#define AROUND 2

struct line {
	const char *at;
	size_t len;
};

struct lines {
	size_t count;
	struct line of[LINES_MAX];
};

static bool
split(const char *text, struct lines *l)
{
	for (l->count = 0; *text != '\0'; l->count++) {
		if (l->count == LINES_MAX)
			return false;
		l->of[l->count].at = text;
		l->of[l->count].len = strcspn(text, "\n");
		text += l->of[l->count].len;
		text += *text == '\n';
	}
	return true;
}

static bool
same(const struct line *a, const struct line *b)
{
	return a->len == b->len && memcmp(a->at, b->at, a->len) == 0;
}

static void
put(FILE *out, char sign, const struct line *l)
{
	fprintf(out, "%c %.*s\n", sign, (int)l->len, l->at);
}

struct diff {
	FILE *out;
	struct lines old, new;
	/* for the lines from a of the old text and from b of the new one: how
	 * many they have in common */
	uint16_t common[LINES_MAX + 1][LINES_MAX + 1];
	/* unchanged lines that are not printed yet */
	size_t kept_from, kept;
	bool begun; /* a change was printed before */
};

static void
measure(struct diff *d)
{
	for (size_t a = d->old.count; a-- > 0;)
		for (size_t b = d->new.count; b-- > 0;) {
			const uint16_t down = d->common[a + 1][b];
			const uint16_t right = d->common[a][b + 1];

			if (same(&d->old.of[a], &d->new.of[b]))
				d->common[a][b] =
				    (uint16_t)(d->common[a + 1][b + 1] + 1);
			else
				d->common[a][b] = down > right ? down : right;
		}
}

static void
put_old(const struct diff *d, char sign, size_t from, size_t count)
{
	for (size_t i = from; i < from + count; i++)
		put(d->out, sign, &d->old.of[i]);
}

/* Print unchanged lines before a change or (last) after all changes. */
static void
flush(struct diff *d, bool last)
{
	const size_t head = d->begun ? AROUND : 0;
	const size_t tail = last ? 0 : AROUND;

	if (d->kept <= head + tail) {
		put_old(d, ' ', d->kept_from, d->kept);
	} else {
		put_old(d, ' ', d->kept_from, head);
		fputs("...\n", d->out);
		put_old(d, ' ', d->kept_from + d->kept - tail, tail);
	}
	d->kept = 0;
	d->begun = true;
}

static void
walk(struct diff *d)
{
	size_t a = 0, b = 0;

	while (a < d->old.count || b < d->new.count) {
		if (a < d->old.count &&
		    b < d->new.count &&same(&d->old.of[a], &d->new.of[b])) {
			if (d->kept++ == 0)
				d->kept_from = a;
			a++;
			b++;
			continue;
		}
		if (d->kept > 0 || !d->begun)
			flush(d, false);
		if (b == d->new.count ||
		    (a < d->old.count &&
			d->common[a + 1][b] >= d->common[a][b + 1]))
			put(d->out, '-', &d->old.of[a++]);
		else
			put(d->out, '+', &d->new.of[b++]);
	}
	if (d->begun && d->kept > 0)
		flush(d, true);
}

static void
put_all(FILE *out, char sign, const char *text)
{
	while (*text != '\0') {
		const struct line l = { text, strcspn(text, "\n") };

		put(out, sign, &l);
		text += l.len;
		text += *text == '\n';
	}
}

void
line_diff_print(FILE *out, const char *old, const char *new)
{
	struct diff *d = calloc(1, sizeof(*d));

	if (old == NULL)
		old = "";
	if (d != NULL && split(old, &d->old) && split(new, &d->new)) {
		d->out = out;
		measure(d);
		walk(d);
	} else {
		put_all(out, '-', old);
		put_all(out, '+', new);
	}
	free(d);
}
