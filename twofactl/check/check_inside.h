/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * `twofactl check`: finds everything that is wrong with settings and users'
 * files.
 */
#ifndef TWOFA_CHECK_INSIDE_H
#define TWOFA_CHECK_INSIDE_H

#include <sys/stat.h>

#include "twofactl/records/records.h"

struct check {
	uid_t owner; /* owner of all files: 0, except in unit tests */
	gid_t group; /* the helper's, which must be able to read them */
	/* Called for each problem, which is counted first; a warning is no
	 * problem but good to know, and comes after all of them. */
	void (*told)(const char *line, bool warning);
	bool faulty; /* the settings have errors, and not all is known */
	size_t problems, warnings, files;
	size_t by_email; /* records whose codes may go by email; the first: */
	char email_first[300];
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

bool check_needs_groups(const struct settings *);
/* Report each group and the hours of a rule that are unknown now, for the
 * settings at path. */
void check_unknown(struct check *, const char *path, const struct settings *);

/* Warn of rules that a hidden membership makes ineffective. */
void check_order(struct check *, const char *path, const struct settings *);
/* Warn of alert_owner where no provider can send them. */
void check_alert(struct check *, const char *path, const struct settings *);
/* Warn of exceptions that are over. */
void check_exceptions(
    struct check *, const char *path, const struct settings *);

/*
 * A text that may become twofa.conf or a user's file, judged as `twofactl
 * check` judges the installed one: with all files that it names, and all users.
 * Problems go to the check; warnings follow after all problems.
 */

struct check_candidate {
	const char *path; /* its name in errors */
	const char *text; /* len bytes, and a NUL */
	size_t len;
};

/* The user of a path .../users.d/USER.conf; "" for settings. */
void check_candidate_user_of(const char *path, char user[USER_NAME_MAX + 1]);

/* Check secrets/ beside the settings at that path, where twofactl puts its
 * own. */
void check_candidate_secrets(struct check *, const char *conf);

/* Check the effects of such settings: users, groups, rules. */
void check_candidate_effects(
    struct check *, const char *path, const struct settings *);

/* Check a user's file with these settings. */
void check_candidate_user(struct check *, const struct settings *,
    const struct check_candidate *, const char *user);

/*
 * A file of the settings and the copy that an admin edits. The copy is in its
 * own folder beside the file, which is root's and locked: an editor may leave
 * files there, and two editors cannot conflict. The file itself only changes at
 * the end; a killed process leaves a copy, which the next one removes.
 */

#define EDIT_PATH_MAX 4200
#define EDIT_NAME_MAX 255

struct edit_copy {
	const char *path; /* of the file */
	enum trusted_file_kind kind;
	struct place_file_owner owner;
	char folder[EDIT_PATH_MAX], name[EDIT_NAME_MAX + 1];
	char place[EDIT_PATH_MAX];       /* the copy, for the editor */
	char staged[EDIT_PATH_MAX];      /* the new file beside the old one */
	struct trusted_file before;      /* what the file held */
	struct stat st;                  /* and its owner and mode */
	struct place_file_folder beside; /* valid while a file is staged */
	int home, fd; /* the file's folder and the copy's; -1: not open */
};

/* Read the file and make the copy. 0, or -1 after complaining: then everything
 * is cleaned up. path must stay valid until the end. */
int edit_copy_begin(struct edit_copy *, const char *path,
    enum trusted_file_kind, const struct place_file_owner *);

/* Read the present copy: 0, or -1 after complaining. The caller frees. */
int edit_copy_read(const struct edit_copy *, struct trusted_file *);

/* Put the text beside the file so that user twofa can read it: 0, or -1 after
 * complaining. */
int edit_copy_stage(struct edit_copy *, const struct trusted_file *text);
/* Remove it again. */
void edit_copy_unstage(struct edit_copy *);
/* Replace the file by the staged one, unless the file has changed since
 * edit_copy_begin. 0, or -1 after complaining. */
int edit_copy_place(struct edit_copy *);

/* Remove the copy; kept: leave it for the admin. */
void edit_copy_end(struct edit_copy *, bool kept);

#endif
