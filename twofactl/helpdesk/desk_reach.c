/* SPDX-License-Identifier: BSD-2-Clause */
/* The users whom the help desk may help: in helpdesk_for, and without a way to
 * become root. */
#include "twofactl/helpdesk/helpdesk.h"

#include <errno.h>
#include <grp.h>
#include <netdb.h>
#include <stdlib.h>
#include <string.h>

#include "twofactl/helpdesk/helpdesk_inside.h"

/* Each lets its members become root, sudo or not. */
static const char *const root_groups[] = { "root", "sudo", "wheel", "admin",
	"docker", "lxd", "incus", "disk", "kvm", "libvirt" };

struct desk_twin {
	uid_t uid;
	char name[USER_NAME_MAX + 1];
};

bool
desk_is_member(
    const struct text_list *groups, const struct passwd *pw, bool doubt)
{
	struct rule rule = { .groups = *groups };
	const struct settings asks = { .rule = &rule, .rule_count = 1 };
	struct account account = { .gid = pw->pw_gid };
	struct group_fact *fact;
	size_t count;
	bool in;

	PRINT_TO(account.name, "%s", pw->pw_name);
	fact = accounts_read_group_facts(&asks, &account, &count);
	in = fact == NULL && doubt;

	for (size_t i = 0; fact != NULL && i < count; i++)
		in |= fact[i].membership == GROUP_MEMBER ||
		    (doubt && fact[i].membership == GROUP_UNKNOWN &&
			(fact[i].why[0] != '\0' ||
			    strchr("#:", fact[i].name[0]) != NULL));
	free(fact);
	return in;
}

/* Changes %#27 into %sudo, if the gid has a name. */
static void
desk_group_name(char name[USER_NAME_MAX + 1])
{
	const struct group *gr = name[1] == '#'
	    ? getgrgid((gid_t)strtoul(name + 2, NULL, 10))
	    : NULL;

	if (gr != NULL)
		snprintf(name, USER_NAME_MAX + 1, "%%%s", gr->gr_name);
}

/* Adds the other spellings of groups: sudo ignores case. */
static int
add_group_spellings(struct name_list *names)
{
	const size_t count = names->count;
	char name[USER_NAME_MAX + 1];
	struct group *gr;
	int rc = 0;

	setgrent();
	while (rc == 0 && (gr = getgrent()) != NULL)
		for (size_t i = 0; rc == 0 && i < count; i++)
			if (names->name[i][0] == '%' &&
			    strcasecmp(names->name[i] + 1, gr->gr_name) == 0) {
				PRINT_TO(name, "%%%s", gr->gr_name);
				rc = name_list_add(names, name);
			}
	endgrent();
	return rc;
}

static enum ctl_exit
list_protected_groups(struct desk *d)
{
	const enum ctl_exit status = desk_list_sudo_users(&d->root_names);
	size_t fixed = COUNT_OF(root_groups);

	if (status != CTL_DONE)
		return status;
	for (size_t i = 0; i < d->root_names.count; i++)
		if (d->root_names.name[i][0] == '%')
			desk_group_name(d->root_names.name[i]);
	if (add_group_spellings(&d->root_names) == 0)
		d->protected_groups.item =
		    calloc(fixed + 1 + d->root_names.count,
			sizeof(d->protected_groups.item[0]));
	if (d->protected_groups.item == NULL)
		return terminal_error_status(CTL_FAILED, "%s", strerror(errno));
	for (size_t i = 0; i < fixed; i++)
		d->protected_groups.item[i] = root_groups[i];
	d->protected_groups.item[fixed++] = d->c.conf->helpdesk_group;
	for (size_t i = 0; i < d->root_names.count; i++)
		if (d->root_names.name[i][0] == '%')
			d->protected_groups.item[fixed++] =
			    d->root_names.name[i] + 1;
	d->protected_groups.count = fixed;
	return CTL_DONE;
}

/* True if this name in sudoers includes the user. */
static bool
sudo_name_includes(const char *name, const struct passwd *pw)
{
	if (name[0] == '#')
		return strtoul(name + 1, NULL, 10) == pw->pw_uid;
	if (name[0] == '+')
		return innetgr(name + 1, NULL, pw->pw_name, NULL) != 0;
	return strcasecmp(name, pw->pw_name) == 0 || strcmp(name, "ALL") == 0;
}

static bool
name_is_admin(const struct desk *d, const struct passwd *pw)
{
	for (size_t i = 0; i < d->root_names.count; i++)
		if (sudo_name_includes(d->root_names.name[i], pw))
			return true;
	return pw->pw_uid == 0 ||
	    desk_is_member(&d->protected_groups, pw, true);
}

static int
compare_twins(const void *a, const void *b)
{
	const struct desk_twin *x = a, *y = b;

	return x->uid < y->uid ? -1 : x->uid > y->uid;
}

/* Lists the accounts that share a uid with another one. */
static enum ctl_exit
list_twins(struct desk *d)
{
	struct desk_twin *t = NULL;
	const struct passwd *pw;
	size_t count = 0;

	setpwent();
	while ((pw = getpwent()) != NULL) {
		if (!NAME_LIST_ROOM(t, d->twin_cap, count))
			return terminal_error_status(
			    CTL_FAILED, "%s", strerror(errno));
		t[count].uid = pw->pw_uid;
		PRINT_TO(t[count].name, "%s", pw->pw_name);
		count++;
	}
	endpwent();
	qsort(t, count, sizeof(*t), compare_twins);
	for (size_t i = 0; i < count; i++)
		if ((i > 0 && t[i - 1].uid == t[i].uid) ||
		    (i + 1 < count && t[i + 1].uid == t[i].uid))
			t[d->twins++] = t[i];
	d->twin = t;
	return CTL_DONE;
}

/* True if the account is an admin's by one of the names of its uid. */
static bool
desk_is_admin(const struct desk *d, const struct passwd *pw)
{
	const uid_t uid = pw->pw_uid;
	bool admin = name_is_admin(d, pw);

	for (size_t i = 0; !admin && i < d->twins; i++)
		if (d->twin[i].uid == uid)
			admin = (pw = getpwnam(d->twin[i].name)) == NULL ||
			    name_is_admin(d, pw);
	return admin;
}

static bool
add_factors_user(
    void *ctx, const struct user_person *who, const struct user_record *record)
{
	(void)record;
	return who != NULL && name_list_add(ctx, who->user) != 0;
}

/* Adds users whose factors belong to people of an admin's account: they count
 * as admins. */
static enum ctl_exit
list_shared_factors(struct desk *d)
{
	struct name_list enrolled, lent = { .count = 0 };
	const struct passwd *pw;
	int rc =
	    name_list_enrolled(&enrolled, d->c.conf, 0, &settings_report_log);

	for (size_t i = 0; rc == 0 && i < enrolled.count; i++) {
		lent.count = 0;
		if (command_user_each_record(d->c.conf, enrolled.name[i],
			&settings_report_none, &lent, add_factors_user) == 1)
			rc = -1;
		pw = lent.count > 0 ? getpwnam(enrolled.name[i]) : NULL;
		if (pw != NULL && desk_is_admin(d, pw))
			rc |= name_list_add_all(&d->root_names, &lent);
	}
	name_list_free(&enrolled);
	name_list_free(&lent);
	return rc == 0 ? CTL_DONE
		       : terminal_error_status(CTL_FAILED,
			     "the records cannot be read: ask your "
			     "administrator");
}

const char *
desk_refusal(const struct desk *d, const struct passwd *pw)
{
	if (pw == NULL || !user_name_is_valid(pw->pw_name))
		return "no such account";
	if (pw->pw_uid == d->uid)
		return "that is yourself";
	if (!desk_is_member(&d->c.conf->helpdesk_for, pw, false))
		return "in no group of helpdesk_for";
	if (desk_is_admin(d, pw))
		return "of the help desk, or can become root; ask your "
		       "administrator";
	return NULL;
}

enum ctl_exit
desk_list_admins(struct desk *d)
{
	enum ctl_exit status = list_protected_groups(d);

	if (status == CTL_DONE)
		status = list_twins(d);
	return status == CTL_DONE ? list_shared_factors(d) : status;
}
