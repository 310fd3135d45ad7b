/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What else than a user or person (kept_name.h) the state has a name for. No
 * name of a user or person begins with a dot or with =.
 */
#ifndef TWOFA_PERSON_NAME_H
#define TWOFA_PERSON_NAME_H

#include "lib/identity/kept_name.h"

#define PERSON_STATE_MAX (KEPT_NAME_MAX + 2)
/* of a user there, and of su on from there */
#define PERSON_REMEMBERED_MAX                                                  \
	(3 * USER_NAME_MAX + sizeof("//=") + sizeof("//="))
#define PERSON_STRANGER_LEN 16

/* "USER//=ACCOUNT": what a user's login there is remembered as. out may be the
 * user. */
void person_remembered_name(
    const char *user, const char *account, char out[PERSON_REMEMBERED_MAX]);
/* "ACCOUNT//.HEX": a name that is nobody's; hex "": all that are too many */
void person_stranger_name(
    const char *account, const char *hex, char out[PERSON_STATE_MAX]);

#endif
