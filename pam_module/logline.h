/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the module writes to LOG_AUTHPRIV: the one line of a login, and lines
 * that tell an administrator what to mend. All values are hostile bytes;
 * control and non-ASCII ones are escaped, long ones cut.
 */
#ifndef TWOFA_MODULE_LOGLINE_H
#define TWOFA_MODULE_LOGLINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "helper/wire/frame.h"

/* Starts as { 0 }; always NUL-terminated. */
struct logline {
	char text[4096];
	size_t len;
};

/* Append ` key=value`, the value quoted when it is empty or not plain. */
void logline_text(struct logline *, const char *key, const char *value);
void logline_number(struct logline *, const char *key, int64_t value);

/* Append what the helper's VERDICT holds, with the real outcome, the module's
 * own reason (NULL: the helper's) and the whole time taken. */
void logline_verdict(struct logline *, const struct frame *verdict,
    bool allowed, const char *reason, int64_t total_ms);

/* Write the line with syslog, as the host has set that up. */
void logline_write(const struct logline *, bool allowed);

/* One line for an administrator: cause and remedy, or detail for debug. */
void logline_mend(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
void logline_debug(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

#endif
