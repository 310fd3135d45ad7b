/* SPDX-License-Identifier: BSD-2-Clause */
/* Bytes as hexadecimal digits. */
#include "lib/values/values.h"

void
hex_text(const unsigned char *bytes, size_t len, char *out)
{
	for (size_t i = 0; i < len; i++) {
		*out++ = TEXT_HEX[bytes[i] >> 4];
		*out++ = TEXT_HEX[bytes[i] & 15];
	}
	*out = '\0';
}

bool
hex_parse(const char *text, unsigned char *out, size_t len)
{
	static const char digits[] = TEXT_HEX;

	if (strlen(text) != 2 * len || text[strspn(text, digits)] != '\0')
		return false;
	for (size_t i = 0; i < len; i++, text += 2)
		out[i] =
		    (unsigned char)((strchr(digits, text[0]) - digits) << 4 |
			(strchr(digits, text[1]) - digits));
	return true;
}
