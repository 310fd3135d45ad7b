/* SPDX-License-Identifier: BSD-2-Clause */
/* Do the staged files work? */
#ifndef TWOFA_FIRST_PROOF_H
#define TWOFA_FIRST_PROOF_H

#include "twofactl/init/first_files.h"

/* The provider accepts the credentials, a code reaches the number (unless
 * no_verify), and a user without recovery codes writes down ten (unless there
 * is no terminal). CTL_DONE; CTL_NO: a code was not typed; CTL_SETTINGS: the
 * vendor refuses the credentials; CTL_FAILED. */
enum ctl_exit first_proof(const struct ctl *, const struct first_files *);

#endif
