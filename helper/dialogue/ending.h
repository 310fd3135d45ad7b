/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * How a login ends without a yes, or why another method is asked for; and
 * telling the person so in a prompt.
 */
#ifndef TWOFA_ENDING_H
#define TWOFA_ENDING_H

#include "lib/wire/reason.h"

struct environment;
struct login;
struct login_result;

enum ending {
	END_NOT_SENT = 0, /* no provider took it */
	END_NUMBER,       /* the number was refused */
	END_BUSY,         /* another verification to the number is open */
	END_SPENT,        /* too many wrong codes */
	END_LIMIT,        /* too many messages */
	END_CANCELLED,
	END_TIMEOUT,
	END_DENIED,
};

/* The reason when the phone was given up so and nothing else is there. */
enum reason ending_reason(enum ending);

/* Say how the login ends, before it is denied. OpenSSH shows no line that comes
 * with a refusal: there it is a prompt that Enter ends, unless the deadline is
 * near. */
void ending_say(const struct login *, const char *text);

/* The settings cannot be used, env->conf is NULL: say so and deny. Where nobody
 * is asked anything, there is one result for all that is denied; else nobody
 * should be asked for the password again, which was right. */
void ending_settings(const struct environment *, struct login_result *);

/* Show a prompt that Enter ends, before the login is denied. What is typed
 * there is not looked at. */
void ending_show(const struct login *, const char *prompt);

#endif
