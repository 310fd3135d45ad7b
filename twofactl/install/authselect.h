/* SPDX-License-Identifier: BSD-2-Clause */
/* Red Hat's stacks: authselect owns the file that asks for the password. A line
 * behind that file would never be reached, or also after a wrong password. */
#ifndef TWOFA_AUTHSELECT_H
#define TWOFA_AUTHSELECT_H

#include <stdio.h>

/* The file of authselect's ("password-auth") that asks for the password in this
 * service's file; NULL: none. */
const char *authselect_of(const char *text);

/* Print what to do by hand: a profile, and the commands. */
void authselect_explain(FILE *, const char *service, const char *file);

/* The auth lines for that file in the new profile. */
extern const char authselect_lines[];

#endif
