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

/* Changes %#27 into %sudo, if the gid has a name. Returns the name after the
 * %. */
static const char *
desk_group_name(char name[USER_NAME_MAX + 1])
{
	const struct group *gr = name[1] == '#'
	    ? getgrgid((gid_t)strtoul(name + 2, NULL, 10))
	    : NULL;

	if (gr != NULL)
		snprintf(name, USER_NAME_MAX + 1, "%%%s", gr->gr_name);
	return name + 1;
}

static enum ctl_exit
list_protected_groups(struct desk *d)
{
	size_t root = 0;

	if (!lockout_root_list_sudoers_names(&d->root_names))
		return terminal_error_status(CTL_NO,
		    "no user can be helped: sudo may have rules that twofactl "
		    "cannot read, so it is not known who can become root; see: "
		    "twofactl doctor");
	while (lockout_root_groups[root] != NULL)
		root++;
	d->protected_groups.item = calloc(root + 1 + d->root_names.count,
	    sizeof(d->protected_groups.item[0]));
	if (d->protected_groups.item == NULL)
		return terminal_error_status(CTL_FAILED, "%s", strerror(errno));
	for (size_t i = 0; i < root; i++)
		d->protected_groups.item[i] = lockout_root_groups[i];
	d->protected_groups.count = root;
	d->protected_groups.item[d->protected_groups.count++] =
	    d->c.conf->helpdesk_group;
	for (size_t i = 0; i < d->root_names.count; i++)
		if (d->root_names.name[i][0] == '%')
			d->protected_groups.item[d->protected_groups.count++] =
			    desk_group_name(d->root_names.name[i]);
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
	return strcmp(name, pw->pw_name) == 0 || strcmp(name, "ALL") == 0;
}

static bool
desk_is_admin(const struct desk *d, const struct passwd *pw)
{
	for (size_t i = 0; i < d->root_names.count; i++)
		if (sudo_name_includes(d->root_names.name[i], pw))
			return true;
	return pw->pw_uid == 0 ||
	    desk_is_member(&d->protected_groups, pw, true);
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
	const enum ctl_exit status = list_protected_groups(d);

	return status == CTL_DONE ? list_shared_factors(d) : status;
}
