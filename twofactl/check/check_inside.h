/* SPDX-License-Identifier: BSD-2-Clause */
/* The run of `twofactl check` and its findings, and the copy of a file for
 * `twofactl edit`. */
#ifndef TWOFA_CHECK_INSIDE_H
#define TWOFA_CHECK_INSIDE_H

#include "twofactl/check/check.h"

#include <sys/stat.h>

struct check {
	uid_t owner; /* owner of all files: 0, except in unit tests */
	gid_t group; /* of the helper, which must be able to read them */
	/* Called for each problem, which is counted first, then for each
	 * warning, which is no error. */
	void (*report)(const char *line, bool warning);
	/* check_problem, for settings_load and user_record_read */
	struct settings_report problem;
	bool faulty; /* the settings have errors, and are incomplete */
	size_t problems, warnings, files;
	size_t by_email;          /* records whose codes may go by email */
	char email_first[300];    /* the first of them */
	struct name_list *unsaid; /* users whose record has no uid, or NULL */
	struct name_list *gone;   /* users without an account, or NULL */
};

/* check_candidate.c: a text that may become twofa.conf or a user's file. It is
 * checked as `twofactl check` does the installed one: with all files that it
 * names, and all users. All problems come before all warnings. */

/* Checks the effects of valid settings: users, groups, rules. */
void check_candidate_effects(
    struct check *, const char *path, const struct settings *);

/* Checks a text, called path, that may be installed as conf. Returns the
 * settings, or NULL if they would deny every login. */
struct settings *check_candidate_settings(struct check *, const char *path,
    const struct trusted_file *text, const char *conf);

/* Checks a user's file, called path, with these settings. */
void check_candidate_user(struct check *, const struct settings *,
    const char *path, const struct trusted_file *text, const char *user);

/* check_files.c */

/* Begins a check of files of this owner, with nothing found. */
void check_begin(struct check *, const struct place_file_owner *,
    void (*report)(const char *line, bool warning));

/* Checks one user's file, called path; or text, which is in no file yet and has
 * no mode to check. */
void check_user(struct check *, const struct settings *, const char *path,
    const char *name, const char *text);

/* Checks every record: files in users_dir, and those in the state. */
void check_users(struct check *, const struct settings *);

/* Reports and counts "FILE: what is wrong; remedy". */
void check_finding(struct check *, bool warning, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
#define check_problem(check, ...) check_finding(check, false, __VA_ARGS__)
#define check_warning(check, ...) check_finding(check, true, __VA_ARGS__)

/* Checks that the helper can read this file, or list and enter this folder. */
void check_readable(struct check *, const char *path);
/* Checks that the helper can open files in this folder, whether or not it can
 * list them. */
void check_enterable(struct check *, const char *folder);

/* Checks every file in a folder of secrets; a missing folder has none. */
void check_secrets(struct check *, const char *folder);

/* check_rules.c */

/* Reports unknown groups and hours in the rules of the settings at path. */
void check_unknown_conditions(
    struct check *, const char *path, const struct settings *);

/* Warns of exceptions that have ended. */
void check_exceptions(
    struct check *, const char *path, const struct settings *);

/* check_upgrade.c */

/* Prints what this version changes on this host. CTL_DONE; CTL_NO if something
 * must be done first, as printed; else after an error message. */
enum ctl_exit check_upgrade(const struct run *, struct check *);

/* edit_copy.c: the copy of a settings file that an admin edits. The copy is in
 * its own folder next to the file, owned by root and locked: an editor may
 * leave files there, and two editors cannot conflict. The file itself changes
 * only at the end; a killed process leaves a copy, which the next one removes.
 */

#define EDIT_PATH_MAX 4200
#define EDIT_NAME_MAX 255

struct edit_copy {
	const char *path, *name; /* of the file, and its name in that */
	enum trusted_file_kind kind;
	struct place_file_owner owner; /* of the new file */
	char folder[EDIT_PATH_MAX];    /* of the file */
	char copy[EDIT_PATH_MAX];      /* of the copy's folder */
	char place[EDIT_PATH_MAX];     /* the copy, for the editor */
	char staged[EDIT_PATH_MAX];    /* the new file, in the file's folder */
	struct trusted_file before;    /* content before the edit */
	struct place_file_folder staging; /* valid if a file is staged */
	int fd;                           /* of the copy's folder, or -1 */
};

/* Reads the file and makes the copy. 0, or -1 after an error message and
 * clean-up. path must stay valid until the end. */
int edit_copy_begin(struct edit_copy *, const char *path,
    enum trusted_file_kind, const struct place_file_owner *);

/* Reads the present copy: 0, or -1 after an error message. The caller frees. */
int edit_copy_read(const struct edit_copy *, struct trusted_file *);

/* Writes the text next to the file so that user twofa can read it: 0, or -1
 * after an error message. */
int edit_copy_stage(struct edit_copy *, const struct trusted_file *text);
/* Removes the staged file. */
void edit_copy_unstage(struct edit_copy *);
/* Replaces the file by the staged one, unless the file has changed since
 * edit_copy_begin. 0, or -1 after an error message. */
int edit_copy_commit(struct edit_copy *);

/* Removes the copy, unless keep is set: then it is left for the admin. */
void edit_copy_end(struct edit_copy *, bool keep);

#endif
