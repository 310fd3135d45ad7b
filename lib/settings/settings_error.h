/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Errors of settings files: "FILE:LINE: key: what is wrong, what is allowed",
 * counted, so that one error is enough to refuse.
 */
#ifndef TWOFA_SETTINGS_ERROR_H
#define TWOFA_SETTINGS_ERROR_H

#include "lib/settings/settings.h"

#define SETTINGS_ERROR_LINE_MAX 2048
/* More than these are counted, not reported, to whom all are not wanted. */
#define SETTINGS_ERROR_MAX 100

/* The file being read, and where its errors go. */
struct setting_scope {
	const char *file;
	uid_t owner;
	const struct settings_report *report;
	const struct settings *settings; /* of a user's record: the settings */
	const char *user;                /* ... and whose it is */
	const char *kept; /* ... as the state calls that one (kept_name.h) */
	bool shared;      /* ... hosts share it: it is in the state */
	bool no_secrets;  /* ... secrets that it names are not read */
	unsigned errors;
};

/* Report and count. line 0: none; key NULL: none. */
void settings_error(struct setting_scope *, unsigned line, const char *key,
    const char *fmt, ...) __attribute__((format(printf, 4, 5)));

#endif
