/* SPDX-License-Identifier: BSD-2-Clause */
/* twofactl doctor: the user that the helper runs as, whether it can run and
 * what it reports itself, and what this host has of a fleet. */
#include "twofactl/doctor/doctor.h"

#include <errno.h>
#include <grp.h>
#include <sys/stat.h>
#include <unistd.h>

#include "twofactl/check/check.h"
#include "twofactl/doctor/doctor_inside.h"
#include "twofactl/fleet/fleet.h"
#include "twofactl/client/client.h"

/* Services that do not run as root: whether they are served, and for whose
 * logins. */

#define LIST_MAX 512

/* "114 (postgres), 8". A uid without an account may get one later. */
static void
list_uids(struct doctor *d, char list[LIST_MAX])
{
	size_t used = 0;

	for (size_t i = 0; i < d->conf->socket_uids && used < LIST_MAX; i++) {
		const uid_t uid = d->conf->socket_uid[i];
		const struct passwd *pw;

		errno = 0;
		pw = getpwuid(uid);
		if (pw == NULL && errno == 0)
			doctor_problem(d, "socket-uids",
			    "socket_allow_uids has %u, which belongs to no "
			    "account: the next account with that uid may "
			    "ask for codes of every user; remove it from %s",
			    uid, d->run->conf);
		used += (size_t)snprintf(list + used, LIST_MAX - used,
		    "%s%u%s%.64s%s", i > 0 ? ", " : "", uid,
		    pw != NULL ? " (" : "", pw != NULL ? pw->pw_name : "",
		    pw != NULL ? ")" : "");
	}
}

static void
doctor_socket(struct doctor *d)
{
	const struct module_arguments usual = { 0 };
	const char *path = module_arguments_socket_path(&usual, false);
	char list[LIST_MAX] = "none";

	if (d->conf == NULL)
		return;
	list_uids(d, list);
	if (doctor_socket_is_open(path))
		doctor_note(d, "user-socket",
		    "%s: programs that do not run as root can have codes sent, "
		    "%u in an hour for each uid, to their own user; uids that "
		    "may ask about every user: %s",
		    path, d->conf->sends.other_hour, list);
	else if (d->conf->socket_uids > 0)
		doctor_note(d, "user-socket",
		    "socket_allow_uids has no effect: %s is not there; for "
		    "services that do not run as root run: systemctl stop "
		    "twofa-helper; systemctl enable --now "
		    "twofa-helper-user.socket",
		    path);
}

#define VERSION_LINE "twofa-helper " TWOFA_VERSION "\n"
#define TIMEOUT_S 10
#define DEADLINE_MS (120 * INT64_C(1000)) /* providers may be slow */
#define NAME_MAX_LEN 32
#define NAME_BYTES "abcdefghijklmnopqrstuvwxyz-"
#define EXIT_LOADER 127 /* with words: the dynamic loader's */
#define CODES_LOW 3
#define NAMES_TOLD 5

static void
does_not_run(struct doctor *d, const char *path, int status, bool words)
{
	if (status == EXIT_LOADER && words)
		doctor_problem(d, "helper-run",
		    "%s: a shared library is missing or too old, so every "
		    "login is denied; install what this reports as not "
		    "found: ldd %s",
		    path, path);
	else
		doctor_problem(d, "helper-run",
		    "%s does not run as user twofa%s; run: namei -l %s, give "
		    "each folder mode 0755 and the file 0711, or install "
		    "pam_twofa again (its package, or make install)",
		    path, words ? ": it prints errors" : "", path);
}

static bool
helper_runs(struct doctor *d, const char *path)
{
	const char *const argv[] = { path, "--version", NULL };
	const struct program helper = { .argv = argv,
		.uid = d->uid,
		.gid = d->gid,
		.timeout_s = TIMEOUT_S };
	char out[256];
	int status = 0;

	if (run_program(&helper, out, sizeof(out), &status) != PROGRAM_ENDED ||
	    status != 0) {
		does_not_run(d, path, status, out[0] != '\0');
		return false;
	}
	if (strcmp(out, VERSION_LINE) == 0)
		return true;
	out[strcspn(out, "\n")] = '\0';
	return doctor_problem(d, "helper-version",
	    "%s is %.60s, but this twofactl is version " TWOFA_VERSION
	    "; install pam_twofa again (its package, or make install)",
	    path, out);
}

/* A program that its user can read can be traced by that user until it forbids
 * this. The group's bit may stand for an access control list. */
static bool
check_path(struct doctor *d, const char *path)
{
	struct stat st;

	d->complaint = "helper-path";
	if (client_check_helper(path) != 0)
		return false;
	if (stat(path, &st) == 0 && (st.st_mode & (S_IROTH | S_IRGRP)) != 0)
		doctor_problem(d, "helper-readable",
		    "%s can be read by users other than root, so that a "
		    "process of user twofa can take over each new helper; "
		    "run: chmod 0711 %s",
		    path, path);
	return helper_runs(d, path);
}

/* True when our helper is safe to ask. */
static bool
check_paths(struct doctor *d)
{
	bool asked = false, fit = false;

	for (size_t i = 0; i < d->helpers; i++) {
		const bool good = check_path(d, d->helper[i]);

		if (strcmp(d->helper[i], d->run->helper) != 0)
			continue;
		asked = true;
		fit = good;
	}
	return asked ? fit : check_path(d, d->run->helper);
}

struct helper_answers {
	struct doctor *doctor;
	struct name_list enough; /* users with enough recovery codes ... */
	struct name_list few;    /* ... and who has used most of them */
};

/* The helper's text is shown, but it can only name findings of its own. */
static int
helper_take(void *ctx, const struct item *r)
{
	struct helper_answers *a = ctx;

	if (r->kind == ITEM_HELD && r->number[2] >= CODES_LOW)
		return name_list_add(&a->enough, r->text[1]);
	if (r->kind == ITEM_HELD)
		return r->number[2] > 0 ? name_list_add(&a->few, r->text[1])
					: 0;
	if (r->kind != ITEM_PROBLEM && r->kind != ITEM_NOTE)
		return -1;
	if (strlen(r->text[1]) > NAME_MAX_LEN ||
	    strspn(r->text[1], NAME_BYTES) != strlen(r->text[1]))
		return -1;
	if (r->kind == ITEM_PROBLEM)
		doctor_problem(
		    a->doctor, r->text[1], CLIENT_SAYS "%s", r->text[2]);
	else
		doctor_note(
		    a->doctor, r->text[1], CLIENT_SAYS "%s", r->text[2]);
	return 0;
}

struct low {
	char names[NAMES_TOLD * (USER_NAME_MAX + 2) + 1];
	size_t count;
};

static void
add_low(struct low *low, const char *user)
{
	if (low->count++ < NAMES_TOLD)
		PRINT_APPEND(
		    low->names, "%s%s", low->count > 1 ? ", " : "", user);
}

/* Users who once had codes count on them, and those who repair this machine
 * need them; for others they are optional. A user who has used the last one is
 * not listed by the state. */
static void
tell_low(struct doctor *d, struct name_list *users,
    const struct helper_answers *answers)
{
	struct low low = { .count = 0 };
	struct name_list admins;
	size_t without = 0;

	(void)lockout_root_members(&admins);
	for (size_t i = 0; i < users->count; i++) {
		if (name_list_has(&answers->enough, users->name[i]))
			continue;
		if (name_list_has(&answers->few, users->name[i]) ||
		    name_list_has(&admins, users->name[i]))
			add_low(&low, users->name[i]);
		else
			without++;
	}
	name_list_free(&admins);
	if (low.count > NAMES_TOLD)
		doctor_problem(d, "recovery-low",
		    "%s and %zu more have fewer than %d recovery codes left; "
		    "run: twofactl recovery-codes USER",
		    low.names, low.count - NAMES_TOLD, CODES_LOW);
	else if (low.count > 0)
		doctor_problem(d, "recovery-low",
		    "fewer than %d recovery codes left: %s; run: twofactl "
		    "recovery-codes USER",
		    CODES_LOW, low.names);
	if (without > 0)
		doctor_note(d, "recovery-low",
		    "%zu enrolled user%s, who cannot become root, %s no "
		    "recovery codes",
		    without, without == 1 ? "" : "s",
		    without == 1 ? "has" : "have");
}

/* Who has a file here, or break-glass codes of this host, logs in without the
 * server. users: who has a file. */
static void
tell_people(struct doctor *d, struct name_list *users,
    const struct helper_answers *answers)
{
	struct low first = { .count = 0 };

	if (!d->conf->users_state ||
	    name_list_add_all(users, &answers->enough) != 0 ||
	    name_list_add_all(users, &answers->few) != 0)
		return;
	name_list_sort(users); /* what came twice is taken out */
	for (size_t i = 0; i < users->count; i++)
		add_low(&first, users->name[i]);
	if (users->count == 0)
		doctor_problem(d, "store-people",
		    "users = \"state\", and no user has a file in %s or "
		    "break-glass codes of this host, so all logins are "
		    "denied while the state is out of reach; for an "
		    "administrator, run: twofactl recovery-codes USER "
		    "--local",
		    d->conf->users_dir);
	else
		doctor_note(d, "store-people",
		    "while the state is out of reach, only users with a "
		    "file in %s or with break-glass codes of this host can "
		    "log in: %s%s",
		    d->conf->users_dir, first.names,
		    users->count > NAMES_TOLD ? " and more" : "");
}

static void
helper_ask(struct doctor *d)
{
	struct helper_answers answers = { .doctor = d };
	const struct client_request call = { .purpose = PURPOSE_DOCTOR,
		.deadline_ms = DEADLINE_MS,
		.ctx = &answers,
		.record = helper_take };
	struct name_list users = { .count = 0 };

	d->complaint = "helper-run";
	if (client_request(d->run, &call) == CTL_DONE) {
		d->complaint = "user-file";
		name_list_sort(&answers.enough);
		name_list_sort(&answers.few);
		if (name_list_enrolled(&users, d->conf, 0, &complain_report) ==
		    0)
			(settings_is_fleet(d->conf) ? tell_people : tell_low)(
			    d, &users, &answers);
	}
	name_list_free(&users);
	name_list_free(&answers.enough);
	name_list_free(&answers.few);
}

static void
doctor_helper(struct doctor *d)
{
	if (!d->user_known)
		return; /* it cannot run, which is reported */
	if (!check_paths(d) || d->conf == NULL)
		return;
	helper_ask(d);
	d->complaint = "helper-socket";
	check_hidden_paths(d->run, &complain_report, true);
	if (!client_socket_exists())
		doctor_note(d, "helper-socket",
		    "%s is not there: each login starts a helper of its "
		    "own, which takes longer; for the listener run: "
		    "systemctl enable --now twofa-helper.socket",
		    client_socket_path());
}

/* Who takes over a host where people log in would have it. */
static void
check_credential(struct doctor *d)
{
	char path[CTL_PATH_MAX];

	if (fleet_admin_path(d->run->conf, path, sizeof(path)) != 0 ||
	    access(path, F_OK) != 0 || !doctor_pam_names_module("sshd"))
		return;
	doctor_problem(d, "store-admin",
	    "%s opens every lock of the fleet, and people log in to this host "
	    "by sshd; keep it on the administrator's machine alone, then run "
	    "here: shred -u %s",
	    terminal_shell_quote(path), terminal_shell_quote(path));
}

#define UID_WITHOUT_RIGHTS 65534

/* Who has no right at all here, but reaches a server, can have all connections
 * that it gives this host, before any password. */
static void
check_reach(struct doctor *d)
{
	char name[SETTINGS_URL_HOST_MAX + 1], port[8], out[64];
	const char *const argv[] = { "/bin/bash", "-c",
		"exec 3<>\"/dev/tcp/$0/$1\"", name, port, NULL };
	const struct program p = { .argv = argv,
		.uid = UID_WITHOUT_RIGHTS,
		.gid = UID_WITHOUT_RIGHTS,
		.timeout_s = 2 };
	struct settings_url url = { .hosts = 0 };
	int status;

	if (settings_is_fleet(d->conf))
		(void)settings_fleet_url(d->conf->state, &url);
	for (size_t i = 0; i < url.hosts; i++) {
		PRINT_TO(name, "%s", url.host[i].name);
		PRINT_TO(port, "%u", url.host[i].port);
		if (run_program(&p, out, sizeof(out), &status) ==
			PROGRAM_ENDED &&
		    status == 0)
			doctor_note(d, "store-open",
			    "each user of this host reaches %s, and keeps "
			    "its logins from there by connections without a "
			    "password; let this host's firewall pass only "
			    "root and twofa: docs/guide/fleet.md",
			    name);
	}
}

static void
doctor_fleet(struct doctor *d)
{
	check_credential(d);
	if (d->conf == NULL)
		return;
	if (settings_is_fleet(d->conf) && d->conf->store.fleet_key_file == NULL)
		doctor_problem(d, "store-key",
		    "fleet_key_file is not set: each host stores a number "
		    "under another name, so the limits of a number apply to "
		    "each host separately; make one key for all hosts (head "
		    "-c 32 /dev/urandom), and set fleet_key_file in store = "
		    "{ }");
	if (!d->files_only)
		check_reach(d);
}

static void
take_complaint(void *ctx, const char *line)
{
	struct doctor *d = ctx;

	doctor_problem(d, d->complaint, "%s", line);
}

static void
check_settings(struct doctor *d)
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

/* Its faults were reported. */
static bool
pass_record(
    void *ctx, const struct user_person *who, const struct user_record *record)
{
	(void)ctx;
	(void)who;
	(void)record;
	return false;
}

static void
check_records(struct doctor *d)
{
	struct name_list users = { .count = 0 }, accounts = { .count = 0 };
	char problem[CHECK_ACCOUNT];

	d->complaint = "user-file";
	if (name_list_enrolled(&users, d->conf, 0, &complain_report) != 0)
		return;
	(void)name_list_accounts(&accounts);
	for (size_t i = 0; i < users.count; i++) {
		/* one of the state may be for another host's account */
		if (record_place_of(d->conf, users.name[i])->within == NULL &&
		    !check_account(&accounts,
			record_place_text(d->conf, users.name[i]),
			users.name[i], problem))
			doctor_problem(d, d->complaint, "%s", problem);
		(void)command_user_each_record(d->conf, users.name[i],
		    &complain_report, NULL, pass_record);
	}
	name_list_free(&accounts);
	name_list_free(&users);
}

/* With one service alone providers and the helper are not asked. */
static void
look(struct doctor *d)
{
	static const char *const services[] = { "login", "su", "sudo" };
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
		doctor_lockouts(d);
	for (size_t i = 0; i < COUNT_OF(services); i++)
		if (d->conf != NULL && !d->files_only &&
		    doctor_pam_names_module(services[i]))
			doctor_exceptions(d, services[i]);
	doctor_socket(d);
	doctor_fleet(d);
	doctor_helper(d);
}

enum ctl_exit
cmd_doctor(const struct arguments *typed)
{
	static struct doctor d; /* too large for a stack */
	const struct run run = options_run(typed);
	const struct settings_report sink = { .ctx = &d,
		.line = take_complaint };
	struct settings *conf;
	enum ctl_exit status;

	if (typed->etc != NULL)
		host_etc_set_folder(typed->etc);
	if (typed->service != NULL && !doctor_pam_has_service(typed->service))
		return CTL_USAGE;
	d.run = &run;
	d.service = typed->service;
	d.files_only = typed->files_only;
	d.complaint = "settings";
	doctor_begin(&d);
	terminal_set_error_sink(&sink);
	conf = settings_load(run.conf, 0, &complain_report);
	d.conf = conf;
	doctor_user(&d);
	if (conf != NULL) {
		record_place_use(&run, conf);
		check_settings(&d);
	}
	look(&d);
	terminal_set_error_sink(NULL);
	status = doctor_end(&d);
	settings_free(conf);
	return status;
}

#define GROUPS_MAX 64
#define MEMBERS_TOLD 20
#define LINGER "/var/lib/systemd/linger/" HELPER_USER

/* Another account with the same uid may have more rights. */
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
		    group != NULL ? terminal_shell_quote(group->gr_name)
				  : "GROUP");
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
		    terminal_shell_quote(group), terminal_shell_quote(name),
		    terminal_shell_quote(name));
	else
		doctor_problem(d, "user-members",
		    "%s is in group %s, and so can read every secret; run: "
		    "gpasswd -d %s %s",
		    terminal_shell_quote(name), terminal_shell_quote(group),
		    terminal_shell_quote(name), terminal_shell_quote(group));
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
		    terminal_shell_quote(group), terminal_shell_quote(group));
		return;
	}
	for (size_t i = 0; i < members.count; i++)
		if (strcmp(members.name[i], HELPER_USER) != 0 &&
		    told++ < MEMBERS_TOLD)
			tell_member(d, members.name[i], group);
	if (told > MEMBERS_TOLD)
		doctor_note(d, "user-members", "%zu more are in group %s",
		    told - MEMBERS_TOLD, terminal_shell_quote(group));
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
	char cause[CLIENT_ACCOUNT_CAUSE_MAX], shell[128];
	const struct passwd *pw = client_helper_account(cause);

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
		check_alone(d);
		check_members(d);
		if (d->service == NULL)
			check_manager(d);
	}
	check_groups(d);
	check_shell(d, shell);
}
