/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Changing keys of users' records, users_dir/NAME.conf, and of the people of an
 * account. The new text is read as a login would before it takes the old one's
 * place, so that a broken record never lands. One user: prepare, then commit or
 * drop. Many: open, try each, settle, move each, drop. A user's name may be
 * that of a person, ACCOUNT//PERSON (kept_name.h).
 */
#ifndef TWOFA_RECORD_FILE_H
#define TWOFA_RECORD_FILE_H

#include <stdbool.h>

#include "lib/identity/kept_name.h"
#include "lib/rules/accounts.h"
#include "lib/settings/settings.h"
#include "twofactl/arguments/command.h"
#include "twofactl/records/place_file.h"
#include "twofactl/records/record_text.h"

#define RECORD_FILE_SUFFIX ".conf"
#define RECORD_FILE_NAME_MAX (USER_NAME_MAX + sizeof(RECORD_FILE_SUFFIX))
/* Before the name of a file that is to be moved to it: no user's name. */
#define RECORD_FILE_STAGED ".twofactl."
#define RECORD_FILE_TEXT_MAX (65 * 1024)

enum record_file_result {
	RECORD_FILE_FAILED = 0, /* I/O; the old record stands */
	RECORD_FILE_DONE,
	RECORD_FILE_BROKEN, /* the record is not fit; the old one stands */
};

/* Changes on their way. Too large for a stack. What was passed must live till
 * the end. */
struct record_file {
	const struct settings *conf;
	struct kept_name user;
	const struct place_file_owner *owner;
	const struct settings_report *report;
	char name[RECORD_FILE_NAME_MAX];
	char staged[sizeof(RECORD_FILE_STAGED) + RECORD_FILE_NAME_MAX];
	struct place_file_folder folder;
	bool existed;       /* the user had a record before */
	bool same;          /* and it says all of that already */
	bool staged_before; /* another one of the account's people was tried */
	bool moved;         /* some record is in its place */
	char text[RECORD_FILE_TEXT_MAX]; /* of the newest; stays after drop */
	size_t len;
};

/* Make or replace one key, its value a text; without a record, one with this
 * key alone is made. user is valid already. What is wrong goes to report, and
 * nothing is left. After DONE the record is ready, users_dir is locked, and the
 * caller commits or drops it. */
enum record_file_result record_file_prepare(struct record_file *,
    const struct settings *, const char *user, const struct place_file_owner *,
    const char *key, const char *value, const struct settings_report *);

/* The same for several keys; for none the person goes. */
enum record_file_result record_file_prepare_all(struct record_file *,
    const struct settings *, const char *user, const struct place_file_owner *,
    const struct record_text_change *, size_t count,
    const struct settings_report *);

/* Put it in its place: DONE or FAILED. */
enum record_file_result record_file_commit(struct record_file *);
/* Ends it; what was tried and not moved is gone. */
void record_file_drop(struct record_file *);

/* Lock users_dir, for many users. After anything but DONE nothing is left. */
enum record_file_result record_file_open(struct record_file *,
    const struct settings *, const struct place_file_owner *,
    const struct settings_report *);
/* Try one user's record; existed and same are its. Of the people of one account
 * those who are tried later are added to the earlier ones, and the first one's
 * move is all of theirs. */
enum record_file_result record_file_try(struct record_file *, const char *user,
    const struct record_text_change *, size_t count);
/* All that was tried is on the disk. */
enum record_file_result record_file_settle(struct record_file *);
/* Put the record of a user who was tried, and not the same, in its place; it
 * is certain to stay there only after drop. */
enum record_file_result record_file_move(
    struct record_file *, const char *user);

/* Whose the files are: root's, and group twofa's. 0, or -1 after complaining:
 * there is no user twofa. */
int record_file_owner(struct place_file_owner *);

/* CTL_DONE; CTL_SETTINGS: the record is not fit; CTL_FAILED: I/O. */
enum ctl_exit record_file_exit(enum record_file_result);

#endif
