/* SPDX-License-Identifier: BSD-2-Clause */
/* The user that the helper runs as. */
#include "helper/admin/doctor.h"

#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <stdio.h>
#include <string.h>

#include "helper/admin/helperuser.h"
#include "helper/admin/shellword.h"

#define HELPER_USER "twofa"
#define GROUPS_MAX 64

/* Another name of the same uid may have what this one has not. */
static void
check_alone(struct doctor *d)
{
	const struct passwd *other;

	setpwent();
	while ((other = getpwent()) != NULL) {
		if (other->pw_uid != d->uid ||
		    strcmp(other->pw_name, HELPER_USER) == 0)
			continue;
		doctor_problem(d, "user-privileged",
		    "user %.64s has the uid of " HELPER_USER
		    ", %u, and so may read all secrets; give one of them "
		    "another",
		    other->pw_name, d->uid);
		break;
	}
	endpwent();
}

static void
check_groups(struct doctor *d)
{
	gid_t groups[GROUPS_MAX];
	int count = GROUPS_MAX;

	if (getgrouplist(HELPER_USER, d->gid, groups, &count) < 0)
		count = GROUPS_MAX;
	for (int i = 0; i < count; i++) {
		const struct group *group;

		if (groups[i] == d->gid)
			continue;
		group = getgrgid(groups[i]);
		doctor_problem(d, "user-privileged",
		    "user " HELPER_USER " is in group %.64s and needs none; "
		    "run: gpasswd -d " HELPER_USER " %s",
		    group != NULL ? group->gr_name : "?",
		    group != NULL ? shellword(group->gr_name) : "GROUP");
	}
}

/* Nobody logs in as this user. */
static void
check_shell(struct doctor *d, const char *shell)
{
	const char *slash = strrchr(shell, '/');
	const char *name = slash != NULL ? slash + 1 : shell;

	if (strcmp(name, "nologin") != 0 && strcmp(name, "false") != 0)
		doctor_problem(d, "user-shell",
		    "user " HELPER_USER " has the shell %.100s; run: usermod "
		    "-s /usr/sbin/nologin " HELPER_USER,
		    shell[0] != '\0' ? shell : "/bin/sh");
}

void
doctor_user(struct doctor *d)
{
	char cause[HELPERUSER_CAUSE_MAX], shell[128];
	const struct passwd *pw = helperuser_find(cause);

	if (pw == NULL) {
		doctor_problem(d, errno == 0 ? "user-missing" : "user-lookup",
		    "%s", cause);
		return;
	}
	d->uid = pw->pw_uid;
	d->gid = pw->pw_gid;
	snprintf(shell, sizeof(shell), "%s", pw->pw_shell);
	d->user_known = d->uid != 0 && d->gid != 0;
	if (!d->user_known)
		doctor_problem(d, "user-privileged",
		    "user " HELPER_USER " has uid %u and gid %u, neither may "
		    "be 0; remove that user and make it anew",
		    d->uid, d->gid);
	else
		check_alone(d);
	check_groups(d);
	check_shell(d, shell);
}
