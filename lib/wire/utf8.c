/* SPDX-License-Identifier: BSD-2-Clause */
/* The rows of RFC 3629, section 4. */
#include "lib/wire/utf8.h"

#include <stdbool.h>

/* The length by the first byte, without controls; 0 when no sequence begins
 * with it. */
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
utf8_len(const char *text)
{
	const unsigned char *p = (const unsigned char *)text;
	const size_t len = sequence_len(*p);

	for (size_t i = 1; i < len; i++) {
		if ((p[i] & 0xc0) != 0x80)
			return 0;
	}
	return len > 1 && !second_fits(p[0], p[1]) ? 0 : len;
}
