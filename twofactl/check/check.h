/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * `twofactl check`: finds everything that is wrong with settings and users'
 * files.
 */
#ifndef TWOFA_CHECK_H
#define TWOFA_CHECK_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "lib/settings/settings.h"
#include "twofactl/records/records.h"

struct check {
	uid_t owner; /* owner of all files: 0, except in unit tests */
	gid_t group; /* the helper's, which must be able to read them */
	/* Called for each problem, which is counted first. */
	void (*told)(const char *line);
	/* Called after all problems, for what is no problem but good to
	 * know. */
	void (*warned)(const char *line);
	bool faulty; /* the settings have errors, and not all is known */
	size_t problems, warnings, files;
	struct name_list listed; /* accounts that the system lists */
};

/* One problem; "FILE: what is wrong; remedy". */
void check_problem(struct check *, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

void check_warning(struct check *, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

/* check_problem, for settings_load and user_record_read. */
struct settings_report check_report(struct check *);

/* Check that the helper can read this file, or enter this folder. */
void check_readable(struct check *, const char *path);

/* Check every file in a folder of secrets; a missing folder has none. */
void check_secrets(struct check *, const char *folder);

/* Check one user's file, called path; or this text, which has no file yet: then
 * there is no mode to check. */
void check_user(struct check *, const struct settings *, const char *path,
    const char *name, const char *text);

/* Check every file in users_dir. */
void check_users(struct check *, const struct settings *);

/* Report each group of a rule that is unknown now, for the settings at path. */
void check_groups(struct check *, const char *path, const struct settings *);

/* Warn of rules that a hidden membership makes ineffective. */
void check_order(struct check *, const char *path, const struct settings *);

#endif
