/* SPDX-License-Identifier: BSD-2-Clause */
#include "twofactl/lockout/root_access.h"

#include <grp.h>
#include <netdb.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "twofactl/host/host.h"

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

/* As another name of root's. */
static int
add_root(struct name_list *list)
{
	const struct passwd *pw;
	int rc = name_list_add(list, "root");

	setpwent();
	while (rc == 0 && (pw = getpwent()) != NULL)
		if (pw->pw_uid == 0)
			rc = name_list_add(list, pw->pw_name);
	endpwent();
	return rc;
}

int
root_access_members(struct name_list *list)
{
	struct name_list one;
	int rc;

	*list = (struct name_list){ .count = 0 };
	rc = add_root(list);
	for (size_t i = 0; i < sizeof(groups) / sizeof(groups[0]); i++) {
		if (name_list_members(&one, groups[i]) == GROUP_FAILED)
			rc = -1;
		if (rc == 0)
			rc = name_list_add_all(list, &one);
		name_list_free(&one);
	}
	if (rc != 0)
		name_list_free(list);
	else
		name_list_sort(list);
	return rc;
}

struct named {
	struct name_list list, known; /* known: what of it is sorted */
};

static void
note_named(void *ctx, const struct sudoers_found *found)
{
	struct named *to = ctx;

	to->known.name = to->list.name;
	if (found->says == SUDOERS_ROOT &&
	    (found->alias[0] == '\0' ||
		name_list_has(&to->known, found->alias)))
		(void)name_list_add(&to->list, found->text);
}

void
root_access_everybody(struct name_list *users)
{
	const struct passwd *pw;

	setpwent();
	while ((pw = getpwent()) != NULL)
		if (strstr(pw->pw_shell, "/nologin") == NULL &&
		    strstr(pw->pw_shell, "/false") == NULL)
			(void)name_list_add(users, pw->pw_name);
	endpwent();
}

/* True: it has a triple without a user, which is every account. */
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

/* True: that is every account. */
static bool
add_named(struct name_list *users, const char *name)
{
	const unsigned id =
	    (unsigned)strtoul(name + strspn(name, "%#"), NULL, 10);
	const struct passwd *pw =
	    name[0] == '#' ? getpwuid(id) : getpwnam(name);
	const struct group *gr = name[0] != '%' ? NULL
	    : name[1] == '#'                    ? getgrgid(id)
						: getgrnam(name + 1);
	struct name_list members = { .count = 0 };
	char group[USER_NAME_MAX + 1];

	if (strcmp(name, "ALL") == 0)
		return true;
	if (name[0] == '+')
		return add_netgroup(users, name + 1);
	if (pw != NULL)
		(void)name_list_add(users, pw->pw_name);
	else if (gr != NULL) {
		snprintf(group, sizeof(group), "%s", gr->gr_name);
		(void)name_list_members(&members, group);
		(void)name_list_add_all(users, &members);
		name_list_free(&members);
	}
	return false;
}

bool
root_access_sudoers(struct name_list *users)
{
	bool all = false;
	struct named n = { .known = { .count = 0 } };
	const struct sudoers_sink sink = { .ctx = &n, .found = note_named };

	do { /* once more for what each alias has */
		n.known.count = n.list.count;
		(void)sudoers_read(NULL, &sink);
		name_list_sort(&n.list);
	} while (n.list.count > n.known.count);
	for (size_t i = 0; i < n.list.count; i++)
		all = add_named(users, n.list.name[i]) || all;
	name_list_free(&n.list);
	return all;
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
