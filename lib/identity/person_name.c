/* SPDX-License-Identifier: BSD-2-Clause */
/* Names of people in the state. */
#include "lib/identity/person_name.h"

#include <stdio.h>

void
person_remembered_name(
    const char *user, const char *account, char out[PERSON_STATE_MAX])
{
	snprintf(
	    out, PERSON_STATE_MAX, "%s" KEPT_NAME_BETWEEN "=%s", user, account);
}

void
person_stranger_name(
    const char *account, const char *hex, char out[PERSON_STATE_MAX])
{
	snprintf(
	    out, PERSON_STATE_MAX, "%s" KEPT_NAME_BETWEEN ".%s", account, hex);
}
