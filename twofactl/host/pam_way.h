/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One way through a stack: its position, and what PAM (1.5, pam.conf(5)) and
 * this program know by then. Pure.
 */
#ifndef TWOFA_PAM_WAY_H
#define TWOFA_PAM_WAY_H

#include <stdbool.h>
#include <stdint.h>

#include "twofactl/host/pam_factor.h"

#define PAM_WAY_MODULES 3 /* modules whose judgement is kept */

/* PAM's impression and status in one value. */
enum pam_sense {
	PAM_SENSE_NONE = 0,
	PAM_SENSE_GOOD, /* positive, and success */
	PAM_SENSE_ODD,  /* positive, but not success */
	PAM_SENSE_BAD,
};

/* The state of the password that split has set. */
enum pam_split {
	PAM_SPLIT_NOT = 0,
	PAM_SPLIT_OPEN, /* not judged yet */
	PAM_SPLIT_JUDGED,
};

struct pam_way {
	unsigned pos, level; /* the next line; the last line's level */
	enum pam_sense sense;
	enum pam_sense
	    saved[PAM_STACK_LEVELS + 1]; /* at the start of each substack */
	enum pam_seen twofa, factor;
	enum pam_seen same[PAM_WAY_MODULES];
	enum pam_split split;
	enum pam_typed typed;
	bool lost; /* a failed first factor made sense bad */
	/* not part of the state, but of the report: lines, count when none */
	unsigned skipper, failed, silent, spoiler, loser;
	unsigned jumper; /* position + 1; 0: none */
};

/* Enter the line at pos. */
void pam_way_enter(const struct pam_stack *, struct pam_way *);

/* Act as PAM does when the line at pos has returned value. */
void pam_way_act(const struct pam_stack *, struct pam_way *, int value);

/* Then note which line has lost the login or skipped others. */
void pam_way_note(const struct pam_stack *, struct pam_way *,
    const struct pam_way *from, int value);

/* The same number for ways that continue alike; never 0. */
uint64_t pam_way_key(const struct pam_way *);

#endif
