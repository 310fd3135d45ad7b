/* SPDX-License-Identifier: BSD-2-Clause */
/* Checks the account that the helper runs as. */
#include "twofactl/doctor/doctor_inside.h"

#include <errno.h>
#include <grp.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#define GROUPS_MAX 64
#define MEMBERS_SHOWN 20
#define LINGER "/var/lib/systemd/linger/" HELPER_USER

/* Another account with the same uid may have more rights. */
static void
check_unique_uid(struct doctor *d)
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
		    group != NULL ? terminal_shell_quote(group->gr_name)
				  : "GROUP");
	}
}

static void
report_member(struct doctor *d, const char *name, const char *group)
{
	const struct passwd *pw = getpwnam(name);

	if (pw != NULL && pw->pw_gid == d->gid)
		doctor_problem(d, "user-members",
		    "group %s is the primary group of %s, which lets it "
		    "read every secret; run, with another group: usermod -g "
		    "GROUP %s",
		    terminal_shell_quote(group), terminal_shell_quote(name),
		    terminal_shell_quote(name));
	else
		doctor_problem(d, "user-members",
		    "%s is in group %s, and so can read every secret; run: "
		    "gpasswd -d %s %s",
		    terminal_shell_quote(name), terminal_shell_quote(group),
		    terminal_shell_quote(name), terminal_shell_quote(group));
}

/* The helper's group can read secrets, so no other user may be in it. */
static void
check_members(struct doctor *d)
{
	const struct group *gr = getgrgid(d->gid);
	char group[USER_NAME_MAX + 1] = "";
	struct name_list members OWNED(name_list_free) = { .count = 0 };
	size_t shown = 0;

	if (gr == NULL)
		return;
	PRINT_TO(group, "%s", gr->gr_name);
	if (name_list_members(&members, group) != NAME_LIST_LISTED) {
		doctor_problem(d, "user-lookup",
		    "the members of group %s cannot be listed; see: getent "
		    "group %s",
		    terminal_shell_quote(group), terminal_shell_quote(group));
		return;
	}
	for (size_t i = 0; i < members.count; i++)
		if (strcmp(members.name[i], HELPER_USER) != 0 &&
		    shown++ < MEMBERS_SHOWN)
			report_member(d, members.name[i], group);
	if (shown > MEMBERS_SHOWN)
		doctor_note(d, "user-members", "%zu more are in group %s",
		    shown - MEMBERS_SHOWN, terminal_shell_quote(group));
}

static void
check_shell(struct doctor *d, const char *shell)
{
	if (accounts_is_login_shell(shell))
		doctor_problem(d, "user-shell",
		    "user " HELPER_USER " has the shell %.100s; run: usermod "
		    "-s /usr/sbin/nologin " HELPER_USER,
		    shell[0] != '\0' ? shell : "/bin/sh");
}

/* systemd reads this link when it starts the unit. */
static bool
is_masked(const char *unit)
{
	char path[96], target[16] = "";

	PRINT_TO(path, "/etc/systemd/system/%s", unit);
	return readlink(path, target, sizeof(target) - 1) > 0 &&
	    strcmp(target, "/dev/null") == 0;
}

/* Its folder may remain; its socket then refuses. */
static bool
manager_listens(unsigned uid)
{
	struct sockaddr_un to = { .sun_family = AF_UNIX };
	const int fd OWNED(owned_fd) =
	    socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	bool refused;

	PRINT_TO(to.sun_path, "/run/user/%u/systemd/private", uid);
	refused = fd >= 0 &&
	    connect(fd, (const struct sockaddr *)&to, sizeof(to)) != 0 &&
	    (errno == ENOENT || errno == ECONNREFUSED);
	return !refused;
}

/* A compromised helper could start processes outside of its limits by a systemd
 * of its user. */
static void
check_manager(struct doctor *d)
{
	char unit[32];

	PRINT_TO(unit, "user@%u.service", d->uid);
	if (access("/run/systemd/system", F_OK) == 0 &&
	    (access(LINGER, F_OK) == 0 || manager_listens(d->uid) ||
		!is_masked(unit)))
		doctor_problem(d, "user-manager",
		    "user " HELPER_USER " has or can get a systemd of its own, "
		    "which may start processes outside of a helper's limits; "
		    "run: systemctl mask --now %s; rm -f " LINGER,
		    unit);
}

void
doctor_check_helper_account(struct doctor *d)
{
	char shell[128];
	const struct passwd *pw = client_helper_account();

	if (pw == NULL) {
		doctor_problem(d, errno == 0 ? "user-missing" : "user-lookup",
		    "%s", trusted_file_cause);
		return;
	}
	d->uid = pw->pw_uid;
	d->gid = pw->pw_gid;
	PRINT_TO(shell, "%s", pw->pw_shell);
	d->user_known = d->uid != 0 && d->gid != 0;
	if (!d->user_known)
		doctor_problem(d, "user-privileged",
		    "user " HELPER_USER " has uid %u and gid %u, neither may "
		    "be 0; remove that user, then run doctor again, which "
		    "reports how to create it",
		    d->uid, d->gid);
	else {
		check_unique_uid(d);
		check_members(d);
		if (d->service == NULL)
			check_manager(d);
	}
	check_groups(d);
	check_shell(d, shell);
}
