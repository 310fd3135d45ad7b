/* SPDX-License-Identifier: BSD-2-Clause */
/* Shows the help desk its users: how they are enrolled, what is locked, and
 * what is left. */
#include "twofactl/helpdesk/helpdesk.h"

#include <stdlib.h>
#include <string.h>

#include "twofactl/client/client.h"
#include "twofactl/helpdesk/helpdesk_inside.h"

#define DESK_NAME_MAX 80 /* bytes that are shown of a full name */

static int
take_bypass_user(void *ctx, const struct item *r)
{
	return r->kind == ITEM_BYPASS ? name_list_add(ctx, r->text[1]) : 0;
}

/* Reads what the state has of all users, or of the target. */
static enum ctl_exit
desk_read_state(struct desk *d)
{
	const struct client_request status = { .purpose = PURPOSE_STATUS,
		.user = d->c.target.owner,
		.ctx = &d->status,
		.record = status_records_add_item };
	const struct client_request codes = { .purpose = PURPOSE_STATUS,
		.request = PURPOSE_STATUS_CODES,
		.ctx = &d->codes,
		.record = take_bypass_user };
	enum ctl_exit done = client_request(&d->c.run, &status);

	if (done == CTL_DONE)
		done = client_request(&d->c.run, &codes);
	return done;
}

/* Returns what is counted over all sources, with the longest of the user's
 * locks: that of all sources (source ""), or of one. */
static struct status_row
desk_row(const struct status *s, const char *user)
{
	struct status_row row = { .of_user = true };

	for (size_t i = 0; i < s->count; i++) {
		const struct status_row *one = &s->row[i];
		const bool longer =
		    one->number[STATUS_LOCKED_S] > row.number[STATUS_LOCKED_S];

		if (strcmp(one->user, user) != 0)
			continue;
		if (one->of_user)
			memcpy(row.number, one->number, sizeof(row.number));
		else if (longer) {
			row.number[STATUS_LOCKED_S] =
			    one->number[STATUS_LOCKED_S];
			PRINT_TO(row.source, "%s", one->source);
		}
	}
	return row;
}

static const char *
standing_word(enum user_result found, const struct user_record *record)
{
	switch (found) {
	case USER_FOUND:
		return record->enabled ? "enrolled" : "disabled";
	case USER_ABSENT:
		return "not enrolled";
	case USER_PEOPLE:
		return "shared";
	case USER_OUTAGE:
	case USER_ERROR:
		break;
	}
	return "broken";
}

static void
desk_print_text(const struct passwd *pw, const char *name, const char *standing,
    const struct user_record *record, const struct status_row *row)
{
	char shown[4 * DESK_NAME_MAX + 1], span[TIME_SPAN_MAX];
	char factors[128] = "";

	escape_text(name, shown, sizeof(shown));
	if (record->enabled)
		record_write_factors(record, factors, sizeof(factors));
	printf("%-16s  %s%s%s", pw->pw_name, shown,
	    shown[0] != '\0' ? ": " : "", standing);
	if (factors[0] != '\0')
		printf(", %s", factors);
	printf(", %jd recovery codes", (intmax_t)row->number[STATUS_CODES]);
	explain_time_span(row->number[STATUS_LOCKED_S], span);
	if (row->number[STATUS_SHUT] != 0)
		printf(", locked out until unlocked");
	else if (row->number[STATUS_LOCKED_S] > 0)
		printf(", locked for %s%s%s", span,
		    row->source[0] != '\0' ? " from " : "", row->source);
	putchar('\n');
}

static void
desk_print_user(const struct desk *d, const struct passwd *pw)
{
	const struct status_row row = desk_row(&d->status, pw->pw_name);
	const int64_t *n = row.number;
	struct user_record record;
	const enum user_result found = user_record_read(
	    d->c.conf, pw->pw_name, 0, &record, &settings_report_none);
	const char *standing = standing_word(found, &record);
	char name[DESK_NAME_MAX + 1];
	size_t codes = 0;

	PRINT_TO(name, "%.*s", (int)strcspn(pw->pw_gecos, ","), pw->pw_gecos);
	for (size_t i = 0; i < d->codes.count; i++)
		codes += strcmp(d->codes.name[i], pw->pw_name) == 0;
	if (d->c.run.json) {
		terminal_json(",{user:%s,name:%s,standing:%s,record:[",
		    pw->pw_name, name, standing);
		if (found == USER_FOUND)
			record_print_json(
			    d->c.conf, pw->pw_name, NULL, &record, false);
		terminal_json("],wrong:%jd,locked_s:%jd,locked_from:%s,shut:%d,"
			      "sends_hour:%jd,sends_day:%jd,recovery_left:%jd,"
			      "codes:%zu}",
		    n[STATUS_WRONG], n[STATUS_LOCKED_S], row.source,
		    n[STATUS_SHUT] != 0, n[STATUS_HOUR], n[STATUS_DAY],
		    n[STATUS_CODES], codes);
	} else
		desk_print_text(pw, name, standing, &record, &row);
	user_record_wipe(&record);
}

enum ctl_exit
desk_print_users(struct desk *d)
{
	const struct text_list *groups = &d->c.conf->helpdesk_for;
	struct name_list one, all = { .count = 0 };
	enum ctl_exit status = desk_read_state(d);
	int rc = 0;

	if (status != CTL_DONE)
		return status;
	if (d->c.target.account[0] != '\0')
		rc = name_list_add(&all, d->c.target.account);
	for (size_t i = 0; d->c.target.account[0] == '\0' && i < groups->count;
	     i++) {
		if (name_list_members(&one, groups->item[i]) ==
			NAME_LIST_FAILED ||
		    name_list_add_all(&all, &one) != 0)
			rc = -1;
		name_list_free(&one);
	}
	name_list_sort(&all);
	if (d->c.run.json)
		terminal_json("{people:[");
	for (size_t i = 0; i < all.count; i++) {
		const struct passwd *pw = getpwnam(all.name[i]);

		if (desk_refusal(d, pw) == NULL)
			desk_print_user(d, pw);
	}
	if (d->c.run.json)
		terminal_json("],left_today:%u,hours_max:%u}\n", d->left,
		    (unsigned)DESK_HOURS_MAX);
	name_list_free(&all);
	return rc == 0 ? CTL_DONE
		       : terminal_error_status(CTL_FAILED,
			     "the groups of helpdesk_for cannot be looked up");
}
