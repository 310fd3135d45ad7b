/* SPDX-License-Identifier: BSD-2-Clause */
/* Sorted lists of users' names: enrolled ones, accounts, members of groups. */
#include "twofactl/records/records.h"

#include <errno.h>
#include <grp.h>
#include <stdlib.h>

#define CAP_FIRST 64
#define PEOPLE_MAX 1000

void *
name_list_reserve(void *list, size_t *cap, size_t count, size_t size)
{
	const size_t more = *cap == 0 ? CAP_FIRST : 2 * *cap;

	if (count < *cap)
		return list;
	list = realloc(list, more * size);
	if (list != NULL)
		*cap = more;
	return list;
}

int
name_list_add(struct name_list *list, const char *name)
{
	if (strlen(name) > USER_NAME_MAX)
		return 0; /* no valid user has such a name */
	if (!NAME_LIST_ROOM(list->name, list->cap, list->count))
		return -1;
	snprintf(list->name[list->count++], sizeof(*list->name), "%s", name);
	return 0;
}

int
name_list_add_all(struct name_list *to, const struct name_list *from)
{
	for (size_t i = 0; i < from->count; i++)
		if (name_list_add(to, from->name[i]) != 0)
			return -1;
	return 0;
}

int
name_list_compare(const void *a, const void *b)
{
	return strcmp(a, b);
}

void
name_list_sort(struct name_list *list)
{
	size_t kept = 0;

	if (list->count == 0)
		return;
	qsort(list->name, list->count, sizeof(*list->name), name_list_compare);
	for (size_t i = 1; i < list->count; i++)
		if (strcmp(list->name[kept], list->name[i]) != 0)
			memmove(list->name[++kept], list->name[i],
			    sizeof(*list->name));
	list->count = kept + 1;
}

bool
name_list_has(const struct name_list *list, const char *name)
{
	return list->count > 0 && strlen(name) <= USER_NAME_MAX &&
	    bsearch(name, list->name, list->count, sizeof(*list->name),
		name_list_compare) != NULL;
}

void
name_list_free(struct name_list *list)
{
	free(list->name);
	*list = (struct name_list){ .count = 0 };
}

bool
name_list_user_of_file(const char *file, char user[USER_NAME_MAX + 1])
{
	const size_t len = strlen(file), suffix = strlen(RECORD_FILE_SUFFIX);
	const bool fits = len > suffix && len - suffix <= USER_NAME_MAX &&
	    strcmp(file + len - suffix, RECORD_FILE_SUFFIX) == 0;

	snprintf(user, USER_NAME_MAX + 1, "%.*s",
	    fits ? (int)(len - suffix) : 0, file);
	return user_name_is_valid(user);
}

int
name_list_take_accounts(struct name_list *list, const char *users)
{
	char name[USER_NAME_MAX + 1];

	for (const char *p = users; p != NULL; p = strchr(p, ',')) {
		size_t len;

		p += *p == ',' && p != users;
		len = strcspn(p, ",");
		PRINT_TO(name, "%.*s", len <= USER_NAME_MAX ? (int)len : 0, p);
		if (!user_name_is_valid(name) || getpwnam(name) == NULL ||
		    name_list_add(list, name) != 0)
			return terminal_error(
			    "%.40s: \"%.40s\" is not an account here; "
			    "separate names with commas",
			    users, name);
	}
	name_list_sort(list);
	return 0;
}

const struct passwd *
name_list_next_account(int *rc)
{
	const struct passwd *pw;
	int error;

	if (*rc != 0)
		return NULL;
	errno = 0;
	pw = getpwent();
	error = errno;
	if (pw == NULL) {
		endpwent();
		if (error != 0 && error != ENOENT && error != ESRCH)
			*rc = -1;
		errno = error;
	}
	return pw;
}

size_t
name_list_count_login_accounts(void)
{
	const struct passwd *pw;
	size_t count = 0;

	setpwent();
	while (count < PEOPLE_MAX && (pw = getpwent()) != NULL)
		count += accounts_is_login_shell(pw->pw_shell);
	endpwent();
	return count;
}

enum name_list_found
name_list_members(struct name_list *list, const char *group)
{
	const struct group *gr;
	const struct passwd *pw;
	gid_t gid;
	int rc = 0;

	*list = (struct name_list){ .count = 0 };
	errno = 0;
	gr = getgrnam(group);
	if (gr == NULL)
		return errno == 0 || errno == ENOENT || errno == ESRCH
		    ? NAME_LIST_ABSENT
		    : NAME_LIST_FAILED;
	gid = gr->gr_gid;
	for (char *const *m = gr->gr_mem; rc == 0 && *m != NULL; m++)
		rc = name_list_add(list, *m);
	setpwent();
	while ((pw = name_list_next_account(&rc)) != NULL)
		if (pw->pw_gid == gid)
			rc = name_list_add(list, pw->pw_name);
	if (rc != 0)
		name_list_free(list);
	name_list_sort(list);
	return rc == 0 ? NAME_LIST_LISTED : NAME_LIST_FAILED;
}

int
name_list_add_members(struct name_list *list, const char *group)
{
	struct name_list members OWNED(name_list_free);

	return name_list_members(&members, group) == NAME_LIST_FAILED
	    ? -1
	    : name_list_add_all(list, &members);
}
