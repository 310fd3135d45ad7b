/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The first settings (twofactl init): answers, files, and the proof that they
 * work before any file is in its place.
 */
#ifndef TWOFA_INIT_H
#define TWOFA_INIT_H

#include "twofactl/records/records.h"

#define INIT_ANSWERS_TEXT_MAX 255
#define INIT_ANSWERS_OWN_MAX 12
#define INIT_ANSWERS_LIST_MAX 512
#define INIT_ANSWERS_FILE_MAX 96

/* A key of this provider type. */
struct init_answer {
	const struct setting_key *key;
	/* the value for the settings: a text, a number, or the path of an
	 * existing file; "" not set */
	char text[INIT_ANSWERS_TEXT_MAX + 1];
	/* the content for a new file, and the file's name; len 0: no new
	 * content */
	struct pem secret;
	char file[INIT_ANSWERS_FILE_MAX];
};

/* Contains secrets: the caller wipes. */
struct init_answers {
	const struct provider_type *type;
	char name[SETTINGS_NAME_MAX + 1]; /* its name in the settings */
	char brand[INIT_ANSWERS_TEXT_MAX + 1];
	/* "" leaves the present values */
	char base_url[INIT_ANSWERS_TEXT_MAX + 1],
	    ca_file[INIT_ANSWERS_TEXT_MAX + 1];
	bool rehearsal;                       /* it is the simulator */
	char prefixes[INIT_ANSWERS_LIST_MAX]; /* a list in libconfig's form */
	char office[INIT_ANSWERS_LIST_MAX]; /* the same of networks; "" none */
	size_t count;
	struct init_answer own[INIT_ANSWERS_OWN_MAX];
};

/* The provider's name is the type's up to the first dash; its keys have no
 * answers yet. */
void init_answers_begin(struct init_answers *, const struct provider_type *);

bool init_answer_is_file(const struct init_answer *);
bool init_answer_is_set(const struct init_answer *);
/* Take what was typed, or a file's content. NULL, or what is wrong, to follow
 * the key's name. "" leaves the key out. */
const char *init_answer_take(
    struct init_answer *, const char *typed, size_t len);
/* Its form in the settings, with a new file in this folder. */
void init_answer_value(const struct init_answer *, const char *folder,
    char out[2 * INIT_ANSWERS_TEXT_MAX + 2]);

/* Are they valid together? NULL, or what is allowed; *key: for which key. */
const char *init_answers_check(const struct init_answers *, const char **key);
/* NULL, or what is wrong. Of questions that init_ask.c asks, the answers are a
 * plain pointer. */
const char *init_answers_brand(void *answers, const char *typed);
/* "+1,+44", or "any" for all. NULL, or what is wrong. */
const char *init_answers_prefixes(struct init_answers *, const char *typed);
/* "192.0.2.0/24,2001:db8::/48", or "none". NULL, or what is wrong. */
const char *init_answers_office(void *answers, const char *typed);
/* Only the prefix of this number's country. */
void init_answers_prefix_of(struct init_answers *, const char *phone);

/*
 * init_ask.c: collects the answers: first from options, then from existing
 * settings, and the rest from the admin at the terminal.
 */

/* Provider, its keys, brand, its address. old: the existing settings, if they
 * can be read; NULL none. CTL_DONE, or after complaining CTL_USAGE (what is
 * wrong or missing) or CTL_NO (no more answers come). */
enum ctl_exit init_ask_answers(const struct arguments *,
    const struct settings *old, struct init_answers *);

/* The admin's own user, as command_user_find knows him. */
enum ctl_exit init_ask_user(const struct arguments *, struct target *);

/* The number, checked for its form. known: the user's present one; "" none. */
enum ctl_exit init_ask_phone(
    const struct arguments *, const char *known, char out[PHONE_MAX + 1]);

/* old: the present text, of which all other bytes stay; NULL none. home: the
 * folder of twofa.conf and users.d. secrets: the folder of new secrets. The
 * text, to be freed; NULL: no memory, or (errno EINVAL) old is not in
 * libconfig's form. */
char *init_settings(const struct init_answers *, const char *old,
    const char *home, const char *secrets);

/* Is the provider of this twofa.conf the simulator of a rehearsal? */
bool init_settings_is_rehearsal(const char *text);

/*
 * The folder for staged files: /etc/twofa/.init-RANDOM, made for one run, which
 * only the helper may read. It is locked, so that the next run removes the
 * leftovers of a killed run and nothing else.
 */

#define INIT_FILES_FOLDER_PATH_MAX 512

struct init_files_folder {
	struct place_file_owner owner;
	int home, fd; /* the parent folder, this folder; -1: not open */
	char name[64];
	char path[INIT_FILES_FOLDER_PATH_MAX];
};

/* Remove leftovers of earlier runs, but this folder; an active run keeps its
 * own: true then. */
bool init_files_sweep(const char *home, const char *own);

struct init_file {
	char path[INIT_FILES_FOLDER_PATH_MAX];
	const char *place; /* its name in that folder */
	const char *old;   /* present content; NULL: it does not exist */
	const char *new;   /* new content; "" for a secret */
	bool secret, same;
};

/* Too large for a stack. Zero it before use. */
struct init_files {
	struct place_file_owner owner;
	/* the folders of twofa.conf, secrets and users' files */
	char home[INIT_FILES_FOLDER_PATH_MAX],
	    secrets[INIT_FILES_FOLDER_PATH_MAX];
	char users[INIT_FILES_FOLDER_PATH_MAX];
	const char *conf_path;
	char phone[PHONE_MAX + 1];
	struct trusted_file conf, record; /* present ones; text NULL: none */
	const char *old_conf; /* present settings; NULL: none, or the sample */
	char *new_conf, new_record[RECORD_FILE_TEXT_MAX];
	char record_name[RECORD_FILE_NAME_MAX];
	struct init_file of[INIT_ANSWERS_OWN_MAX + 2];
	size_t count;
	/* the staged files */
	struct init_files_folder folder;
	char staged[INIT_FILES_FOLDER_PATH_MAX +
	    16];                   /* settings for the helper */
	struct settings *settings; /* the same, parsed */
};

/* Find the paths from that of twofa.conf, and the present settings. 0, or -1
 * after complaining. */
int init_files_read(struct init_files *, const char *conf);
/* The user's record and the number in it; "" none. old: the settings, if they
 * can be read. CTL_DONE, or after complaining. */
enum ctl_exit init_files_known(struct init_files *, const struct target *,
    const struct settings *old, char phone[PHONE_MAX + 1]);
/* Make the new contents; a new secret gets a file name that is free. CTL_DONE,
 * or after complaining. */
enum ctl_exit init_files_make(
    struct init_files *, struct init_answers *, const char *phone);

/* Will any file change, or any that exists? */
bool init_files_would_change(const struct init_files *, bool existing);
/* Print the changes line by line; for secrets only that they change. */
void init_files_show(const struct init_files *, FILE *);

/* Write them beside their places, and read the settings as a login would.
 * CTL_DONE, or after complaining. */
enum ctl_exit init_files_stage(
    struct init_files *, const struct init_answers *);
/* Move them into their places, secrets first. CTL_DONE, or after
 * complaining. */
enum ctl_exit init_files_place(
    const struct run *, const struct target *, struct init_files *);
/* Remove the folder with what is still staged. */
void init_files_unstage(struct init_files_folder *);
void init_files_free(struct init_files *);

#endif
