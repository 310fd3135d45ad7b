/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a command line or a row of a table wants in a user's record: checked,
 * and as changes of the record's text. Pure, given the settings.
 */
#ifndef TWOFA_WANTED_RECORD_H
#define TWOFA_WANTED_RECORD_H

#include "lib/settings/settings.h"
#include "twofactl/records/record_text.h"

#define ENROLWISH_KEYS 4
#define ENROLWISH_LIST_MAX 80 /* each channel once, quoted */

/* As typed; NULL or "": nothing said. */
struct enrolwish_typed {
	const char *phone, *country, *email, *channels, *provider, *language;
};

/* "" where nothing was said: what stands in the record stays. */
struct enrolwish {
	char phone[PHONE_MAX + 1];
	char email[CONFIG_EMAIL_MAX + 1];
	char list[ENROLWISH_LIST_MAX]; /* of channels, as libconfig has it */
	enum method first;             /* of them */
	char provider[CONFIG_NAME_MAX + 1];
};

/* Where a complaint goes: what it is about, and what is wrong. */
struct enrolwish_report {
	void *ctx;
	void (*wrong)(void *ctx, const char *what, const char *why);
};

/* 0, or -1 after reporting all that is wrong. */
int enrolwish_read(struct enrolwish *, const struct config *,
    const struct enrolwish_typed *, const struct enrolwish_report *);

/* The keys that were said; they point into the wish. Their number. */
size_t enrolwish_changes(
    const struct enrolwish *, struct recordtext_change[ENROLWISH_KEYS]);

#endif
