/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One key in the text of a user's record: replaced where it stands, else added
 * at the end; every other byte, comments too, stays. Pure.
 */
#ifndef TWOFA_RECORD_TEXT_H
#define TWOFA_RECORD_TEXT_H

#include <stdbool.h>
#include <stddef.h>

struct record_text_change {
	const char *key;
	const char *value;
	bool literal; /* value is written as it is: a list; else in quotes */
};

/* old is NUL-terminated text as user_record_read takes it. *len: bytes in out,
 * a NUL behind them. 0, or -1 when old is not of that form or out[cap] is too
 * small. */
int record_text_put(const char *old, const struct record_text_change *,
    char *out, size_t cap, size_t *len);

#endif
