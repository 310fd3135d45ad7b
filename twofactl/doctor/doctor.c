/* SPDX-License-Identifier: BSD-2-Clause */
/* twofactl doctor, and the user that the helper runs as. */
#include "twofactl/doctor/doctor.h"

#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "twofactl/check/check.h"
#include "twofactl/doctor/doctor_inside.h"
#include "twofactl/link/link.h"

static void
take_complaint(void *ctx, const char *line)
{
	struct doctor *d = ctx;

	doctor_problem(d, d->complaint, "%s", line);
}

static void
doctor_check_settings(struct doctor *d)
{
	const struct settings *conf = d->conf;

	for (size_t i = 0; i < conf->provider_count; i++)
		if (conf->provider[i].rehearsal)
			doctor_problem(d, "rehearsal",
			    "provider %s is of " SETTINGS_REHEARSAL,
			    conf->provider[i].name);
		else if (strcmp(conf->provider[i].scheme, "http") == 0)
			doctor_problem(d, "rehearsal",
			    "%s is asked over plain http at %s: any local "
			    "user may take that port; remove its base_url "
			    "from %s",
			    conf->provider[i].name, conf->provider[i].base_url,
			    d->run->conf);
	doctor_rules(d);
}

static void
doctor_check_people(struct doctor *d, const char *account)
{
	static struct user_people people;
	struct user_record record;

	(void)user_people_read(
	    d->conf, account, NULL, 0, &people, &complain_report);
	for (size_t i = 0; i < people.count; i++) {
		(void)user_person_read(d->conf, account, NULL, 0,
		    &people.person[i], &record, &complain_report);
		user_record_wipe(&record);
	}
}

static void
check_records(struct doctor *d)
{
	struct name_list users = { .count = 0 }, accounts = { .count = 0 };
	char problem[CHECK_ACCOUNT];
	struct user_record record;

	d->complaint = "user-file";
	if (name_list_enrolled(&users, d->conf, 0, &complain_report) != 0)
		return;
	(void)name_list_accounts(&accounts);
	for (size_t i = 0; i < users.count; i++) {
		/* one of the state may be for another host's account */
		if (record_place_of(d->conf, users.name[i])->within == NULL &&
		    !check_account(&accounts,
			record_place_words(d->conf, users.name[i]),
			users.name[i], problem))
			doctor_problem(d, d->complaint, "%s", problem);
		if (user_record_read(d->conf, users.name[i], 0, &record,
			&complain_report) == USER_PEOPLE)
			doctor_check_people(d, users.name[i]);
		user_record_wipe(&record);
	}
	name_list_free(&accounts);
	name_list_free(&users);
}

/* With one service alone providers and the helper are not asked. */
static void
look(struct doctor *d)
{
	const bool all = d->service == NULL;

	if (all && d->conf != NULL)
		check_records(d);
	doctor_files(d);
	doctor_pam(d);
	if (all || strcmp(d->service, "sshd") == 0)
		doctor_sshd(d);
	if (!all)
		return;
	if (d->conf != NULL)
		doctor_people(d);
	doctor_socket(d);
	doctor_fleet(d);
	doctor_helper(d);
}

enum ctl_exit
cmd_doctor(const struct arguments *typed)
{
	static struct doctor d; /* too large for a stack */
	const struct run run = run_of(typed);
	const struct settings_report sink = { .ctx = &d,
		.line = take_complaint };
	struct settings *conf;
	enum ctl_exit status;

	if (typed->etc != NULL)
		host_etc_in(typed->etc);
	if (typed->service != NULL && !doctor_pam_knows(typed->service))
		return CTL_USAGE;
	d.run = &run;
	d.service = typed->service;
	d.files_only = typed->files_only;
	d.complaint = "settings";
	doctor_begin(&d);
	complain_to(&sink);
	conf = settings_load(run.conf, 0, &complain_report);
	d.conf = conf;
	doctor_user(&d);
	if (conf != NULL) {
		record_place_use(&run, conf);
		doctor_check_settings(&d);
	}
	look(&d);
	complain_to(NULL);
	status = doctor_end(&d);
	settings_free(conf);
	return status;
}

#define GROUPS_MAX 64
#define MEMBERS_TOLD 20
#define LINGER "/var/lib/systemd/linger/" HELPER_USER

/* Another account with the same uid may have more rights. */
static void
doctor_check_alone(struct doctor *d)
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
doctor_check_groups(struct doctor *d)
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
		    group != NULL ? shell_word(group->gr_name) : "GROUP");
	}
}

static void
tell_member(struct doctor *d, const char *name, const char *group)
{
	const struct passwd *pw = getpwnam(name);

	if (pw != NULL && pw->pw_gid == d->gid)
		doctor_problem(d, "user-members",
		    "group %s is the primary group of %s, which lets it "
		    "read every secret; run, with another group: usermod -g "
		    "GROUP %s",
		    shell_word(group), shell_word(name), shell_word(name));
	else
		doctor_problem(d, "user-members",
		    "%s is in group %s, and so can read every secret; run: "
		    "gpasswd -d %s %s",
		    shell_word(name), shell_word(group), shell_word(name),
		    shell_word(group));
}

/* Its group can read secrets, so no other user may be in it. */
static void
check_members(struct doctor *d)
{
	const struct group *gr = getgrgid(d->gid);
	char group[USER_NAME_MAX + 1] = "";
	struct name_list members;
	size_t told = 0;

	if (gr == NULL)
		return;
	PRINT_TO(group, "%s", gr->gr_name);
	if (name_list_members(&members, group) != NAME_LIST_LISTED) {
		doctor_problem(d, "user-lookup",
		    "the members of group %s cannot be listed; see: getent "
		    "group %s",
		    shell_word(group), shell_word(group));
		return;
	}
	for (size_t i = 0; i < members.count; i++)
		if (strcmp(members.name[i], HELPER_USER) != 0 &&
		    told++ < MEMBERS_TOLD)
			tell_member(d, members.name[i], group);
	if (told > MEMBERS_TOLD)
		doctor_note(d, "user-members", "%zu more are in group %s",
		    told - MEMBERS_TOLD, shell_word(group));
	name_list_free(&members);
}

/* This user needs no login. */
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

/* systemd reads it only when it is to start such a unit. */
static bool
is_masked(const char *unit)
{
	char path[96], target[16] = "";

	PRINT_TO(path, "/etc/systemd/system/%s", unit);
	return readlink(path, target, sizeof(target) - 1) > 0 &&
	    strcmp(target, "/dev/null") == 0;
}

/* By a systemd of its own, a helper that was taken over could start processes
 * outside of its limits. */
static void
check_manager(struct doctor *d)
{
	char unit[32], folder[48];

	PRINT_TO(unit, "user@%u.service", d->uid);
	PRINT_TO(folder, "/run/user/%u/systemd", d->uid);
	if (access("/run/systemd/system", F_OK) == 0 &&
	    (access(LINGER, F_OK) == 0 || access(folder, F_OK) == 0 ||
		!is_masked(unit)))
		doctor_problem(d, "user-manager",
		    "user " HELPER_USER " has or can get a systemd of its own, "
		    "which may start processes outside of a helper's limits; "
		    "run: systemctl mask --now %s; rm -f " LINGER,
		    unit);
}

void
doctor_user(struct doctor *d)
{
	char cause[LINK_ACCOUNT_CAUSE_MAX], shell[128];
	const struct passwd *pw = link_account_find(cause);

	if (pw == NULL) {
		doctor_problem(d, errno == 0 ? "user-missing" : "user-lookup",
		    "%s", cause);
		return;
	}
	d->uid = pw->pw_uid;
	d->gid = pw->pw_gid;
	PRINT_TO(shell, "%s", pw->pw_shell);
	d->user_known = d->uid != 0 && d->gid != 0;
	if (!d->user_known)
		doctor_problem(d, "user-privileged",
		    "user " HELPER_USER " has uid %u and gid %u, neither may "
		    "be 0; remove that user; doctor then says how to make it",
		    d->uid, d->gid);
	else {
		doctor_check_alone(d);
		check_members(d);
		if (d->service == NULL)
			check_manager(d);
	}
	doctor_check_groups(d);
	check_shell(d, shell);
}
