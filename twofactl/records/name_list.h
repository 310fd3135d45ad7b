/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Lists of users' names: who has a record, which accounts the system lists.
 */
#ifndef TWOFA_NAME_LIST_H
#define TWOFA_NAME_LIST_H

#include <stdbool.h>
#include <stddef.h>

#include "lib/rules/accounts.h"
#include "lib/settings/settings.h"

struct namelist {
	size_t count, cap;
	char (*name)[ACCOUNT_NAME_MAX + 1];
};

/* Zero a list before the first add. 0, or -1 with errno. */
int namelist_add(struct namelist *, const char *name);
/* By bytes; each name once. namelist_has wants a sorted list. */
void namelist_sort(struct namelist *);
bool namelist_has(const struct namelist *, const char *name);
void namelist_free(struct namelist *);

/* Who has a file in users_dir, sorted. A users_dir that is not fit (owner: who
 * must own it) is reported. 0, or -1 and an empty list. */
int namelist_enrolled(struct namelist *, const struct config *, uid_t owner,
    const struct config_report *);

/* The accounts that the system lists (getpwent), sorted: a directory service
 * may know more than it lists. 0, or -1 with errno. */
int namelist_accounts(struct namelist *);

enum namelist_group {
	GROUP_FAILED = 0, /* errno tells; the list is empty */
	GROUP_LISTED,
	GROUP_ABSENT,
};

/* Members of a group, sorted: those that it names, and those listed accounts
 * whose own group it is. */
enum namelist_group namelist_members(struct namelist *, const char *group);

#endif
