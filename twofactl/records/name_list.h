/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Lists of users' names: who has a record, which accounts the system lists.
 */
#ifndef TWOFA_NAME_LIST_H
#define TWOFA_NAME_LIST_H

#include <stdbool.h>
#include <stddef.h>

#include "lib/rules/rules.h"
#include "lib/settings/settings.h"

struct name_list {
	size_t count, cap;
	char (*name)[USER_NAME_MAX + 1];
};

/* Zero a list before the first add. 0, or -1 with errno. */
int name_list_add(struct name_list *, const char *name);
int name_list_add_all(struct name_list *, const struct name_list *from);
/* Sort by bytes and remove duplicates. name_list_has needs a sorted list. */
void name_list_sort(struct name_list *);
bool name_list_has(const struct name_list *, const char *name);
void name_list_free(struct name_list *);

/* Users with a record, in users_dir or in the state, sorted. An unsafe
 * users_dir (owner: its required owner) is reported. 0, or -1 and an empty
 * list. */
int name_list_enrolled(struct name_list *, const struct settings *, uid_t owner,
    const struct settings_report *);

/* The accounts that the system lists (getpwent), sorted; a directory service
 * may have more. 0, or -1 with errno. */
int name_list_accounts(struct name_list *);

/* How many of them have a shell, counted up to a thousand. */
size_t name_list_people(void);

enum name_list_group {
	GROUP_FAILED = 0, /* see errno; the list is empty */
	GROUP_LISTED,
	GROUP_ABSENT,
};

/* Members of a group, sorted: those it names, and listed accounts with it as
 * their primary group. */
enum name_list_group name_list_members(struct name_list *, const char *group);

#endif
