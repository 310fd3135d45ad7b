/* SPDX-License-Identifier: BSD-2-Clause */
/* A line of a stack that PAM cannot read. */
#ifndef TWOFA_DOCTOR_BROKEN_H
#define TWOFA_DOCTOR_BROKEN_H

#include "twofactl/doctor/doctor.h"
#include "twofactl/host/host.h"

/* Report the first one, with the change that was tried. If that one lets people
 * in the stack is changed, too, since no login succeeds before. */
void doctor_broken(struct doctor *, const char *service,
    const struct pam_walk_service *, struct pam_stack *);

#endif
