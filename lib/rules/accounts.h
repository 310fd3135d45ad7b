/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the system knows of an account: its real name, and whether it is in the
 * groups that the rules name. policy.h gets the answers as facts.
 */
#ifndef TWOFA_ACCOUNTS_H
#define TWOFA_ACCOUNTS_H

#include <stddef.h>
#include <sys/types.h>

#include "lib/rules/policy.h"
#include "lib/settings/settings.h"
#include "lib/values/values.h"

enum account_result {
	ACCOUNT_ERROR = 0, /* see errno; the account may exist or not */
	ACCOUNT_FOUND,
	ACCOUNT_ABSENT,
};

struct account {
	char name[USER_NAME_MAX + 1]; /* pw_name */
	gid_t gid;
};

/* Look a name up (getpwnam_r). The name that comes back may differ in case or
 * be the target of an alias; rules, record and counters use that one. */
enum account_result accounts_find(const char *user, struct account *);
/* The same by the uid (getpwuid_r). */
enum account_result accounts_find_uid(uid_t, struct account *);

/*
 * One fact for each group that a rule names, each name once. The caller frees
 * the array; the names in it belong to the settings. NULL with *count 0 when no
 * rule names a group (then nothing is looked up), and also when memory is
 * short: policy_decide treats a missing fact as GROUP_UNKNOWN.
 */
struct group_fact *accounts_facts(
    const struct settings *, const struct account *, size_t *count);

/* The same for a login, but only if it reaches a rule that names groups, so
 * that other logins save the time. Written into the facts; the caller frees the
 * array. */
struct group_fact *accounts_groups(
    const struct settings *, const struct account *, struct policy_facts *);

#endif
