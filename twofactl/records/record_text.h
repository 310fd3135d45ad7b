/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One key in the text of a user's record: replaced where it stands, else added
 * at the end; every other byte, comments too, stays. In a file with people it
 * is a key of one of them. Pure.
 */
#ifndef TWOFA_RECORD_TEXT_H
#define TWOFA_RECORD_TEXT_H

#include <stdbool.h>
#include <stddef.h>

#include "twofactl/records/record_reader.h"

struct record_text_change {
	const char *key;
	const char *value;
	bool literal; /* value is written as it is: a list; else in quotes */
};

/* old is NUL-terminated text as user_record_read takes it. person: whose key it
 * is, added when there is none of that name; NULL: the user's. *len: bytes in
 * out, a NUL behind them. 0, or -1 when old is not of that form or out[cap] is
 * too small. */
int record_text_put(const char *old, const char *person,
    const struct record_text_change *, char *out, size_t cap, size_t *len);

/* The same text without that person; -1 as well for one who is not there, or is
 * the only one. */
int record_text_drop(
    const char *old, const char *person, char *out, size_t cap, size_t *len);

/* Is there that person? 1, 0 or -1. */
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
/* The old text, and what is added next is on a line of its own. */
void record_text_line(struct record_text *, const char *old);
/* The old text with another value there. */
void record_text_replace(struct record_text *, const char *old,
    const struct record_place *, const struct record_text_change *);
/* A user's key. 0, or -1: old is not of that form. */
int record_text_user(
    struct record_text *, const char *old, const struct record_text_change *);

#endif
