/* SPDX-License-Identifier: BSD-2-Clause */
/* Checks of users' files, and of files that the helper must be able to read. */
#include "twofactl/check/check_inside.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#define SHOWN_MAX 600 /* of a path */

const char *
check_account(const char *path, const char *name)
{
	static char problem[PATH_MAX + 512];
	struct account account;
	const enum account_result found = record_owner_account(name, &account);

	if (found == ACCOUNT_FOUND && strcmp(account.name, name) == 0)
		return NULL;
	if (found == ACCOUNT_FOUND)
		PRINT_TO(problem,
		    "%s: belongs to nobody: the account's own name is "
		    "\"%.64s\"; rename the file",
		    path, account.name);
	else if (found == ACCOUNT_ABSENT)
		PRINT_TO(problem,
		    "%s: there is no account \"%.64s\"; if it is gone for "
		    "good, run: twofactl remove %s",
		    path, name, terminal_shell_quote(name));
	else
		PRINT_TO(problem,
		    "%s: the account cannot be looked up: %s; see: getent "
		    "passwd %s",
		    path, strerror(errno), terminal_shell_quote(name));
	return problem;
}

/* Checks that, apart from rules, a factor of the user can be asked for. */
static void
check_deliverable(struct check *c, const struct settings *conf,
    const char *path, const struct user_record *r)
{
	const struct decision all = { .methods = METHOD_ALL };
	struct factor_choice choice;

	if (c->faulty || !r->enabled) /* a faulty key may be NULL */
		return;
	choice = factor_choice(conf, r, &all, 0);
	if (reach_has_code_provider(conf, r, METHOD_BIT(METHOD_EMAIL)) &&
	    c->by_email++ == 0)
		PRINT_TO(c->email_first, "%s", path);
	/* the first of several is told below, if nothing else is reached */
	for (size_t i = choice.phone && r->phone_count > 1 ? 0 : 1;
	     i < r->phone_count; i++)
		if (!reach_number_allowed(conf, r->phones[i].number))
			check_problem(c,
			    "%s: phones: number %zu begins with none of the "
			    "allowed_prefixes",
			    path, i + 1);
	if (choice.phone || choice.app || choice.push)
		return;
	if (r->phone[0] != '\0' && !reach_number_allowed(conf, r->phone))
		check_problem(c,
		    "%s: phone: begins with none of the allowed_prefixes",
		    path);
	else
		check_problem(c,
		    "%s: channels: no provider of the settings delivers by "
		    "any of them",
		    path);
}

/* Checks one person, as a login would read the record. */
static void
check_person(struct check *c, const struct settings *conf, const char *path,
    const char *account, const char *text, struct user_person *who)
{
	const bool own = who->user[0] == '\0';
	char where[PATH_MAX + USER_NAME_MAX];
	struct user_record record OWNED(user_record_wipe);

	PRINT_TO(where, "%s: %s", path, who->name);
	if (user_person_read(conf, account, text, who, &record, &c->problem) !=
	    USER_FOUND)
		return;
	/* a record that the key "user" names is checked with its own file */
	if (own)
		check_deliverable(c, conf, where, &record);
	else if (record.left)
		check_problem(c,
		    "%s: user: \"%s\" has left; take this person out of people",
		    where, who->user);
}

static void
check_people(struct check *c, const struct settings *conf, const char *path,
    const char *name, const char *text)
{
	static struct user_people people;

	if (user_people_read(conf, name, text, &people, &c->problem) !=
	    USER_PEOPLE)
		return;
	if (text == NULL && path[0] == '/')
		check_readable(c, path);
	for (size_t i = 0; i < people.count; i++)
		check_person(c, conf, path, name, text, &people.person[i]);
}

void
check_user(struct check *c, const struct settings *conf, const char *path,
    const char *name, const char *text)
{
	struct record_owner who = { .is = USER_OWN };
	struct user_record record OWNED(user_record_wipe);
	const char *problem;

	switch (text != NULL
		? user_record_parse(conf, name, text, &record, &c->problem)
		: record_owner_read(
		      conf, name, NULL, &who, &record, &c->problem)) {
	case USER_FOUND:
		check_deliverable(c, conf, path, &record);
		if (text == NULL && path[0] == '/')
			check_readable(c, path);
		break;
	case USER_PEOPLE:
		check_people(c, conf, path, name, text);
		break;
	case USER_ABSENT: /* removed after the folder was read */
		if (who.is < USER_LEFT)
			return;
		break;
	case USER_OUTAGE:
	case USER_ERROR:
		who.is = USER_OWN;
		break;
	}
	if (who.is == USER_OTHER)
		check_problem(c, RECORD_OWNER_OTHER, path, name, name);
	else if (who.is == USER_UNSAID && path[0] == '/' && c->unsaid != NULL)
		(void)name_list_add(c->unsaid, name);
	problem = who.is == USER_LEFT ? NULL : check_account(path, name);
	if (problem == NULL)
		return;
	check_problem(c, "%s", problem);
	/* a shared record may be of an account that only other hosts have */
	if (c->gone != NULL && (path[0] == '/' || !conf->users_state) &&
	    record_owner_account(name, &who.account) == ACCOUNT_ABSENT)
		(void)name_list_add(c->gone, name);
}

static void
check_entry(struct check *c, const struct settings *conf, const char *file)
{
	char name[USER_NAME_MAX + 1];
	char path[PATH_MAX];

	PRINT_TO(path, "%s/%s", conf->users_dir, file);
	c->files++;
	if (name_list_user_of_file(file, name))
		check_user(c, conf, path, name, NULL);
	else
		check_problem(c,
		    "%s: no login reads it: a user's file is named "
		    "USER.conf; rename or remove it",
		    terminal_shell_quote(path));
}

/* Skips files that another twofactl has staged: it will move them to their
 * places or, if it was killed, the next change removes them. */
static int
is_entry(const struct dirent *entry)
{
	return strcmp(entry->d_name, ".") != 0 &&
	    strcmp(entry->d_name, "..") != 0 &&
	    strncmp(entry->d_name, RECORD_FILE_STAGED,
		sizeof(RECORD_FILE_STAGED) - 1) != 0;
}

static bool
has_user_file(const struct settings *conf, const char *user)
{
	char path[PATH_MAX];

	PRINT_TO(path, "%s/%s" RECORD_FILE_SUFFIX, conf->users_dir, user);
	return access(path, F_OK) == 0;
}

/* Records of the state, also those that logins of this host enrolled. */
static void
check_state_records(struct check *c, const struct settings *conf)
{
	char where[USER_NAME_MAX + sizeof(" in the state")];
	struct name_list all OWNED(name_list_free) = { .count = 0 };

	if (name_list_enrolled(&all, conf, &c->problem) != 0)
		return;
	for (size_t i = 0; i < all.count; i++) {
		if (has_user_file(conf, all.name[i]))
			continue;
		PRINT_TO(where, "%s in the state", all.name[i]);
		c->files++;
		check_user(c, conf, where, all.name[i], NULL);
	}
}

void
check_users(struct check *c, const struct settings *conf)
{
	struct dirent **entry = NULL;
	int count;

	/* the errors of the settings already include their users_dir */
	if (c->faulty &&
	    (conf->users_dir == NULL || access(conf->users_dir, F_OK) != 0))
		return;
	if (trusted_file_check_folder(conf->users_dir, c->owner) != 0) {
		check_problem(c, "%s", trusted_file_cause);
		return;
	}
	check_readable(c, conf->users_dir);
	count = scandir(conf->users_dir, &entry, is_entry, alphasort);
	if (count < 0) {
		check_problem(c, "%s: %s", conf->users_dir, strerror(errno));
		return;
	}
	for (int i = 0; i < count; i++) {
		check_entry(c, conf, entry[i]->d_name);
		free(entry[i]);
	}
	free(entry);
	if (!c->faulty &&
	    (conf->users_state ||
		(c->gone != NULL && settings_has_enrolments(conf))))
		check_state_records(c, conf);
}

void
check_finding(struct check *c, bool warning, const char *fmt, ...)
{
	static char line[COMPLAIN_MAX];

	if (warning)
		c->warnings++;
	else
		c->problems++;
	PRINT_GIVEN(line, fmt);
	c->report(line, warning);
}

static void
report_line(void *ctx, const char *line)
{
	check_problem(ctx, "%s", line);
}

void
check_begin(struct check *c, const struct place_file_owner *owner,
    void (*report)(const char *line, bool warning))
{
	*c = (struct check){ .owner = owner->uid,
		.group = owner->gid,
		.report = report,
		.problem = { .ctx = c, .line = report_line, .all = true } };
}

/* Checks the group's bits if that is the helper's, else those of others. */
static void
check_mode(
    struct check *c, const char *path, const struct stat *st, mode_t bits)
{
	const char *word = terminal_shell_quote(path);

	if ((st->st_mode >> (st->st_gid == c->group ? 3 : 0) & bits) != bits)
		check_problem(c,
		    "%s: twofa-helper cannot read it, so logins are "
		    "denied; run: chgrp twofa %s; chmod %s %s",
		    word, word, S_ISDIR(st->st_mode) ? "0750" : "0640", word);
}

void
check_readable(struct check *c, const char *path)
{
	struct stat st;

	if (lstat(path, &st) != 0)
		check_problem(
		    c, "%s: %s", terminal_shell_quote(path), strerror(errno));
	else
		check_mode(c, path, &st, S_ISDIR(st.st_mode) ? 5 : 4);
}

void
check_enterable(struct check *c, const char *folder)
{
	struct stat st;

	if (stat(folder, &st) == 0)
		check_mode(c, folder, &st, 1);
}

void
check_secrets(struct check *c, const char *folder)
{
	const struct dirent *entry;
	char path[SHOWN_MAX];
	struct stat st;
	DIR *dir OWNED(owned_folder) = opendir(folder);

	if (dir == NULL) {
		if (errno != ENOENT)
			check_problem(c, "%s: %s", terminal_shell_quote(folder),
			    strerror(errno));
		return;
	}
	/* in an unsafe folder any user may have chosen the names */
	if (trusted_file_check_folder(folder, c->owner) != 0) {
		check_problem(c, "%s", trusted_file_cause);
		return;
	}
	check_readable(c, folder);
	while ((entry = readdir(dir)) != NULL) {
		/* skip a file that was removed meanwhile */
		if (strcmp(entry->d_name, PLACE_FILE_LOCK) == 0 ||
		    fstatat(dirfd(dir), entry->d_name, &st,
			AT_SYMLINK_NOFOLLOW) != 0 ||
		    !S_ISREG(st.st_mode))
			continue;
		PRINT_TO(path, "%.300s/%.255s", folder, entry->d_name);
		check_mode(c, path, &st, 4);
	}
}
