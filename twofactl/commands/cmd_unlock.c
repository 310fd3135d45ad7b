/* SPDX-License-Identifier: BSD-2-Clause */
/* twofactl unlock */
#include "twofactl/arguments/command.h"

#include <stdio.h>

#include "twofactl/link/helper_request.h"
#include "twofactl/records/command_person.h"
#include "twofactl/records/command_user.h"

/* Wrong codes of a person who was named at the prompt count for the account as
 * well, and lock all who are. */
static enum ctl_exit
unlock_account(const struct ctl *ctl)
{
	const struct helper_request call = { .purpose = PURPOSE_UNLOCK };
	struct ctl account = *ctl;

	snprintf(account.kept, sizeof(account.kept), "%s", ctl->of_account);
	return helper_request(&account, &call);
}

static enum ctl_exit
unlock(const struct ctl *ctl, const struct settings *conf)
{
	const struct helper_request call = { .purpose = PURPOSE_UNLOCK };
	enum ctl_exit status = helper_request(ctl, &call), other = CTL_NO;

	(void)conf;
	if (ctl->of_account[0] != '\0' &&
	    (status == CTL_DONE || status == CTL_NO))
		other = unlock_account(ctl);
	if (status == CTL_NO || (status == CTL_DONE && other != CTL_NO))
		status = other;
	if (status == CTL_NO)
		command_user_warn(ctl);
	if (status == CTL_DONE)
		printf("%s is unlocked.\n", ctl->shown);
	else if (status == CTL_NO)
		printf("%s: nothing was locked.\n", ctl->shown);
	return status;
}

enum ctl_exit
cmd_unlock(struct ctl *ctl)
{
	return command_user_run(ctl, false, COMMAND_GONE, unlock);
}
