/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One way through a stack: where it is, and what PAM (1.5, pam.conf(5)) and we
 * know of it by then. Pure.
 */
#ifndef TWOFA_PAM_WAY_H
#define TWOFA_PAM_WAY_H

#include <stdbool.h>
#include <stdint.h>

#include "twofactl/host/pam_factor.h"

#define PAM_WAY_MODULES 3 /* whose word on the password is kept */

/* PAM's impression and status together. */
enum pam_sense {
	PAM_SENSE_NONE = 0,
	PAM_SENSE_GOOD, /* positive, and success */
	PAM_SENSE_ODD,  /* positive, but not success */
	PAM_SENSE_BAD,
};

/* What split took for a password. */
enum pam_split {
	PAM_SPLIT_NOT = 0,
	PAM_SPLIT_OPEN, /* nothing has judged it */
	PAM_SPLIT_JUDGED,
};

struct pam_way {
	unsigned pos, level; /* the line that is next; the last one's level */
	enum pam_sense sense;
	enum pam_sense
	    saved[PAM_STACK_LEVELS + 1]; /* at each substack's begin */
	enum pam_seen twofa, factor;
	enum pam_seen same[PAM_WAY_MODULES];
	enum pam_split split;
	enum pam_typed typed;
	bool lost; /* a first factor's failure made sense bad */
	/* not part of the state, but of what is told: lines, count when none */
	unsigned skipper, failed, silent, spoiler;
};

/* The turn of the line at pos begins. */
void pam_way_enter(const struct pam_stack *, struct pam_way *);

/* What PAM does after the line at pos has returned value. */
void pam_way_act(const struct pam_stack *, struct pam_way *, int value);

/* Equal for two that go on alike; never 0. */
uint64_t pam_way_key(const struct pam_way *);

#endif
