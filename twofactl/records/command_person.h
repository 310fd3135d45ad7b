/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Which of the people who share an account a command is about.
 */
#ifndef TWOFA_COMMAND_PERSON_H
#define TWOFA_COMMAND_PERSON_H

#include "lib/settings/user_record.h"
#include "twofactl/arguments/command.h"

/* How state, records and an admin call ctl->name and ctl->person. */
void command_person_names(struct ctl *);

/* What a command can be about; OR of them. */
enum command_whom {
	COMMAND_GONE = 1 << 0, /* a person who is none: something may be left */
	COMMAND_WHOLE = 1 << 1, /* the account with all of its people */
	COMMAND_ENTRY = 1 << 2, /* the person's own entry in the account */
};

/* After command_user_find. Who has the factors of a user is that user from
 * here on, with a line that says so, unless it is about the entry. CTL_DONE, or
 * after complaining CTL_USAGE (which people there are) or CTL_SETTINGS. */
enum ctl_exit command_person_find(
    struct ctl *, const struct settings *, unsigned whom);

/* Who came by this key or certificate is the person from here on. CTL_DONE, or
 * after complaining CTL_USAGE (nobody has it) or CTL_SETTINGS. */
enum ctl_exit command_person_by_key(
    struct ctl *, const struct settings *, const struct ssh_identity *);

/* The record of the user, or of the person, who is then *who. Errors are
 * reported; USER_ABSENT is not. The caller wipes the record. */
enum user_result command_person_record(const struct ctl *,
    const struct settings *, struct user_person *who, struct user_record *);

/* Say who shares the account, and what to type. */
void command_person_list(const struct ctl *, const struct user_people *);

/* As it is typed: "deploy --person anna". It lives until the next one. */
const char *command_person_words(const struct ctl *);

#endif
