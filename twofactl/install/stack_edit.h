/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * pam_twofa's lines in a service's PAM file: adds and removes them. Works on
 * texts; host.h judges the resulting stack.
 */
#ifndef TWOFA_STACK_EDIT_H
#define TWOFA_STACK_EDIT_H

#include <stdbool.h>

#include "twofactl/host/host.h"

#define STACK_EDIT_CAUSE 512

/* The first factor before the code. */
enum stack_login {
	STACK_PASSWORD = 0, /* our line follows the password's lines */
	STACK_KEY,          /* it replaces them: sshd has checked a key */
	STACK_BOTH,         /* either: a jump over them after a key */
};

enum stack_edit_result {
	STACK_EDIT_REFUSED = 0, /* cause says why, and the remedy */
	STACK_EDIT_DONE,
};

/* Add the lines; those of an earlier call are replaced. *out is to be freed.
 * files: to find the include that asks for the password. */
enum stack_edit_result stack_edit_add(const char *text, enum stack_login,
    const struct pam_stack_source *files, char **out,
    char cause[STACK_EDIT_CAUSE]);

/* Remove them and restore what they replaced; all other lines stay, also newer
 * ones. To be freed; NULL: no memory. */
char *stack_edit_undo(const char *text);

/* True when a mark is missing, so that the end of our lines is unknown. */
bool stack_edit_broken(const char *text);

/* True when it has lines from stack_edit_add. */
bool stack_edit_has(const char *text);

#endif
