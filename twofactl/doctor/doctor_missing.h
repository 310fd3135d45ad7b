/* SPDX-License-Identifier: BSD-2-Clause */
/* Doctor's findings about a stack without pam_twofa. */
#ifndef TWOFA_DOCTOR_MISSING_H
#define TWOFA_DOCTOR_MISSING_H

#include "twofactl/doctor/doctor.h"
#include "twofactl/host/host.h"

/* other: the service has no file. from: a service that can give root, whose
 * file this one includes; NULL: none. */
void doctor_missing(struct doctor *, const char *service, bool other,
    const struct login_service *from);

/* A note on a service that is none of those that can give root as we know
 * them. */
void doctor_missing_other(struct doctor *, const char *service);

#endif
