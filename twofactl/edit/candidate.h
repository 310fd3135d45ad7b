/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A text that is to become twofa.conf or a user's file, judged as `twofactl
 * check` judges what is there: all that it names, and all users under it. What
 * is wrong goes to the check; warnings stand behind all problems.
 */
#ifndef TWOFA_CANDIDATE_H
#define TWOFA_CANDIDATE_H

#include "twofactl/arguments/command.h"
#include "twofactl/check/check.h"

struct candidate {
	const char *path; /* as errors name it */
	const char *text; /* len bytes, and a NUL */
	size_t len;
};

/* Whose file it is by its path, .../users.d/USER.conf; "" for settings. */
void candidate_user_of(const char *path, char user[USER_NAME_MAX + 1]);

/* The settings themselves; NULL after reporting every error. */
struct settings *candidate_settings(struct check *, const struct candidate *);

/* secrets/ beside ctl's settings, where twofactl puts its own. */
void candidate_secrets(struct check *, const struct ctl *);

/* What such settings do: users, groups, rules. */
void candidate_settings_check(
    struct check *, const char *path, const struct settings *);

/* A user's file under these settings. */
void candidate_user(struct check *, const struct settings *,
    const struct candidate *, const char *user);

#endif
