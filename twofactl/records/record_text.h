/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One key in the text of a user's record: replaced in its place or added at the
 * end; all other bytes stay, comments too. In a file with people it belongs to
 * one of them. Pure.
 */
#ifndef TWOFA_RECORD_TEXT_H
#define TWOFA_RECORD_TEXT_H

#include <stdbool.h>
#include <stddef.h>

#include "twofactl/records/record_reader.h"

struct record_text_change {
	const char *key;
	const char *value;
	bool literal; /* write value as it is: a list; else in quotes */
};

/* old is a NUL-terminated text as user_record_read accepts it. person: whose
 * key it is, added if new; NULL: the user's. *len: bytes in out, followed by a
 * NUL. 0, or -1 when old has another form or out[cap] is too small. */
int record_text_put(const char *old, const char *person,
    const struct record_text_change *, char *out, size_t cap, size_t *len);

/* The text without that person; -1 also for an unknown person or the only
 * one. */
int record_text_drop(
    const char *old, const char *person, char *out, size_t cap, size_t *len);

/* Is that person in the text? 1, 0 or -1. */
int record_text_has(const char *text, const char *person);

/* --- between the files of this unit --- */

struct record_text {
	char *out;
	size_t cap, len;
	bool failed; /* out is too small */
};

void record_text_add(struct record_text *, const char *bytes, size_t n);
void record_text_add_text(struct record_text *, const char *text);
void record_text_add_quoted(struct record_text *, const char *value);
/* KEY = VALUE; */
void record_text_add_setting(
    struct record_text *, const struct record_text_change *);
/* Copy the old text; what is added next is on a new line. */
void record_text_line(struct record_text *, const char *old);
/* The old text with another value. */
void record_text_replace(struct record_text *, const char *old,
    const struct record_place *, const struct record_text_change *);
/* Change a user's key. 0, or -1: old is not in that form. */
int record_text_user(
    struct record_text *, const char *old, const struct record_text_change *);

#endif
