/* SPDX-License-Identifier: BSD-2-Clause */
/* Escapes of hostile bytes, and well-formed UTF-8. Without <ctype.h>, which
 * depends on the application's locale. Pure. */
#include "lib/wire/wire.h"

#include <string.h>

size_t
escape_byte(unsigned char byte, char out[ESCAPE_MAX])
{
	static const char hex[] = "0123456789abcdef";

	if (byte >= 0x20 && byte < 0x7f) {
		out[0] = (char)byte;
		return 1;
	}
	out[0] = '\\';
	out[1] = 'x';
	out[2] = hex[byte >> 4];
	out[3] = hex[byte & 15];
	return 4;
}

void
escape_text(const char *text, char *out, size_t cap)
{
	size_t used = 0;

	for (; *text != '\0'; text++) {
		char bytes[ESCAPE_MAX];
		const size_t len = escape_byte((unsigned char)*text, bytes);

		if (used + len >= cap)
			break;
		memcpy(out + used, bytes, len);
		used += len;
	}
	out[used] = '\0';
}

/* The length by the first byte (RFC 3629 section 4), or 0 for a control or a
 * byte with which no character begins. */
static size_t
sequence_len(unsigned char c)
{
	if (c < 0x80)
		return c >= 0x20 && c != 0x7f ? 1 : 0;
	if (c >= 0xc2 && c <= 0xdf)
		return 2;
	if (c >= 0xe0 && c <= 0xef)
		return 3;
	return c >= 0xf0 && c <= 0xf4 ? 4 : 0;
}

/* The second byte excludes overlong forms, surrogates and code points beyond
 * U+10FFFF. It also excludes C1 controls, which terminals obey. */
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

size_t
escape_utf8_char_len(const char *text)
{
	const unsigned char *p = (const unsigned char *)text;
	const size_t len = sequence_len(*p);

	for (size_t i = 1; i < len; i++) {
		if ((p[i] & 0xc0) != 0x80)
			return 0;
	}
	return len > 1 && !second_fits(p[0], p[1]) ? 0 : len;
}
