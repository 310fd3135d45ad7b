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

enum recordfile_result {
	RECORDFILE_FAILED = 0, /* I/O; the old record stands */
	RECORDFILE_DONE,
	RECORDFILE_BROKEN, /* the record is not fit; the old one stands */
};

/* Make or replace one key, its value a text; without a record, one with this
 * key alone is made. user is valid already. What is wrong goes to report. */
enum recordfile_result recordfile_set(const struct config *, const char *user,
    const struct placefile_owner *, const char *key, const char *value,
    const struct config_report *);

#endif
