/* SPDX-License-Identifier: BSD-2-Clause */
/* twofactl show */
#include "twofactl/arguments/command.h"

#include <stdio.h>

#include "twofactl/records/command_user.h"
#include "twofactl/records/record_print.h"
#include "twofactl/terminal/complain.h"
#include "twofactl/terminal/shell_word.h"

static enum ctl_exit
show(const struct ctl *ctl, const struct settings *conf)
{
	enum ctl_exit status = CTL_SETTINGS;
	struct user_record record;

	switch (
	    user_record_read(conf, ctl->name, 0, &record, &complain_report)) {
	case USER_PEOPLE:
		complain("%s is shared by people: see %s/%s.conf", ctl->name,
		    conf->users_dir, ctl->name);
		break;
	case USER_ERROR:
		break;
	case USER_ABSENT:
		complain("%s is not enrolled; run: twofactl enroll %s PHONE",
		    ctl->name, shell_word(ctl->name));
		status = CTL_NO;
		break;
	case USER_FOUND:
		if (ctl->json)
			record_print_json(ctl->name, &record, ctl->full);
		else
			record_print_lines(ctl->name, &record, ctl->full);
		if (ctl->json)
			putchar('\n');
		status = CTL_DONE;
		break;
	}
	user_record_wipe(&record);
	return status;
}

enum ctl_exit
cmd_show(struct ctl *ctl)
{
	return command_user_run(ctl, false, show);
}
