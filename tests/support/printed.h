/* SPDX-License-Identifier: BSD-2-Clause */
/* What twofactl prints, taken from stdout or stderr. */
#ifndef TWOFA_TESTS_PRINTED_H
#define TWOFA_TESTS_PRINTED_H

#include <stdio.h>
#include <stdlib.h>

#define PRINTED_MAX 16384

struct printed {
	FILE **stream, *before;
	char
	    buffer[PRINTED_MAX]; /* so that no memory is asked for on the way */
};

/* What is printed from here on is kept; nothing may fail before the end. */
static inline void
printed_begin(struct printed *p, FILE **stream)
{
	p->stream = stream;
	p->before = *stream;
	*stream = tmpfile();
	if (*stream == NULL)
		abort();
	setvbuf(*stream, p->buffer, _IOFBF, sizeof(p->buffer));
}

/* It, until the next end. */
static inline const char *
printed_end(struct printed *p)
{
	static char text[PRINTED_MAX];

	rewind(*p->stream);
	text[fread(text, 1, sizeof(text) - 1, *p->stream)] = '\0';
	fclose(*p->stream);
	*p->stream = p->before;
	return text;
}

#endif
