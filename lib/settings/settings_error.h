/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Errors in settings files: "FILE:LINE: key: what is wrong, what is allowed",
 * and their count, because one error is enough to refuse the file.
 */
#ifndef TWOFA_SETTINGS_ERROR_H
#define TWOFA_SETTINGS_ERROR_H

#include "lib/settings/settings.h"

#define SETTINGS_ERROR_LINE_MAX 2048
/* More errors than this are only counted, unless all are wanted. */
#define SETTINGS_ERROR_MAX 100

/* The file being read, and the receiver of its errors. */
struct setting_scope {
	const char *file;
	uid_t owner;
	const struct settings_report *report;
	const struct settings *settings; /* for a user's record: the settings */
	const char *user;                /* ... and the user */
	const char *kept; /* ... his name in the state (values.h) */
	bool shared;      /* ... hosts share it: it is in the state */
	bool no_secrets;  /* ... do not read secrets that it names */
	unsigned errors;
};

/* Report and count. line 0: none; key NULL: none. */
void settings_error(struct setting_scope *, unsigned line, const char *key,
    const char *fmt, ...) __attribute__((format(printf, 4, 5)));

#endif
