/* SPDX-License-Identifier: BSD-2-Clause */
/* Services that do not run as root: whether they are served, and for whose
 * logins. */
#include "twofactl/doctor/doctor.h"

#include <errno.h>
#include <pwd.h>
#include <stdio.h>

#include "lib/wire/wire.h"

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
			    "socket_allow_uids has %u, which is no account's: "
			    "the next account with that uid may ask for codes "
			    "of every user; take it out of %s",
			    uid, d->ctl->conf);
		used += (size_t)snprintf(list + used, LIST_MAX - used,
		    "%s%u%s%.64s%s", i > 0 ? ", " : "", uid,
		    pw != NULL ? " (" : "", pw != NULL ? pw->pw_name : "",
		    pw != NULL ? ")" : "");
	}
}

void
doctor_socket(struct doctor *d)
{
	const struct args usual = { 0 };
	const char *path = module_arguments_socket(&usual, false);
	char list[LIST_MAX] = "none";

	if (d->conf == NULL)
		return;
	list_uids(d, list);
	if (doctor_socket_on(path))
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
