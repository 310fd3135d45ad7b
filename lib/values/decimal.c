/* SPDX-License-Identifier: BSD-2-Clause */
/* Decimal numbers: digits alone, without sign, blanks or another base. */
#include "lib/values/values.h"

int64_t
decimal_take(const char **text, int64_t most)
{
	const size_t len = strspn(*text, TEXT_DIGITS);
	int64_t number = 0;

	for (size_t i = 0; i < len; i++) {
		const int digit = (*text)[i] - '0';

		if (digit > most || number > (most - digit) / 10)
			return -1;
		number = number * 10 + digit;
	}
	*text += len;
	return len > 0 ? number : -1;
}

int64_t
decimal_read(const char *text, int64_t most)
{
	const int64_t number = text != NULL ? decimal_take(&text, most) : -1;

	return number >= 0 && *text == '\0' ? number : -1;
}
