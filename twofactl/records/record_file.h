/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Changing keys of users' records, users_dir/NAME.conf. The new text is read
 * by config_user before it takes the old one's place, so that a broken record
 * never lands. One user: prepare, then commit or drop. Many: open, try each,
 * settle, move each, drop.
 */
#ifndef TWOFA_RECORD_FILE_H
#define TWOFA_RECORD_FILE_H

#include <stdbool.h>

#include "lib/rules/accounts.h"
#include "lib/settings/settings.h"
#include "twofactl/records/place_file.h"
#include "twofactl/records/record_text.h"

#define RECORDFILE_NAME_MAX (ACCOUNT_NAME_MAX + sizeof(".conf"))
#define RECORDFILE_TRIAL ".twofactl." /* and the pid; no user's name */
#define RECORDFILE_TRIAL_MAX (sizeof(RECORDFILE_TRIAL) + 20)
#define RECORDFILE_TEXT_MAX (65 * 1024)

enum recordfile_result {
	RECORDFILE_FAILED = 0, /* I/O; the old record stands */
	RECORDFILE_DONE,
	RECORDFILE_BROKEN, /* the record is not fit; the old one stands */
};

/* Changes on their way. Too large for a stack. What was passed must live till
 * the end. */
struct recordfile {
	const struct config *conf;
	const char *user;
	const struct placefile_owner *owner;
	const struct config_report *report;
	char name[RECORDFILE_NAME_MAX];
	/* the path of the folder where records are tried: owner's, and his
	 * group may read it, USER.conf in it as well */
	char trial[CONFFILE_PATH_MAX + RECORDFILE_TRIAL_MAX + 1];
	struct placefile_folder folder;
	int trial_folder; /* -1: not open */
	bool existed;     /* the user had a record before */
	bool same;        /* and it says all of that already */
	bool moved;       /* some record is in its place */
	char text[RECORDFILE_TEXT_MAX];
	size_t len;
};

/* Make or replace one key, its value a text; without a record, one with this
 * key alone is made. user is valid already. What is wrong goes to report, and
 * nothing is left. After DONE the record is ready, users_dir is locked, and the
 * caller commits or drops it. */
enum recordfile_result recordfile_prepare(struct recordfile *,
    const struct config *, const char *user, const struct placefile_owner *,
    const char *key, const char *value, const struct config_report *);

/* The same for several keys. */
enum recordfile_result recordfile_prepare_all(struct recordfile *,
    const struct config *, const char *user, const struct placefile_owner *,
    const struct recordtext_change *, size_t count,
    const struct config_report *);

/* Let others change users_dir while a prepared record waits for its person.
 * It cannot be committed any more: drop it, and prepare it anew. */
void recordfile_unlock(struct recordfile *);

/* Put it in its place: DONE or FAILED. */
enum recordfile_result recordfile_commit(struct recordfile *);
/* Ends it; what was tried and not moved is gone. */
void recordfile_drop(struct recordfile *);

/* Lock users_dir, for many users. After anything but DONE nothing is left. */
enum recordfile_result recordfile_open(struct recordfile *,
    const struct config *, const struct placefile_owner *,
    const struct config_report *);
/* Try one user's record; existed and same are its. */
enum recordfile_result recordfile_try(struct recordfile *, const char *user,
    const struct recordtext_change *, size_t count);
/* All that was tried is on the disk. */
enum recordfile_result recordfile_settle(struct recordfile *);
/* Put the record of a user who was tried, and not the same, in its place; it
 * is certain to stay there only after drop. */
enum recordfile_result recordfile_move(struct recordfile *, const char *user);

#endif
