/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Is the helper's file fit to be started by root, and which account runs it?
 * The module and twofactl ask the same rule, and have their own words for what
 * it finds.
 */
#ifndef TWOFA_HELPER_PATH_H
#define TWOFA_HELPER_PATH_H

#include <limits.h>
#include <stdbool.h>
#include <sys/types.h>

#define HELPER_USER "twofa"

/* The remedy where there is no such account. */
#define HELPER_USER_ADD                                                        \
	"useradd --system --user-group --no-create-home --home-dir "           \
	"/nonexistent --shell /usr/sbin/nologin " HELPER_USER

enum helper_path_fault {
	HELPER_PATH_FORM = 0, /* not absolute, "/", or PATH_MAX bytes or more */
	HELPER_PATH_UNSEEN,   /* lstat failed */
	HELPER_PATH_LINK,
	HELPER_PATH_KIND,   /* the last part no regular file, another no folder
			     */
	HELPER_PATH_OWNER,  /* not root */
	HELPER_PATH_OTHERS, /* can write */
	HELPER_PATH_GROUP,  /* the same; an access control list shows so */
	HELPER_PATH_CLOSED, /* to the helper's user */
	HELPER_PATH_FIT,
};

/* Where the check ended. */
struct helper_path {
	char part[PATH_MAX]; /* "" after FORM */
	bool last;           /* it is the file itself */
	int error;           /* errno after UNSEEN, else 0 */
};

/* No part of the path may be a symbolic link, belong to another than root, or
 * be writable by anyone else; the last one is a regular file. gid: of the user
 * who is to run it, who must be able to; NULL: not looked at. */
enum helper_path_fault helper_path_check(
    struct helper_path *, const char *path, const gid_t *gid);

#endif
