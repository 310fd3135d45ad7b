/* SPDX-License-Identifier: BSD-2-Clause */
#include "lib/providers/charset.h"

#include <string.h>

bool
charset_only(const char *s, const char *set)
{
	return s[0] != '\0' && s[strspn(s, set)] == '\0';
}
