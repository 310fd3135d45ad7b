/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * /etc as it will be, seen by one process and its children alone: a mount
 * namespace in which the new files lie over the old ones. Nothing of it is left
 * when they end.
 */
#ifndef TWOFA_ETC_VIEW_H
#define TWOFA_ETC_VIEW_H

#include <stdbool.h>
#include <stdio.h>

#include "twofactl/install/trial.h"

/* A folder that everybody may read, in that view alone. */
#define ETC_VIEW_FOLDER "/run/twofactl"

/* In a forked child: see the files of the trial as they are meant to be. 0, or
 * -1 with cause; EPERM in errno: this machine allows no such view. */
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
