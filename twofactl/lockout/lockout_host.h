/* SPDX-License-Identifier: BSD-2-Clause */
/* The table of this host for one service, by the files that this process
 * sees. */
#ifndef TWOFA_LOCKOUT_HOST_H
#define TWOFA_LOCKOUT_HOST_H

#include "twofactl/lockout/lockout_table.h"

#define LOCKOUT_HOST_CAUSE 512

/* The source of sshd's settings. */
struct lockout_sshd {
	const char *config; /* sshd_config */
	void *ctx;
	/* as in lockout_source */
	int (*ask)(void *ctx, const char *user, struct sshd_settings *,
	    struct sshd_access *);
};

/* lockout_table_make by the service's stack; with what happens after the right
 * password where it is not sshd. 0, or -1 with cause and an empty table. */
int lockout_host_make(struct lockout_table *, const struct settings *,
    const char *service, const struct lockout_sshd *,
    char cause[LOCKOUT_HOST_CAUSE]);

#endif
