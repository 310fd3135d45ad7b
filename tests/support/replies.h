/* SPDX-License-Identifier: BSD-2-Clause */
/* Recorded replies of providers: tests/replies/TYPE/NAME.http and table. */
#ifndef TWOFA_TESTS_REPLIES_H
#define TWOFA_TESTS_REPLIES_H

#include <stdbool.h>
#include <stddef.h>

#include "helper/providers/provider.h"
#include "lib/providers/number_facts.h"

#define REPLIES "tests/replies"
#define REPLIES_ROWS_MAX 1500

/*
 * A line of a table: FILE CALL OUTCOME [MARKS], # begins a comment.
 *
 * CALL: start check cancel next poll lookup token factors; with ":METHOD"
 * behind it the reply is to another method than the sample's. "check-late" and
 * so on: our own clock says that it has expired. "check-first": no id is known
 * yet.
 *
 * OUTCOME as outcome_name; "foreign": an ok start, with an id other than the
 * sample's.
 *
 * MARKS, compared when they are there, "-" for none, else in this order with a
 * blank between: internal per-number wrong-codes unevaluated refused; of a
 * look-up valid=yes reachable=no country=GB line=mobile, unknown ones left out.
 */
struct reply_row {
	char file[64];
	char call[32];
	char outcome[16];
	char marks[96]; /* "" when there are none */
};

struct reply_table {
	char type[64];
	struct reply_row row[REPLIES_ROWS_MAX];
	size_t rows;
};

/* Read the table of this type. Fails the test on a line that it cannot. */
void replies_load(const char *type, struct reply_table *);
bool replies_in_table(const struct reply_table *, const char *file);
/* "HTTP 200" and a newline, then the body as it came. */
void replies_read(const char *type, const char *file, struct http_reply *);

/* Does the row's call begin with this word, before "-" or ":"? */
bool replies_is(const struct reply_row *, const char *call);
/* What ctx must hold before the row's reply is read. */
void replies_aim(const struct reply_row *, struct provider_ctx *);
/* Let the type read it. lookup is filled by look-ups. */
enum outcome replies_judge(const struct reply_row *, struct provider_ctx *,
    const struct http_reply *, struct number_facts *);
/* What the reader left beside its outcome, as MARKS are written. */
void replies_marks(const struct reply_row *, const struct provider_ctx *,
    const struct number_facts *, char *out, size_t cap);

#endif
