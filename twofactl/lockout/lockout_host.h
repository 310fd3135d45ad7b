/* SPDX-License-Identifier: BSD-2-Clause */
/* The table of this host for one service, as its files are seen from here. */
#ifndef TWOFA_LOCKOUT_HOST_H
#define TWOFA_LOCKOUT_HOST_H

#include "twofactl/lockout/lockout_table.h"

#define LOCKOUT_HOST_CAUSE 512

/* Where sshd's settings come from. */
struct lockout_sshd {
	const char *config; /* sshd_config */
	void *ctx;
	/* as lockout_source has it */
	int (*ask)(void *ctx, const char *user, struct sshd_settings *,
	    struct sshd_access *);
};

/* sshd: lockout_table_make's. Another: a row for each member of sudo, wheel and
 * admin, each enrolled user and, but for su and sudo, which ask root nothing,
 * for root, with what the code comes to once the password was right. 0, or -1
 * with cause and an empty table. */
int lockout_host_make(struct lockout_table *, const struct settings *,
    const char *service, const struct lockout_sshd *,
    char cause[LOCKOUT_HOST_CAUSE]);

#endif
