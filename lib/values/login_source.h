/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Where a login comes from, as limits and locks count it: the network of its
 * address, because one person has many addresses in it; without an address the
 * local user who asks.
 */
#ifndef TWOFA_LOGIN_SOURCE_H
#define TWOFA_LOGIN_SOURCE_H

#include <stdbool.h>
#include <sys/types.h>

#define SOURCE_MAX 63

/* address: numeric; NULL or any other text is no address. uid: the user who
 * asks. "192.0.2.0/24" (also for ::ffff:192.0.2.7), "2001:db8:1:2::/64" (a zone
 * is left out), else "uid:1001". Never "". */
void login_source(const char *address, uid_t uid, char out[SOURCE_MAX + 1]);

/* For a service of this uid that is not root's, whatever address it gives:
 * "sock:1001". */
void login_source_socket(uid_t uid, char out[SOURCE_MAX + 1]);

/* Whose messages a login's messages count as: its source's. A service with one
 * field and without an address has its daemon's uid, which identifies no user:
 * "". */
const char *login_source_counted(bool one_field, const char *source);

/* True when it means something else on each host: a local uid, or loopback. */
bool login_source_local(const char *source);

#endif
