/* SPDX-License-Identifier: BSD-2-Clause */
/* Accounts that can become root: by uid, by group, or by sudoers. */
#include "twofactl/lockout/lockout.h"

#include <grp.h>
#include <netdb.h>
#include <unistd.h>

static const char *const root_groups[] = { "sudo", "wheel", "admin", NULL };

bool
lockout_root_includes(const char *user)
{
	const struct passwd *pw = getpwnam(user);

	if (pw == NULL || pw->pw_uid == 0)
		return pw != NULL;
	for (const char *const *group = root_groups; *group != NULL; group++) {
		const struct group *gr = getgrnam(*group);

		if (gr != NULL &&
		    (gr->gr_gid == pw->pw_gid ||
			text_is_one_of(user, (const char *const *)gr->gr_mem)))
			return true;
	}
	return false;
}

int
lockout_root_list_accounts(struct name_list *list)
{
	const struct passwd *pw;
	int rc;

	*list = (struct name_list){ .count = 0 };
	rc = name_list_add(list, "root");
	setpwent();
	while ((pw = name_list_next_account(&rc)) != NULL)
		if (pw->pw_uid == 0)
			rc = name_list_add(list, pw->pw_name);
	for (const char *const *group = root_groups; rc == 0 && *group != NULL;
	     group++)
		rc = name_list_add_members(list, *group);
	if (rc != 0)
		name_list_free(list);
	else
		name_list_sort(list);
	return rc;
}

/* True if it has a triple without a user, which is every account. */
static bool
add_netgroup(struct name_list *users, const char *name)
{
	char *host, *user, *domain;
	bool all = false;

	(void)setnetgrent(name);
	while (getnetgrent(&host, &user, &domain) == 1)
		if (user == NULL)
			all = true;
		else
			(void)name_list_add(users, user);
	endnetgrent();
	return all;
}

/* True if name is every account. */
static bool
add_named(struct name_list *users, const char *name)
{
	/* -1, no id, unless digits */
	const unsigned id =
	    (unsigned)decimal_read(name + strspn(name, "%#"), UINT32_MAX);
	const struct passwd *pw =
	    name[0] == '#' ? getpwuid(id) : getpwnam(name);
	const struct group *gr = name[0] != '%' ? NULL
	    : name[1] == '#'                    ? getgrgid(id)
						: getgrnam(name + 1);
	char group[USER_NAME_MAX + 1];

	if (strcmp(name, "ALL") == 0)
		return true;
	if (name[0] == '+')
		return add_netgroup(users, name + 1);
	if (pw != NULL)
		(void)name_list_add(users, pw->pw_name);
	else if (gr != NULL) {
		PRINT_TO(group, "%s", gr->gr_name);
		(void)name_list_add_members(users, group);
	}
	return false;
}

bool
lockout_root_add_sudoers(struct name_list *users)
{
	struct name_list names OWNED(name_list_free) = { .count = 0 };
	bool all = lockout_sudoers_list(&names, true) != NULL &&
	    access("/etc/sudoers", F_OK) == 0;

	for (size_t i = 0; i < names.count; i++)
		all = add_named(users, names.name[i]) || all;
	return all;
}

void
lockout_root_list_all(struct name_list *users)
{
	const struct passwd *pw;
	int rc = 0;

	(void)lockout_root_list_accounts(users);
	if (lockout_root_add_sudoers(users)) {
		setpwent();
		while ((pw = name_list_next_account(&rc)) != NULL)
			if (accounts_is_login_shell(pw->pw_shell))
				rc = name_list_add(users, pw->pw_name);
	}
	name_list_sort(users);
}

bool
lockout_root_is_last(const struct name_list *list, const char *user)
{
	if (!lockout_root_includes(user))
		return false;
	for (size_t i = 0; i < list->count; i++)
		if (strcmp(list->name[i], user) != 0 &&
		    lockout_root_includes(list->name[i]))
			return false;
	return true;
}
