/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Replies that code derives from a good one: everything that can be wrong with
 * any JSON text, and with any member of one.
 */
#ifndef TWOFA_TESTS_REPLIES_FAMILY_H
#define TWOFA_TESTS_REPLIES_FAMILY_H

#include "tests/support/replies/replies_text.h"

enum replies_family {
	REPLIES_NO_FAMILY = 0,
	REPLIES_BODY,   /* of a whole body */
	REPLIES_MEMBER, /* of the first member of a name; a string */
};

/* What a section says about its family. */
struct replies_kin {
	enum replies_family family;
	char member[32]; /* BODY: one that is added; MEMBER: the one at fault */
	unsigned depth;  /* BODY: of the arrays in "deep" */
};

/* The name of the nth reply, NULL at the end. */
const char *replies_kin_name(enum replies_family, unsigned n);
/* The nth, from the good one. Returns NULL, or why it cannot be made. */
const char *replies_kin_make(const struct replies_kin *, unsigned n,
    const struct replies_text *good, struct replies_text *out);

#endif
