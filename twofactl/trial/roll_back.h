/* SPDX-License-Identifier: BSD-2-Clause */
/* The end of a trial that nobody confirmed: what stood before stands again. */
#ifndef TWOFA_ROLL_BACK_H
#define TWOFA_ROLL_BACK_H

#include "twofactl/install/trial.h"

enum roll_back_reason {
	ROLL_BACK_TIMEOUT = 0,
	ROLL_BACK_BOOT,
	ROLL_BACK_HAND,
	ROLL_BACK_SSHD_CHECK,  /* sshd -t, or the reload, failed */
	ROLL_BACK_NOT_OFFERED, /* the running sshd offers something else */
};

/* Files, sshd, the log, root's terminals; then nothing is pending. 0, or -1
 * with cause: it is pending still, and may be tried again. */
int roll_back(
    const struct trial *, enum roll_back_reason, char cause[TRIAL_CAUSE]);

#endif
