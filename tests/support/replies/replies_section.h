/* SPDX-License-Identifier: BSD-2-Clause */
/* One section of recorded replies: what it says, and what becomes of it. */
#ifndef TWOFA_TESTS_REPLIES_SECTION_H
#define TWOFA_TESTS_REPLIES_SECTION_H

#include "tests/support/replies/replies_family.h"
#include "tests/support/replies/replies_file.h"

#define SECTION_CALLS_MAX 12
#define SECTION_MEMBERS_MAX 64

struct section_calls {
	struct reply_row row[SECTION_CALLS_MAX]; /* without the reply's name */
	size_t count;
};

/* A reply of a family; the only one of a section without. */
struct section_member {
	char name[REPLIES_NAME_MAX]; /* what takes the place of * */
	struct replies_span value;   /* with its escapes */
	unsigned kin;                /* which of those that code derives */
	bool gone;
	struct section_calls calls;
};

struct section {
	char name[REPLIES_NAME_MAX];
	bool base; /* a body to take, no reply */
	struct section_calls calls;
	struct replies_kin kin;
	struct section_member member[SECTION_MEMBERS_MAX];
	size_t members;
	struct replies_span status, from; /* behind HTTP; from: "" for none */
	struct replies_span body;         /* its lines */
	int body_line;                    /* where they begin */
};

/*
 * Take what one line says. All of them return NULL, or what is wrong with it;
 * the text that they point to must stay.
 */
const char *replies_section_begin(struct section *, struct replies_span line);
const char *replies_section_line(struct section *, struct replies_span line);
const char *replies_section_status(struct section *, struct replies_span line);

#endif
