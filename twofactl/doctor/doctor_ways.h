/* SPDX-License-Identifier: BSD-2-Clause */
/* What the ways through a service's stack come to. */
#ifndef TWOFA_DOCTOR_WAYS_H
#define TWOFA_DOCTOR_WAYS_H

#include "twofactl/doctor/doctor.h"
#include "twofactl/host/pam_walk.h"

/* A stack with a line of pam_twofa that asks, whose it is, and what is wrong
 * with it. */
struct doctor_stack {
	const char *service;
	struct pam_walk_service of;
	const struct pam_stack *stack;
	struct pam_walk w;
};

/* Tell who gets in without a code or without the first factor, and who does not
 * get in at all. */
void doctor_ways(struct doctor *, const struct doctor_stack *);

/* ... of a stack by which nobody gets in, and none of whose lines asks: tell
 * when that is so by a line with split or when=. */
void doctor_ways_closed(struct doctor *, const struct doctor_stack *);

#endif
