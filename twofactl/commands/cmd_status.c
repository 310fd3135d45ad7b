/* SPDX-License-Identifier: BSD-2-Clause */
/* twofactl status */
#include "twofactl/arguments/command.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "twofactl/link/helper_request.h"
#include "twofactl/records/command_user.h"
#include "twofactl/records/name_list.h"
#include "twofactl/report/status_records.h"
#include "twofactl/terminal/complain.h"

/* By user, who over all sources comes first. */
static int
compare(const void *a, const void *b)
{
	const struct status_row *x = a, *y = b;
	int order = strcmp(x->user, y->user);

	if (order == 0 && x->of_user != y->of_user)
		return x->of_user ? -1 : 1;
	return order != 0 ? order : strcmp(x->source, y->source);
}

/* The first taken rows are sorted: there may be a million. */
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

/* Who never had a recovery code is not in the state, and yet the first whom a
 * monitor should name. */
static enum ctl_exit
add_enrolled(const struct ctl *ctl, struct status *s)
{
	struct settings *conf = settings_load(ctl->conf, 0, &complain_report);
	struct name_list enrolled;
	size_t taken;
	int rc;

	if (conf == NULL)
		return CTL_SETTINGS;
	rc = name_list_enrolled(&enrolled, conf, 0, &complain_report);
	settings_free(conf);
	if (rc != 0)
		return CTL_SETTINGS;
	sort_rows(s);
	taken = s->count;
	for (size_t i = 0; rc == 0 && i < enrolled.count; i++)
		if (ctl->user == NULL ||
		    strcmp(enrolled.name[i], ctl->name) == 0)
			rc = add_user(s, taken, enrolled.name[i]);
	name_list_free(&enrolled);
	if (rc != 0) {
		complain("%s", strerror(ENOMEM));
		return CTL_FAILED;
	}
	sort_rows(s);
	return CTL_DONE;
}

enum ctl_exit
cmd_status(struct ctl *ctl)
{
	static struct status s;
	const struct helper_request call = {
		.purpose = PURPOSE_STATUS, .ctx = &s, .record = status_records
	};
	enum ctl_exit status;

	if (ctl->json && ctl->prometheus) {
		complain("--json and --prometheus: give one of them");
		return CTL_USAGE;
	}
	status = command_user_find(ctl, false);
	if (status == CTL_DONE)
		status = helper_request(ctl, &call);
	if (status == CTL_DONE)
		status = add_enrolled(ctl, &s);
	if (status == CTL_DONE)
		command_user_warn(ctl);
	if (status == CTL_DONE && ctl->json)
		status_table_json(&s);
	else if (status == CTL_DONE && ctl->prometheus)
		status_prometheus_print(&s);
	else if (status == CTL_DONE)
		status_table_table(&s);
	free(s.row);
	return status;
}
