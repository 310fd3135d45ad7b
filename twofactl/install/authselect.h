/* SPDX-License-Identifier: BSD-2-Clause */
/* Red Hat's stacks: authselect owns the file that asks for the password, and a
 * line behind it is reached by nobody, or also behind a wrong password. */
#ifndef TWOFA_AUTHSELECT_H
#define TWOFA_AUTHSELECT_H

#include <stdio.h>

/* The file of authselect's, "password-auth", that asks for the password in this
 * service's file; NULL: none does. */
const char *authselect_of(const char *text);

/* What to do by hand: a profile, and the commands. */
void authselect_explain(FILE *, const char *service, const char *file);

/* The lines of auth that the profile wants in that file. */
extern const char authselect_lines[];

#endif
