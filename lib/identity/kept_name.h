/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The names in counters, codes and log lines: a user, or one person of a shared
 * account as "ACCOUNT//PERSON". No user name has a slash, so the two cannot be
 * confused.
 */
#ifndef TWOFA_KEPT_NAME_H
#define TWOFA_KEPT_NAME_H

#include <stdbool.h>

#include "lib/values/user_name.h"

#define KEPT_NAME_BETWEEN "//"
#define KEPT_NAME_MAX (2 * USER_NAME_MAX + 2)

/* "" person: the account, or a user with an account of his own. */
struct kept_name {
	char account[USER_NAME_MAX + 1];
	char person[USER_NAME_MAX + 1];
};

/* Split a name. False, and both empty: it is neither, like that of an
 * enrolment. */
bool kept_name_read(struct kept_name *, const char *text);

/* Join a name; person may be "" or NULL. The names are valid. */
void kept_name_write(
    char out[KEPT_NAME_MAX + 1], const char *account, const char *person);

#endif
