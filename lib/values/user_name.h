/* SPDX-License-Identifier: BSD-2-Clause */
/* Which names of users there can be: they become files and lines of the log. */
#ifndef TWOFA_USER_NAME_H
#define TWOFA_USER_NAME_H

#include <stdbool.h>

#define USER_NAME_MAX 64
#define USER_NAME_BYTES                                                        \
	"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_.@\\-"

/* Of USER_NAME_BYTES (\ is that of a domain: DOM\alice), and none of the last
 * four at the beginning. */
bool user_name_valid(const char *name);

#endif
