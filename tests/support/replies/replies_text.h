/* SPDX-License-Identifier: BSD-2-Clause */
/* The bytes of a recorded reply: escapes become bytes, texts are exchanged. */
#ifndef TWOFA_TESTS_REPLIES_TEXT_H
#define TWOFA_TESTS_REPLIES_TEXT_H

#include <stdbool.h>
#include <stddef.h>

#include "helper/net/net.h"

struct replies_text {
	char b[HTTP_BODY_MAX + 1]; /* ends in a NUL that is not counted */
	size_t len;
	bool full; /* something did not fit */
};

/* A piece of a text that somebody else holds. */
struct replies_span {
	const char *s;
	size_t len;
};

struct replies_span replies_span_of(const char *);
bool replies_span_is(struct replies_span, const char *);

void replies_clear(struct replies_text *);
/* Append these bytes. */
void replies_put(struct replies_text *, struct replies_span);

/*
 * Append a text whose escapes become bytes: ~7e the byte with this hexadecimal
 * number, ~(600*ab) the text ab 600 times, ~n the name and ~v the value; a NULL
 * name or value is not allowed to be asked for. The value is taken as it is.
 * Returns NULL, or what is wrong with the text.
 */
const char *replies_expand(struct replies_text *, struct replies_span text,
    const char *name, const struct replies_span *value);

/* Put a text in the first place of another. -1: it is not there. */
int replies_exchange(
    struct replies_text *, struct replies_span find, struct replies_span put);
/* Put a text before the last } of another. -1: there is none. */
int replies_add(struct replies_text *, struct replies_span put);

#endif
