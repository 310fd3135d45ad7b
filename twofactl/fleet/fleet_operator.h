/* SPDX-License-Identifier: BSD-2-Clause */
/* twofa_operator, as whom twofactl asks the state: its role and the file with
 * its password (state_admin.h). */
#ifndef TWOFA_FLEET_OPERATOR_H
#define TWOFA_FLEET_OPERATOR_H

#include "twofactl/fleet/fleet.h"
#include "twofactl/fleet/scram_verifier.h"

struct fleet_operator {
	char path[TRUSTED_FILE_PATH_MAX + 1];
	char verifier[SCRAM_VERIFIER_MAX]; /* "": the role stays as it is */
	bool made; /* a password that is new: beside its place */
};

/* has_role: it is there already. Its password is made where there is no file,
 * or --renew asks for it. 0, or -1 after complaining. */
int fleet_operator_prepare(
    struct fleet_operator *, const struct ctl *, bool has_role);
void fleet_operator_sql(const struct fleet_operator *, struct sql *);
/* Put the file in its place, or, done being false, forget it. CTL_DONE, or else
 * after complaining. */
enum ctl_exit fleet_operator_end(const struct fleet_operator *, bool done);

#endif
