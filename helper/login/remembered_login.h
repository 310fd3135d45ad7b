/* SPDX-License-Identifier: BSD-2-Clause */
/* What a remembered login is bound to (remember_minutes), and whether a login
 * can be remembered. */
#ifndef TWOFA_REMEMBERED_LOGIN_H
#define TWOFA_REMEMBERED_LOGIN_H

#include <stdbool.h>

#include "helper/dialogue/dialogue.h"
#include "helper/store/store.h"
#include "lib/settings/settings.h"
#include "lib/wire/wire.h"

/*
 * The binding of this login. For sshd: user, service, source address and public
 * keys, and only if SSH_AUTH_INFO_0 names publickey and the address is not
 * loopback. Elsewhere, without rhost: user, service, the real terminal of the
 * session's leader, session id, the leader's start time and boot id, if all are
 * known. Both include the digest of the user's file, so that changing the file
 * ends them. False: this login has none.
 */
bool remembered_login_binding(const struct facts *, const char *user,
    const char *address, const struct user_record *,
    unsigned char out[STORE_GRACE_LEN]);

/* Does its rule allow this login, from that address, to be remembered? Then
 * binding is filled in. */
bool remembered_login_bind(const struct login *, const char *address,
    unsigned char binding[STORE_GRACE_LEN]);

#endif
