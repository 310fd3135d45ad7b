/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Names in the state that are neither a user's nor a person's (kept_name.h).
 * Names of users and persons never begin with a dot or with =.
 */
#ifndef TWOFA_PERSON_NAME_H
#define TWOFA_PERSON_NAME_H

#include <stdbool.h>

#include "lib/identity/kept_name.h"

#define PERSON_STATE_MAX (KEPT_NAME_MAX + 2)
/* for a user at that account, and for su from there */
#define PERSON_REMEMBERED_MAX                                                  \
	(3 * USER_NAME_MAX + sizeof("//=") + sizeof("//="))
#define PERSON_STRANGER_LEN 16

/* "USER//=ACCOUNT": the name under which a user's login at that account is
 * remembered. out may be the user. */
void person_remembered_name(
    const char *user, const char *account, char out[PERSON_REMEMBERED_MAX]);
/* "ACCOUNT//.HEX": an unknown name; hex "": all names beyond the limit */
void person_stranger_name(
    const char *account, const char *hex, char out[PERSON_STATE_MAX]);
/* Is it such a name? */
bool person_is_stranger(const char *name);

#endif
