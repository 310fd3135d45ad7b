/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The values that a command line, or a row of a table, wants in a user's
 * record: checks them, and turns them into changes of the record's text. Pure,
 * given the settings.
 */
#ifndef TWOFA_WANTED_RECORD_H
#define TWOFA_WANTED_RECORD_H

#include "lib/settings/settings.h"
#include "lib/values/values.h"
#include "twofactl/records/records.h"

#define WANTED_RECORD_KEYS 8
#define WANTED_RECORD_LIST_MAX 80 /* each channel once, quoted */

/* As typed; NULL or "": not given. */
struct wanted_record_typed {
	const char *phone, *country, *email, *channels, *provider, *language;
	/* for one of a shared account's people; key and ca are fingerprints */
	const char *key, *cert_id, *ca, *user;
};

/* "" for values that were not given: the record keeps its own. */
struct wanted_record {
	char phone[PHONE_MAX + 1];
	char email[CONFIG_EMAIL_MAX + 1];
	char list[WANTED_RECORD_LIST_MAX]; /* channels, as in libconfig */
	enum method first;                 /* the first channel */
	char provider[CONFIG_NAME_MAX + 1];
	char key[SSH_FINGERPRINT_LEN + 1];
	char cert_id[SSH_CERT_ID_MAX + 1];
	char ca[SSH_FINGERPRINT_LEN + 1];
	char user[USER_NAME_MAX + 1];
};

/* Where complaints go: about what, and what is wrong. */
struct wanted_record_report {
	void *ctx;
	void (*wrong)(void *ctx, const char *what, const char *why);
};

/* 0, or -1 after reporting everything that is wrong. */
int wanted_record_read(struct wanted_record *, const struct settings *,
    const struct wanted_record_typed *, const struct wanted_record_report *);

/* The given keys; they point into the struct. Returns their number. */
size_t wanted_record_changes(const struct wanted_record *,
    struct record_text_change[WANTED_RECORD_KEYS]);

#endif
