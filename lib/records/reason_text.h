/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a reason means to an admin: its class, a sentence and a remedy. The
 * module does without; it logs the word alone.
 */
#ifndef TWOFA_REASON_TEXT_H
#define TWOFA_REASON_TEXT_H

#include "lib/wire/reason.h"

enum reason_class {
	REASON_REFUSED = 0, /* the person, the rule or the moment: no */
	REASON_CORRECT,     /* twofa.conf or the user's file is to be changed */
	REASON_FAILED,      /* this host, its installation or a provider */
};

/* The sentence has neither a capital nor a full stop. "%s" in both stands for
 * the user, in the remedy as a word of a shell's command. */
struct reason_text {
	enum reason_class class;
	const char *sentence;
	const char *remedy; /* "": none but to log in again */
};

/* The text of a constant. Of what is no reason: REFUSED, and both "". */
const struct reason_text *reason_text(enum reason);

#endif
