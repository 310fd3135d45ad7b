/* SPDX-License-Identifier: BSD-2-Clause */
/* What passwd, shadow, groups and key files say about an account. */
#include "twofactl/lockout/account_facts.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "twofactl/lockout/account_keys.h"

#define GROUPS_MAX 256

/* sshd refuses users whose shell cannot be started; some shells end at once. */
static bool
has_shell(const char *shell)
{
	static const char *const none[] = { "nologin", "false" };
	const char *path = shell[0] != '\0' ? shell : "/bin/sh";
	const char *slash = strrchr(path, '/');
	struct stat st;

	for (size_t i = 0; i < sizeof(none) / sizeof(none[0]); i++)
		if (strcmp(slash != NULL ? slash + 1 : path, none[i]) == 0)
			return false;
	return stat(path, &st) == 0 && S_ISREG(st.st_mode) &&
	    (st.st_mode & (S_IXUSR | S_IXGRP | S_IXOTH)) != 0;
}

/* If it has more groups than fit, or groups without names, it is not shut
 * out. */
static bool
is_shut(const struct sshd_access *access, const struct host_accounts *hosts,
    const struct host_account *account)
{
	const char *names[GROUPS_MAX];
	size_t count = 0;

	for (; host_accounts_group(hosts, account, count, &names[count]);
	     count++)
		if (names[count] == NULL || count + 1 == GROUPS_MAX)
			return false;
	return sshd_access_shuts(access, account->name, names, count);
}

int
account_facts_read(struct account_facts *a, const struct host_accounts *hosts,
    const struct host_account *account, const struct sshd_access *access)
{
	*a = (struct account_facts){ .root = account->uid == 0,
		.shut = account->expired || is_shut(access, hosts, account),
		.locked = account->locked,
		.password = account->password };
	(void)snprintf(a->name, sizeof(a->name), "%s", account->name);
	if (!has_shell(account->shell))
		return -1;
	a->keys = account_keys_look(
	    access, account->name, account->uid, account->home);
	return 0;
}
