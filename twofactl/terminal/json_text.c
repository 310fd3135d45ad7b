/* SPDX-License-Identifier: BSD-2-Clause */
/* Texts in JSON. */
#include "twofactl/terminal/json_text.h"

#include <stdio.h>

void
json_text_print(const char *text)
{
	putchar('"');
	for (; *text != '\0'; text++) {
		unsigned char c = (unsigned char)*text;

		if (c == '"' || c == '\\')
			printf("\\%c", c);
		else if (c < 0x20 || c == 0x7f)
			printf("\\u%04x", c);
		else if (c >= 0x80) /* as escape_text has it */
			printf("\\\\x%02x", c);
		else
			putchar(c);
	}
	putchar('"');
}
