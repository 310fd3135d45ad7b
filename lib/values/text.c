/* SPDX-License-Identifier: BSD-2-Clause */
/* Sets of bytes and words. */
#include "lib/values/values.h"

bool
text_has_only(const char *s, const char *set)
{
	return s[0] != '\0' && s[strspn(s, set)] == '\0';
}

bool
text_is_one_of(const char *word, const char *const *words)
{
	while (*words != NULL && strcmp(*words, word) != 0)
		words++;
	return *words != NULL;
}

bool
text_has_word(const char *words, const char *word)
{
	const size_t len = strlen(word);
	size_t n;

	for (; *words != '\0'; words += n + (words[n] == ' ')) {
		n = strcspn(words, " ");
		if (n == len && memcmp(words, word, n) == 0)
			return true;
	}
	return false;
}
