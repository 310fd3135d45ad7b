/* SPDX-License-Identifier: BSD-2-Clause */
/* Which user names are accepted: they become file names and parts of log
 * lines. */
#ifndef TWOFA_USER_NAME_H
#define TWOFA_USER_NAME_H

#include <stdbool.h>

#define USER_NAME_MAX 64
#define USER_NAME_BYTES                                                        \
	"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_.@\\-"

/* Made of USER_NAME_BYTES (\ is for domains: DOM\alice); must not begin with
 * any of the last four of them. */
bool user_name_valid(const char *name);

#endif
