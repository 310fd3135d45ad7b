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
#include "lib/values/method.h"
#include "lib/values/phone.h"
#include "lib/values/secret.h"

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
	/* SHA-256 of the file's text: a change ends grace */
	unsigned char digest[CONFIG_DIGEST_LEN];
};

enum user_result {
	USER_ERROR = 0, /* reported: broken, unreadable or wrongly owned */
	USER_FOUND,
	USER_ABSENT, /* ENOENT of the file in a users_dir that did open */
};

/* Read users_dir/NAME.conf of these settings, and report errors as
 * settings_load does. The name is valid already (user_name_valid). The caller
 * wipes the record; after anything but USER_FOUND it is empty. */
enum user_result user_record_read(const struct settings *, const char *name,
    uid_t owner, struct user_record *, const struct settings_report *);
/* The same of a text that is not in its file yet, as errors take it to be:
 * never USER_ABSENT. A secret that it names is read. */
enum user_result user_record_parse(const struct settings *, const char *name,
    const char *text, uid_t owner, struct user_record *,
    const struct settings_report *);
/* The TOTP secret stands in it. */
void user_record_wipe(struct user_record *);

#endif
