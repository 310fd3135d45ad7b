/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What an auth stack can come to: Linux-PAM's way through it (1.5,
 * pam.conf(5)), for all that its modules may return. Pure.
 */
#ifndef TWOFA_PAM_WALK_H
#define TWOFA_PAM_WALK_H

#include <stdbool.h>

#include "twofactl/host/pam_stack.h"

/* What is wrong with a stack; each line NULL when that is not. The lines of
 * pam_twofa that ask are those without split and when=. */
struct pam_walk {
	bool too_complex;                   /* nothing else is known */
	const struct pam_stack_line *twofa; /* the first that asks */
	bool reached;                       /* some way leads there */
	/* the line by which the stack succeeds without pam_twofa's success; of
	 * a stack that has none of it: any, when that can succeed at all */
	const struct pam_stack_line *bypass;
	/* a password's module: pam_twofa is reached though it failed, and no
	 * other succeeded */
	const struct pam_stack_line *failed;
	bool no_factor; /* no way there has a password's module before it */
	/* some way there has none that leaves a password, as by a key */
	bool no_password;
	/* a module that leaves none: its success leads to a line that asks */
	const struct pam_stack_line *silent;
	/* when= or split: for whom it is meant, no way succeeds */
	const struct pam_stack_line *cut_off;
	/* asks behind split, though nothing has judged that password */
	const struct pam_stack_line *unjudged;
	const struct pam_stack_line *again; /* asks though one has let in */
	const struct pam_stack_line *late;  /* split, behind a password's */
	const struct pam_stack_line *alone; /* split, no_prompt not behind it */
	const struct pam_stack_line
	    *bare; /* no_prompt, reached without split */
};

/* caller_is_root: the application runs as root by itself, as sshd and login
 * do, so that pam_rootok succeeds for everybody. A stack with when= is gone
 * through for who passed each of its methods, and for who passed none. */
void pam_walk_judge(
    const struct pam_stack *, bool caller_is_root, struct pam_walk *);

#endif
