/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a command line or a row of a table wants in a user's record: checked,
 * and as changes of the record's text. Pure, given the settings.
 */
#ifndef TWOFA_WANTED_RECORD_H
#define TWOFA_WANTED_RECORD_H

#include "lib/identity/ssh_identity.h"
#include "lib/settings/settings.h"
#include "lib/values/user_name.h"
#include "twofactl/records/record_text.h"

#define WANTED_RECORD_KEYS 8
#define WANTED_RECORD_LIST_MAX 80 /* each channel once, quoted */

/* As typed; NULL or "": nothing said. */
struct wanted_record_typed {
	const char *phone, *country, *email, *channels, *provider, *language;
	/* of one of the people of an account; key and ca are fingerprints */
	const char *key, *cert_id, *ca, *user;
};

/* "" where nothing was said: what stands in the record stays. */
struct wanted_record {
	char phone[PHONE_MAX + 1];
	char email[CONFIG_EMAIL_MAX + 1];
	char
	    list[WANTED_RECORD_LIST_MAX]; /* of channels, as libconfig has it */
	enum method first;                /* of them */
	char provider[CONFIG_NAME_MAX + 1];
	char key[SSH_FINGERPRINT_LEN + 1];
	char cert_id[SSH_CERT_ID_MAX + 1];
	char ca[SSH_FINGERPRINT_LEN + 1];
	char user[USER_NAME_MAX + 1];
};

/* Where a complaint goes: what it is about, and what is wrong. */
struct wanted_record_report {
	void *ctx;
	void (*wrong)(void *ctx, const char *what, const char *why);
};

/* 0, or -1 after reporting all that is wrong. */
int wanted_record_read(struct wanted_record *, const struct settings *,
    const struct wanted_record_typed *, const struct wanted_record_report *);

/* The keys that were said; they point into the wish. Their number. */
size_t wanted_record_changes(const struct wanted_record *,
    struct record_text_change[WANTED_RECORD_KEYS]);

#endif
