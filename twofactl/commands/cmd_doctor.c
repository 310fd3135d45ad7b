/* SPDX-License-Identifier: BSD-2-Clause */
/* twofactl doctor */
#include "twofactl/terminal/terminal.h"

#include <stdlib.h>
#include <string.h>

#include "twofactl/check/check.h"
#include "twofactl/doctor/doctor.h"
#include "twofactl/fleet/fleet.h"
#include "twofactl/host/host.h"
#include "twofactl/records/records.h"

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
			    "%s is asked over plain http at %s: any local user "
			    "may take that port; take its base_url out of %s",
			    conf->provider[i].name, conf->provider[i].base_url,
			    d->ctl->conf);
	doctor_rules(d);
}

static void
check_people(struct doctor *d, const char *account)
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
		if (!state_records_holds(d->conf, users.name[i]) &&
		    !check_account(&accounts,
			state_records_place(d->conf, users.name[i]),
			users.name[i], problem))
			doctor_problem(d, d->complaint, "%s", problem);
		if (user_record_read(d->conf, users.name[i], 0, &record,
			&complain_report) == USER_PEOPLE)
			check_people(d, users.name[i]);
		user_record_wipe(&record);
	}
	name_list_free(&accounts);
	name_list_free(&users);
}

/* Looks at one service only; providers and the helper are not asked. */
static void
look_at_service(struct doctor *d)
{
	doctor_files(d);
	doctor_pam(d);
	if (strcmp(d->ctl->service, "sshd") == 0)
		doctor_sshd(d);
}

static void
look_at_all(struct doctor *d)
{
	if (d->conf != NULL)
		check_records(d);
	doctor_files(d);
	doctor_pam(d);
	doctor_sshd(d);
	if (d->conf != NULL)
		doctor_people(d);
	doctor_socket(d);
	doctor_fleet(d);
	doctor_helper(d);
}

enum ctl_exit
cmd_doctor(struct ctl *ctl)
{
	struct doctor *d = calloc(1, sizeof(*d));
	const struct settings_report sink = { .ctx = d,
		.line = take_complaint };
	struct settings *conf;
	enum ctl_exit status;

	if (d == NULL) {
		complain("no memory; free some");
		return CTL_FAILED;
	}
	if (ctl->etc != NULL)
		etc_seen_in(ctl->etc);
	if (ctl->service != NULL && !doctor_pam_knows(ctl->service)) {
		free(d);
		return CTL_USAGE;
	}
	d->ctl = ctl;
	d->complaint = "settings";
	doctor_begin(d);
	complain_to(&sink);
	conf = settings_load(ctl->conf, 0, &complain_report);
	d->conf = conf;
	doctor_user(d);
	if (conf != NULL) {
		state_records_use(ctl, conf);
		check_settings(d);
	}
	if (ctl->service != NULL)
		look_at_service(d);
	else
		look_at_all(d);
	complain_to(NULL);
	status = doctor_end(d);
	settings_free(conf);
	free(d);
	return status;
}
