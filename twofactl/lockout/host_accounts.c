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

/* True if error, after getpwent() or getgrent() returned NULL, is a failure. */
static bool
host_accounts_failed(int error)
{
	return error != 0 && error != ENOENT && error != ESRCH;
}

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
		.password = LOCKOUT_PASSWORD_UNKNOWN };
	PRINT_TO(a->name, "%s", pw->pw_name);
	h->count++;
	return a->home != NULL && a->shell != NULL && a->full_name != NULL ? 0
									   : -1;
}

static int
add_group(struct host_accounts *h, gid_t gid, const char *name)
{
	struct host_group *g;

	if (!NAME_LIST_ROOM(h->group, h->groups_cap, h->groups))
		return -1;
	g = &h->group[h->groups++];
	*g = (struct host_group){ gid, name != NULL ? strdup(name) : NULL };
	return name == NULL || g->name != NULL ? 0 : -1;
}

static int
add_member(struct host_accounts *h, size_t account, gid_t gid)
{
	if (!NAME_LIST_ROOM(h->member, h->members_cap, h->members))
		return -1;
	h->member[h->members++] = (struct host_member){ account, gid };
	return 0;
}

static int
compare_lines(const void *a, const void *b)
{
	const struct host_account *x = a, *y = b;
	const int names = name_list_compare(a, b);

	return names != 0 ? names
			  : (x->order > y->order) - (x->order < y->order);
}

static int
compare_gids(const void *a, const void *b)
{
	const gid_t x = ((const struct host_group *)a)->gid,
		    y = ((const struct host_group *)b)->gid;

	return (x > y) - (x < y);
}

/* By gid, groups with a name first. */
static int
compare_groups(const void *a, const void *b)
{
	const int gids = compare_gids(a, b);

	return gids != 0 ? gids
			 : (((const struct host_group *)a)->name == NULL) -
		(((const struct host_group *)b)->name == NULL);
}

static int
compare_members(const void *a, const void *b)
{
	const struct host_member *x = a, *y = b;

	return (x->account > y->account) - (x->account < y->account);
}

static void
account_free(struct host_account *a)
{
	free(a->home);
	free(a->shell);
	free(a->full_name);
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
	for (errno = 0; rc == 0 && (pw = getpwent()) != NULL; errno = 0)
		rc = host_accounts_add_account(h, pw, true);
	if (rc == 0 && host_accounts_failed(errno))
		rc = -1;
	endpwent();
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

		if (a == NULL || a->password != LOCKOUT_PASSWORD_UNKNOWN)
			continue;
		a->password =
		    hash ? LOCKOUT_PASSWORD_USABLE : LOCKOUT_PASSWORD_NONE;
		a->locked = sp->sp_pwdp[0] == '!';
		a->expired = sp->sp_expire > 0 && today >= sp->sp_expire;
	}
}

static int
host_accounts_take_group(struct host_accounts *h, const struct group *gr)
{
	int rc = add_group(h, gr->gr_gid, gr->gr_name);

	for (char *const *m = gr->gr_mem; rc == 0 && *m != NULL; m++) {
		const struct host_account *a = host_accounts_find(h, *m);

		if (a != NULL)
			rc =
			    add_member(h, (size_t)(a - h->account), gr->gr_gid);
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
	if (rc == 0 && host_accounts_failed(errno))
		rc = -1;
	endgrent();
	for (size_t i = 0; rc == 0 && i < more->count; i++)
		if ((gr = getgrnam(more->name[i])) != NULL &&
		    (rc = host_accounts_take_group(h, gr)) == 0)
			rc = name_list_add(&h->known, more->name[i]);
	name_list_sort(&h->known);
	return rc;
}

/* Adds groups of an account, which getgrent() may not list. */
static int
ask_groups(struct host_accounts *h, size_t account)
{
	static gid_t gids[GROUPS_MAX];
	const struct host_account *a = &h->account[account];
	int count = GROUPS_MAX, rc = 0;

	if (getgrouplist(a->name, a->gid, gids, &count) < 0)
		count = 0;
	for (int i = 0; rc == 0 && i < count; i++)
		if ((rc = add_member(h, account, gids[i])) == 0)
			rc = add_group(h, gids[i], NULL);
	return rc;
}

static int
add_primary_groups(struct host_accounts *h)
{
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < h->count; i++) {
		rc = add_member(h, i, h->account[i].gid);
		if (rc == 0)
			rc = add_group(h, h->account[i].gid, NULL);
		if (rc == 0 && !h->account[i].listed)
			rc = ask_groups(h, i);
	}
	return rc;
}

/* Keeps each group once, with its name. */
static int
sort_groups(struct host_accounts *h)
{
	size_t kept = 0;

	if (h->groups == 0)
		return 0;
	qsort(h->group, h->groups, sizeof(*h->group), compare_groups);
	for (size_t i = 1; i < h->groups; i++) {
		const struct host_group *g = &h->group[i],
					*last = &h->group[kept];

		if (g->gid == last->gid &&
		    (g->name == NULL || strcmp(g->name, last->name) == 0))
			free(g->name);
		else
			h->group[++kept] = *g;
	}
	h->groups = kept + 1;
	for (size_t i = 0; i < h->groups; i++) {
		struct host_group *g = &h->group[i];
		const struct group *gr =
		    g->name == NULL ? getgrgid(g->gid) : NULL;

		if (gr != NULL && (g->name = strdup(gr->gr_name)) == NULL)
			return -1;
	}
	return 0;
}

int
host_accounts_read(struct host_accounts *h, const struct name_list *users,
    const struct name_list *groups)
{
	*h = (struct host_accounts){ .count = 0 };
	if (read_accounts(h, users) != 0 || read_groups(h, groups) != 0 ||
	    add_primary_groups(h) != 0 || sort_groups(h) != 0)
		return -1;
	read_shadow(h);
	if (h->members > 0)
		qsort(
		    h->member, h->members, sizeof(*h->member), compare_members);
	for (size_t i = h->members; i-- > 0;) {
		struct host_account *a = &h->account[h->member[i].account];

		a->first = i;
		a->groups++;
	}
	return 0;
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
	free(h->member);
	*h = (struct host_accounts){ .count = 0 };
}

bool
host_accounts_group(const struct host_accounts *h, const struct host_account *a,
    size_t n, const char **name)
{
	struct host_group wanted = { .gid = 0 };
	const struct host_group *g;

	if (n >= a->groups)
		return false;
	wanted.gid = h->member[a->first + n].gid;
	g = bsearch(&wanted, h->group, h->groups, sizeof(wanted), compare_gids);
	*name = g != NULL ? g->name : NULL;
	return true;
}

static enum membership
find_membership(const struct host_accounts *h, const struct host_account *a,
    const char *group)
{
	const char *name = NULL;

	if (!name_list_has(&h->known, group))
		return GROUP_UNKNOWN;
	for (size_t n = 0; host_accounts_group(h, a, n, &name); n++)
		if (name != NULL && strcmp(name, group) == 0)
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
