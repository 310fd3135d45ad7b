/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What an auth stack can result in: Linux-PAM's ways through it (1.5,
 * pam.conf(5)), for everything that its modules may return. Pure.
 */
#ifndef TWOFA_PAM_WALK_H
#define TWOFA_PAM_WALK_H

#include <stdbool.h>

#include "twofactl/host/pam_stack.h"

/* What is wrong with a stack; a line is NULL when that is fine. Lines of
 * pam_twofa that ask are those without split and when=. */
struct pam_walk {
	bool too_complex;                   /* it cannot be judged */
	const struct pam_stack_line *twofa; /* the first that asks */
	bool reached;                       /* some way leads there */
	/* the line by which the stack succeeds without pam_twofa's success; in
	 * a stack without pam_twofa any line, if it can succeed at all */
	const struct pam_stack_line *bypass;
	/* a first factor's module: though it failed and no other succeeded,
	 * pam_twofa is reached; or it loses the login */
	const struct pam_stack_line *failed;
	/* ... and then the right code lets in */
	const struct pam_stack_line *optional;
	bool no_factor; /* on no way a first factor comes before it */
	/* in such a stack: the first factor after it */
	const struct pam_stack_line *behind;
	/* on some way none before it leaves a password, as with a key */
	bool no_password;
	/* a module without a password, whose success leads to a line that
	 * asks; or any that jumps there over those that ask for one */
	const struct pam_stack_line *silent;
	/* wants a password, but none before it has asked for one */
	const struct pam_stack_line *unfed;
	/* this line denies users who have both factors; pam_twofa's if it is no
	 * other; not reported beside no_factor and silent */
	const struct pam_stack_line *shut;
	/* when= or split: the logins that it is for cannot succeed */
	const struct pam_stack_line *cut_off;
	/* asks after split, though the password was not judged */
	const struct pam_stack_line *unjudged;
	const struct pam_stack_line *again; /* asks after one has let in */
	const struct pam_stack_line *late; /* split after a password's module */
	const struct pam_stack_line *alone; /* split, no_prompt not after it */
	const struct pam_stack_line
	    *bare; /* no_prompt without split before it */
};

/* The service that the stack belongs to. */
struct pam_walk_service {
	/* the application itself runs as root, like sshd and login, so
	 * pam_rootok always succeeds */
	bool caller_is_root;
	/* pam_twofa takes the first factor as shown without a password: by a
	 * rule, or by sshd's report of a key */
	bool vouched;
};

/* Can somebody get in whom of all first factors this module alone accepts? */
bool pam_walk_lets(const struct pam_stack *, const struct pam_walk_service *,
    const char *module);

/* A stack with when= is followed once for each of its methods, and once without
 * any. */
void pam_walk_judge(const struct pam_stack *, const struct pam_walk_service *,
    struct pam_walk *);

#endif
