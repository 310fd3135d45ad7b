/* SPDX-License-Identifier: BSD-2-Clause */
/* twofactl list: all records, the members of a group without one, or bypass
 * codes. */
#include "twofactl/records/records.h"

#include <errno.h>

static int
widest(const struct name_list *list)
{
	size_t width = strlen("USER");

	for (size_t i = 0; i < list->count; i++)
		if (strlen(list->name[i]) > width)
			width = strlen(list->name[i]);
	return (int)width;
}

/* False after reporting one that is wrong. */
static bool
list_records(const struct settings *conf, const struct arguments *typed,
    const char *user, int width)
{
	struct record_walk w OWNED(record_walk_end) = {
		.conf = conf, .account = user, .report = &complain_report
	};

	while (record_walk_next(&w))
		if (typed->run.json)
			record_print_json(
			    conf, user, w.who, &w.record, typed->full);
		else if (typed->devices)
			record_print_devices(
			    user, w.who, width, &w.record, typed->full);
		else
			record_print_row(
			    conf, user, w.who, width, &w.record, typed->full);
	return !w.wrong;
}

/* Did this host write the record last, and not before that time? */
static bool
is_enrolled_by(const char *host, int64_t since, const struct settings *conf,
    const char *user)
{
	int64_t at = 0;

	return record_place_of(conf, user)->within != NULL &&
	    strcmp(record_state_enrolled_by(user, &at), host) == 0 &&
	    at >= since;
}

static enum ctl_exit
print_all(const struct settings *conf, const struct name_list *enrolled,
    const struct arguments *typed)
{
	int64_t since = 0;
	const int width = widest(enrolled);
	enum ctl_exit status = CTL_DONE;

	if (typed->since != NULL && options_since(typed->since, &since) != 0)
		return CTL_USAGE;
	if (typed->run.json)
		terminal_json("{users:[");
	else if (enrolled->count == 0)
		puts("Nobody is enrolled.");
	else if (!typed->devices)
		record_print_row(conf, "", NULL, width, NULL, false);
	for (size_t i = 0; i < enrolled->count; i++) {
		const char *user = enrolled->name[i];

		if ((typed->enrolled_by == NULL ||
			is_enrolled_by(
			    typed->enrolled_by, since, conf, user)) &&
		    !list_records(conf, typed, user, width))
			status = CTL_SETTINGS;
	}
	if (typed->run.json)
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

/* Its name in JSON, and what a line says of each member. */
static const struct {
	const char *name, *what;
} standings[STANDINGS] = {
	[STANDING_MISSING] = { "missing", "" },
	[STANDING_DISABLED] = { "disabled", "enrolled, but enabled = false" },
	[STANDING_BROKEN] = { "broken",
	    "enrolled, but the file is wrong: see above" },
	[STANDING_NO_ACCOUNT] = { "no_account",
	    "in the group, but there is no such account; not counted" },
};

struct members {
	const struct arguments *typed;
	const struct settings *conf;
	struct name_list of[STANDINGS];
};

static enum standing
member_standing(
    const struct members *m, const struct name_list *enrolled, const char *user)
{
	struct user_record record OWNED(
	    user_record_wipe) = { .enabled = false };
	struct record_owner who;
	enum user_result found;

	if (!name_list_has(enrolled, user))
		return accounts_find(user, &who.account) == ACCOUNT_ABSENT
		    ? STANDING_NO_ACCOUNT
		    : STANDING_MISSING;
	found = record_owner_read(
	    m->conf, user, NULL, &who, &record, &complain_report);
	if (found == USER_ABSENT)
		return STANDING_MISSING;
	if (found == USER_FOUND && !record.enabled)
		return STANDING_DISABLED;
	return found == USER_FOUND || found == USER_PEOPLE ? STANDING_ENROLLED
							   : STANDING_BROKEN;
}

static void
print_member(const struct members *m, size_t standing, const char *user)
{
	char name[4 * USER_NAME_MAX + 1];

	/* directories may have names that no login accepts */
	escape_text(user, name, sizeof(name));
	if (m->typed->run.json)
		terminal_json(",%s", user);
	else if (standing == STANDING_MISSING)
		puts(name);
	else
		terminal_error("%s: %s", user, standings[standing].what);
}

static void
print_standings(const struct members *m, size_t members)
{
	const bool json = m->typed->run.json;

	if (json)
		terminal_json("{");
	for (size_t s = STANDING_MISSING; s < STANDINGS; s++) {
		if (json)
			terminal_json(",%s:[", standings[s].name);
		for (size_t i = 0; i < m->of[s].count; i++)
			print_member(m, s, m->of[s].name[i]);
		if (json)
			terminal_json("]");
	}
	if (json)
		terminal_json(",members:%zu}\n", members);
	else
		fprintf(stderr, "%zu of %zu members of %s are not enrolled.\n",
		    m->of[STANDING_MISSING].count, members, m->typed->missing);
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
	const char *group = m->typed->missing;
	const enum name_list_found found = name_list_members(&members, group);

	if (found == NAME_LIST_LISTED)
		return print_missing(m, &members, enrolled);
	if (found == NAME_LIST_ABSENT)
		return terminal_error_status(CTL_USAGE,
		    "no group \"%s\" on this system; see: getent group", group);
	return terminal_error_status(CTL_FAILED,
	    "group \"%s\" cannot be looked up: %s; see: getent group %s", group,
	    strerror(errno), terminal_shell_quote(group));
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
	struct members m = { .typed = typed, .conf = c->conf };

	if (typed->since != NULL && typed->enrolled_by == NULL)
		return terminal_error_status(
		    CTL_USAGE, "--since goes with --enrolled-by HOST");
	if (typed->codes)
		return list_bypass_codes(&c->run, NULL, "\n");
	if (!record_place_can_list_or_report(c->conf))
		return CTL_FAILED;
	if (name_list_enrolled(&enrolled, c->conf, &complain_report) != 0)
		return CTL_SETTINGS;
	return typed->missing != NULL ? list_missing(&m, &enrolled)
				      : print_all(c->conf, &enrolled, typed);
}
