/* SPDX-License-Identifier: BSD-2-Clause */
/* Ways to root that avoid the stacks: other PAM services in sudo's settings,
 * another ssh server. */
#include "twofactl/doctor/doctor_module.h"

#include <string.h>
#include <unistd.h>

#include "twofactl/host/host.h"

struct around {
	struct doctor *d;
	struct name_list *services;
};

/* ssh servers that do not use PAM as distributions build them. */
static const char *const other_sshd[] = { "/usr/sbin/dropbear",
	"/usr/local/sbin/dropbear", "/usr/sbin/tinysshd",
	"/usr/local/sbin/tinysshd" };

static void
note_sudoers(void *ctx, const struct sudoers_found *found)
{
	const struct around *to = ctx;

	switch (found->says) {
	case SUDOERS_SERVICE:
		doctor_note(to->d, "sudo-service",
		    "%s:%u: sudo asks PAM for the service %s in the place of "
		    "its own, which is looked at as sudo's",
		    found->file, found->line, found->text);
		(void)name_list_add(to->services, found->text);
		return;
	case SUDOERS_UNASKED:
		doctor_note(to->d, "sudo-nopasswd",
		    "%s:%u: by this line sudo asks for no password, and so for "
		    "no code: "
		    "%.120s",
		    found->file, found->line, found->text);
		return;
	case SUDOERS_ROOT:
		return;
	}
}

static void
note_other_sshd(struct doctor *d)
{
	for (size_t i = 0; i < sizeof(other_sshd) / sizeof(other_sshd[0]); i++)
		if (access(other_sshd[i], X_OK) == 0)
			doctor_note(d, "sshd-other",
			    "%s is there: an ssh server that does not use PAM; "
			    "logins through it are not asked for a code",
			    other_sshd[i]);
}

void
doctor_around(struct doctor *d, struct name_list *services)
{
	struct around to = { .d = d, .services = services };
	const struct sudoers_sink sink = { .ctx = &to, .found = note_sudoers };

	(void)sudoers_read(NULL, &sink);
	name_list_sort(services);
	note_other_sshd(d);
}
