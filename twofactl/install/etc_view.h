/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The future /etc, seen only by one process and its children: a mount namespace
 * in which new files lie over the old ones. Nothing remains when they end.
 * Where the machine does not allow a mount namespace, copies of the files in a
 * folder of root's are used instead, by programs that can be told their place.
 */
#ifndef TWOFA_ETC_VIEW_H
#define TWOFA_ETC_VIEW_H

#include <stdbool.h>
#include <stdio.h>

#include "twofactl/install/etc_change.h"

/* A folder that everyone may read, only within the view. */
#define ETC_VIEW_FOLDER "/run/twofactl"

/* The copies: etc/ as in host.h, with the changed and sshd's files; pam.d/,
 * all future PAM files. */
#define ETC_VIEW_COPY ETC_CHANGE_FOLDER "/view"
#define ETC_VIEW_PAM ETC_VIEW_COPY "/pam.d"

/* From now on a view uses copies, which are made here. ETC_CHANGE_FOLDER
 * is locked; config: the file that sshd reads. 0, or -1 with cause. */
int etc_view_copy(const struct etc_change *, unsigned count, const char *config,
    char cause[ETC_FILE_CAUSE]);
/* True when copies are used. */
bool etc_view_copied(void);
/* Remove the copies, also those of a killed process. */
void etc_view_copy_remove(void);

/* Write a line of a PAM file for the copies: an include by name, or of a file
 * in /etc/pam.d, becomes one of the copy. (PAM looks for names in /etc/pam.d
 * even when it was given another folder.) */
void etc_view_pam_line(FILE *out, const char *line);
/* The same for sshd_config and its includes of drop-ins. */
void etc_view_sshd_line(FILE *out, const char *line);

/* In a forked child: enter the view of the changed files. 0, or -1 with
 * cause; EPERM in errno: this machine allows no mount namespace. With copies it
 * cannot fail. */
int etc_view_enter(
    const struct etc_change *, unsigned count, char cause[ETC_FILE_CAUSE]);

/* True when the user has a usable password in /etc/shadow. */
bool etc_view_has_password(const char *user);

/* Run call in a child that sees these files (changes NULL: the present ones)
 * and writes to out; text gets as much as fits. 0, or -1 with the cause that
 * call has written; EPERM in errno as above. */
int etc_view_call(const struct etc_change *, unsigned count,
    int (*call)(void *ctx, FILE *out), void *ctx, char *text, size_t cap,
    char cause[ETC_FILE_CAUSE]);

/* In the view: set a user's password to this one, which is secret, if
 * /etc/shadow has a usable one. 1; 0: it has none; -1 with cause. */
int etc_view_password(
    const char *user, const char *password, char cause[ETC_FILE_CAUSE]);
/* In the view: set the user's shell to this program. Returns the same. */
int etc_view_shell(
    const char *user, const char *shell, char cause[ETC_FILE_CAUSE]);

#endif
