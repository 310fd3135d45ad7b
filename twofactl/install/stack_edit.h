/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The lines of pam_twofa in a service's file of PAM: put in, and taken out
 * again. Text in, text out; what the stack then does is judged by pam_walk.h.
 */
#ifndef TWOFA_STACK_EDIT_H
#define TWOFA_STACK_EDIT_H

#include <stdbool.h>

#include "twofactl/host/pam_stack.h"

#define STACK_EDIT_CAUSE 512

/* What proves who it is before the code is asked for. */
enum stack_login {
	STACK_PASSWORD = 0, /* ours behind the password's lines */
	STACK_KEY,          /* ours in place of them: sshd has seen a key */
	STACK_BOTH,         /* either: a jump over them for who has a key */
};

enum stack_edit_result {
	STACK_EDIT_REFUSED = 0, /* cause says why, and what to do */
	STACK_EDIT_DONE,
};

/* Put them in; what this put in before goes first, so that twice is once. *out
 * is for free(). files: to see which include asks for the password. */
enum stack_edit_result stack_edit_add(const char *text, enum stack_login,
    const struct pam_stack_source *files, char **out,
    char cause[STACK_EDIT_CAUSE]);

/* Take them out, and give back what they replaced; all other lines stay, also
 * those that were written since. For free(); NULL: no memory. */
char *stack_edit_undo(const char *text);

/* Has somebody taken a mark away, so that it is not known where they end? */
bool stack_edit_broken(const char *text);

/* Did stack_edit_add put lines in? */
bool stack_edit_has(const char *text);

#endif
