/* SPDX-License-Identifier: BSD-2-Clause */
/* twofactl show */
#include "twofactl/arguments/command.h"

#include <stdio.h>

#include "twofactl/records/command_person.h"
#include "twofactl/records/command_user.h"
#include "twofactl/records/record_print.h"
#include "twofactl/terminal/complain.h"

static void
print(const struct ctl *ctl, const struct user_person *who,
    const struct user_record *record)
{
	if (ctl->json) {
		record_print_json(ctl->name, who, record, ctl->full);
		putchar('\n');
	} else {
		record_print_lines(ctl->name, who, record, ctl->full);
	}
}

static enum ctl_exit
show(const struct ctl *ctl, const struct settings *conf)
{
	enum ctl_exit status = CTL_SETTINGS;
	struct user_person who;
	struct user_record record;

	switch (command_person_record(ctl, conf, &who, &record)) {
	case USER_PEOPLE:
	case USER_OUTAGE:
	case USER_ERROR:
		break;
	case USER_ABSENT:
		complain("%s is not enrolled; run: twofactl enroll %s PHONE",
		    ctl->shown, command_person_words(ctl));
		status = CTL_NO;
		break;
	case USER_FOUND:
		print(ctl, ctl->person != NULL ? &who : NULL, &record);
		status = CTL_DONE;
		break;
	}
	user_record_wipe(&record);
	return status;
}

enum ctl_exit
cmd_show(struct ctl *ctl)
{
	return command_user_run(ctl, false, COMMAND_ENTRY, show);
}
