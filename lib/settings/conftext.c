/* SPDX-License-Identifier: BSD-2-Clause */
/* Which bytes a text of the settings may hold. */
#include "lib/settings/conftext.h"

#include <stddef.h>
#include <string.h>

#include "lib/wire/utf8.h"

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

bool
conftext_utf8(const char *text)
{
	size_t len;

	for (; *text != '\0'; text += len) {
		len = utf8_len(text);
		if (len == 0)
			return false;
	}
	return true;
}
