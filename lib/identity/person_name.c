/* SPDX-License-Identifier: BSD-2-Clause */
#include "lib/identity/person_name.h"

#include <stdio.h>
#include <string.h>

void
person_remembered_name(
    const char *user, const char *account, char out[PERSON_REMEMBERED_MAX])
{
	const size_t len = strnlen(user, PERSON_REMEMBERED_MAX - 1);

	memmove(out, user, len);
	snprintf(out + len, PERSON_REMEMBERED_MAX - len,
	    KEPT_NAME_BETWEEN "=%s", account);
}

void
person_stranger_name(
    const char *account, const char *hex, char out[PERSON_STATE_MAX])
{
	snprintf(
	    out, PERSON_STATE_MAX, "%s" KEPT_NAME_BETWEEN ".%s", account, hex);
}

bool
person_is_stranger(const char *name)
{
	return strstr(name, KEPT_NAME_BETWEEN ".") != NULL;
}
