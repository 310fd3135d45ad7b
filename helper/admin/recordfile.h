/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Changing one key of a user's record, users_dir/NAME.conf. The new text is
 * read by config_user before it takes the old one's place, so that a broken
 * record never lands.
 */
#ifndef TWOFA_ADMIN_RECORDFILE_H
#define TWOFA_ADMIN_RECORDFILE_H

#include "helper/admin/placefile.h"
#include "helper/config.h"
#include "helper/groups.h"

#define RECORDFILE_NAME_MAX (ACCOUNT_NAME_MAX + sizeof(".conf"))
#define RECORDFILE_TRIAL ".twofactl" /* no user's name begins with a dot */
#define RECORDFILE_TEXT_MAX (65 * 1024)

enum recordfile_result {
	RECORDFILE_FAILED = 0, /* I/O; the old record stands */
	RECORDFILE_DONE,
	RECORDFILE_BROKEN, /* the record is not fit; the old one stands */
};

/* A change on its way. Too large for a stack. */
struct recordfile {
	const struct config *conf;
	const char *user;
	const struct placefile_owner *owner;
	const struct config_report *report;
	char name[RECORDFILE_NAME_MAX];
	/* the path of the folder where it is tried */
	char trial[CONFFILE_PATH_MAX + sizeof("/" RECORDFILE_TRIAL)];
	int folder, trial_folder; /* -1: not open */
	char text[RECORDFILE_TEXT_MAX];
	size_t len;
};

/* Make or replace one key, its value a text; without a record, one with this
 * key alone is made. user is valid already. What is wrong goes to report, and
 * nothing is left. After DONE the record is ready, users_dir is locked, and the
 * caller commits or drops it; all that was passed must live till then. */
enum recordfile_result recordfile_prepare(struct recordfile *,
    const struct config *, const char *user, const struct placefile_owner *,
    const char *key, const char *value, const struct config_report *);

/* Put it in its place: DONE or FAILED. */
enum recordfile_result recordfile_commit(struct recordfile *);
void recordfile_drop(struct recordfile *);

#endif
