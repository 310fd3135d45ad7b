/* SPDX-License-Identifier: BSD-2-Clause */
/* UUIDs. */
#include "lib/values/values.h"

bool
uuid_is_valid(const char *text)
{
	for (size_t i = 0; i < UUID_LEN; i++) {
		const bool dash = i == 8 || i == 13 || i == 18 || i == 23;

		if (text[i] == '\0' || strchr(UUID_BYTES, text[i]) == NULL ||
		    (text[i] == '-') != dash)
			return false;
	}
	return text[UUID_LEN] == '\0';
}

void
uuid_random(const char *digits, char out[UUID_LEN + 1])
{
	(void)snprintf(out, UUID_LEN + 1, "%.8s-%.4s-4%.3s-8%.3s-%.12s", digits,
	    digits + 8, digits + 13, digits + 17, digits + 20);
}
