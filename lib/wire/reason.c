/* SPDX-License-Identifier: BSD-2-Clause */
/* Lists of words, and the words of reasons. */
#include "lib/wire/wire.h"

#include <string.h>

#include "lib/wire/wire_inside.h"

static const char reason_words[] = "\0" REASONS(WIRE_LIST_WORD);

const char *
wire_word_from_number(const char *list, unsigned number, unsigned count)
{
	for (unsigned i = 0; i < count && i != number; i++)
		list += strlen(list) + 1;
	return list;
}

unsigned
wire_number_from_word(const char *list, const char *word, unsigned count)
{
	for (unsigned i = 0; i < count; i++) {
		if (strcmp(list, word) == 0)
			return i;
		list += strlen(list) + 1;
	}
	return 0;
}

const char *
reason_word(enum reason reason)
{
	return wire_word_from_number(reason_words, reason, REASON_COUNT);
}

enum reason
reason_from_word(const char *word)
{
	return (enum reason)wire_number_from_word(
	    reason_words, word, REASON_COUNT);
}

bool
reason_is_state_failure(enum reason reason)
{
	return reason >= REASON_STATE && reason <= REASON_STORE_SETTINGS;
}

bool
reason_denies_everyone(const char *word)
{
	return word != NULL && reason_from_word(word) == REASON_SETTINGS;
}
