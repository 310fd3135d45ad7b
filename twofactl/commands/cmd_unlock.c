/* SPDX-License-Identifier: BSD-2-Clause */
/* twofactl unlock */
#include "twofactl/arguments/command.h"

#include <stdio.h>

#include "twofactl/link/helper_request.h"
#include "twofactl/records/command_user.h"

enum ctl_exit
cmd_unlock(struct ctl *ctl)
{
	const struct helper_request call = { .purpose = PURPOSE_UNLOCK };
	enum ctl_exit status = command_user_find(ctl, false);

	if (status == CTL_DONE)
		status = helper_request(ctl, &call);
	if (status == CTL_NO)
		command_user_warn(ctl);
	if (status == CTL_DONE)
		printf("%s is unlocked.\n", ctl->name);
	else if (status == CTL_NO)
		printf("%s: nothing was locked.\n", ctl->name);
	return status;
}
