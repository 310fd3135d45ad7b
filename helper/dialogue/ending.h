/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Why a login ends without success, or why another method is asked for; and a
 * prompt that tells the person.
 */
#ifndef TWOFA_ENDING_H
#define TWOFA_ENDING_H

#include "lib/wire/wire.h"

struct environment;
struct login;
struct login_result;

enum ending {
	END_NOT_SENT = 0, /* no provider accepted it */
	END_NUMBER,       /* the number was refused */
	END_BUSY,         /* another verification to the number is open */
	END_SPENT,        /* too many wrong codes */
	END_LIMIT,        /* too many messages */
	END_CANCELLED,
	END_TIMEOUT,
	END_DENIED,
	END_OFFLINE, /* the state is away: the app or a break-glass code */
	END_CLOCK,   /* the app's code: this host's clock or the state's */
};

/* The reason if the phone was given up like this and there is no other
 * method. */
enum reason ending_reason(enum ending);

/* Tell the person how the login ends, before it is denied. OpenSSH does not
 * show lines that come with a refusal: there it is a prompt that ends with
 * Enter, unless the deadline is near. */
void ending_say(const struct login *, const char *text);

/* The settings are broken, env->conf is NULL: say so and deny. A login that
 * asks nothing has the same result as for any denial. In others the result
 * keeps the application from asking for the password again, because that was
 * right. */
void ending_settings(const struct environment *, struct login_result *);

/* Show a prompt that ends with Enter, before the login is denied. What is typed
 * is ignored. */
void ending_show(const struct login *, const char *prompt);

#endif
