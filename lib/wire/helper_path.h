/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Is the helper's file safe for root to start, and which account runs it? The
 * module and twofactl share this rule; each has its own messages.
 */
#ifndef TWOFA_HELPER_PATH_H
#define TWOFA_HELPER_PATH_H

#include <limits.h>
#include <stdbool.h>
#include <sys/types.h>

#define HELPER_USER "twofa"

/* The command that creates this account. */
#define HELPER_USER_ADD                                                        \
	"useradd --system --user-group --no-create-home --home-dir "           \
	"/nonexistent --shell /usr/sbin/nologin " HELPER_USER

enum helper_path_fault {
	HELPER_PATH_FORM = 0, /* not absolute, "/", or PATH_MAX bytes or more */
	HELPER_PATH_UNSEEN,   /* lstat failed */
	HELPER_PATH_LINK,
	HELPER_PATH_KIND,   /* no regular file, or on its way no folder */
	HELPER_PATH_OWNER,  /* not root */
	HELPER_PATH_OTHERS, /* can write */
	HELPER_PATH_GROUP,  /* the same; an access control list shows so */
	HELPER_PATH_CLOSED, /* the helper's user cannot execute it */
	HELPER_PATH_FIT,
};

/* Where the check ended. */
struct helper_path {
	char part[PATH_MAX]; /* "" after FORM */
	bool last;           /* it is the file itself */
	int error;           /* errno after UNSEEN, else 0 */
};

/* No part of the path may be a symbolic link, belong to another user than root,
 * or be writable by others; the last part must be a regular file. gid: the
 * group of the user who runs it and must be able to; NULL: not checked. */
enum helper_path_fault helper_path_check(
    struct helper_path *, const char *path, const gid_t *gid);

#endif
