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
	/* a first factor's module: pam_twofa is reached though it failed, and
	 * no other succeeded, or the login is lost by it */
	const struct pam_stack_line *failed;
	/* ... and the right code then lets in */
	const struct pam_stack_line *optional;
	bool no_factor; /* no way there has a first factor's before it */
	/* of such a stack: the first factor's that comes behind */
	const struct pam_stack_line *behind;
	/* some way there has none that leaves a password, as by a key */
	bool no_password;
	/* a module that leaves none: its success leads to a line that asks */
	const struct pam_stack_line *silent;
	/* takes a password that none before it has asked for */
	const struct pam_stack_line *unfed;
	/* who has both factors is denied: by this line, the one of pam_twofa
	 * when it is no other; not told beside no_factor and silent */
	const struct pam_stack_line *shut;
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

/* Whose stack it is. */
struct pam_walk_service {
	/* the application runs as root by itself, as sshd and login do, so that
	 * pam_rootok succeeds for everybody */
	bool caller_is_root;
	/* pam_twofa takes a first factor for shown without a password: by a
	 * rule, or by sshd's word for a key */
	bool vouched;
};

/* A stack with when= is gone through for who passed each of its methods, and
 * for who passed none. */
void pam_walk_judge(const struct pam_stack *, const struct pam_walk_service *,
    struct pam_walk *);

#endif
