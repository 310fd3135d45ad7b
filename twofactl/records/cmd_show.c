/* SPDX-License-Identifier: BSD-2-Clause */
/* twofactl show: one record. */
#include "twofactl/records/records.h"

static void
show_record(const struct command_user *c, const struct user_person *who,
    const struct user_record *record, bool full)
{
	const char *user = c->target.account;
	const bool in_state = record_place_of(c->conf, user)->within != NULL;
	char enrolled[RECORD_ENROLLED_MAX];
	const char *groups = in_state ? record_state_groups(user) : "";

	if (c->run.json) {
		record_print_json(c->conf, user, who, record, full);
		putchar('\n');
		return;
	}
	record_print_lines(user, who, record, full);
	if (record_owner_find(c->conf, user, NULL).is == USER_OTHER)
		puts("other uid  yes: no login takes it");
	if (c->conf->users_state)
		printf("%-10s from %s\n", "record",
		    record_place_describe(c->conf, user));
	(void)record_place_enrolled_by(c->conf, user, enrolled);
	if (enrolled[0] != '\0')
		printf("%-10s%s\n", "enrolled", enrolled);
	if (groups[0] != '\0')
		printf("%-10s %s\n", "groups", groups);
}

enum ctl_exit
cmd_show(struct command_user *c, const struct arguments *typed)
{
	const struct target *target = &c->target;
	struct user_person who;
	struct user_record record OWNED(user_record_wipe);
	const enum user_result found = command_owner_record(
	    c->conf, target->owner, &complain_report, &who, &record);

	if (found == USER_ABSENT)
		return terminal_error_status(CTL_NO,
		    "%s is not enrolled; run: %s", command_target_text(target),
		    settings_enrol_command(
			c->conf, command_target_arguments(target)));
	if (found != USER_FOUND)
		return CTL_SETTINGS;
	show_record(
	    c, target->person[0] != '\0' ? &who : NULL, &record, typed->full);
	return CTL_DONE;
}
