/* SPDX-License-Identifier: BSD-2-Clause */
/* The user of a command. */
#include "twofactl/records/command_user.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "lib/settings/settings.h"
#include "twofactl/fleet/fleet.h"
#include "twofactl/records/command_person.h"
#include "twofactl/terminal/terminal.h"

static bool
names_fit(const struct ctl *ctl)
{
	const bool user = user_name_valid(ctl->user);

	if (user && (ctl->person == NULL || user_name_valid(ctl->person)))
		return true;
	complain("\"%.80s\" is no %s name: 1 to 64 letters, digits "
		 "and _ . @ - \\, not beginning with one of . @ - \\",
	    user ? ctl->person : ctl->user, user ? "person's" : "user");
	return false;
}

static enum ctl_exit
find_account(struct ctl *ctl, bool needed)
{
	struct account account;

	snprintf(ctl->name, sizeof(ctl->name), "%s", ctl->user);
	switch (accounts_find(ctl->user, &account)) {
	case ACCOUNT_FOUND:
		snprintf(ctl->name, sizeof(ctl->name), "%s", account.name);
		return CTL_DONE;
	case ACCOUNT_ABSENT:
		ctl->unknown = true;
		if (!needed)
			return CTL_DONE;
		complain("no account \"%s\" on this system; see: getent "
			 "passwd",
		    ctl->user);
		return CTL_USAGE;
	case ACCOUNT_ERROR:
		break;
	}
	complain("account \"%s\" cannot be looked up: %s; see: getent passwd "
		 "%s",
	    ctl->user, strerror(errno), shell_word(ctl->user));
	return CTL_FAILED;
}

enum ctl_exit
command_user_find(struct ctl *ctl, bool needed)
{
	enum ctl_exit status;

	if (ctl->user == NULL)
		return CTL_DONE;
	if (!names_fit(ctl))
		return CTL_USAGE;
	status = find_account(ctl, needed);
	command_person_names(ctl);
	return status;
}

enum ctl_exit
command_user_run(struct ctl *ctl, bool needed, unsigned whom,
    enum ctl_exit (*run)(const struct ctl *, const struct settings *))
{
	enum ctl_exit status = command_user_find(ctl, needed);
	struct settings *conf;

	if (status != CTL_DONE)
		return status;
	conf = settings_load(ctl->conf, 0, &complain_report);
	if (conf == NULL)
		return CTL_SETTINGS;
	state_records_use(ctl, conf);
	status = command_person_find(ctl, conf, whom);
	if (status == CTL_DONE)
		status = run(ctl, conf);
	settings_free(conf);
	return status;
}

void
command_user_warn(const struct ctl *ctl)
{
	if (ctl->unknown)
		complain("warning: no account \"%s\" on this system; see: "
			 "getent passwd",
		    ctl->user);
}
