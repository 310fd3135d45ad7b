/* SPDX-License-Identifier: BSD-2-Clause */
/* The accounts of this host, and what a login of theirs meets now and then. */
#include "twofactl/report/report.h"

#include <stdlib.h>

/* Returns the user's lock and codes. */
static struct denial_state
find_state(void *ctx, const char *user)
{
	const struct status *s = ctx;
	const struct status_row *row = status_records_find(s, s->count, user);
	struct denial_state state = { .locked = false };

	if (row == NULL)
		return state;
	state = row->codes;
	state.locked =
	    row->number[STATUS_LOCKED_S] > 0 || row->number[STATUS_SHUT] != 0;
	if (row->number[STATUS_CODES] > 0)
		state.codes |= METHOD_BIT(METHOD_RECOVERY);
	return state;
}

/* Reads locks and codes of all users; in a fleet, only where they are known. */
static enum ctl_exit
read_all_states(const struct command_user *c, struct status *s)
{
	if (settings_is_fleet(c->conf) &&
	    (!c->conf->users_state || !record_place_can_list(c->conf)))
		return CTL_DONE;
	return status_records_read(&c->run, NULL, s);
}

const char *
report_accounts_service(void)
{
	return sshd_ask_path() != NULL ? "sshd" : "login";
}

enum ctl_exit
report_accounts_read(const struct command_user *c, struct lockout_table *t)
{
	static struct status state;
	struct settings ended;
	const struct lockout_source source = { .service =
						   report_accounts_service(),
		.conf = c->conf,
		.then = &ended,
		.state = find_state,
		.state_ctx = &state,
		.week_minute = admission_week_minute(c->conf) };
	enum ctl_exit status = read_all_states(c, &state);
	int rc = denial_end_exceptions(c->conf, &ended);

	*t = (struct lockout_table){ .count = 0 };
	PRINT_TO(trusted_file_cause, "no memory");
	if (status == CTL_DONE && rc == 0)
		rc = lockout_host_make(t, &source);
	free(ended.rule);
	free(state.row);
	free(state.host);
	if (t->left > 0)
		terminal_error(
		    "%zu accounts left out: too many to check", t->left);
	return rc == 0
	    ? status
	    : terminal_error_status(CTL_FAILED, "%s", trusted_file_cause);
}

void
report_accounts_factors(const struct settings *conf,
    const struct lockout_table *t, size_t row, char out[REPORT_FACTORS_MAX])
{
	struct user_record record OWNED(user_record_wipe);
	struct record_owner who;
	enum user_result found;

	snprintf(out, REPORT_FACTORS_MAX, "in the state?");
	if (t->one_by_one)
		return;
	found = record_owner_read(
	    conf, t->row[row].name, NULL, &who, &record, NULL);
	out[0] = '\0';
	if (found == USER_FOUND && record.enabled)
		record_write_factors(&record, out, REPORT_FACTORS_MAX);
	else if (found != USER_ABSENT)
		snprintf(out, REPORT_FACTORS_MAX, "%s",
		    found == USER_FOUND        ? "disabled"
			: found == USER_PEOPLE ? "people"
					       : "unreadable");
}
