/* SPDX-License-Identifier: BSD-2-Clause */
/* The end of a trial that was not confirmed: everything is restored. */
#ifndef TWOFA_ROLL_BACK_H
#define TWOFA_ROLL_BACK_H

#include "twofactl/install/trial.h"

enum roll_back_reason {
	ROLL_BACK_TIMEOUT = 0,
	ROLL_BACK_BOOT,
	ROLL_BACK_HAND,
	ROLL_BACK_SSHD_CHECK,  /* sshd -t, or the reload, failed */
	ROLL_BACK_NOT_OFFERED, /* the running sshd offers other methods */
};

/* Restores the files and sshd, writes to the log and root's terminals; then no
 * trial is pending. 0, or -1 with cause: it is still pending, and can be tried
 * again. */
int roll_back(
    const struct trial *, enum roll_back_reason, char cause[TRIAL_CAUSE]);

#endif
