/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The files of `twofactl init`: secrets, twofa.conf, the first user's record;
 * as they are, as they are to be, and on their way.
 */
#ifndef TWOFA_FIRST_FILES_H
#define TWOFA_FIRST_FILES_H

#include <stdio.h>

#include "lib/settings/user_record.h"
#include "twofactl/arguments/command.h"
#include "twofactl/init/answers.h"
#include "twofactl/init/init_folder.h"
#include "twofactl/records/record_file.h"

struct first_file {
	char path[INIT_FOLDER_PATH_MAX];
	const char *place; /* its name there */
	const char *old;   /* what it holds; NULL: it is not there */
	const char *new;   /* "" of a secret */
	bool secret, same;
};

/* Too large for a stack. Zero it first. */
struct first_files {
	struct place_file_owner owner;
	/* the folders: of twofa.conf, of secrets, of users' files */
	char home[INIT_FOLDER_PATH_MAX], secrets[INIT_FOLDER_PATH_MAX];
	char users[INIT_FOLDER_PATH_MAX];
	const char *conf_path;
	char phone[PHONE_MAX + 1];
	struct trusted_file conf, record; /* as they are; text NULL: none */
	const char *old_conf; /* the settings; NULL: none, or the sample */
	char *new_conf, new_record[RECORD_FILE_TEXT_MAX];
	char record_name[RECORD_FILE_NAME_MAX];
	struct first_file of[ANSWERS_OWN_MAX + 2];
	size_t count;
	/* on their way */
	struct init_folder folder;
	char staged[INIT_FOLDER_PATH_MAX + 16]; /* settings for the helper */
	struct settings *settings;              /* the same, read */
};

/* The paths, and the settings that are there. 0, or -1 after complaining. */
int first_files_read(struct first_files *, const struct ctl *);
/* The user's record, and the number in it; "" none. old: the settings, if they
 * can be read. CTL_DONE, or after complaining. */
enum ctl_exit first_files_known(struct first_files *, const struct ctl *,
    const struct settings *old, char phone[PHONE_MAX + 1]);
/* What they are to be; new secrets get a name that no other content has.
 * CTL_DONE, or after complaining. */
enum ctl_exit first_files_make(struct first_files *, const struct ctl *,
    struct answers *, const char *phone);

/* Is any of them to change? Any that is there? */
bool first_files_change(const struct first_files *);
bool first_files_replace(const struct first_files *);
/* How, line by line; of secrets no more than that they do. */
void first_files_show(const struct first_files *, FILE *);

/* Write them beside their places, and read the settings as a login would.
 * CTL_DONE, or after complaining. */
enum ctl_exit first_files_stage(struct first_files *, const struct answers *);
/* Into their places, secrets first. CTL_DONE, or after complaining. */
enum ctl_exit first_files_place(const struct ctl *, struct first_files *);
/* What is still on its way goes. */
void first_files_unstage(struct first_files *);
void first_files_free(struct first_files *);

#endif
