/* SPDX-License-Identifier: BSD-2-Clause */
/* Declarations that the files of host share. */
#ifndef TWOFA_HOST_INSIDE_H
#define TWOFA_HOST_INSIDE_H

#include "twofactl/host/host.h"

#define PAM_STACK_BLANKS " \t\n" /* of libpam; not a carriage return */

/* pam_dispatch.c: what PAM makes of each line's result (1.5, pam.conf(5)). */

/* PAM's variables impression and status in one value. */
enum pam_sense {
	PAM_SENSE_NONE = 0,
	PAM_SENSE_GOOD, /* positive, and success */
	PAM_SENSE_ODD,  /* positive, but not success */
	PAM_SENSE_BAD,
};

/* The state of PAM before the next line; zeroed at the start. */
struct pam_dispatch {
	unsigned pos, level; /* the next line; the last line's level */
	enum pam_sense sense;
	enum pam_sense
	    saved[PAM_STACK_LEVELS + 1]; /* at the start of each substack */
	unsigned spoiler;                /* the line that made sense bad */
};

/* Comes before what the line at pos does. */
void pam_dispatch_enter(const struct pam_stack *, struct pam_dispatch *);

/* Does what PAM does after the line at pos returned value. */
void pam_dispatch_apply(
    const struct pam_stack *, struct pam_dispatch *, int value);

/* Returns the target of a jump from pos over this number of lines. *bad is set
 * if there are too few lines, which makes the stack fail. */
unsigned pam_jump(const struct pam_stack *, unsigned pos, int lines, bool *bad);

/* pam_logins.c: each login, by what all modules return together. */

/* A change of a stack. */
struct pam_change {
	const struct pam_stack *before, *after;
	struct pam_walk_login service;
	/* a new rule accepts the first factor without a password: the success
	 * of this line of before, or NULL without the rule */
	const struct pam_stack_line *vouches;
	bool widens; /* before denied users who have both factors */
};

/* True if every login that was allowed by a first factor still is, with a
 * code; and if no other is unless the change widens: then with both factors,
 * and if no line has refused it that can also succeed. False if there are too
 * many logins to be checked. */
bool pam_logins_keep(const struct pam_change *);

#endif
