/* SPDX-License-Identifier: BSD-2-Clause */
/* Which line of sshd_config, or of its includes, sets a key for every login:
 * the first one counts. */
#ifndef TWOFA_SSHD_FIRST_H
#define TWOFA_SSHD_FIRST_H

#include <stdbool.h>

#define SSHD_FIRST_PATH 256
/* What twofactl enable writes. */
#define SSHD_FIRST_OURS "/etc/ssh/sshd_config.d/30-twofa.conf"

struct sshd_first {
	char file[SSHD_FIRST_PATH];
	unsigned number; /* of its line, from 1 */
};

/* Searched before any Match. False: there is none. A key's former name counts
 * as well. */
bool sshd_first_find(struct sshd_first *, const char *config, const char *key);

/* Is this file read before any Match? */
bool sshd_first_reads(const char *config, const char *file);

#endif
