/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Errors of settings files: "FILE:LINE: key: what is wrong, what is allowed",
 * counted, so that one error is enough to refuse.
 */
#ifndef TWOFA_SETTINGS_ERROR_H
#define TWOFA_SETTINGS_ERROR_H

#include "lib/settings/settings.h"

#define CONFERROR_LINE_MAX 2048
/* More than these are counted, not reported, to whom all are not wanted. */
#define CONFERROR_MAX 100

/* The file being read, and where its errors go. */
struct conf_scope {
	const char *file;
	uid_t owner;
	const struct config_report *report;
	const struct config *config; /* of a user's record: the settings */
	const char *user;            /* ... and whose it is */
	unsigned errors;
};

/* Report and count. line 0: none; key NULL: none. */
void conf_error(struct conf_scope *, unsigned line, const char *key,
    const char *fmt, ...) __attribute__((format(printf, 4, 5)));

#endif
