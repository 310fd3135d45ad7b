/* SPDX-License-Identifier: BSD-2-Clause */
/* Which accounts of this host could log in by sshd: one row for each. */
#ifndef TWOFA_LOCKOUT_TABLE_H
#define TWOFA_LOCKOUT_TABLE_H

#include <stdbool.h>
#include <stddef.h>

#include "lib/settings/settings.h"
#include "twofactl/host/sshd_match.h"
#include "twofactl/lockout/lockout.h"
#include "twofactl/lockout/sshd_access.h"

/* The present or the future state to be judged. */
struct lockout_source {
	const struct settings *conf;
	const struct login_stack *stack;
	/* Match blocks: each that may or may not apply is a way in, too; NULL
	 * none */
	const struct sshd_match *match;
	bool by_user; /* sshd's settings depend on the user */
	/* this host cannot list who has a record in the state: accounts with a
	 * password count as those with keys, and some are asked for */
	bool one_by_one;
	void *ctx;
	/* sshd's settings for that account, "" for any: 0, or -1 */
	int (*sshd)(void *ctx, const char *user, struct sshd_settings *,
	    struct sshd_access *);
};

struct lockout_row {
	char name[USER_NAME_MAX + 1];
	bool admin; /* root, or a member of sudo, wheel, admin */
	enum lockout how;
};

struct lockout_table {
	size_t count, cap;
	struct lockout_row *row;
	size_t left;     /* accounts not checked for lack of time */
	bool one_by_one; /* as in lockout_source */
};

/* A record in the state that is asked for counts as read by this host, of which
 * an hour has few: so many of those that are no admins are. */
#define LOCKOUT_ASKED 20

/* A row for root, each member of sudo, wheel and admin, each enrolled user and
 * each listed account with keys. Takes at most 20 s. 0, or -1: no memory, or
 * sshd has no settings for an account; the table is empty then. The caller
 * frees it. */
int lockout_table_make(struct lockout_table *, const struct lockout_source *);
void lockout_table_free(struct lockout_table *);

#endif
