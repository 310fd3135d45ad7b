/* SPDX-License-Identifier: BSD-2-Clause */
/* Sets of bytes and words. */
#include "lib/values/values.h"

void
text_copy_ascii(char *out, size_t cap, const char *text)
{
	size_t n = 0;

	for (; n + 1 < cap && text[n] != '\0'; n++)
		out[n] = (char)(text[n] < ' ' || text[n] > '~' ? '?' : text[n]);
	out[n] = '\0';
}

bool
text_percent_encode(char *out, size_t cap, const char *text)
{
	out[0] = '\0';
	for (; *text != '\0'; text++) {
		const bool plain = strchr(TEXT_UNRESERVED, *text) != NULL;
		const size_t n = (size_t)snprintf(
		    out, cap, plain ? "%c" : "%%%02X", (unsigned char)*text);

		if (n >= cap)
			return false;
		out += n;
		cap -= n;
	}
	return true;
}

void
text_in_fours(char *out, size_t cap, const char *text, char between)
{
	size_t n = 0;

	for (; *text != '\0' && n + 1 < cap; n++)
		if (n % 5 == 4)
			out[n] = between;
		else
			out[n] = *text++;
	out[n] = '\0';
}

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

struct text_part
text_part(const char *whole)
{
	return (struct text_part){ whole, strlen(whole) };
}

bool
text_part_next(struct text_part *rest, const char *ends, struct text_part *part)
{
	size_t len = 0;

	while (len < rest->len && strchr(ends, rest->at[len]) == NULL)
		len++;
	*part = (struct text_part){ rest->at, len };
	if (rest->len == 0)
		return false;
	len += len < rest->len;
	rest->at += len;
	rest->len -= len;
	return true;
}

bool
text_part_begins(const struct text_part *part, const char *with)
{
	const size_t len = strlen(with);

	return part->len >= len && memcmp(part->at, with, len) == 0;
}

bool
text_part_is(const struct text_part *part, const char *text)
{
	return part->len == strlen(text) && text_part_begins(part, text);
}

bool
text_has_part(const char *text, const char *ends, const struct text_part *part)
{
	struct text_part rest = text_part(text), one;

	while (text_part_next(&rest, ends, &one))
		if (one.len == part->len &&
		    memcmp(one.at, part->at, one.len) == 0)
			return true;
	return false;
}

bool
text_has_word(const char *words, const char *word)
{
	const struct text_part part = text_part(word);

	return part.len > 0 && text_has_part(words, " ", &part);
}

bool
text_take(const char **text, const char *head)
{
	const size_t len = strlen(head);

	if (strncmp(*text, head, len) != 0)
		return false;
	*text += len;
	return true;
}

bool
text_word_take(const char **text, char after, char *word, size_t cap)
{
	const size_t len = strcspn(*text, " \n");

	if (len == 0 || len >= cap || (*text)[len] != after)
		return false;
	memcpy(word, *text, len);
	word[len] = '\0';
	*text += len + 1;
	return true;
}
