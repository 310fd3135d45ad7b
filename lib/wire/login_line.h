/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The one line that the log gets of a login, as text: the module writes it,
 * twofactl shows what it would be. All values are hostile bytes; control and
 * non-ASCII ones are escaped, long ones cut.
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
/* The same, quoted whatever it is. */
void login_line_quoted(struct login_line *, const char *key, const char *value);

/* How the login ended; ENDED: nobody was there any more to hear a verdict. */
enum login_line_end { LINE_DENIED = 0, LINE_ALLOWED, LINE_ENDED };

/* Append what the helper's VERDICT holds, with the real outcome, the module's
 * own reason (REASON_NONE: the helper's) and the whole time taken. */
void login_line_verdict(struct login_line *, const struct frame *verdict,
    enum login_line_end, enum reason reason, int64_t total_ms);

/* Append text as it is, but for its bytes that are escaped. */
void login_line_escape(struct login_line *, const char *text);

#endif
