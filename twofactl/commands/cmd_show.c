/* SPDX-License-Identifier: BSD-2-Clause */
/* twofactl show */
#include "twofactl/terminal/terminal.h"

#include <stdio.h>

#include "twofactl/fleet/fleet.h"
#include "twofactl/records/command_person.h"
#include "twofactl/records/command_user.h"
#include "twofactl/records/record_print.h"

static void
print(const struct ctl *ctl, const struct settings *conf,
    const struct user_person *who, const struct user_record *record)
{
	const char *groups = state_records_groups(ctl->name);

	if (ctl->json) {
		record_print_json(conf, ctl->name, who, record, ctl->full);
		putchar('\n');
		return;
	}
	record_print_lines(ctl->name, who, record, ctl->full);
	if (conf->users_state)
		printf("%-10s from %s\n", "record",
		    state_records_place(conf, ctl->name));
	if (state_records_holds(conf, ctl->name) && groups[0] != '\0')
		printf("%-10s %s\n", "groups", groups);
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
		print(ctl, conf, ctl->person != NULL ? &who : NULL, &record);
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
