/* SPDX-License-Identifier: BSD-2-Clause */
/* twofactl doctor: runs the checks; checks settings, records and the fleet. */
#include "twofactl/doctor/doctor_inside.h"

#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "twofactl/check/check.h"

#define UID_WITHOUT_RIGHTS 65534
#define NOTICES_LATE_S (15 * 60) /* three runs */

/* An attacker who takes over a host with logins would get the credential. */
static void
check_credential(struct doctor *d)
{
	const char *path = client_admin_path(d->run->conf);

	if (access(path, F_OK) != 0 || !doctor_pam_names_module("sshd"))
		return;
	doctor_problem(d, "store-admin",
	    "%s gives full access to the fleet's state, and users log in to "
	    "this host by sshd; keep it on the administrator's machine alone, "
	    "then run here: shred -u %s",
	    terminal_shell_quote(path), terminal_shell_quote(path));
}

/* A user without rights who reaches a server can occupy all connections that it
 * grants this host, before any password. */
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

	if (settings_is_fleet(d->conf))
		(void)settings_fleet_url_parse(d->conf->state, &url);
	for (size_t i = 0; i < url.hosts; i++) {
		PRINT_TO(name, "%s", url.host[i].name);
		PRINT_TO(port, "%u", url.host[i].port);
		if (run_program(&p, out, sizeof(out)) == 0)
			doctor_note(d, "store-open",
			    "any user of this host can reach %s, and block "
			    "this host's logins by connections without a "
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
		    "each host separately; make one key for all hosts (head -c "
		    "32 /dev/urandom), and set fleet_key_file in store = { }");
	if (!d->files_only)
		check_reach(d);
}

static void
take_error(void *ctx, const char *line)
{
	struct doctor *d = ctx;

	doctor_problem(d, d->error_finding, "%s", line);
}

/* Reports what is wrong with notices (notify). */
static void
check_notify(struct doctor *d)
{
	const char *notify = d->conf->notify;
	const bool mail = strcmp(notify, SETTINGS_NOTIFY_MAIL) == 0;
	struct stat st = { .st_mtime = 0 };

	if (notify[0] == '\0' ||
	    !doctor_check_trusted(d, "notify", mail ? CLIENT_SENDMAIL : notify))
		return;
	(void)stat(ETC_NOTICES_FILE, &st);
	if (st.st_mtime < time(NULL) - NOTICES_LATE_S)
		doctor_problem(d, "notify",
		    "twofactl notices does not run, or its notices are not "
		    "taken; run: systemctl enable --now twofa-notices.timer, "
		    "and try: twofactl notices --test");
}

/* Users who can become root and have an account there. */
static void
list_admins_with_account(
    struct doctor *d, const struct provider_conf *p, struct doctor_names *out)
{
	struct name_list admins OWNED(name_list_free) = { .count = 0 };

	lockout_root_list_all(&admins);
	for (size_t i = 0; i < admins.count; i++) {
		struct user_record r OWNED(user_record_wipe);

		(void)command_owner_record(
		    d->conf, admins.name[i], NULL, NULL, &r);
		if (reach_account(&r, p)[0] != '\0')
			doctor_names_add(out, admins.name[i]);
	}
}

static void
report_provider_finding(struct doctor *d, const struct provider_conf *p,
    const struct provider_finding *f)
{
	struct doctor_names admins = { .count = 0 };

	if (f->level == PROVIDER_PROBLEM_OF_ADMINS)
		list_admins_with_account(d, p, &admins);
	doctor_finding(d, f->level == PROVIDER_PROBLEM || admins.count > 0,
	    f->name, "provider %s: %s%s%s", p->name, f->text,
	    admins.count > 0 ? "; who can become root by it: " : "",
	    admins.text);
}

static void
check_settings(struct doctor *d)
{
	const struct settings *conf = d->conf;
	const struct provider_finding *f;

	for (size_t i = 0; i < conf->provider_count; i++)
		if (conf->provider[i].rehearsal)
			doctor_problem(d, "rehearsal",
			    "provider %s is of " SETTINGS_REHEARSAL,
			    conf->provider[i].name);
		else if (strcmp(conf->provider[i].scheme, "http") == 0)
			doctor_problem(d, "rehearsal",
			    "%s is asked over plain http at %s: any local user "
			    "may take that port; remove its base_url from %s",
			    conf->provider[i].name, conf->provider[i].base_url,
			    d->run->conf);
	for (size_t i = 0; i < conf->provider_count; i++) {
		const struct provider_conf *p = &conf->provider[i];

		for (unsigned n = 0; p->type->finding != NULL &&
		     (f = p->type->finding(p, n)) != NULL;
		     n++)
			report_provider_finding(d, p, f);
	}
	doctor_rules(d);
}

static void
check_record_owner(
    struct doctor *d, const char *user, const struct record_owner *who)
{
	const char *path = record_place_describe(d->conf, user);
	const char *word = terminal_shell_quote(user);
	const char *problem;

	if (who->is == USER_OTHER)
		doctor_problem(d, "record-of-another", RECORD_OWNER_OTHER, path,
		    word, word);
	else if (who->is == USER_LEFT && who->account.name[0] != '\0')
		doctor_note(d, "record-of-another",
		    "%s: its user has left, so no login takes it; if another "
		    "person has the name now, run: twofactl remove %s; for "
		    "the same user run: twofactl enroll %s --again",
		    path, word, word);
	else if (who->is != USER_LEFT &&
	    (problem = check_account(path, user)) != NULL)
		doctor_problem(d, d->error_finding, "%s", problem);
}

/* Notes what the record of a user who approves logins at a provider lacks: an
 * account there, or another factor where no page can be shown. */
static void
add_account_user(
    struct doctor *d, const char *user, const struct user_record *r)
{
	const struct provider_conf *order[SETTINGS_PROVIDERS_MAX];
	const struct decision field = { .methods = METHOD_ALL &
		    ~METHOD_BIT(METHOD_PAGE) };
	const struct factor_choice c = factor_choice(d->conf, r, &field, 0);
	const struct provider_conf *at;
	unsigned methods = 0; /* of the accounts, that the user lists */

	for (size_t i = 0; i < d->conf->provider_count; i++) {
		at = &d->conf->provider[i];
		if (at->type->account != NULL &&
		    reach_lists(r, METHOD_BIT(reach_approval(at))))
			methods |= METHOD_BIT(reach_approval(at));
	}
	if (methods == 0)
		return;
	if (((methods & METHODS_APPROVED) != 0 &&
		reach_push_order(d->conf, r, METHODS_APPROVED, order) == 0) ||
	    ((methods & METHOD_BIT(METHOD_TOTP)) != 0 &&
		!reach_app(d->conf, r, METHOD_BIT(METHOD_TOTP), &at)))
		doctor_names_add(&d->no_account, user);
	else if (!factor_choice_has_code(&c) && !c.push)
		doctor_names_add(&d->page_only, user);
}

/* The helper compares the record's tokens with the state. */
static void
check_counters(struct doctor *d, const char *user, const char *person,
    const struct user_record *r)
{
	char owner[OWNER_MAX + 1];
	const struct client_request call = { .purpose = PURPOSE_TOTP,
		.user = owner,
		.request = PURPOSE_TOTP_KNOWN };
	bool counts = false;

	for (size_t i = 0; i < USER_APPS_MAX; i++)
		counts |= r->app[i].kind.hotp;
	owner_write(owner, user, person);
	if (counts && !d->files_only && client_request(d->run, &call) == CTL_NO)
		doctor_problem(d, "token-counter",
		    "%s: the counter of a token is not known, so no code of it "
		    "is right; see twofactl show, then run: twofactl totp "
		    "USER --resync N",
		    record_place_describe(d->conf, user));
}

static void
doctor_check_record(struct doctor *d, const char *user)
{
	struct record_walk people OWNED(record_walk_end) = {
		.conf = d->conf, .account = user, .report = &complain_report
	};
	struct user_record record OWNED(user_record_wipe);
	struct record_owner who;
	const enum user_result found = record_owner_read(
	    d->conf, user, NULL, &who, &record, &complain_report);

	if (found == USER_FOUND && record.enabled)
		add_account_user(d, user, &record);
	if (found == USER_FOUND)
		check_counters(d, user, NULL, &record);
	/* those in the state may be for accounts of other hosts */
	if (record_place_of(d->conf, user)->within == NULL)
		check_record_owner(d, user, &who);
	while (found == USER_PEOPLE && record_walk_next(&people))
		if (people.who != NULL)
			check_counters(
			    d, user, people.who->name, &people.record);
}

static void
check_records(struct doctor *d)
{
	struct name_list users OWNED(name_list_free) = { .count = 0 };

	d->error_finding = "user-file";
	if (name_list_enrolled(&users, d->conf, &complain_report) != 0)
		return;
	for (size_t i = 0; i < users.count; i++)
		doctor_check_record(d, users.name[i]);
	if (d->no_account.count > 0)
		doctor_problem(d, "account-missing",
		    "%s%s: no account at the issuer that a provider of %s has "
		    "now, so no approval counts; run: twofactl account USER "
		    "PROVIDER",
		    d->no_account.text,
		    d->no_account.count > DOCTOR_NAMES_SHOWN ? " and more" : "",
		    d->run->conf);
}

/* With --service, providers and the helper are not checked. */
static void
run_checks(struct doctor *d)
{
	const bool all = d->service == NULL;

	if (all && d->conf != NULL)
		check_records(d);
	doctor_files(d);
	doctor_pam(d);
	if (all || strcmp(d->service, "sshd") == 0)
		doctor_sshd(d);
	if (all && d->conf != NULL)
		doctor_people(d);
	if (d->conf != NULL && !d->files_only)
		doctor_report_denied(d);
	if (!all)
		return;
	if (d->conf != NULL && !d->files_only)
		check_notify(d);
	doctor_report_socket_users(d);
	doctor_fleet(d);
	doctor_helper(d);
}

enum ctl_exit
cmd_doctor(const struct arguments *typed)
{
	static struct doctor d; /* too large for a stack */
	const struct settings_report sink = { .ctx = &d, .line = take_error };
	struct settings *conf OWNED(settings_end) = NULL;

	if (typed->etc != NULL)
		host_etc_set_folder(typed->etc);
	if (typed->service != NULL && !doctor_pam_has_service(typed->service))
		return CTL_USAGE;
	d.run = &typed->run;
	d.service = typed->service;
	d.files_only = typed->files_only;
	d.error_finding = "settings";
	d.sshd_deadline_s = (long)module_arguments_default_deadline("sshd");
	if (typed->run.json)
		terminal_json("{found:[");
	terminal_set_error_sink(&sink);
	conf = settings_load(typed->run.conf, 0, &complain_report);
	d.conf = conf;
	doctor_check_helper_account(&d);
	if (conf != NULL) {
		record_state_use(&typed->run, conf);
		check_settings(&d);
	}
	run_checks(&d);
	terminal_set_error_sink(NULL);
	if (typed->run.json)
		terminal_json("],\nproblems:%u}\n", d.problems);
	else
		printf(
		    "%u problem%s\n", d.problems, d.problems == 1 ? "" : "s");
	return d.problems == 0 ? CTL_DONE : CTL_NO;
}
