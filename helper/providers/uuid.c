/* SPDX-License-Identifier: BSD-2-Clause */
/* What a UUID looks like. */
#include "helper/providers/uuid.h"

#include <stddef.h>
#include <string.h>

bool
uuid_valid(const char *text)
{
	for (size_t i = 0; i < UUID_LEN; i++) {
		const bool dash = i == 8 || i == 13 || i == 18 || i == 23;

		if (text[i] == '\0' || strchr(UUID_BYTES, text[i]) == NULL ||
		    (text[i] == '-') != dash)
			return false;
	}
	return text[UUID_LEN] == '\0';
}
