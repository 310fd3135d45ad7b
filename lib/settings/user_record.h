/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A user's record: users_dir/NAME.conf, read with the same care as twofa.conf.
 */
#ifndef TWOFA_USER_RECORD_H
#define TWOFA_USER_RECORD_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "lib/identity/ssh_identity.h"
#include "lib/settings/settings.h"
#include "lib/system/trusted_file.h"
#include "lib/values/method.h"
#include "lib/values/phone.h"
#include "lib/values/secret.h"
#include "lib/values/user_name.h"

#define USER_PEOPLE_MAX 50 /* of one account */

struct user_record {
	/* "" when not set; at least one way to show a code is */
	char phone[PHONE_MAX + 1];
	char email[CONFIG_EMAIL_MAX + 1];
	char push_identity[CONFIG_IDENTITY_MAX + 1]; /* also totp_factor's */
	char push_factor[CONFIG_SID_LEN + 1];
	char totp_factor[CONFIG_SID_LEN + 1];
	char authy_id[CONFIG_AUTHY_ID_MAX + 1];
	enum method channel[METHOD_COUNT]; /* order of preference */
	size_t channels;
	char provider[CONFIG_NAME_MAX + 1]; /* preferred; "" none */
	bool enabled;
	struct secret totp; /* base32 text of totp_secret_file; len 0: none */
	/* SHA-256 of the file's text, and of the file that a person's "user"
	 * names as well: a change ends grace */
	unsigned char digest[CONFIG_DIGEST_LEN];
};

/* One of the people who share an account. "" when not set. */
struct user_person {
	char name[USER_NAME_MAX + 1]; /* user_name_valid */
	char key[SSH_FINGERPRINT_LEN + 1];
	char cert_id[SSH_CERT_ID_MAX + 1];
	char ca[SSH_FINGERPRINT_LEN + 1]; /* with cert_id, and never alone */
	char user[USER_NAME_MAX + 1];     /* whose record it is; "": own one */
};

/* Names differ, and so do keys, and ids of one ca. */
struct user_people {
	bool enabled; /* the account's */
	size_t count;
	struct user_person person[USER_PEOPLE_MAX];
};

enum user_result {
	USER_ERROR = 0, /* reported: broken, unreadable or wrongly owned */
	USER_FOUND,
	USER_ABSENT, /* ENOENT of the file in a users_dir that did open */
	USER_PEOPLE, /* the file names people: each has a record */
	USER_OUTAGE, /* reported: no record can be read for now */
};

/* Read users_dir/NAME.conf of these settings, and report errors as
 * settings_load does. The name is valid already (user_name_valid). The caller
 * wipes the record; after anything but USER_FOUND it is empty. USER_PEOPLE:
 * nothing behind the key people was looked at. */
enum user_result user_record_read(const struct settings *, const char *name,
    uid_t owner, struct user_record *, const struct settings_report *);
/* The same of a text that is not in its file yet, as errors take it to be:
 * never USER_ABSENT. A secret that it names is read. */
enum user_result user_record_parse(const struct settings *, const char *name,
    const char *text, uid_t owner, struct user_record *,
    const struct settings_report *);

/* The people of a file, for whom text (NULL: what is in the file) is read as
 * above. USER_PEOPLE: all of it is right, but for secrets and the records of
 * others, which user_person_read looks at; else the list is empty. USER_FOUND:
 * it is a file without people, whose keys were not looked at. */
enum user_result user_people_read(const struct settings *, const char *name,
    const char *text, uid_t owner, struct user_people *,
    const struct settings_report *);
/* Is such an account enabled? USER_PEOPLE, and *enabled; else it is false. */
enum user_result user_people_enabled(const struct settings *, const char *name,
    uid_t owner, bool *enabled, const struct settings_report *);
/* The record of the person who->name, and the rest of who: USER_FOUND;
 * USER_ABSENT: there is no such file, or none of that name in it; USER_ERROR.
 * Where "user" names somebody, it is that one's record. enabled: the account's,
 * the person's and that one's. The caller wipes the record; after anything but
 * USER_FOUND it is empty. */
enum user_result user_person_read(const struct settings *, const char *name,
    const char *text, uid_t owner, struct user_person *who,
    struct user_record *, const struct settings_report *);

/* Did the person come by this one? */
bool user_person_came_by(
    const struct user_person *, const struct ssh_identity *);

/* The TOTP secret stands in it. */
void user_record_wipe(struct user_record *);

/* --- between the files of this unit --- */

struct config_setting_t;
struct config_t;
struct setting_scope;

/* A record as its group has it. */
void user_record_group(struct setting_scope *,
    const struct config_setting_t *group, struct user_record *);
/* Open the file, or the text, as scope says: path has room for its name. On
 * TRUSTED_FILE_OK the caller destroys doc. */
#define USER_PATH_MAX (TRUSTED_FILE_PATH_MAX + USER_NAME_MAX + sizeof("/.conf"))
enum trusted_file_result user_file_open(struct setting_scope *,
    char path[USER_PATH_MAX], const char *text, struct config_t *doc,
    unsigned char digest[CONFIG_DIGEST_LEN]);

#endif
