/* SPDX-License-Identifier: BSD-2-Clause */
/* Which accounts of this host could log in by a service: one row for each. */
#ifndef TWOFA_LOCKOUT_TABLE_H
#define TWOFA_LOCKOUT_TABLE_H

#include <stdbool.h>
#include <stddef.h>

#include "lib/settings/settings.h"
#include "twofactl/lockout/lockout.h"
#include "twofactl/sshd/sshd.h"

/* The present or the future state to be judged. */
struct lockout_source {
	const char *service;
	const struct settings *conf;
	const struct login_stack *stack;
	/* of sshd: Match blocks, of which each that may or may not apply is a
	 * way in, too; NULL: none */
	const struct sshd_match *match;
	bool by_user; /* sshd's settings depend on the user */
	/* this host cannot list who has a record in the state: some are asked
	 * for */
	bool one_by_one;
	void *ctx;
	/* sshd's settings for that account, "" for any: 0, or -1; NULL: another
	 * service */
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
	struct lockout_row *row; /* by name */
	size_t left;             /* accounts not checked for lack of time */
	bool one_by_one;         /* as in lockout_source */
};

/* A record in the state that is asked for counts as read by this host, of which
 * an hour has few: so many of those that are no admins are. */
#define LOCKOUT_ASKED 20

/* A row for root, each member of sudo, wheel and admin, whom sudoers or
 * AllowUsers name, each enrolled user, and each other account that could pass
 * the first factor: with a password, by sshd also with keys. Not by sudo, which
 * is for those whom sudoers allows it. su and sudo do not ask root. Takes at
 * most 20 s. 0, or -1: no memory, the accounts cannot be listed, or sshd has no
 * settings for one; the table is empty then. The caller frees it. */
int lockout_table_make(struct lockout_table *, const struct lockout_source *);
/* The row of that name; NULL: it has none. */
const struct lockout_row *lockout_table_find(
    const struct lockout_table *, const char *name);
void lockout_table_free(struct lockout_table *);

#endif
