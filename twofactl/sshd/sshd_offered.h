/* SPDX-License-Identifier: BSD-2-Clause */
/* Does the sshd that runs offer what its files want, now that it was told to
 * read them? */
#ifndef TWOFA_SSHD_OFFERED_H
#define TWOFA_SSHD_OFFERED_H

#include <stdbool.h>

#define SSHD_OFFERED_CAUSE 1024

enum sshd_offered {
	SSHD_OFFERED_OTHER = 0, /* cause says what */
	SSHD_OFFERED_SAME,
	SSHD_OFFERED_UNASKED, /* nothing could be asked; cause says why */
};

/* At most three connections, a second apart: one may be dropped under a flood
 * (MaxStartups), and newer ones penalise more of them. by_socket: a unit
 * listens for it, perhaps elsewhere than the files say. */
enum sshd_offered sshd_offered(bool by_socket, char cause[SSHD_OFFERED_CAUSE]);

#endif
