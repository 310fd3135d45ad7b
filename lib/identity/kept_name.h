/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Whom counters, codes and lines of the log are about: a user, or one of the
 * people who share an account, as "ACCOUNT//PERSON". No user's name has a
 * slash, so the two cannot be confused.
 */
#ifndef TWOFA_KEPT_NAME_H
#define TWOFA_KEPT_NAME_H

#include <stdbool.h>

#include "lib/values/user_name.h"

#define KEPT_NAME_BETWEEN "//"
#define KEPT_NAME_MAX (2 * USER_NAME_MAX + 2)

/* "" person: the account, or a user who shares it with nobody. */
struct kept_name {
	char account[USER_NAME_MAX + 1];
	char person[USER_NAME_MAX + 1];
};

/* Take a name apart. False, and both empty: it is none, such as that of an
 * enrolment. */
bool kept_name_read(struct kept_name *, const char *text);

/* Put it together; person may be "" or NULL. Names are valid. */
void kept_name_write(
    char out[KEPT_NAME_MAX + 1], const char *account, const char *person);

#endif
