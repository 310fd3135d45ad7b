/* SPDX-License-Identifier: BSD-2-Clause */
/* Which bytes a text of the settings may hold. */
#include "helper/conftext.h"

#include <stddef.h>
#include <string.h>

bool
conftext_plain(const char *text, const char *charset)
{
	if (charset != NULL)
		return text[strspn(text, charset)] == '\0';
	for (; *text != '\0'; text++)
		if (*text < 0x20 || *text > 0x7e)
			return false;
	return true;
}

/* Bytes of the sequence that begins with c; 0 when none does. */
static size_t
sequence_len(unsigned char c)
{
	if (c < 0x80)
		return 1;
	if (c >= 0xc2 && c <= 0xdf)
		return 2;
	if (c >= 0xe0 && c <= 0xef)
		return 3;
	return c >= 0xf0 && c <= 0xf4 ? 4 : 0;
}

/* Overlong forms, surrogates and what lies beyond U+10FFFF differ from good
 * text in their second byte alone (RFC 3629 section 4). C1 controls too. */
static bool
second_fits(unsigned char first, unsigned char second)
{
	if (first == 0xc2 || first == 0xe0)
		return second >= 0xa0;
	if (first == 0xed)
		return second <= 0x9f;
	if (first == 0xf0)
		return second >= 0x90;
	return first != 0xf4 || second <= 0x8f;
}

bool
conftext_utf8(const char *text)
{
	const unsigned char *p = (const unsigned char *)text;
	size_t len;

	for (; *p != '\0'; p += len) {
		len = sequence_len(*p);
		if (len == 0 || *p < 0x20 || *p == 0x7f)
			return false;
		for (size_t i = 1; i < len; i++)
			if ((p[i] & 0xc0) != 0x80)
				return false;
		if (len > 1 && !second_fits(p[0], p[1]))
			return false;
	}
	return true;
}
