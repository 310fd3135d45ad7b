/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * `twofactl check`: everything that is wrong with settings and users' files.
 */
#ifndef TWOFA_CHECK_H
#define TWOFA_CHECK_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "lib/settings/settings.h"
#include "twofactl/records/name_list.h"

struct check {
	uid_t owner; /* of all files: 0, but in unit tests */
	gid_t group; /* the helper's, which must be able to read them */
	/* Each problem; counted before. */
	void (*told)(const char *line);
	/* What is none, but should be known; after all problems. */
	void (*warned)(const char *line);
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

/* The helper can read this file, or go into this folder. */
void check_readable(struct check *, const char *path);

/* Every file of a folder of secrets; one that is not there is none. */
void check_secrets(struct check *, const char *folder);

/* One user's file, called path; or this text, which is not there yet: then its
 * mode is not looked at. */
void check_user(struct check *, const struct settings *, const char *path,
    const char *name, const char *text);

/* Every file in users_dir. */
void check_users(struct check *, const struct settings *);

/* Each group of a rule that is unknown now, of the settings at path. */
void check_groups(struct check *, const char *path, const struct settings *);

/* Warns of rules that a hidden membership falls through. */
void check_order(struct check *, const char *path, const struct settings *);

#endif
