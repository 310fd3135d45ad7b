/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A real login by the files of a trial, before they are put into place: the
 * service's own program in a view of /etc that nobody else has (etc_view.h),
 * its client at this terminal, a real message. Where that view is of copies,
 * its PAM stack is run in the program's place (pam_login.h).
 */
#ifndef TWOFA_PROOF_H
#define TWOFA_PROOF_H

#include <stdbool.h>

#include "twofactl/install/trial.h"

struct proof {
	const struct trial *trial;
	const char *user;
	bool no_input; /* nobody types a code: that it is asked for is enough */
};

enum proof_result {
	PROOF_FAILED = 0, /* cause says why */
	PROOF_ENDED,      /* the login's program ended well */
	PROOF_SILENT,     /* it did, and had printed nothing */
	PROOF_ASKED,      /* no_input: a code was asked for */
};

enum proof_result proof_run(const struct proof *, char cause[TRIAL_CAUSE]);

#endif
