/* SPDX-License-Identifier: BSD-2-Clause */
/* twofactl list: all records, the members of a group without one, or bypass
 * codes. */
#include "twofactl/records/records.h"

#include <errno.h>

#include "twofactl/client/client.h"

static int
widest(const struct name_list *list)
{
	size_t width = strlen("USER");

	for (size_t i = 0; i < list->count; i++)
		if (strlen(list->name[i]) > width)
			width = strlen(list->name[i]);
	return (int)width;
}

struct printing {
	const struct settings *conf;
	const char *user;
	bool json, full, devices;
	int width;
};

static bool
list_record(
    void *ctx, const struct user_person *who, const struct user_record *record)
{
	const struct printing *p = ctx;

	if (p->json)
		record_print_json(p->conf, p->user, who, record, p->full);
	else if (p->devices)
		record_print_devices(p->user, who, p->width, record, p->full);
	else
		record_print_row(
		    p->conf, p->user, who, p->width, record, p->full);
	return false;
}

/* Did this host write the record last, and not before that time? */
static bool
is_enrolled_by(const char *host, int64_t since, const struct settings *conf,
    const char *user)
{
	const struct record_place *place = record_place_of(conf, user);
	int64_t at = 0;

	return place->enrolled_by != NULL &&
	    strcmp(place->enrolled_by(user, &at), host) == 0 && at >= since;
}

static enum ctl_exit
print_all(const struct settings *conf, const struct name_list *enrolled,
    const struct arguments *typed)
{
	const bool json = typed->json;
	int64_t since = 0;
	struct printing p = { .conf = conf,
		.json = json,
		.full = typed->full,
		.devices = typed->devices,
		.width = widest(enrolled) };
	enum ctl_exit status = CTL_DONE;

	if (typed->since != NULL && options_since(typed->since, &since) != 0)
		return CTL_USAGE;
	if (json)
		terminal_json("{users:[");
	else if (enrolled->count == 0)
		puts("Nobody is enrolled.");
	else if (!typed->devices)
		record_print_row(conf, "", NULL, p.width, NULL, false);
	for (size_t i = 0; i < enrolled->count; i++) {
		p.user = enrolled->name[i];
		if (typed->enrolled_by != NULL &&
		    !is_enrolled_by(typed->enrolled_by, since, conf, p.user))
			continue;
		if (command_user_each_record(
			conf, p.user, &complain_report, &p, list_record) != 0)
			status = CTL_SETTINGS;
	}
	if (json)
		terminal_json("]}\n");
	return status;
}

enum standing {
	STANDING_ENROLLED = 0,
	STANDING_MISSING,
	STANDING_DISABLED,
	STANDING_BROKEN,
	STANDING_NO_ACCOUNT, /* the account no longer exists */
	STANDINGS,
};

struct members {
	const char *group;
	bool json;
	const struct settings *conf;
	struct name_list of[STANDINGS];
};

static enum standing
record_standing(const struct members *m, const char *user)
{
	struct user_record record OWNED(user_record_wipe);
	struct record_owner who;

	switch (record_owner_read(
	    m->conf, user, NULL, 0, &who, &record, &complain_report)) {
	case USER_FOUND:
		return record.enabled ? STANDING_ENROLLED : STANDING_DISABLED;
	case USER_PEOPLE:
		return STANDING_ENROLLED;
	case USER_ABSENT:
		return STANDING_MISSING;
	case USER_OUTAGE:
	case USER_ERROR:
		break;
	}
	return STANDING_BROKEN;
}

static enum standing
member_standing(
    const struct members *m, const struct name_list *enrolled, const char *user)
{
	struct account account;

	if (name_list_has(enrolled, user))
		return record_standing(m, user);
	return accounts_find(user, &account) == ACCOUNT_ABSENT
	    ? STANDING_NO_ACCOUNT
	    : STANDING_MISSING;
}

static void
print_list(const char *name, const struct name_list *list)
{
	terminal_json(",%s:[", name);
	for (size_t i = 0; i < list->count; i++)
		terminal_json(",%s", list->name[i]);
	terminal_json("]");
}

static void
report_each(const struct name_list *list, const char *what)
{
	for (size_t i = 0; i < list->count; i++)
		terminal_error("%s: %s", list->name[i], what);
}

static void
print_standings(const struct members *m, size_t members)
{
	const struct name_list *missing = &m->of[STANDING_MISSING];
	char name[4 * USER_NAME_MAX + 1];

	if (m->json) {
		terminal_json("{");
		print_list("missing", missing);
		print_list("disabled", &m->of[STANDING_DISABLED]);
		print_list("broken", &m->of[STANDING_BROKEN]);
		print_list("no_account", &m->of[STANDING_NO_ACCOUNT]);
		terminal_json(",members:%zu}\n", members);
		return;
	}
	for (size_t i = 0; i < missing->count; i++) {
		/* directories may have names that no login accepts */
		escape_text(missing->name[i], name, sizeof(name));
		puts(name);
	}
	report_each(&m->of[STANDING_DISABLED], "enrolled, but enabled = false");
	report_each(&m->of[STANDING_BROKEN],
	    "enrolled, but the file is wrong: see above");
	report_each(&m->of[STANDING_NO_ACCOUNT],
	    "in the group, but there is no such account; not counted");
	fprintf(stderr, "%zu of %zu members of %s are not enrolled.\n",
	    missing->count, members, m->group);
}

static enum ctl_exit
print_missing(struct members *m, const struct name_list *members,
    const struct name_list *enrolled)
{
	enum ctl_exit status = CTL_DONE;
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < members->count; i++)
		rc = name_list_add(
		    &m->of[member_standing(m, enrolled, members->name[i])],
		    members->name[i]);
	if (rc == 0)
		print_standings(
		    m, members->count - m->of[STANDING_NO_ACCOUNT].count);
	if (rc != 0)
		status =
		    terminal_error_status(CTL_FAILED, "%s", strerror(errno));
	else if (m->of[STANDING_MISSING].count > 0)
		status = CTL_NO;
	else if (m->of[STANDING_BROKEN].count > 0)
		status = CTL_SETTINGS;
	for (size_t i = 0; i < STANDINGS; i++)
		name_list_free(&m->of[i]);
	return status;
}

static enum ctl_exit
list_missing(struct members *m, const struct name_list *enrolled)
{
	struct name_list members OWNED(name_list_free) = { .count = 0 };

	switch (name_list_members(&members, m->group)) {
	case NAME_LIST_FAILED:
		break;
	case NAME_LIST_ABSENT:
		return terminal_error_status(CTL_USAGE,
		    "no group \"%s\" on this system; see: getent group",
		    m->group);
	case NAME_LIST_LISTED:
		return print_missing(m, &members, enrolled);
	}
	return terminal_error_status(CTL_FAILED,
	    "group \"%s\" cannot be looked up: %s; see: getent "
	    "group %s",
	    m->group, strerror(errno), terminal_shell_quote(m->group));
}

static int
print_bypass_code(void *ctx, const struct item *r)
{
	const bool invites = (r->number[3] & RECOVERY_USE_ENROL) != 0;
	char until[DAY_TIME_MAX];

	if (r->kind != ITEM_BYPASS)
		return 0;
	day_time_text(r->number[2], until);
	if (ctx != NULL)
		terminal_json(
		    ",{user:%s,id:%jd,until:%jd,login:%d,enrolment:%d,by:%s}",
		    r->text[1], r->number[5], r->number[2],
		    (r->number[3] & RECOVERY_USE_LOGIN) != 0, invites,
		    r->text[4]);
	else
		printf("%-20s  %jd  %s  %s%s\n", r->text[1],
		    (intmax_t)r->number[5], until,
		    invites ? "invitation, by " : "by ", r->text[4]);
	return 0;
}

enum ctl_exit
list_bypass_codes(const struct run *run, const char *owner, const char *tail)
{
	const struct client_request call = { .purpose = PURPOSE_STATUS,
		.user = owner,
		.request = PURPOSE_STATUS_CODES,
		.ctx = run->json ? "" : NULL,
		.record = print_bypass_code };
	enum ctl_exit status;

	if (run->json)
		terminal_json("[");
	status = client_request(run, &call);
	if (run->json)
		printf("]%s", tail);
	return status;
}

enum ctl_exit
cmd_list(struct command_user *c, const struct arguments *typed)
{
	struct name_list enrolled OWNED(name_list_free) = { .count = 0 };
	struct members m = {
		.group = typed->missing, .json = typed->json, .conf = c->conf
	};

	if (typed->since != NULL && typed->enrolled_by == NULL)
		return terminal_error_status(
		    CTL_USAGE, "--since goes with --enrolled-by HOST");
	if (typed->codes)
		return list_bypass_codes(&c->run, NULL, "\n");
	if (!record_place_can_list_or_report(c->conf))
		return CTL_FAILED;
	if (name_list_enrolled(&enrolled, c->conf, 0, &complain_report) != 0)
		return CTL_SETTINGS;
	return m.group != NULL ? list_missing(&m, &enrolled)
			       : print_all(c->conf, &enrolled, typed);
}
