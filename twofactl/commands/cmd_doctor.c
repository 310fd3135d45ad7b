/* SPDX-License-Identifier: BSD-2-Clause */
/* twofactl doctor */
#include "twofactl/arguments/command.h"

#include <stdlib.h>
#include <string.h>

#include "twofactl/doctor/doctor.h"
#include "twofactl/records/name_list.h"
#include "twofactl/terminal/complain.h"

static void
take_complaint(void *ctx, const char *line)
{
	struct doctor *d = ctx;

	doctor_problem(d, d->complaint, "%s", line);
}

static void
check_settings(struct doctor *d)
{
	const struct config *conf = d->conf;

	for (size_t i = 0; i < conf->provider_count; i++)
		if (strcmp(conf->provider[i].scheme, "http") == 0)
			doctor_problem(d, "rehearsal",
			    "%s is asked over plain http at %s: any local user "
			    "may take that port; take its base_url out of %s",
			    conf->provider[i].name, conf->provider[i].base_url,
			    d->ctl->conf);
	doctor_rules(d);
}

static void
check_users(struct doctor *d)
{
	struct namelist users = { .count = 0 };
	struct user_record record;

	d->complaint = "user-file";
	if (namelist_enrolled(&users, d->conf, 0, &complain_report) != 0)
		return;
	for (size_t i = 0; i < users.count; i++) {
		(void)config_user(
		    d->conf, users.name[i], 0, &record, &complain_report);
		config_user_wipe(&record);
	}
	namelist_free(&users);
}

enum ctl_exit
cmd_doctor(struct ctl *ctl)
{
	struct doctor *d = calloc(1, sizeof(*d));
	const struct config_report sink = { .ctx = d, .line = take_complaint };
	struct config *conf;
	enum ctl_exit status;

	if (d == NULL) {
		complain("no memory; free some");
		return CTL_FAILED;
	}
	d->ctl = ctl;
	d->complaint = "settings";
	doctor_begin(d);
	complain_to(&sink);
	conf = config_load(ctl->conf, 0, &complain_report);
	d->conf = conf;
	doctor_user(d);
	if (conf != NULL) {
		check_settings(d);
		check_users(d);
	}
	doctor_files(d);
	doctor_pam(d);
	doctor_sshd(d);
	doctor_helper(d);
	complain_to(NULL);
	status = doctor_end(d);
	config_free(conf);
	free(d);
	return status;
}
