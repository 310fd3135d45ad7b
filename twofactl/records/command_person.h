/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Which person of a shared account a command is about.
 */
#ifndef TWOFA_COMMAND_PERSON_H
#define TWOFA_COMMAND_PERSON_H

#include "lib/settings/settings.h"
#include "twofactl/terminal/terminal.h"

/* Set the names of ctl->name and ctl->person in state, records and messages. */
void command_person_names(struct ctl *);

/* What a command accepts; OR of these. */
enum command_whom {
	COMMAND_GONE = 1 << 0,  /* an unknown person: something may be left */
	COMMAND_WHOLE = 1 << 1, /* the account with all its people */
	COMMAND_ENTRY = 1 << 2, /* the person's own entry in the account */
};

/* After command_user_find. A person with a user's factors is replaced by that
 * user, with a message, unless the command is about the entry. CTL_DONE, or
 * after complaining CTL_USAGE (listing the people) or CTL_SETTINGS. */
enum ctl_exit command_person_find(
    struct ctl *, const struct settings *, unsigned whom);

/* Find the person with this key or certificate. CTL_DONE, or after complaining
 * CTL_USAGE (none has it) or CTL_SETTINGS. */
enum ctl_exit command_person_by_key(
    struct ctl *, const struct settings *, const struct ssh_identity *);

/* The record of the user or person; *who is that person. Errors are reported;
 * USER_ABSENT is not. The caller wipes the record. */
enum user_result command_person_record(const struct ctl *,
    const struct settings *, struct user_person *who, struct user_record *);

/* Print who shares the account, and what to type. */
void command_person_list(const struct ctl *, const struct user_people *);

/* In the form to type: "deploy --person anna". Valid until the next call. */
const char *command_person_words(const struct ctl *);

#endif
