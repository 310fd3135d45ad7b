/* SPDX-License-Identifier: BSD-2-Clause */
/* Which enrolled users could become root, judged by their accounts. */
#ifndef TWOFA_ROOT_ACCESS_H
#define TWOFA_ROOT_ACCESS_H

#include <stdbool.h>

#include "twofactl/records/records.h"

/* True for uid 0 and for members of the groups that distributions allow sudo
 * (sudo, wheel, admin). An account that cannot be looked up does not count. */
bool root_access_has(const char *user);

/* root, other accounts with uid 0 and the members of those groups, sorted. 0,
 * or -1 with errno and an empty list. */
int root_access_members(struct name_list *);

/* Adds whom sudoers names, also by netgroups; unsorted. True: ALL as well,
 * which is every account. */
bool root_access_sudoers(struct name_list *);
/* Adds every account with a shell. */
void root_access_everybody(struct name_list *);

/* Is user the only one in the list with root access? */
bool root_access_last(const struct name_list *, const char *user);

#endif
