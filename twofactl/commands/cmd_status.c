/* SPDX-License-Identifier: BSD-2-Clause */
/* twofactl status */
#include "twofactl/terminal/terminal.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "twofactl/link/link.h"
#include "twofactl/records/records.h"
#include "twofactl/report/status_records.h"

/* By user; a user's total over all sources comes first. */
static int
compare(const void *a, const void *b)
{
	const struct status_row *x = a, *y = b;
	int order = strcmp(x->user, y->user);

	if (order == 0 && x->of_user != y->of_user)
		return x->of_user ? -1 : 1;
	return order != 0 ? order : strcmp(x->source, y->source);
}

/* Only the first taken rows are sorted: there may be a million. */
static int
add_user(struct status *s, size_t taken, const char *user)
{
	struct status_row wanted = { .of_user = true, .enrolled = true };
	struct status_row *row = NULL;

	snprintf(wanted.user, sizeof(wanted.user), "%s", user);
	if (taken > 0)
		row = bsearch(&wanted, s->row, taken, sizeof(*row), compare);
	if (row != NULL) {
		row->enrolled = true;
		return 0;
	}
	row = status_records_row(s);
	if (row == NULL)
		return -1;
	*row = wanted;
	return 0;
}

static void
sort_rows(struct status *s)
{
	if (s->count > 0)
		qsort(s->row, s->count, sizeof(*s->row), compare);
}

/* For a shared account each of its people; a person with a user's factors is
 * that user. */
static int
add_account(const struct ctl *ctl, const struct settings *conf,
    struct status *s, size_t taken, const char *account)
{
	static struct user_people people;
	char name[KEPT_NAME_MAX + 1];
	int rc = 0;

	if (user_people_read(conf, account, NULL, 0, &people,
		&settings_report_none) != USER_PEOPLE)
		return add_user(s, taken, account);
	for (size_t i = 0; rc == 0 && i < people.count; i++) {
		kept_name_write(name, account, people.person[i].name);
		if (people.person[i].user[0] == '\0' &&
		    (ctl->person == NULL || strcmp(ctl->kept, name) == 0))
			rc = add_user(s, taken, name);
	}
	return rc;
}

/* A user who never had a recovery code is not in the state, but is the first
 * that a monitor should name. */
static enum ctl_exit
add_enrolled(
    const struct ctl *ctl, const struct settings *conf, struct status *s)
{
	struct name_list enrolled;
	size_t taken;
	int rc;

	if (name_list_enrolled(&enrolled, conf, 0, &complain_report) != 0)
		return CTL_SETTINGS;
	sort_rows(s);
	taken = s->count;
	rc = 0;
	for (size_t i = 0; rc == 0 && i < enrolled.count; i++)
		if (ctl->user == NULL ||
		    strcmp(enrolled.name[i], ctl->name) == 0)
			rc = add_account(ctl, conf, s, taken, enrolled.name[i]);
	name_list_free(&enrolled);
	if (rc != 0) {
		complain("%s", strerror(ENOMEM));
		return CTL_FAILED;
	}
	sort_rows(s);
	return CTL_DONE;
}

static enum ctl_exit
status(const struct ctl *ctl, const struct settings *conf)
{
	static struct status s;
	const struct helper_request call = {
		.purpose = PURPOSE_STATUS, .ctx = &s, .record = status_records
	};
	enum ctl_exit result = helper_request(ctl, &call);

	if (result == CTL_DONE)
		result = add_enrolled(ctl, conf, &s);
	if (result == CTL_DONE)
		command_user_warn(ctl);
	if (result == CTL_DONE && settings_rehearsal(conf))
		complain("%s is " SETTINGS_REHEARSAL, ctl->conf);
	if (result == CTL_DONE && ctl->json)
		status_table_json(&s);
	else if (result == CTL_DONE && ctl->prometheus)
		status_prometheus_print(&s);
	else if (result == CTL_DONE)
		status_table_table(&s);
	free(s.row);
	free(s.host);
	return result;
}

enum ctl_exit
cmd_status(struct ctl *ctl)
{
	if (ctl->json && ctl->prometheus) {
		complain("--json and --prometheus: give one of them");
		return CTL_USAGE;
	}
	return command_user_run(
	    ctl, false, COMMAND_GONE | COMMAND_WHOLE, status);
}
