/* SPDX-License-Identifier: BSD-2-Clause */
/* Finds the account that a command is about, and its people. */
#include "twofactl/records/records.h"

#include <errno.h>

#define WORDS_MAX (2 * SHELL_WORD_MAX)

const char *
command_target_arguments(const struct target *target)
{
	static char words[WORDS_MAX];

	PRINT_TO(words, "%s%s%s", terminal_shell_quote(target->account),
	    target->person[0] != '\0' ? " --person " : "",
	    target->person[0] != '\0' ? terminal_shell_quote(target->person)
				      : "");
	return words;
}

const char *
command_target_text(const struct target *target)
{
	static char words[2 * USER_NAME_MAX + sizeof(" of ")];

	PRINT_TO(words, "%s%s%s", target->person,
	    target->person[0] != '\0' ? " of " : "", target->account);
	return words;
}

static void
set_person(struct target *target, const char *person)
{
	PRINT_TO(target->person, "%s", person != NULL ? person : "");
	if (person != NULL)
		PRINT_TO(target->of_account, "%s", target->account);
	owner_write(target->owner, target->account, person);
}

void
command_person_list(
    const struct command_user *c, const struct user_people *people)
{
	const struct target *target = &c->target;

	terminal_error("%s is shared by %zu %s; name one:", target->account,
	    people->count, people->count == 1 ? "person" : "people");
	for (size_t i = 0; i < people->count; i++)
		terminal_error("  twofactl %s %s --person %s", c->run.command,
		    terminal_shell_quote(target->account),
		    terminal_shell_quote(people->person[i].name));
}

const struct user_person *
command_person_named(const struct user_people *people, const char *name)
{
	for (size_t i = 0; i < people->count; i++)
		if (strcmp(people->person[i].name, name) == 0)
			return &people->person[i];
	return NULL;
}

static enum ctl_exit
find_named(
    struct command_user *c, const struct user_people *people, unsigned whom)
{
	struct target *target = &c->target;
	const struct user_person *who =
	    command_person_named(people, target->person);

	if (who != NULL)
		PRINT_TO(target->factors_of, "%s", who->user);
	if (who != NULL && who->user[0] != '\0' &&
	    (whom & COMMAND_ENTRY) == 0) {
		terminal_error("%s has the factors of the user %s: this is "
			       "about %s, wherever %s logs in",
		    command_target_text(target), who->user, who->user,
		    who->user);
		PRINT_TO(target->account, "%s", who->user);
		PRINT_TO(target->owner, "%s", who->user);
		target->person[0] = '\0';
	}
	if (who != NULL || (whom & COMMAND_GONE) != 0)
		return CTL_DONE;
	if (people->count == 0)
		return terminal_error_status(CTL_USAGE,
		    "%s is not shared by people; leave out --person, or see: "
		    "twofactl show %s",
		    target->account, terminal_shell_quote(target->account));
	terminal_error("%s is not one of the people of %s", target->person,
	    target->account);
	command_person_list(c, people);
	return CTL_USAGE;
}

/* Problems of a user's file are left to the command to report, unless a person
 * is named. */
enum ctl_exit
command_person_find(struct command_user *c, unsigned whom)
{
	static struct user_people people;
	const bool named = c->target.person[0] != '\0';
	enum user_result found;

	if (c->target.typed == NULL)
		return CTL_DONE;
	found = user_people_read(c->conf, c->target.account, NULL, &people,
	    named ? &complain_report : NULL);
	if (named && (found == USER_OUTAGE || found == USER_ERROR))
		return (whom & COMMAND_GONE) == 0 ? CTL_SETTINGS : CTL_DONE;
	if (named)
		return find_named(c, &people, whom);
	if (found != USER_PEOPLE || (whom & COMMAND_WHOLE) != 0)
		return CTL_DONE;
	command_person_list(c, &people);
	return CTL_USAGE;
}

enum ctl_exit
command_person_by_key(struct command_user *c, const struct ssh_identity *id)
{
	static struct user_people people;
	struct target *target = &c->target;
	const enum user_result found = user_people_read(
	    c->conf, target->account, NULL, &people, &complain_report);

	if (found == USER_ERROR || found == USER_OUTAGE)
		return CTL_SETTINGS;
	for (size_t i = 0; i < people.count; i++) {
		const struct user_person *who = &people.person[i];

		if (!user_person_has_key(who, id))
			continue;
		PRINT_TO(target->factors_of, "%s", who->user);
		set_person(target, who->name);
		return CTL_DONE;
	}
	terminal_error("the key belongs to no person of %s: a login by it is "
		       "asked for the name%s",
	    target->account,
	    people.count > 0 ? "" : "; the account has no people");
	if (people.count > 0)
		command_person_list(c, &people);
	return CTL_USAGE;
}

enum user_result
command_owner_record(const struct settings *conf, const char *owner,
    const struct settings_report *report, struct user_person *who,
    struct user_record *record)
{
	struct user_person own;
	struct owner name;

	if (who == NULL)
		who = &own;
	*who = (struct user_person){ .name = "" };
	(void)owner_read(&name, owner);
	if (name.person[0] == '\0')
		return user_record_read(conf, name.account, record, report);
	PRINT_TO(who->name, "%s", name.person);
	return user_person_read(conf, name.account, NULL, who, record, report);
}

enum user_result
command_user_record(const struct command_user *c,
    const struct settings_report *report, struct user_record *record)
{
	return command_owner_record(
	    c->conf, c->target.owner, report, NULL, record);
}

bool
record_walk_next(struct record_walk *w)
{
	static struct user_people people;
	static size_t next; /* of them */
	enum user_result found = USER_PEOPLE;

	user_record_wipe(&w->record);
	if (!w->begun) {
		w->begun = true;
		people.count = next = 0;
		found = user_record_read(
		    w->conf, w->account, &w->record, w->report);
		w->wrong = found == USER_ERROR || found == USER_OUTAGE ||
		    (found == USER_PEOPLE &&
			user_people_read(w->conf, w->account, NULL, &people,
			    w->report) != USER_PEOPLE);
	}
	while (found != USER_FOUND && next < people.count) {
		w->who = &people.person[next];
		found = user_person_read(w->conf, w->account, NULL,
		    &people.person[next++], &w->record, w->report);
		w->wrong |= found != USER_FOUND;
	}
	return found == USER_FOUND;
}

void
record_walk_end(struct record_walk *w)
{
	user_record_wipe(&w->record);
}

static enum ctl_exit
find_target_account(struct target *target, bool needed)
{
	struct account account;
	const enum account_result found =
	    accounts_find(target->typed, &account);

	target->unknown = found == ACCOUNT_ABSENT;
	PRINT_TO(target->account, "%s",
	    found == ACCOUNT_FOUND ? account.name : target->typed);
	if (found == ACCOUNT_FOUND || (target->unknown && !needed))
		return CTL_DONE;
	if (target->unknown)
		return terminal_error_status(CTL_USAGE,
		    "no account \"%s\" on this system; see: getent passwd",
		    target->typed);
	return terminal_error_status(CTL_FAILED,
	    "account \"%s\" cannot be looked up: %s; see: getent passwd %s",
	    target->typed, strerror(errno),
	    terminal_shell_quote(target->typed));
}

enum ctl_exit
command_user_find(
    struct target *target, const char *account, const char *person, bool needed)
{
	enum ctl_exit status;
	bool user;

	*target = (struct target){ .typed = account };
	if (account == NULL)
		return CTL_DONE;
	user = user_name_is_valid(account);
	if (!user || (person != NULL && !user_name_is_valid(person)))
		return terminal_error_status(CTL_USAGE,
		    "\"%.80s\" is not a %s name: 1 to 64 letters, digits and _ "
		    ". @ - \\, not beginning with one of . @ - \\",
		    user ? person : account, user ? "person's" : "user");
	status = find_target_account(target, needed);
	set_person(target, person);
	return status;
}

enum ctl_exit
command_user_run(const struct command *command, const struct arguments *typed)
{
	struct command_user c = { .conf = NULL };
	enum ctl_exit status;

	if (command->run != NULL)
		return command->run(typed);
	c.run = typed->run;
	status = command_user_find(&c.target, typed->user, typed->person,
	    (command->whom & COMMAND_THERE) != 0);
	if (status != CTL_DONE)
		return status;
	c.conf = settings_load(c.run.conf, 0, &complain_report);
	if (c.conf == NULL)
		return CTL_SETTINGS;
	record_state_use(&c.run, c.conf);
	if ((command->whom & COMMAND_UNSOUGHT) == 0)
		status = command_person_find(&c, command->whom);
	if (status == CTL_DONE)
		status = command->run_user(&c, typed);
	settings_free(c.conf);
	return status;
}

void
command_user_warn_unknown(const struct target *target)
{
	if (target->unknown)
		terminal_error("warning: no account \"%s\" on this system; "
			       "see: getent passwd",
		    target->typed);
}
