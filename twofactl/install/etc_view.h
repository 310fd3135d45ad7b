/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * /etc as it will be, seen by one process and its children alone: a mount
 * namespace in which the new files lie over the old ones. Nothing of it is left
 * when they end. Where the machine allows no such namespace, copies of the
 * files in a folder of root's take its place: for what is told where they are.
 */
#ifndef TWOFA_ETC_VIEW_H
#define TWOFA_ETC_VIEW_H

#include <stdbool.h>
#include <stdio.h>

#include "twofactl/install/trial.h"

/* A folder that everybody may read, in that view alone. */
#define ETC_VIEW_FOLDER "/run/twofactl"

/* The copies: etc/ as etc_seen.h has it, with the files of the trial and of
 * sshd; pam.d/, all PAM files as they will be. */
#define ETC_VIEW_COPY TRIAL_FOLDER "/view"
#define ETC_VIEW_PAM ETC_VIEW_COPY "/pam.d"

/* From here on a view is of copies, which are made. The trial's folder is held;
 * config: what sshd reads. 0, or -1 with cause. */
int etc_view_copy(
    const struct trial *, const char *config, char cause[TRIAL_CAUSE]);
/* Are they there? */
bool etc_view_copied(void);
/* What there is of them, also of another process that was killed. */
void etc_view_copy_remove(void);

/* A line of a PAM file, as it stands among copies: what it includes by a name,
 * or of /etc/pam.d, is the copy. (PAM looks for names in /etc/pam.d, also when
 * it was given another folder.) */
void etc_view_pam_line(FILE *out, const char *line);
/* The same of sshd_config: what it includes of the drop-ins' folder. */
void etc_view_sshd_line(FILE *out, const char *line);

/* In a forked child: see the files of the trial as they are meant to be. 0, or
 * -1 with cause; EPERM in errno: this machine allows no such namespace. Of
 * copies it cannot fail. */
int etc_view_enter(const struct trial *, char cause[TRIAL_CAUSE]);

/* Has the user a usable password in /etc/shadow? */
bool etc_view_has_password(const char *user);

/* In a child of its own that sees these files, trial NULL: those in place, call
 * writes to out; so much of it as fits goes to text. 0, or -1 with cause, as
 * call has written it; EPERM in errno as above. */
int etc_view_call(const struct trial *, int (*call)(void *ctx, FILE *out),
    void *ctx, char *text, size_t cap, char cause[TRIAL_CAUSE]);

/* There: let the password of a user be this one, known to nobody else, where
 * /etc/shadow has a usable one. 1; 0: it has none; -1 with cause. */
int etc_view_password(
    const char *user, const char *password, char cause[TRIAL_CAUSE]);
/* There: let this program be the user's shell. As before. */
int etc_view_shell(
    const char *user, const char *shell, char cause[TRIAL_CAUSE]);

#endif
