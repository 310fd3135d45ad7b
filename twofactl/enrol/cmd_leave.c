/* SPDX-License-Identifier: BSD-2-Clause */
/* twofactl leave: marks the record of a user who has left, and ends all else
 * that lets them in. */
#include "twofactl/enrol/enrol.h"

#include "twofactl/client/client.h"
#include "twofactl/enrol/enrol_inside.h"

/* Returns CTL_NO without a record. here: for this host alone, by a file that
 * comes before the record in the state. */
static enum ctl_exit
mark_record(struct command_user *c, bool here)
{
	const struct record_text_change left = { "left", "true", true };
	const char *user = c->target.account;
	struct user_record record;
	const enum user_result found =
	    user_record_read(c->conf, user, 0, &record, &settings_report_none);

	if (found == USER_FOUND)
		record_print_lines(user, NULL, &record, false);
	user_record_wipe(&record);
	if (found == USER_ABSENT)
		return CTL_NO;
	if (here)
		c->conf->users_state = false;
	return record_file_change(c->conf, user, &left, 1);
}

enum ctl_exit
cmd_leave(struct command_user *c, const struct arguments *typed)
{
	const char *user = c->target.account;
	/* a fleet's codes are for the accounts of other hosts, too */
	const bool here = typed->here && settings_is_fleet(c->conf);
	enum ctl_exit marked = mark_record(c, here), ended = CTL_DONE;
	int64_t codes = 0, forgot = 0;

	if (!here)
		ended = remove_state_data(c, &codes, &forgot);
	if (marked == CTL_NO && ended == CTL_DONE && codes + forgot == 0) {
		printf("%s is not enrolled.\n", user);
		return CTL_NO;
	}
	if (marked != CTL_NO && marked != CTL_DONE)
		return marked;
	client_audit(EVENT_REMOVED, user, "leave");
	record_shape_renew(&c->run, c->conf);
	printf("%s has left%s: no login takes this record, and %lld recovery "
	       "codes and %lld remembered logins have ended. The account is "
	       "not locked: see passwd -l and usermod -e.\n",
	    user, here ? " this host" : "", (long long)codes,
	    (long long)forgot);
	return ended;
}
