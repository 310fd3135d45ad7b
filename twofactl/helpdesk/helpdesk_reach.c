/* SPDX-License-Identifier: BSD-2-Clause */
/* The users whom the help desk may help: members of helpdesk_for who cannot
 * become root. */
#include "twofactl/helpdesk/helpdesk_inside.h"

#include <errno.h>
#include <grp.h>
#include <netdb.h>
#include <stdlib.h>

/* Each lets its members become root, sudo or not. */
static const char *const protected_always[] = { "root", "sudo", "wheel",
	"admin", "docker", "lxd", "incus", "disk", "kvm", "libvirt" };

/* Adds the group that sudoers calls %sudo, %#27 or, as sudo ignores case,
 * %SUDO, in all its spellings. */
static int
add_spellings(struct name_list *groups, const char *name)
{
	const struct group *gr = name[0] == '#'
	    ? getgrgid((gid_t)strtoul(name + 1, NULL, 10))
	    : NULL;
	int rc = name_list_add(groups, gr != NULL ? gr->gr_name : name);

	setgrent();
	while (rc == 0 && (gr = getgrent()) != NULL)
		if (strcasecmp(gr->gr_name, name) == 0)
			rc = name_list_add(groups, gr->gr_name);
	endgrent();
	return rc;
}

/* Adds the uids of these users: an account may have several names. */
static int
add_uids(struct name_list *to, const struct name_list *users)
{
	char uid[USER_NAME_MAX + 1];
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < users->count; i++) {
		const struct passwd *pw = getpwnam(users->name[i]);

		if (pw == NULL)
			continue;
		PRINT_TO(uid, "#%lu", (unsigned long)pw->pw_uid);
		rc = name_list_add(to, uid);
	}
	return rc;
}

/* Lists the groups that cannot be helped, and the uids of all admins. */
static int
list_groups_and_uids(struct helpdesk *d)
{
	struct name_list *names = &d->root_names, *groups = &d->group_names;
	struct name_list one, uids OWNED(name_list_free) = { .count = 0 };
	int rc = add_spellings(groups, d->c.conf->helpdesk_group);

	for (size_t i = 0; rc == 0 && i < COUNT_OF(protected_always); i++)
		rc = name_list_add(groups, protected_always[i]);
	for (size_t i = 0; rc == 0 && i < names->count; i++)
		if (names->name[i][0] == '%')
			rc = add_spellings(groups, names->name[i] + 1);
	if (rc == 0)
		rc = add_uids(&uids, names);
	for (size_t i = 0; rc == 0 && i < groups->count; i++) {
		if (name_list_members(&one, groups->name[i]) ==
			NAME_LIST_FAILED ||
		    add_uids(&uids, &one) != 0)
			rc = -1;
		name_list_free(&one);
	}
	if (rc == 0)
		rc = name_list_add_all(names, &uids);
	return rc;
}

/* True also for one that is not known: a directory without an answer may have
 * anybody in it. */
static bool
netgroup_may_include(const char *netgroup, const char *user)
{
	const bool known = setnetgrent(netgroup) == 1;

	endnetgrent();
	return !known || innetgr(netgroup, NULL, user, NULL) != 0;
}

/* True if this name in sudoers includes the user. */
static bool
sudo_name_includes(const char *name, const struct passwd *pw)
{
	if (name[0] == '#')
		return strtoul(name + 1, NULL, 10) == pw->pw_uid;
	if (name[0] == '+')
		return netgroup_may_include(name + 1, pw->pw_name);
	return strcasecmp(name, pw->pw_name) == 0 || strcmp(name, "ALL") == 0;
}

static bool
desk_is_admin(const struct helpdesk *d, const struct passwd *pw)
{
	for (size_t i = 0; i < d->root_names.count; i++)
		if (sudo_name_includes(d->root_names.name[i], pw))
			return true;
	return pw->pw_uid == 0 ||
	    host_accounts_membership(&d->hosts, pw, &d->protected_groups) !=
	    GROUP_NOT_MEMBER;
}

/* Adds users whose factors belong to people of an admin's account: they count
 * as admins. */
static enum ctl_exit
list_shared_factors(struct helpdesk *d)
{
	struct name_list enrolled OWNED(name_list_free) = { .count = 0 },
				  lent OWNED(name_list_free) = { .count = 0 };
	const struct passwd *pw;
	int rc = name_list_enrolled(&enrolled, d->c.conf, &settings_report_log);

	for (size_t i = 0; rc == 0 && i < enrolled.count; i++) {
		struct record_walk w OWNED(record_walk_end) = {
			.conf = d->c.conf, .account = enrolled.name[i]
		};

		lent.count = 0;
		while (rc == 0 && record_walk_next(&w))
			if (w.who != NULL)
				rc = name_list_add(&lent, w.who->user);
		pw = lent.count > 0 ? getpwnam(enrolled.name[i]) : NULL;
		if (pw != NULL && desk_is_admin(d, pw))
			rc |= name_list_add_all(&d->root_names, &lent);
	}
	return rc == 0 ? CTL_DONE
		       : terminal_error_status(CTL_FAILED,
			     "the records cannot be read: ask your "
			     "administrator");
}

enum ctl_exit
helpdesk_reach_read(struct helpdesk *d)
{
	const char *why = lockout_sudoers_list(&d->root_names, false);
	struct text_list *groups = &d->protected_groups;

	if (why != NULL)
		return terminal_error_status(CTL_NO,
		    "no user can be helped, as it is not known who can become "
		    "root: %s",
		    why);
	if (list_groups_and_uids(d) == 0)
		groups->item =
		    calloc(d->group_names.count, sizeof(groups->item[0]));
	if (groups->item == NULL)
		return terminal_error_status(CTL_FAILED, "%s", strerror(errno));
	for (; groups->count < d->group_names.count; groups->count++)
		groups->item[groups->count] =
		    d->group_names.name[groups->count];
	return list_shared_factors(d);
}

const struct passwd *
helpdesk_reach_account(const struct helpdesk *d, const char *user)
{
	static struct passwd pw;
	const struct host_account *a = host_accounts_find(&d->hosts, user);

	if (a == NULL)
		return getpwnam(user);
	pw = (struct passwd){ .pw_name = (char *)a->name,
		.pw_uid = a->uid,
		.pw_gid = a->gid,
		.pw_gecos = a->full_name };
	return &pw;
}

const char *
helpdesk_reach_refusal(const struct helpdesk *d, const char *user)
{
	const struct passwd *pw = helpdesk_reach_account(d, user);

	if (pw == NULL || !user_name_is_valid(pw->pw_name))
		return "no such account";
	if (pw->pw_uid == d->uid)
		return "that is yourself";
	if (host_accounts_membership(&d->hosts, pw, &d->c.conf->helpdesk_for) !=
	    GROUP_MEMBER)
		return "in no group of helpdesk_for";
	if (desk_is_admin(d, pw))
		return "of the help desk, or can become root; ask your "
		       "administrator";
	return NULL;
}

enum ctl_exit
helpdesk_reach_list(struct helpdesk *d, struct name_list *users)
{
	struct name_list all OWNED(name_list_free) = { .count = 0 };
	int rc = host_accounts_read_members(&d->hosts, "helpdesk_for",
	    &d->c.conf->helpdesk_for, &d->group_names, &all);

	for (size_t i = 0; rc >= 0 && i < all.count; i++)
		if (helpdesk_reach_refusal(d, all.name[i]) == NULL)
			rc = name_list_add(users, all.name[i]);
	if (rc >= 0 && users->count == 0 && all.count > 0)
		terminal_error("each of %zu members of helpdesk_for is of the "
			       "help desk, or can become root",
		    all.count);
	return rc >= 0 ? CTL_DONE
		       : terminal_error_status(CTL_FAILED,
			     "the groups of helpdesk_for cannot be looked up");
}

void
helpdesk_reach_free(struct helpdesk *d)
{
	host_accounts_free(&d->hosts);
	free(d->protected_groups.item);
	name_list_free(&d->root_names);
	name_list_free(&d->group_names);
}
