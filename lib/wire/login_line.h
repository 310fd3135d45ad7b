/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The line of a login in the log, as text: the module writes it, twofactl shows
 * what it would be. All values are hostile bytes; control and non-ASCII ones
 * are escaped, long ones cut.
 */
#ifndef TWOFA_LOGIN_LINE_H
#define TWOFA_LOGIN_LINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/wire/frame.h"
#include "lib/wire/reason.h"

/* Starts as { 0 }; always NUL-terminated. */
struct login_line {
	char text[4096];
	size_t len;
};

/* Append ` key=value`, the value quoted when it is empty or not plain. */
void login_line_text(struct login_line *, const char *key, const char *value);
/* The same, always quoted. */
void login_line_quoted(struct login_line *, const char *key, const char *value);

/* How the login ended; ENDED: the service left before the verdict. */
enum login_line_end { LINE_DENIED = 0, LINE_ALLOWED, LINE_ENDED };

/* Append the helper's VERDICT with the real outcome, the module's own reason
 * (REASON_NONE: use the helper's) and the total time. */
void login_line_verdict(struct login_line *, const struct frame *verdict,
    enum login_line_end, enum reason reason, int64_t total_ms);

/* Append text with its unsafe bytes escaped. */
void login_line_escape(struct login_line *, const char *text);

#endif
