/* SPDX-License-Identifier: BSD-2-Clause */
/* twofactl status: what is counted, locked and passed over. */
#include "twofactl/report/report.h"

#include <errno.h>
#include <stdlib.h>

/* Only the first `taken` rows are sorted. */
static int
add_user(struct status *s, size_t taken, const char *user)
{
	struct status_row *row = status_records_find(s, taken, user);

	if (row == NULL) {
		row = status_records_add_row(s);
		if (row == NULL)
			return -1;
		*row = (struct status_row){ .of_user = true };
		PRINT_TO(row->user, "%s", user);
	}
	row->enrolled = true;
	return 0;
}

/* Adds each person of a shared account, except those with the factors of a
 * user, who count as that user. */
static int
add_account(const struct command_user *c, struct status *s, size_t taken,
    const char *account)
{
	static struct user_people people;
	char name[OWNER_MAX + 1];
	int rc = 0;

	if (user_people_read(c->conf, account, NULL, &people, NULL) !=
	    USER_PEOPLE)
		return add_user(s, taken, account);
	for (size_t i = 0; rc == 0 && i < people.count; i++) {
		owner_write(name, account, people.person[i].name);
		if (people.person[i].user[0] == '\0' &&
		    (c->target.person[0] == '\0' ||
			strcmp(c->target.owner, name) == 0))
			rc = add_user(s, taken, name);
	}
	return rc;
}

/* Adds users without an entry in the state: a monitor should list those without
 * recovery codes first. */
static enum ctl_exit
add_enrolled(const struct command_user *c, struct status *s)
{
	struct name_list enrolled OWNED(name_list_free) = { .count = 0 };
	size_t taken;
	int rc;

	if (name_list_enrolled(&enrolled, c->conf, &complain_report) != 0)
		return CTL_SETTINGS;
	status_records_sort(s);
	taken = s->count;
	rc = 0;
	for (size_t i = 0; rc == 0 && i < enrolled.count; i++)
		if (c->target.typed == NULL ||
		    strcmp(enrolled.name[i], c->target.account) == 0)
			rc = add_account(c, s, taken, enrolled.name[i]);
	if (rc != 0)
		return terminal_error_status(
		    CTL_FAILED, "%s", strerror(ENOMEM));
	status_records_sort(s);
	return CTL_DONE;
}

enum ctl_exit
cmd_status(struct command_user *c, const struct arguments *typed)
{
	static struct status s;
	const struct client_request call = { .purpose = PURPOSE_STATUS,
		.user = c->target.owner,
		.ctx = &s,
		.record = status_records_add_item };
	enum ctl_exit result;

	if (typed->run.json && typed->prometheus)
		return terminal_error_status(CTL_USAGE,
		    "--json and --prometheus: give only one of them");
	result = client_request(&c->run, &call);
	if (result == CTL_DONE)
		result = add_enrolled(c, &s);
	if (result == CTL_DONE)
		command_user_warn_unknown(&c->target);
	if (result == CTL_DONE && settings_is_rehearsal(c->conf))
		terminal_error("%s is " SETTINGS_REHEARSAL, c->run.conf);
	if (result == CTL_DONE && c->run.json)
		status_table_json(&s);
	else if (result == CTL_DONE && typed->prometheus) {
		status_prometheus_print(&s);
		status_prometheus_head("exception_days_left",
		    "Days until an exception ends; below 0 it has ended.");
		(void)report_print_exceptions(c->conf, typed);
	} else if (result == CTL_DONE)
		status_table_text(&s);
	free(s.row);
	free(s.host);
	return result;
}
