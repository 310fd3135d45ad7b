/* SPDX-License-Identifier: BSD-2-Clause */
/* Names of users and people. Without <ctype.h>, which depends on the
 * application's locale. */
#include "lib/values/values.h"

bool
user_name_is_valid(const char *name)
{
	const size_t len = strspn(name, USER_NAME_BYTES);

	return len >= 1 && len <= USER_NAME_MAX && name[len] == '\0' &&
	    strchr(".@\\-", name[0]) == NULL;
}
