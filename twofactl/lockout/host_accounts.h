/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The accounts and groups of this host. Each source is read once, so that
 * judging ten thousand accounts takes no look-up for each.
 */
#ifndef TWOFA_HOST_ACCOUNTS_H
#define TWOFA_HOST_ACCOUNTS_H

#include <sys/types.h>

#include "lib/rules/rules.h"
#include "twofactl/lockout/lockout.h"
#include "twofactl/records/records.h"

struct host_account {
	char name[USER_NAME_MAX + 1];
	uid_t uid;
	gid_t gid;
	char *home, *shell;
	bool listed;  /* by getpwent, not looked up by its name */
	size_t order; /* in which it was read */
	/* from /etc/shadow: for other accounts a directory decides */
	enum account_password password;
	bool locked, expired;
	size_t first, groups; /* in member[] */
};

struct host_group {
	gid_t gid;
	char *name; /* NULL: no source knows it */
};

struct host_member {
	size_t account;
	gid_t gid;
};

struct host_accounts {
	size_t count, accounts_cap;
	struct host_account *account; /* by name */
	size_t groups, groups_cap;
	struct host_group *group; /* by gid */
	struct name_list known;   /* those asked for that there are */
	size_t members, members_cap;
	struct host_member *member; /* by account */
};

/* What the system lists (getpwent, getgrent), and of a directory that lists
 * nothing these accounts and groups. 0, or -1 with errno; free it either
 * way. */
int host_accounts_read(struct host_accounts *, const struct name_list *users,
    const struct name_list *groups);
void host_accounts_free(struct host_accounts *);

/* Its nth group: false after the last one. NULL in name: it has none. */
bool host_accounts_group(const struct host_accounts *,
    const struct host_account *, size_t n, const char **name);

/* Of a group that was asked for. GROUP_UNKNOWN: no source knows it. */
enum membership host_accounts_in(const struct host_accounts *,
    const struct host_account *, const char *group);

#endif
