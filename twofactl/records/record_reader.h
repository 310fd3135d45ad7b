/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Reads libconfig's outer form, just enough to find where a value begins and
 * ends. Misreadings do no harm: user_record_parse reads a changed text before
 * it is used.
 */
#ifndef TWOFA_RECORD_READER_H
#define TWOFA_RECORD_READER_H

#include <stdbool.h>

/* From begin to before end; NULL: not found. */
struct record_place {
	const char *begin, *end;
};

/* Skip blanks and comments, and with ends also the ends of settings. NULL: a
 * comment does not end. */
const char *record_reader_blank(const char *p, bool ends);

/* p is at an opening bracket; returns the position after the closing one, or
 * NULL. */
const char *record_reader_brackets(const char *p);

/* Find key's value between p and the byte last, where *stop then points. 0, or
 * -1: not in libconfig's form. */
int record_reader_find(const char *p, char last, const char *key,
    struct record_place *, const char **stop);

#endif
