/* SPDX-License-Identifier: BSD-2-Clause */
/* What doctor says of a stack without pam_twofa. */
#ifndef TWOFA_DOCTOR_MISSING_H
#define TWOFA_DOCTOR_MISSING_H

#include "twofactl/doctor/doctor.h"
#include "twofactl/programs/login_services.h"

/* other: it has no file of its own. from: the service whose file it includes,
 * NULL: none that can give root. */
void doctor_missing(struct doctor *, const char *service, bool other,
    const struct login_service *from);

#endif
