/* SPDX-License-Identifier: BSD-2-Clause */
/* The accounts and groups of this host: each source is read once, so that ten
 * thousand accounts need no look-up each. */
#include "twofactl/lockout/lockout.h"

#include <errno.h>
#include <grp.h>
#include <shadow.h>
#include <stdlib.h>
#include <time.h>

#define GROUPS_MAX 65536 /* NGROUPS_MAX of Linux */
#define HASH_MIN 13      /* length of a DES hash; shorter text locks */
#define DAY_S 86400

static int
host_accounts_add_account(
    struct host_accounts *h, const struct passwd *pw, bool listed)
{
	struct host_account *a;

	if (strlen(pw->pw_name) > USER_NAME_MAX)
		return 0; /* no valid user has such a name */
	if (!NAME_LIST_ROOM(h->account, h->accounts_cap, h->count))
		return -1;
	a = &h->account[h->count];
	*a = (struct host_account){ .uid = pw->pw_uid,
		.gid = pw->pw_gid,
		.home = strdup(pw->pw_dir),
		.shell = strdup(pw->pw_shell),
		.full_name = strndup(pw->pw_gecos, strcspn(pw->pw_gecos, ",")),
		.listed = listed,
		.order = h->count,
		.password = true };
	PRINT_TO(a->name, "%s", pw->pw_name);
	h->count++;
	return a->home != NULL && a->shell != NULL && a->full_name != NULL ? 0
									   : -1;
}

/* Returns the index of the first group with this gid or a higher one. */
static size_t
find_gid(const struct host_accounts *h, gid_t gid)
{
	size_t from = 0, to = h->groups;

	while (from < to) {
		const size_t middle = from + (to - from) / 2;

		if (h->group[middle].gid < gid)
			from = middle + 1;
		else
			to = middle;
	}
	return from;
}

/* Adds a group behind those of its gid. *kept is its name, or NULL. */
static int
add_group(
    struct host_accounts *h, gid_t gid, const char *name, const char **kept)
{
	char *copy = name != NULL ? strdup(name) : NULL;
	size_t at = find_gid(h, gid);

	if ((name != NULL && copy == NULL) ||
	    !NAME_LIST_ROOM(h->group, h->groups_cap, h->groups)) {
		free(copy);
		return -1;
	}
	while (at < h->groups && h->group[at].gid == gid)
		at++;
	memmove(&h->group[at + 1], &h->group[at],
	    (h->groups++ - at) * sizeof(*h->group));
	h->group[at] = (struct host_group){ gid, copy };
	*kept = copy;
	return 0;
}

static int
join_group(struct host_account *a, const char *name)
{
	if (!NAME_LIST_ROOM(a->group, a->groups_cap, a->groups))
		return -1;
	a->group[a->groups++] = name;
	return 0;
}

/* Each gid that getgrent() did not list is looked up once. */
static int
join_gid(struct host_accounts *h, struct host_account *a, gid_t gid)
{
	const size_t at = find_gid(h, gid);
	const struct group *gr;
	const char *name;

	if (at < h->groups && h->group[at].gid == gid)
		return join_group(a, h->group[at].name);
	gr = getgrgid(gid);
	return add_group(h, gid, gr != NULL ? gr->gr_name : NULL, &name) == 0
	    ? join_group(a, name)
	    : -1;
}

static int
compare_lines(const void *a, const void *b)
{
	const struct host_account *x = a, *y = b;
	const int names = name_list_compare(a, b);

	return names != 0 ? names
			  : (x->order > y->order) - (x->order < y->order);
}

static void
account_free(struct host_account *a)
{
	free(a->home);
	free(a->shell);
	free(a->full_name);
	free(a->group);
}

struct host_account *
host_accounts_find(const struct host_accounts *h, const char *name)
{
	return h->count == 0 ? NULL
			     : bsearch(name, h->account, h->count,
				   sizeof(*h->account), name_list_compare);
}

/* Sorts by name and keeps the first entry of each. */
static void
sort_accounts(struct host_accounts *h)
{
	size_t kept = 0;

	if (h->count == 0)
		return;
	qsort(h->account, h->count, sizeof(*h->account), compare_lines);
	for (size_t i = 1; i < h->count; i++) {
		struct host_account *a = &h->account[i];

		if (name_list_compare(&h->account[kept], a) != 0)
			h->account[++kept] = *a;
		else
			account_free(a);
	}
	h->count = kept + 1;
}

static int
read_accounts(struct host_accounts *h, const struct name_list *more)
{
	const struct passwd *pw;
	size_t listed;
	int rc = 0;

	setpwent();
	while ((pw = name_list_next_account(&rc)) != NULL)
		rc = host_accounts_add_account(h, pw, true);
	sort_accounts(h);
	listed = h->count;
	for (size_t i = 0; rc == 0 && i < more->count; i++) {
		const struct host_accounts known = { .account = h->account,
			.count = listed };

		if (host_accounts_find(&known, more->name[i]) == NULL &&
		    (pw = getpwnam(more->name[i])) != NULL)
			rc = host_accounts_add_account(h, pw, false);
	}
	sort_accounts(h);
	return rc;
}

/* Reads the file only: entries of name services may lack the password. */
static void
read_shadow(struct host_accounts *h)
{
	FILE *f OWNED(owned_file) = fopen(SHADOW, "re");
	const struct spwd *sp;
	const time_t today = time(NULL) / DAY_S;

	if (f == NULL)
		return;
	while ((sp = fgetspent(f)) != NULL) {
		struct host_account *a = host_accounts_find(h, sp->sp_namp);
		const bool hash = strlen(sp->sp_pwdp) >= HASH_MIN &&
		    sp->sp_pwdp[0] != '!' && sp->sp_pwdp[0] != '*';

		if (a == NULL || a->in_shadow)
			continue; /* the first entry counts */
		a->in_shadow = true;
		a->password = hash;
		a->locked = sp->sp_pwdp[0] == '!';
		a->expired = sp->sp_expire > 0 && today >= sp->sp_expire;
	}
}

static int
host_accounts_take_group(struct host_accounts *h, const struct group *gr)
{
	const char *name;
	int rc = add_group(h, gr->gr_gid, gr->gr_name, &name);

	for (char *const *m = gr->gr_mem; rc == 0 && *m != NULL; m++) {
		struct host_account *a = host_accounts_find(h, *m);

		if (a != NULL)
			rc = join_group(a, name);
	}
	return rc;
}

static int
read_groups(struct host_accounts *h, const struct name_list *more)
{
	const struct group *gr;
	int rc = 0;

	setgrent();
	for (errno = 0; rc == 0 && (gr = getgrent()) != NULL; errno = 0)
		rc = host_accounts_take_group(h, gr);
	if (rc == 0 && errno != 0 && errno != ENOENT && errno != ESRCH)
		rc = -1;
	endgrent();
	for (size_t i = 0; rc == 0 && i < more->count; i++)
		if ((gr = getgrnam(more->name[i])) != NULL &&
		    (rc = host_accounts_take_group(h, gr)) == 0)
			rc = name_list_add(&h->known, more->name[i]);
	name_list_sort(&h->known);
	return rc;
}

/* Adds the primary group, and all of an account that getgrent() may not have as
 * a member. */
static int
add_own_groups(struct host_accounts *h, struct host_account *a)
{
	static gid_t gids[GROUPS_MAX];
	int count = GROUPS_MAX, rc = join_gid(h, a, a->gid);

	if (a->listed || getgrouplist(a->name, a->gid, gids, &count) < 0)
		count = 0;
	for (int i = 0; rc == 0 && i < count; i++)
		rc = join_gid(h, a, gids[i]);
	return rc;
}

int
host_accounts_read(struct host_accounts *h, const struct name_list *users,
    const struct name_list *groups)
{
	int rc = 0;

	*h = (struct host_accounts){ .count = 0 };
	if (read_accounts(h, users) != 0 || read_groups(h, groups) != 0)
		return -1;
	for (size_t i = 0; rc == 0 && i < h->count; i++)
		rc = add_own_groups(h, &h->account[i]);
	read_shadow(h);
	return rc;
}

void
host_accounts_free(struct host_accounts *h)
{
	for (size_t i = 0; i < h->count; i++)
		account_free(&h->account[i]);
	for (size_t i = 0; i < h->groups; i++)
		free(h->group[i].name);
	free(h->account);
	free(h->group);
	name_list_free(&h->known);
	*h = (struct host_accounts){ .count = 0 };
}

static enum membership
find_membership(const struct host_accounts *h, const struct host_account *a,
    const char *group)
{
	if (!name_list_has(&h->known, group))
		return GROUP_UNKNOWN;
	for (size_t n = 0; n < a->groups; n++)
		if (a->group[n] != NULL && strcmp(a->group[n], group) == 0)
			return GROUP_MEMBER;
	return GROUP_NOT_MEMBER;
}

struct group_fact *
host_accounts_group_facts(const struct host_accounts *h,
    const struct host_account *a, const struct settings *conf, size_t *count)
{
	struct group_fact *fact = accounts_list_group_facts(conf, count);

	for (size_t i = 0; fact != NULL && i < *count; i++)
		fact[i].membership = find_membership(h, a, fact[i].name);
	return fact;
}

enum membership
host_accounts_membership(const struct host_accounts *h, const struct passwd *pw,
    const struct text_list *groups)
{
	struct rule rule = { .groups = *groups };
	const struct settings asks = { .rule = &rule, .rule_count = 1 };
	const struct host_account *known = host_accounts_find(h, pw->pw_name);
	struct account account = { .gid = pw->pw_gid };
	enum membership in = GROUP_NOT_MEMBER;
	struct group_fact *fact;
	size_t count;

	PRINT_TO(account.name, "%s", pw->pw_name);
	fact = known != NULL
	    ? host_accounts_group_facts(h, known, &asks, &count)
	    : accounts_read_group_facts(&asks, &account, &count);
	if (fact == NULL)
		return GROUP_UNKNOWN;
	for (size_t i = 0; in != GROUP_MEMBER && i < count; i++)
		if (fact[i].membership == GROUP_MEMBER)
			in = GROUP_MEMBER;
		else if (fact[i].membership == GROUP_UNKNOWN &&
		    (fact[i].why[0] != '\0' ||
			strchr("#:", fact[i].name[0]) != NULL))
			in = GROUP_UNKNOWN;
	free(fact);
	return in;
}

/* Returns 0, 1 after reporting that the group has no members, or -1. */
static int
add_members_of(struct name_list *all, const char *setting, const char *group)
{
	struct name_list one OWNED(name_list_free) = { .count = 0 };
	const enum name_list_found found = name_list_members(&one, group);
	int rc = found == NAME_LIST_FAILED ? -1 : name_list_add_all(all, &one);

	if (rc == 0 && one.count == 0) {
		rc = 1;
		terminal_error("%s names the group %s, which %s", setting,
		    group,
		    found == NAME_LIST_ABSENT ? "does not exist"
					      : "has no members");
	}
	return rc;
}

int
host_accounts_read_members(struct host_accounts *h, const char *setting,
    const struct text_list *groups, const struct name_list *more,
    struct name_list *members)
{
	struct name_list asked OWNED(name_list_free) = { .count = 0 };
	int rc = name_list_add_all(&asked, more), empty = 0, one;

	for (size_t i = 0; rc == 0 && i < groups->count; i++) {
		one = add_members_of(members, setting, groups->item[i]);
		empty |= one > 0;
		rc = name_list_add(&asked, groups->item[i]) | (one < 0);
	}
	name_list_sort(members);
	if (rc == 0 &&
	    system_nsswitch_has_only("group initgroups", "files systemd"))
		rc = host_accounts_read(h, members, &asked);
	return rc != 0 ? -1 : empty;
}
