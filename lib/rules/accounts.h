/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the system says of an account: its own name, and whether it is in the
 * groups that the rules name. The answers go to policy.h as facts.
 */
#ifndef TWOFA_ACCOUNTS_H
#define TWOFA_ACCOUNTS_H

#include <stddef.h>
#include <sys/types.h>

#include "lib/rules/policy.h"
#include "lib/settings/settings.h"
#include "lib/values/user_name.h"

enum account_result {
	ACCOUNT_ERROR = 0, /* errno tells; the account may exist or not */
	ACCOUNT_FOUND,
	ACCOUNT_ABSENT,
};

struct account {
	char name[USER_NAME_MAX + 1]; /* pw_name */
	gid_t gid;
};

/* Look a name up (getpwnam_r). The name that comes back may differ in case or
 * by an alias; rules, record and counters use that one. */
enum account_result accounts_find(const char *user, struct account *);
/* The same by the uid (getpwuid_r). */
enum account_result accounts_find_uid(uid_t, struct account *);

/*
 * One fact for each group that a rule names, each name once. The caller frees
 * the array; the names in it belong to the settings. NULL with *count 0 when no
 * rule names a group (nothing is looked up then), and also without memory:
 * policy_decide takes an absent fact for GROUP_UNKNOWN.
 */
struct group_fact *accounts_facts(
    const struct settings *, const struct account *, size_t *count);

/* The same for a login, and only if it comes to a rule that names groups: no
 * other pays for it. Written into the facts; the caller frees the array. */
struct group_fact *accounts_groups(
    const struct settings *, const struct account *, struct policy_facts *);

#endif
