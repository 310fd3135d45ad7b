/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A user's record: users_dir/NAME.conf, read with the same care as twofa.conf.
 */
#ifndef TWOFA_USER_RECORD_H
#define TWOFA_USER_RECORD_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "lib/settings/settings.h"
#include "lib/system/system.h"
#include "lib/values/values.h"

#define USER_PEOPLE_MAX 50 /* of one account */

struct user_record {
	/* "" when not set; at least one factor is set */
	char phone[PHONE_MAX + 1];
	char email[CONFIG_EMAIL_MAX + 1];
	char push_identity[CONFIG_IDENTITY_MAX + 1]; /* also for totp_factor */
	char push_factor[CONFIG_SID_LEN + 1];
	char totp_factor[CONFIG_SID_LEN + 1];
	char authy_id[CONFIG_AUTHY_ID_MAX + 1];
	enum method channel[METHOD_COUNT]; /* in order of preference */
	size_t channels;
	char provider[CONFIG_NAME_MAX + 1]; /* preferred; "" none */
	bool enabled;
	struct secret totp; /* base32 text of totp_secret_file; len 0: none */
	/* SHA-256 of the file's text, and also of the file that a person's
	 * "user" names: a change ends remembered logins */
	unsigned char digest[CONFIG_DIGEST_LEN];
};

/* One person of a shared account. "" when not set. */
struct user_person {
	char name[USER_NAME_MAX + 1]; /* user_name_valid */
	char key[SSH_FINGERPRINT_LEN + 1];
	char cert_id[SSH_CERT_ID_MAX + 1];
	char ca[SSH_FINGERPRINT_LEN + 1]; /* together with cert_id */
	char user[USER_NAME_MAX + 1];     /* whose record; "": own */
};

/* Names and keys are unique, and so are ids of one ca. */
struct user_people {
	bool enabled; /* the account's */
	size_t count;
	struct user_person person[USER_PEOPLE_MAX];
};

enum user_result {
	USER_ERROR = 0, /* reported: broken, unreadable or wrongly owned */
	USER_FOUND,
	USER_ABSENT, /* users_dir was opened and has no such file */
	USER_PEOPLE, /* the file names people: each has a record */
	USER_OUTAGE, /* reported: it cannot be read at present */
};

/* Read users_dir/NAME.conf for these settings, and report errors as
 * settings_load does. The name must be valid (user_name_valid). The caller
 * wipes the record; it is empty unless USER_FOUND. USER_PEOPLE: nothing after
 * the key people was checked. */
enum user_result user_record_read(const struct settings *, const char *name,
    uid_t owner, struct user_record *, const struct settings_report *);
/* The same for a text that is not in its file yet; errors use the file's name.
 * Never USER_ABSENT. A secret that it names is read. */
enum user_result user_record_parse(const struct settings *, const char *name,
    const char *text, uid_t owner, struct user_record *,
    const struct settings_report *);

/* The people of a file; text (NULL: read the file) as above. USER_PEOPLE: it is
 * valid, except for secrets and other users' records, which user_person_read
 * checks; else the list is empty. USER_FOUND: a file without people, whose keys
 * were not checked. */
enum user_result user_people_read(const struct settings *, const char *name,
    const char *text, uid_t owner, struct user_people *,
    const struct settings_report *);
/* Is such an account enabled? USER_PEOPLE, and *enabled; else it is false. */
enum user_result user_people_enabled(const struct settings *, const char *name,
    uid_t owner, bool *enabled, const struct settings_report *);
/* The record of the person who->name, and the rest of who: USER_FOUND;
 * USER_ABSENT: there is no such file, or no such person in it; USER_ERROR. If
 * the person has a "user", it is that user's record. enabled: all of the
 * account, the person and that user are. The caller wipes the record; it is
 * empty unless USER_FOUND. */
enum user_result user_person_read(const struct settings *, const char *name,
    const char *text, uid_t owner, struct user_person *who,
    struct user_record *, const struct settings_report *);

/* Did the person log in with this key or certificate? */
bool user_person_came_by(
    const struct user_person *, const struct ssh_identity *);

/* It contains the TOTP secret. */
void user_record_wipe(struct user_record *);

/* --- between the files of this unit --- */

struct config_setting_t;
struct config_t;
struct setting_scope;

/* Read a record's group. */
void user_record_group(struct setting_scope *,
    const struct config_setting_t *group, struct user_record *);
/* Open the file or the text, by scope; path has room for its name. On
 * TRUSTED_FILE_OK the caller destroys doc. */
#define USER_PATH_MAX (TRUSTED_FILE_PATH_MAX + USER_NAME_MAX + sizeof("/.conf"))
enum trusted_file_result user_file_open(struct setting_scope *,
    char path[USER_PATH_MAX], const char *text, struct config_t *doc,
    unsigned char digest[CONFIG_DIGEST_LEN]);

#endif
