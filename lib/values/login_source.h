/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Where a login comes from, as limits and locks count it: the network of its
 * address, since one person has many of them, else the local user who asks.
 */
#ifndef TWOFA_LOGIN_SOURCE_H
#define TWOFA_LOGIN_SOURCE_H

#include <stdbool.h>
#include <sys/types.h>

#define SOURCE_MAX 63

/* address: numeric, or NULL or not an address; uid: of who asks. "192.0.2.0/24"
 * (also for ::ffff:192.0.2.7), "2001:db8:1:2::/64" (a zone is left out), else
 * "uid:1001". Never "". */
void login_source(const char *address, uid_t uid, char out[SOURCE_MAX + 1]);

/* Of a service that is not root's, of this uid, whatever it says of an address:
 * "sock:1001". */
void login_source_socket(uid_t uid, char out[SOURCE_MAX + 1]);

/* Whose messages those of a login are: its source. A service that asks for one
 * field and tells no address has its daemon's uid, which is nobody's: "". */
const char *login_source_counted(bool one_field, const char *source);

/* Does it name something else on each host: a local uid, or loopback? */
bool login_source_local(const char *source);

#endif
