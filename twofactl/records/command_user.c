/* SPDX-License-Identifier: BSD-2-Clause */
/* The user of a command, or one of several people. */
#include "twofactl/records/records.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/settings/settings.h"
#include "twofactl/terminal/terminal.h"

/* One person of a shared account. */

#define WORDS_MAX (2 * SHELL_WORD_MAX)

const char *
command_person_words(const struct ctl *ctl)
{
	static char words[WORDS_MAX];

	snprintf(words, sizeof(words), "%s%s%s", shell_word(ctl->name),
	    ctl->person != NULL ? " --person " : "",
	    ctl->person != NULL ? shell_word(ctl->person) : "");
	return words;
}

/* Set the names of ctl->name and ctl->person in state, records and messages. */
static void
command_person_names(struct ctl *ctl)
{
	if (ctl->person != NULL)
		snprintf(
		    ctl->of_account, sizeof(ctl->of_account), "%s", ctl->name);
	kept_name_write(ctl->kept, ctl->name, ctl->person);
	snprintf(ctl->shown, sizeof(ctl->shown), "%s%s%s",
	    ctl->person != NULL ? ctl->person : "",
	    ctl->person != NULL ? " of " : "", ctl->name);
}

void
command_person_list(const struct ctl *ctl, const struct user_people *people)
{
	complain("%s is shared by %zu %s; name one:", ctl->name, people->count,
	    people->count == 1 ? "person" : "people");
	for (size_t i = 0; i < people->count; i++)
		complain("  twofactl %s %s --person %s", ctl->command,
		    shell_word(ctl->name), shell_word(people->person[i].name));
}

static const struct user_person *
named(const struct user_people *people, const char *name)
{
	for (size_t i = 0; i < people->count; i++)
		if (strcmp(people->person[i].name, name) == 0)
			return &people->person[i];
	return NULL;
}

/* The command is about the user whose factors the person has. */
static void
become(struct ctl *ctl, const struct user_person *who)
{
	complain("%s has the factors of the user %s: this is about %s, "
		 "wherever %s logs in",
	    ctl->shown, who->user, who->user, who->user);
	snprintf(ctl->name, sizeof(ctl->name), "%s", who->user);
	snprintf(ctl->kept, sizeof(ctl->kept), "%s", who->user);
	snprintf(ctl->shown, sizeof(ctl->shown), "%s", who->user);
	ctl->person = NULL;
}

static enum ctl_exit
find_named(struct ctl *ctl, const struct user_people *people, unsigned whom)
{
	const struct user_person *who = named(people, ctl->person);

	if (who != NULL)
		snprintf(
		    ctl->factors_of, sizeof(ctl->factors_of), "%s", who->user);
	if (who != NULL && who->user[0] != '\0' && (whom & COMMAND_ENTRY) == 0)
		become(ctl, who);
	if (who != NULL || (whom & COMMAND_GONE) != 0)
		return CTL_DONE;
	if (people->count == 0) {
		complain("%s is not shared by people; leave out --person, "
			 "or see: twofactl show %s",
		    ctl->name, shell_word(ctl->name));
		return CTL_USAGE;
	}
	complain("%s is not one of the people of %s", ctl->person, ctl->name);
	command_person_list(ctl, people);
	return CTL_USAGE;
}

/* Problems of a user's file are reported by the command that reads it. */
static enum ctl_exit
find(struct ctl *ctl, const struct settings *conf, struct user_people *people,
    unsigned whom)
{
	const struct settings_report *to =
	    ctl->person != NULL ? &complain_report : &settings_report_none;

	switch (user_people_read(conf, ctl->name, NULL, 0, people, to)) {
	case USER_OUTAGE:
	case USER_ERROR:
		return ctl->person != NULL && (whom & COMMAND_GONE) == 0
		    ? CTL_SETTINGS
		    : CTL_DONE;
	case USER_PEOPLE:
		if (ctl->person == NULL && (whom & COMMAND_WHOLE) == 0) {
			command_person_list(ctl, people);
			return CTL_USAGE;
		}
		break;
	case USER_FOUND:
	case USER_ABSENT:
		break;
	}
	return ctl->person != NULL ? find_named(ctl, people, whom) : CTL_DONE;
}

enum ctl_exit
command_person_find(struct ctl *ctl, const struct settings *conf, unsigned whom)
{
	struct user_people *people;
	enum ctl_exit status;

	if (ctl->user == NULL)
		return CTL_DONE;
	people = calloc(1, sizeof(*people));
	if (people == NULL) {
		complain("%s", strerror(errno));
		return CTL_FAILED;
	}
	status = find(ctl, conf, people, whom);
	free(people);
	return status;
}

static enum ctl_exit
find_key(struct ctl *ctl, const struct settings *conf,
    const struct ssh_identity *id, struct user_people *people)
{
	const enum user_result found = user_people_read(
	    conf, ctl->name, NULL, 0, people, &complain_report);

	if (found == USER_ERROR || found == USER_OUTAGE)
		return CTL_SETTINGS;
	for (size_t i = 0; i < people->count; i++) {
		const struct user_person *who = &people->person[i];

		if (!user_person_came_by(who, id))
			continue;
		snprintf(ctl->found, sizeof(ctl->found), "%s", who->name);
		snprintf(
		    ctl->factors_of, sizeof(ctl->factors_of), "%s", who->user);
		ctl->person = ctl->found;
		command_person_names(ctl);
		return CTL_DONE;
	}
	complain("the key is that of none of the people of %s: who comes by "
		 "it is asked for the name%s",
	    ctl->name, people->count > 0 ? "" : "; it names none");
	if (people->count > 0)
		command_person_list(ctl, people);
	return CTL_USAGE;
}

enum ctl_exit
command_person_by_key(
    struct ctl *ctl, const struct settings *conf, const struct ssh_identity *id)
{
	struct user_people *people = calloc(1, sizeof(*people));
	enum ctl_exit status = CTL_FAILED;

	if (people != NULL)
		status = find_key(ctl, conf, id, people);
	else
		complain("%s", strerror(errno));
	free(people);
	return status;
}

enum user_result
command_person_record(const struct ctl *ctl, const struct settings *conf,
    struct user_person *who, struct user_record *record)
{
	*who = (struct user_person){ .name = "" };
	if (ctl->person == NULL)
		return user_record_read(
		    conf, ctl->name, 0, record, &complain_report);
	snprintf(who->name, sizeof(who->name), "%s", ctl->person);
	return user_person_read(
	    conf, ctl->name, NULL, 0, who, record, &complain_report);
}

static bool
names_fit(const struct ctl *ctl)
{
	const bool user = user_name_valid(ctl->user);

	if (user && (ctl->person == NULL || user_name_valid(ctl->person)))
		return true;
	complain("\"%.80s\" is not a %s name: 1 to 64 letters, digits "
		 "and _ . @ - \\, not beginning with one of . @ - \\",
	    user ? ctl->person : ctl->user, user ? "person's" : "user");
	return false;
}

static enum ctl_exit
find_account(struct ctl *ctl, bool needed)
{
	struct account account;

	snprintf(ctl->name, sizeof(ctl->name), "%s", ctl->user);
	switch (accounts_find(ctl->user, &account)) {
	case ACCOUNT_FOUND:
		snprintf(ctl->name, sizeof(ctl->name), "%s", account.name);
		return CTL_DONE;
	case ACCOUNT_ABSENT:
		ctl->unknown = true;
		if (!needed)
			return CTL_DONE;
		complain("no account \"%s\" on this system; see: getent "
			 "passwd",
		    ctl->user);
		return CTL_USAGE;
	case ACCOUNT_ERROR:
		break;
	}
	complain("account \"%s\" cannot be looked up: %s; see: getent passwd "
		 "%s",
	    ctl->user, strerror(errno), shell_word(ctl->user));
	return CTL_FAILED;
}

enum ctl_exit
command_user_find(struct ctl *ctl, bool needed)
{
	enum ctl_exit status;

	if (ctl->user == NULL)
		return CTL_DONE;
	if (!names_fit(ctl))
		return CTL_USAGE;
	status = find_account(ctl, needed);
	command_person_names(ctl);
	return status;
}

enum ctl_exit
command_user_run(struct ctl *ctl, bool needed, unsigned whom,
    enum ctl_exit (*run)(const struct ctl *, const struct settings *))
{
	enum ctl_exit status = command_user_find(ctl, needed);
	struct settings *conf;

	if (status != CTL_DONE)
		return status;
	conf = settings_load(ctl->conf, 0, &complain_report);
	if (conf == NULL)
		return CTL_SETTINGS;
	record_place_use(ctl, conf);
	status = command_person_find(ctl, conf, whom);
	if (status == CTL_DONE)
		status = run(ctl, conf);
	settings_free(conf);
	return status;
}

void
command_user_warn(const struct ctl *ctl)
{
	if (ctl->unknown)
		complain("warning: no account \"%s\" on this system; see: "
			 "getent passwd",
		    ctl->user);
}
