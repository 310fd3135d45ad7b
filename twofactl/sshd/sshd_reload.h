/* SPDX-License-Identifier: BSD-2-Clause */
/* Let the running sshd read its settings again. */
#ifndef TWOFA_SSHD_RELOAD_H
#define TWOFA_SSHD_RELOAD_H

enum sshd_reload {
	SSHD_RELOAD_FAILED = 0, /* cause says why */
	SSHD_RELOADED,
	SSHD_RELOAD_NONE, /* none runs: each login starts a new one */
};

#define SSHD_RELOAD_CAUSE 512

enum sshd_reload sshd_reload(char cause[SSHD_RELOAD_CAUSE]);

#endif
