/* SPDX-License-Identifier: BSD-2-Clause */
/* What twofactl prints, taken from stdout or stderr. */
#ifndef TWOFA_TESTS_PRINTED_H
#define TWOFA_TESTS_PRINTED_H

#include <stdio.h>
#include <stdlib.h>

#define PRINTED_MAX 16384

struct printed {
	FILE **stream, *before;
	char *text;
	size_t len;
};

/* What is printed from here on is kept; nothing may fail before the end. */
static inline void
printed_begin(struct printed *p, FILE **stream)
{
	p->stream = stream;
	p->before = *stream;
	*stream = open_memstream(&p->text, &p->len);
	if (*stream == NULL)
		abort();
}

/* It, until the next end. */
static inline const char *
printed_end(struct printed *p)
{
	static char text[PRINTED_MAX];

	fclose(*p->stream);
	*p->stream = p->before;
	snprintf(text, sizeof(text), "%s", p->text);
	free(p->text);
	return text;
}

#endif
