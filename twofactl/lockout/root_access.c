/* SPDX-License-Identifier: BSD-2-Clause */
#include "twofactl/lockout/root_access.h"

#include <grp.h>
#include <pwd.h>
#include <string.h>

static const char *const groups[] = { "sudo", "wheel", "admin" };

static bool
in_group(const char *user, gid_t gid, const char *name)
{
	const struct group *gr = getgrnam(name);

	if (gr == NULL)
		return false;
	if (gr->gr_gid == gid)
		return true;
	for (char *const *m = gr->gr_mem; *m != NULL; m++)
		if (strcmp(*m, user) == 0)
			return true;
	return false;
}

bool
root_access_has(const char *user)
{
	const struct passwd *pw = getpwnam(user);
	gid_t gid;

	if (pw == NULL)
		return false;
	if (pw->pw_uid == 0)
		return true;
	gid = pw->pw_gid;
	for (size_t i = 0; i < sizeof(groups) / sizeof(groups[0]); i++)
		if (in_group(user, gid, groups[i]))
			return true;
	return false;
}

int
root_access_members(struct name_list *list)
{
	struct name_list one;
	int rc = 0;

	*list = (struct name_list){ .count = 0 };
	for (size_t i = 0; i < sizeof(groups) / sizeof(groups[0]); i++) {
		if (name_list_members(&one, groups[i]) == GROUP_FAILED)
			rc = -1;
		for (size_t n = 0; rc == 0 && n < one.count; n++)
			rc = name_list_add(list, one.name[n]);
		name_list_free(&one);
	}
	if (rc != 0)
		name_list_free(list);
	else
		name_list_sort(list);
	return rc;
}

bool
root_access_last(const struct name_list *list, const char *user)
{
	if (!root_access_has(user))
		return false;
	for (size_t i = 0; i < list->count; i++)
		if (strcmp(list->name[i], user) != 0 &&
		    root_access_has(list->name[i]))
			return false;
	return true;
}
