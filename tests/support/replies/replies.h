/* SPDX-License-Identifier: BSD-2-Clause */
/* Recorded replies of providers, and what their types make of them. */
#ifndef TWOFA_TESTS_REPLIES_H
#define TWOFA_TESTS_REPLIES_H

#include <stdbool.h>
#include <stddef.h>

#include "helper/providers/providers.h"
#include "lib/provider_types/provider_types.h"
#include "tests/support/replies/replies_file.h"

/* What the replies of a type mean. */
struct reply_table {
	char type[64];
	const struct reply_row *row;
	size_t rows;
};

/* The rows of this type, for good. Fails the test when its text is not as
 * replies_file.h says. */
void replies_load(const char *type, struct reply_table *);
/* The reply of this name. Fails the test when there is none. */
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
