/* SPDX-License-Identifier: BSD-2-Clause */
/* A host of a fleet: what of it lies here. The helper asks the servers. */
#include "twofactl/doctor/doctor.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "lib/system/store_url.h"
#include "twofactl/link/state_admin.h"
#include "twofactl/records/name_list.h"
#include "twofactl/terminal/complain.h"
#include "twofactl/terminal/shell_word.h"

#define NAMES_TOLD 5

/* Who takes over a host where people log in would have it. */
static void
check_credential(struct doctor *d)
{
	char path[CTL_PATH_MAX];

	if (state_admin_path(d->ctl->conf, path, sizeof(path)) != 0 ||
	    access(path, F_OK) != 0 || !doctor_pam_names("sshd"))
		return;
	doctor_problem(d, "store-admin",
	    "%s opens every lock of the fleet, and people log in to this host "
	    "by sshd; keep it on the administrator's machine alone, then run "
	    "here: shred -u %s",
	    shell_word(path), shell_word(path));
}

static void
check_key(struct doctor *d)
{
	if (store_url_is(d->conf->state) &&
	    d->conf->store.fleet_key_file == NULL)
		doctor_problem(d, "store-key",
		    "fleet_key_file is not set: each host calls a number by "
		    "another name, so limits of a number hold for each host "
		    "alone; make one key for all hosts (head -c 32 "
		    "/dev/urandom), and set fleet_key_file in store = { }");
}

/* Who has a file here logs in without the server. */
static void
check_people(struct doctor *d)
{
	struct name_list users = { .count = 0 };
	char names[NAMES_TOLD * (USER_NAME_MAX + 2) + 1] = "";

	d->complaint = "user-file";
	if (!d->conf->users_state ||
	    name_list_enrolled(&users, d->conf, 0, &complain_report) != 0)
		return;
	for (size_t i = 0; i < users.count && i < NAMES_TOLD; i++)
		snprintf(names + strlen(names), sizeof(names) - strlen(names),
		    "%s%s", i > 0 ? ", " : "", users.name[i]);
	if (users.count == 0)
		doctor_problem(d, "store-people",
		    "users = \"state\", and nobody has a file in %s: nobody "
		    "logs in while the state is out of reach; give an "
		    "administrator one, with an app: twofactl enroll USER "
		    "--local",
		    d->conf->users_dir);
	else
		doctor_note(d, "store-people",
		    "while the state is out of reach only who has a file in "
		    "%s can log in: %s%s",
		    d->conf->users_dir, names,
		    users.count > NAMES_TOLD ? " and more" : "");
	name_list_free(&users);
}

void
doctor_fleet(struct doctor *d)
{
	check_credential(d);
	if (d->conf == NULL)
		return;
	check_key(d);
	check_people(d);
}
