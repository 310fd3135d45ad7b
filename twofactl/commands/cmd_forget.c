/* SPDX-License-Identifier: BSD-2-Clause */
/* twofactl forget */
#include "twofactl/terminal/terminal.h"

#include <stdio.h>

#include "twofactl/enrol/beside_record.h"
#include "twofactl/records/records.h"

/* For all users: a typing error would cost many people a code. */
static enum ctl_exit
confirm(const struct ctl *ctl)
{
	if (ctl->user != NULL || ctl->yes)
		return CTL_DONE;
	if (!terminal_is_there()) {
		complain("without a user, forget ends the remembered logins of "
			 "all users; name one, or add --yes");
		return CTL_USAGE;
	}
	if (terminal_yes("End the remembered logins of everybody? [y/N] "))
		return CTL_DONE;
	puts("Nothing was changed.");
	return CTL_NO;
}

static enum ctl_exit
forget(const struct ctl *ctl, const struct settings *conf)
{
	int64_t forgot;
	enum ctl_exit status = confirm(ctl);

	if (status != CTL_DONE)
		return status;
	status = beside_record_forget(ctl, &forgot);
	if (status == CTL_NO)
		command_user_warn(ctl);
	if (status == CTL_DONE)
		printf("Forgotten: %lld remembered login%s%s.\n",
		    (long long)forgot, forgot == 1 ? "" : "s",
		    settings_fleet_words(conf));
	else if (status == CTL_NO)
		puts("No login was remembered.");
	return status;
}

enum ctl_exit
cmd_forget(struct ctl *ctl)
{
	return command_user_run(
	    ctl, false, COMMAND_GONE | COMMAND_WHOLE | COMMAND_ENTRY, forget);
}
