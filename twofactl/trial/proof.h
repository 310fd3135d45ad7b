/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A real login with the files of a trial before they are in place: the
 * service's own program in a private view of /etc (etc.h), its client at
 * this terminal, a real message. If the view consists of copies, twofactl runs
 * the PAM stack instead of the program (host.h).
 */
#ifndef TWOFA_PROOF_H
#define TWOFA_PROOF_H

#include <stdbool.h>

#include "twofactl/install/trial.h"

struct proof {
	const struct trial *trial;
	const char *user;
	bool no_input; /* no code is typed: it is enough that it is asked for */
};

enum proof_result {
	PROOF_FAILED = 0, /* cause says why */
	PROOF_ENDED,      /* the login's program ended successfully */
	PROOF_SILENT,     /* it did, without printing anything */
	PROOF_ASKED,      /* no_input: a code was asked for */
};

enum proof_result proof_run(const struct proof *, char cause[TRIAL_CAUSE]);

#endif
