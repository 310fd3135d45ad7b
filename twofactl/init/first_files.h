/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The files of `twofactl init`: secrets, twofa.conf, the first user's record.
 * Present, new and staged.
 */
#ifndef TWOFA_FIRST_FILES_H
#define TWOFA_FIRST_FILES_H

#include <stdio.h>

#include "lib/settings/settings.h"
#include "twofactl/init/answers.h"
#include "twofactl/init/init_folder.h"
#include "twofactl/records/records.h"
#include "twofactl/terminal/terminal.h"

struct first_file {
	char path[INIT_FOLDER_PATH_MAX];
	const char *place; /* its name in that folder */
	const char *old;   /* present content; NULL: it does not exist */
	const char *new;   /* new content; "" for a secret */
	bool secret, same;
};

/* Too large for a stack. Zero it before use. */
struct first_files {
	struct place_file_owner owner;
	/* the folders of twofa.conf, secrets and users' files */
	char home[INIT_FOLDER_PATH_MAX], secrets[INIT_FOLDER_PATH_MAX];
	char users[INIT_FOLDER_PATH_MAX];
	const char *conf_path;
	char phone[PHONE_MAX + 1];
	struct trusted_file conf, record; /* present ones; text NULL: none */
	const char *old_conf; /* present settings; NULL: none, or the sample */
	char *new_conf, new_record[RECORD_FILE_TEXT_MAX];
	char record_name[RECORD_FILE_NAME_MAX];
	struct first_file of[ANSWERS_OWN_MAX + 2];
	size_t count;
	/* the staged files */
	struct init_folder folder;
	char staged[INIT_FOLDER_PATH_MAX + 16]; /* settings for the helper */
	struct settings *settings;              /* the same, parsed */
};

/* Find the paths and the present settings. 0, or -1 after complaining. */
int first_files_read(struct first_files *, const struct ctl *);
/* The user's record and the number in it; "" none. old: the settings, if they
 * can be read. CTL_DONE, or after complaining. */
enum ctl_exit first_files_known(struct first_files *, const struct ctl *,
    const struct settings *old, char phone[PHONE_MAX + 1]);
/* Make the new contents; a new secret gets a file name that is free. CTL_DONE,
 * or after complaining. */
enum ctl_exit first_files_make(struct first_files *, const struct ctl *,
    struct answers *, const char *phone);

/* Will any file change? Will one that exists? */
bool first_files_change(const struct first_files *);
bool first_files_replace(const struct first_files *);
/* Print the changes line by line; for secrets only that they change. */
void first_files_show(const struct first_files *, FILE *);

/* Write them beside their places, and read the settings as a login would.
 * CTL_DONE, or after complaining. */
enum ctl_exit first_files_stage(struct first_files *, const struct answers *);
/* Move them into their places, secrets first. CTL_DONE, or after
 * complaining. */
enum ctl_exit first_files_place(const struct ctl *, struct first_files *);
/* Remove what is still staged. */
void first_files_unstage(struct first_files *);
void first_files_free(struct first_files *);

#endif
