/* SPDX-License-Identifier: BSD-2-Clause */
/* twofactl list */
#include "twofactl/terminal/terminal.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/wire/wire.h"
#include "twofactl/fleet/fleet.h"
#include "twofactl/records/name_list.h"
#include "twofactl/records/record_print.h"

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
	const struct ctl *ctl;
	const struct settings *conf;
	int width;
	bool some; /* whether one was printed already */
};

static void
print_one(struct printing *p, const char *user, const struct user_person *who,
    const struct user_record *record)
{
	if (p->ctl->json && p->some)
		putchar(',');
	p->some = true;
	if (p->ctl->json)
		record_print_json(p->conf, user, who, record, p->ctl->full);
	else
		record_print_row(
		    p->conf, user, who, p->width, record, p->ctl->full);
}

/* -1: a record is broken, which was reported. */
static int
print_people(struct printing *p, const char *user)
{
	struct user_people *people = calloc(1, sizeof(*people));
	struct user_record record;
	int rc = -1;

	if (people == NULL)
		complain("%s", strerror(errno));
	else if (user_people_read(p->conf, user, NULL, 0, people,
		     &complain_report) == USER_PEOPLE)
		rc = 0;
	for (size_t i = 0; people != NULL && i < people->count; i++) {
		struct user_person *who = &people->person[i];

		if (user_person_read(p->conf, user, NULL, 0, who, &record,
			&complain_report) == USER_FOUND)
			print_one(p, user, who, &record);
		else
			rc = -1;
		user_record_wipe(&record);
	}
	free(people);
	return rc;
}

/* -1: the record is broken, which was reported. */
static int
print_user(struct printing *p, const char *user)
{
	struct user_record record;
	const enum user_result found =
	    user_record_read(p->conf, user, 0, &record, &complain_report);

	if (found == USER_FOUND)
		print_one(p, user, NULL, &record);
	user_record_wipe(&record);
	if (found == USER_PEOPLE)
		return print_people(p, user);
	return found == USER_ERROR || found == USER_OUTAGE ? -1 : 0;
}

static enum ctl_exit
print_all(const struct ctl *ctl, const struct settings *conf,
    const struct name_list *enrolled)
{
	struct printing p = {
		.ctl = ctl, .conf = conf, .width = widest(enrolled)
	};
	enum ctl_exit status = CTL_DONE;

	if (ctl->json)
		fputs("{\"users\":[", stdout);
	else if (enrolled->count == 0)
		puts("Nobody is enrolled.");
	else
		record_print_row(conf, "", NULL, p.width, NULL, false);
	for (size_t i = 0; i < enrolled->count; i++)
		if (print_user(&p, enrolled->name[i]) != 0)
			status = CTL_SETTINGS;
	if (ctl->json)
		puts("]}");
	return status;
}

/* A member's state. */
enum standing {
	STANDING_ENROLLED = 0,
	STANDING_MISSING,
	STANDING_DISABLED,
	STANDING_BROKEN,
	STANDING_NO_ACCOUNT, /* the account is gone */
	STANDINGS,
};

struct members {
	const struct ctl *ctl;
	const struct settings *conf;
	struct name_list of[STANDINGS];
};

static enum standing
record_standing(const struct members *m, const char *user)
{
	struct user_record record;
	enum standing standing = STANDING_BROKEN;

	switch (user_record_read(m->conf, user, 0, &record, &complain_report)) {
	case USER_FOUND:
		standing =
		    record.enabled ? STANDING_ENROLLED : STANDING_DISABLED;
		break;
	case USER_PEOPLE:
		standing = STANDING_ENROLLED;
		break;
	case USER_ABSENT:
		standing = STANDING_MISSING;
		break;
	case USER_OUTAGE:
	case USER_ERROR:
		break;
	}
	user_record_wipe(&record);
	return standing;
}

static enum standing
standing_of(
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
	printf("\"%s\":[", name);
	for (size_t i = 0; i < list->count; i++) {
		if (i > 0)
			putchar(',');
		json_text_print(list->name[i]);
	}
	fputs("],", stdout);
}

static void
tell_each(const struct name_list *list, const char *what)
{
	for (size_t i = 0; i < list->count; i++)
		complain("%s: %s", list->name[i], what);
}

static void
print_standings(const struct members *m, size_t members)
{
	const struct name_list *missing = &m->of[STANDING_MISSING];
	char name[4 * USER_NAME_MAX + 1];

	if (m->ctl->json) {
		putchar('{');
		print_list("missing", missing);
		print_list("disabled", &m->of[STANDING_DISABLED]);
		print_list("broken", &m->of[STANDING_BROKEN]);
		print_list("no_account", &m->of[STANDING_NO_ACCOUNT]);
		printf("\"members\":%zu}\n", members);
		return;
	}
	for (size_t i = 0; i < missing->count; i++) {
		/* a directory may list names that no login accepts */
		escape_text(missing->name[i], name, sizeof(name));
		puts(name);
	}
	tell_each(&m->of[STANDING_DISABLED], "enrolled, but enabled = false");
	tell_each(&m->of[STANDING_BROKEN],
	    "enrolled, but the file is wrong: see above");
	tell_each(&m->of[STANDING_NO_ACCOUNT],
	    "in the group, but there is no such account; not counted");
	fprintf(stderr, "%zu of %zu members of %s are not enrolled.\n",
	    missing->count, members, m->ctl->missing);
}

static enum ctl_exit
print_missing(const struct ctl *ctl, const struct settings *conf,
    const struct name_list *members, const struct name_list *enrolled)
{
	struct members m = { .ctl = ctl, .conf = conf };
	enum ctl_exit status = CTL_DONE;
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < members->count; i++)
		rc = name_list_add(
		    &m.of[standing_of(&m, enrolled, members->name[i])],
		    members->name[i]);
	if (rc == 0)
		print_standings(
		    &m, members->count - m.of[STANDING_NO_ACCOUNT].count);
	else
		complain("%s", strerror(errno));
	if (rc != 0)
		status = CTL_FAILED;
	else if (m.of[STANDING_MISSING].count > 0)
		status = CTL_NO;
	else if (m.of[STANDING_BROKEN].count > 0)
		status = CTL_SETTINGS;
	for (size_t i = 0; i < STANDINGS; i++)
		name_list_free(&m.of[i]);
	return status;
}

static enum ctl_exit
list_missing(const struct ctl *ctl, const struct settings *conf,
    const struct name_list *enrolled)
{
	enum ctl_exit status = CTL_FAILED;
	struct name_list members;

	switch (name_list_members(&members, ctl->missing)) {
	case GROUP_FAILED:
		complain("group \"%s\" cannot be looked up: %s; see: getent "
			 "group %s",
		    ctl->missing, strerror(errno), shell_word(ctl->missing));
		break;
	case GROUP_ABSENT:
		complain("no group \"%s\" on this system; see: getent group",
		    ctl->missing);
		status = CTL_USAGE;
		break;
	case GROUP_LISTED:
		status = print_missing(ctl, conf, &members, enrolled);
		break;
	}
	name_list_free(&members);
	return status;
}

enum ctl_exit
cmd_list(struct ctl *ctl)
{
	enum ctl_exit status = CTL_SETTINGS;
	struct name_list enrolled;
	struct settings *conf;

	conf = settings_load(ctl->conf, 0, &complain_report);
	if (conf == NULL)
		return CTL_SETTINGS;
	state_records_use(ctl, conf);
	enrolled = (struct name_list){ .count = 0 };
	if (!state_records_listed(conf))
		status = CTL_FAILED;
	else if (name_list_enrolled(&enrolled, conf, 0, &complain_report) == 0)
		status = ctl->missing != NULL
		    ? list_missing(ctl, conf, &enrolled)
		    : print_all(ctl, conf, &enrolled);
	name_list_free(&enrolled);
	settings_free(conf);
	return status;
}
