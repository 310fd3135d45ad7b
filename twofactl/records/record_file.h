/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Changes keys in users' records, users_dir/NAME.conf, also of a shared
 * account's people. The new text is checked as by a login before it replaces
 * the old one, so a broken record is never installed. One user: prepare, then
 * commit or drop. Many: open, try each, settle, move each, drop. A user's name
 * may be a person's, ACCOUNT//PERSON (values.h).
 */
#ifndef TWOFA_RECORD_FILE_H
#define TWOFA_RECORD_FILE_H

#include <stdbool.h>

#include "lib/rules/rules.h"
#include "lib/settings/settings.h"
#include "lib/values/values.h"
#include "twofactl/records/place_file.h"
#include "twofactl/records/record_text.h"
#include "twofactl/terminal/terminal.h"

#define RECORD_FILE_SUFFIX ".conf"
#define RECORD_FILE_NAME_MAX (USER_NAME_MAX + sizeof(RECORD_FILE_SUFFIX))
/* Prefix of a file that will be moved to its place: no user name. */
#define RECORD_FILE_STAGED ".twofactl."
#define RECORD_FILE_TEXT_MAX (65 * 1024)

enum record_file_result {
	RECORD_FILE_FAILED = 0, /* an I/O error; the old record stays */
	RECORD_FILE_DONE,
	RECORD_FILE_BROKEN, /* the new record is wrong; the old one stays */
};

/* Changes in progress. Too large for a stack. Arguments must stay valid until
 * the end. */
struct record_file {
	const struct settings *conf;
	struct kept_name user;
	const struct place_file_owner *owner;
	const struct settings_report *report;
	char name[RECORD_FILE_NAME_MAX];
	char staged[sizeof(RECORD_FILE_STAGED) + RECORD_FILE_NAME_MAX];
	struct place_file_folder folder;
	bool in_state;      /* the record is, or will be, in the state */
	bool existed;       /* the user had a record before */
	bool same;          /* and it has all these values already */
	bool staged_before; /* another person of the account was tried before */
	bool moved;         /* a record was moved into its place */
	char text[RECORD_FILE_TEXT_MAX]; /* the newest text; stays after drop */
	size_t len;
};

/* Add or replace one key whose value is a text; without a record, make one with
 * only this key. user is valid already. Errors go to report, and nothing is
 * left. After DONE the record is ready and users_dir locked; the caller commits
 * or drops it. */
enum record_file_result record_file_prepare(struct record_file *,
    const struct settings *, const char *user, const struct place_file_owner *,
    const char *key, const char *value, const struct settings_report *);

/* The same for several keys; with none the person is removed. */
enum record_file_result record_file_prepare_all(struct record_file *,
    const struct settings *, const char *user, const struct place_file_owner *,
    const struct record_text_change *, size_t count,
    const struct settings_report *);

/* Put it into its place: DONE or FAILED. */
enum record_file_result record_file_commit(struct record_file *);
/* End it; what was tried and not moved is removed. */
void record_file_drop(struct record_file *);

/* Lock users_dir for many users. After anything but DONE nothing is left. */
enum record_file_result record_file_open(struct record_file *,
    const struct settings *, const struct place_file_owner *,
    const struct settings_report *);
/* Try one user's record and set existed and same. People of one account are
 * added to each other, and moving the first one moves them all. */
enum record_file_result record_file_try(struct record_file *, const char *user,
    const struct record_text_change *, size_t count);
/* Sync everything that was tried to the disk. */
enum record_file_result record_file_settle(struct record_file *);
/* Move the record of a user who was tried and is not the same into its place;
 * only after drop it is sure to stay there. */
enum record_file_result record_file_move(
    struct record_file *, const char *user);

/* The files' owner: root, with group twofa. 0, or -1 after complaining: there
 * is no user twofa. */
int record_file_owner(struct place_file_owner *);

/* CTL_DONE; CTL_SETTINGS: the record is wrong; CTL_FAILED: I/O. */
enum ctl_exit record_file_exit(enum record_file_result);

#endif
