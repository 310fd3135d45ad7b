/* SPDX-License-Identifier: BSD-2-Clause */
/* Without <ctype.h>, which depends on the application's locale. */
#include "lib/wire/escape.h"

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
