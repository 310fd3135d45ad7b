/* SPDX-License-Identifier: BSD-2-Clause */
/* Does the running sshd offer the methods of its files, now that it was told to
 * read them? */
#ifndef TWOFA_SSHD_OFFERED_H
#define TWOFA_SSHD_OFFERED_H

#include <stdbool.h>

#define SSHD_OFFERED_CAUSE 1024

enum sshd_offered {
	SSHD_OFFERED_OTHER = 0, /* cause says what */
	SSHD_OFFERED_SAME,
	SSHD_OFFERED_UNASKED, /* it could not be asked; cause says why */
};

/* Makes at most three connections, one second apart: one may be dropped during
 * a flood (MaxStartups), and newer versions penalise more of them. by_socket: a
 * unit listens for it, maybe elsewhere than the files say. */
enum sshd_offered sshd_offered(bool by_socket, char cause[SSHD_OFFERED_CAUSE]);

#endif
