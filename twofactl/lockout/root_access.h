/* SPDX-License-Identifier: BSD-2-Clause */
/* Who of the enrolled could become root here, as far as accounts tell. */
#ifndef TWOFA_ROOT_ACCESS_H
#define TWOFA_ROOT_ACCESS_H

#include <stdbool.h>

#include "twofactl/records/name_list.h"

/* Is it uid 0, or in one of the groups to which distributions give sudo (sudo,
 * wheel, admin)? What cannot be looked up cannot either. */
bool root_access_has(const char *user);

/* The members of those groups, sorted. 0, or -1 with errno and an empty list.
 */
int root_access_members(struct name_list *);

/* Is user the only one of the list who has it? */
bool root_access_last(const struct name_list *, const char *user);

#endif
