/* SPDX-License-Identifier: BSD-2-Clause */
/* Where the ways through a service's stack lead. */
#ifndef TWOFA_DOCTOR_WAYS_H
#define TWOFA_DOCTOR_WAYS_H

#include "twofactl/doctor/doctor.h"
#include "twofactl/host/host.h"

/* A stack with a line of pam_twofa that asks, its service, and what is wrong
 * with it. */
struct doctor_stack {
	const char *service;
	struct pam_walk_service of;
	const struct pam_stack *stack;
	struct pam_walk w;
};

/* Report logins without a code or without the first factor, and users who are
 * always denied. */
void doctor_ways(struct doctor *, const struct doctor_stack *);

/* For a stack that lets no login succeed and has no line that asks: report it
 * if a line with split or when= is the cause. */
void doctor_ways_closed(struct doctor *, const struct doctor_stack *);

#endif
