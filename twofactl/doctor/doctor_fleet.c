/* SPDX-License-Identifier: BSD-2-Clause */
/* A host of a fleet: what of it lies here. The helper asks the servers. */
#include "twofactl/doctor/doctor.h"

#include <string.h>
#include <unistd.h>

#include "lib/system/store_url.h"
#include "twofactl/link/state_admin.h"
#include "twofactl/terminal/shell_word.h"

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

void
doctor_fleet(struct doctor *d)
{
	check_credential(d);
	if (d->conf != NULL)
		check_key(d);
}
