/* SPDX-License-Identifier: BSD-2-Clause */

#include "lib/wire/wire.h"
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* One string instead of a table of pointers: in a shared object each pointer
 * takes 32 bytes, and the module should stay small. In the order of the enum,
 * each with its NUL. Number 0's, which is "", comes first; the NUL of the
 * string itself stands for every number beyond the table. */
#define WORD(name, word) word "\0"
static const char logline_words[] = "\0" REASONS(WORD);
static const char event_words[] = "\0" EVENTS(WORD);
#undef WORD

unsigned reason_find_word(const char *known, const char *word, unsigned count);

static const char *
word_of(const char *word, unsigned number, unsigned count)
{
	for (unsigned i = 0; i < count && i != number; i++)
		word += strlen(word) + 1;
	return word;
}

/* 0: none is called so. */
unsigned
reason_find_word(const char *known, const char *word, unsigned count)
{
	for (unsigned i = 0; i < count; i++) {
		if (strcmp(known, word) == 0)
			return i;
		known += strlen(known) + 1;
	}
	return 0;
}

const char *
reason_word(enum reason reason)
{
	return word_of(logline_words, reason, REASON_COUNT);
}

enum reason
reason_from_word(const char *word)
{
	return (enum reason)reason_find_word(logline_words, word, REASON_COUNT);
}

const char *
event_word(enum event event)
{
	return word_of(event_words, event, EVENT_COUNT);
}

bool
reason_is_state(enum reason reason)
{
	return reason >= REASON_STATE && reason <= REASON_STORE_SETTINGS;
}

bool
reason_denies_everyone(const char *word)
{
	return word != NULL && reason_from_word(word) == REASON_SETTINGS;
}
