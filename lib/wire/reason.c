/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One string instead of a table of pointers: in a shared object each pointer
 * takes 32 bytes, and the module should stay small.
 */
#include "lib/wire/reason.h"

#include <string.h>

/* In the order of the enum, each with its NUL. REASON_NONE's comes first; the
 * NUL of the string itself stands for every number beyond the table. */
#define REASON_WORD(name, word) word "\0"
static const char words[] = "\0" REASONS(REASON_WORD);
#undef REASON_WORD

const char *
reason_word(enum reason reason)
{
	const char *word = words;

	for (unsigned i = 0; i < REASON_COUNT && i != (unsigned)reason; i++)
		word += strlen(word) + 1;
	return word;
}

enum reason
reason_find(const char *word)
{
	const char *known = words;

	for (unsigned i = 0; i < REASON_COUNT; i++) {
		if (strcmp(known, word) == 0)
			return (enum reason)i;
		known += strlen(known) + 1;
	}
	return REASON_NONE;
}

bool
reason_is_state(enum reason reason)
{
	return reason >= REASON_STATE && reason <= REASON_STORE_SETTINGS;
}

bool
reason_is_everybodys(const char *word)
{
	return word != NULL && reason_find(word) == REASON_SETTINGS;
}
