/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A text that may become twofa.conf or a user's file, judged as `twofactl
 * check` judges the installed one: with all files that it names, and all users.
 * Problems go to the check; warnings follow after all problems.
 */
#ifndef TWOFA_CANDIDATE_H
#define TWOFA_CANDIDATE_H

#include "twofactl/check/check.h"
#include "twofactl/terminal/terminal.h"

struct candidate {
	const char *path; /* its name in errors */
	const char *text; /* len bytes, and a NUL */
	size_t len;
};

/* The user of a path .../users.d/USER.conf; "" for settings. */
void candidate_user_of(const char *path, char user[USER_NAME_MAX + 1]);

/* Read the settings; NULL after reporting every error. */
struct settings *candidate_settings(struct check *, const struct candidate *);

/* Check secrets/ beside ctl's settings, where twofactl puts its own. */
void candidate_secrets(struct check *, const struct ctl *);

/* Check the effects of such settings: users, groups, rules. */
void candidate_settings_check(
    struct check *, const char *path, const struct settings *);

/* Check a user's file with these settings. */
void candidate_user(struct check *, const struct settings *,
    const struct candidate *, const char *user);
/* Would a login accept it? */
bool candidate_is_record(const struct settings *, const struct candidate *,
    const char *user, uid_t owner);

#endif
