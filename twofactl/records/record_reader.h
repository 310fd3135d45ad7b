/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A reader of libconfig's outer form, just enough to find where a value begins
 * and ends. Whatever it takes wrongly is caught by user_record_parse, which
 * reads a changed text before it counts.
 */
#ifndef TWOFA_RECORD_READER_H
#define TWOFA_RECORD_READER_H

#include <stdbool.h>

/* From begin to before end; NULL: not there. */
struct record_place {
	const char *begin, *end;
};

/* Behind blanks and comments, and the ends of settings when asked. NULL: a
 * comment does not end. */
const char *record_reader_blank(const char *p, bool ends);

/* p at an opening bracket; behind its closing one, or NULL. */
const char *record_reader_brackets(const char *p);

/* The value of key among those from p to the byte last, which *stop is then
 * at. 0, or -1: that is not of libconfig's form. */
int record_reader_find(const char *p, char last, const char *key,
    struct record_place *, const char **stop);

#endif
