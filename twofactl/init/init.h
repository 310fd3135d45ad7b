/* SPDX-License-Identifier: BSD-2-Clause */
/* The first settings (twofactl init): answers, files, and the proof that they
 * work before any file is installed. */
#ifndef TWOFA_INIT_H
#define TWOFA_INIT_H

#include "twofactl/records/records.h"

/* init_answers.c: the answers, checked by the tables of the provider types. */

#define INIT_ANSWERS_TEXT_MAX 255
#define INIT_ANSWERS_OWN_MAX 16
#define INIT_ANSWERS_LIST_MAX 512
#define INIT_ANSWERS_FILE_MAX 96

/* The answer for one key of the provider type. */
struct init_answer {
	const struct setting_key *key;
	/* the value for the settings: a text, a number, or the path of an
	 * existing file; "" not set */
	char text[INIT_ANSWERS_TEXT_MAX + 1];
	struct pem secret; /* content of a new file; len 0: no new file */
	char file[INIT_ANSWERS_FILE_MAX]; /* name of the new file */
};

/* Contains secrets: the caller wipes. */
struct init_answers {
	const struct provider_type *type;
	char name[SETTINGS_NAME_MAX + 1]; /* of the provider in the settings */
	char brand[INIT_ANSWERS_TEXT_MAX + 1];
	/* "" leaves the present values */
	char base_url[INIT_ANSWERS_TEXT_MAX + 1],
	    ca_file[INIT_ANSWERS_TEXT_MAX + 1];
	struct base_url url; /* that address, as its type reads it */
	bool rehearsal;      /* the provider is the simulator */
	char prefixes[INIT_ANSWERS_LIST_MAX]; /* a list in libconfig's form */
	char office[INIT_ANSWERS_LIST_MAX]; /* likewise networks; "" if none */
	bool notify;                        /* root, by mail */
	bool self;                          /* users change their devices */
	size_t count;
	struct init_answer own[INIT_ANSWERS_OWN_MAX]; /* the type's own keys */
};

/* Stands for no provider: an authenticator app alone. */
extern const struct provider_type init_answers_app;

/* The provider's name is the type's up to the first dash; its keys have no
 * answers yet. */
void init_answers_begin(struct init_answers *, const struct provider_type *);

bool init_answer_is_file(const struct init_answer *);
bool init_answer_is_set(const struct init_answer *);
/* Stores a typed text, or a file's content; "" leaves the key out. NULL, or
 * what is wrong, to follow the key's name. */
const char *init_answer_take(
    struct init_answer *, const char *typed, size_t len);
/* The value for the settings, with the path of a new file in this folder. */
void init_answer_value(const struct init_answer *, const char *folder,
    char out[2 * INIT_ANSWERS_TEXT_MAX + 2]);

/* NULL if the answers are valid together, else what is expected of *key. */
const char *init_answers_check(const struct init_answers *, const char **key);
/* The provider's address, as its type reads it. NULL, or what is wrong. */
const char *init_answers_set_base_url(void *answers, const char *typed);
/* NULL, or what is wrong. answers is a struct init_answers, as for the other
 * checks of init_ask.c. */
const char *init_answers_set_brand(void *answers, const char *typed);
/* "+1,+44", or "any" for all. NULL, or what is wrong. */
const char *init_answers_set_prefixes(struct init_answers *, const char *typed);
/* "192.0.2.0/24,2001:db8::/48", or "none". NULL, or what is wrong. */
const char *init_answers_set_office_networks(void *answers, const char *typed);
/* Allows only the prefix of this number's country. */
void init_answers_set_phone_prefix(struct init_answers *, const char *phone);

/* init_ask.c: collects the answers: first from options, then from existing
 * settings, and the rest from the admin at the terminal. */

/* Collects the provider, its keys and address, brand and office. old: the
 * existing settings, or NULL if they cannot be read. CTL_DONE, or after an
 * error message CTL_USAGE (an answer is wrong or missing) or CTL_NO (end of
 * input). */
enum ctl_exit init_ask_answers(const struct arguments *,
    const struct settings *old, struct init_answers *);

/* The admin's own user, looked up as by command_user_find. */
enum ctl_exit init_ask_user(const struct arguments *, struct target *);

/* The number, checked for its form. known: the user's present number, or "". */
enum ctl_exit init_ask_phone(
    const struct arguments *, const char *known, char out[PHONE_MAX + 1]);

/* init_files.c: the files that init changes. They are staged in the folder
 * /etc/twofa/.init-staged, made for one run, which only the helper may read. It
 * is locked, so that the next run takes it over only from a killed one. */

#define INIT_FILES_FOLDER_PATH_MAX 512

struct init_file {
	char path[INIT_FILES_FOLDER_PATH_MAX];
	const char *place; /* name in its folder */
	const char *old;   /* present content; NULL if absent */
	const char *new;   /* new content; "" for a secret */
	bool secret, unchanged;
};

/* Too large for a stack. Zero it before use. */
struct init_files {
	struct place_file_owner owner;
	/* the folders of twofa.conf, secrets and users' files */
	char home[INIT_FILES_FOLDER_PATH_MAX],
	    secrets[INIT_FILES_FOLDER_PATH_MAX];
	char users[INIT_FILES_FOLDER_PATH_MAX];
	const char *conf_path;
	char phone[PHONE_MAX + 1];        /* of the new record, or "" */
	struct trusted_file conf, record; /* present files; text may be NULL */
	const char *old_conf; /* present settings; NULL if absent or sample */
	char *new_conf, new_record[RECORD_FILE_TEXT_MAX];
	char record_name[RECORD_FILE_NAME_MAX];
	struct init_file file[INIT_ANSWERS_OWN_MAX + 2];
	size_t count;
	char staging[INIT_FILES_FOLDER_PATH_MAX]; /* of the staged files */
	int fd;                                   /* that folder */
	char staged[INIT_FILES_FOLDER_PATH_MAX +
	    16];                   /* path of the staged settings */
	struct settings *settings; /* the staged settings, parsed */
};

/* Removes what a run that was killed has left. */
void init_files_sweep(struct init_files *);

/* Sets the paths by that of twofa.conf, and reads the present settings. 0, or
 * -1 after an error message. */
int init_files_read(struct init_files *, const char *conf);
/* Reads the user's record, and the number in it, or "". old: the settings, or
 * NULL if they cannot be read. CTL_DONE, or after an error message. */
enum ctl_exit init_files_read_record(struct init_files *, const struct target *,
    const struct settings *old, char phone[PHONE_MAX + 1]);
/* Makes the new contents; a new secret gets an unused file name. CTL_DONE, or
 * after an error message. */
enum ctl_exit init_files_make(
    struct init_files *, struct init_answers *, const struct target *);

/* True if a file will change; existing: one that exists. */
bool init_files_would_change(const struct init_files *, bool existing);
/* Prints the changes line by line; for secrets only that they change. */
void init_files_show(const struct init_files *, FILE *);

/* Writes the staged files, and reads the settings as a login would. CTL_DONE,
 * or after an error message. */
enum ctl_exit init_files_stage(
    struct init_files *, const struct init_answers *);
/* Moves the staged files to their places, secrets first. CTL_DONE, or after an
 * error message. */
enum ctl_exit init_files_place(
    const struct run *, const struct target *, struct init_files *);
/* Removes the folder with what is still staged. */
void init_files_unstage(struct init_files *);
void init_files_free(struct init_files *);

/* init_settings.c: the text of twofa.conf. */

/* Makes a new text, or changes old, of which all other bytes stay. home is the
 * folder of twofa.conf and users.d, secrets that of new secrets. The caller
 * frees. NULL if out of memory, or (errno EINVAL) if old is not in libconfig's
 * form. */
char *init_settings_make_text(const struct init_answers *, const char *old,
    const char *home, const char *secrets);

/* True if the provider in this twofa.conf is a rehearsal's simulator. */
bool init_settings_is_rehearsal(const char *text);

#endif
