/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a reason means to an admin: class, sentence and remedy. The module does
 * not need it; it logs only the word.
 */
#ifndef TWOFA_REASON_TEXT_H
#define TWOFA_REASON_TEXT_H

#include "lib/wire/wire.h"

enum reason_class {
	REASON_REFUSED = 0, /* by the person, the rule or the moment */
	REASON_CORRECT,     /* twofa.conf or the user's file needs a change */
	REASON_FAILED,      /* a fault of host, installation or provider */
};

/* The sentence has neither a capital nor a full stop. "%s" stands for the user;
 * in the remedy it is part of a shell command. */
struct reason_text {
	enum reason_class class;
	const char *sentence;
	const char *remedy; /* "": just log in again */
};

/* The text of a constant. Unknown numbers: REFUSED, and both "". */
const struct reason_text *reason_text(enum reason);

#endif
