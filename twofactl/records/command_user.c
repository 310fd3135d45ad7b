/* SPDX-License-Identifier: BSD-2-Clause */
/* Whom a command is about. */
#include "twofactl/records/command_user.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "lib/settings/settings.h"
#include "twofactl/terminal/complain.h"
#include "twofactl/terminal/shell_word.h"

enum ctl_exit
command_user_find(struct ctl *ctl, bool needed)
{
	struct account account;

	if (ctl->user == NULL)
		return CTL_DONE;
	if (!user_name_valid(ctl->user)) {
		complain("\"%.80s\" is no user name: 1 to 64 letters, digits "
			 "and _ . @ - \\, not beginning with one of . @ - \\",
		    ctl->user);
		return CTL_USAGE;
	}
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
command_user_run(struct ctl *ctl, bool needed,
    enum ctl_exit (*run)(const struct ctl *, const struct settings *))
{
	enum ctl_exit status = command_user_find(ctl, needed);
	struct settings *conf;

	if (status != CTL_DONE)
		return status;
	conf = settings_load(ctl->conf, 0, &complain_report);
	if (conf == NULL)
		return CTL_SETTINGS;
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
