/* SPDX-License-Identifier: BSD-2-Clause */
/* What a remembered login is bound to (remember_minutes), and whether one can
 * be. */
#ifndef TWOFA_REMEMBERED_LOGIN_H
#define TWOFA_REMEMBERED_LOGIN_H

#include <stdbool.h>

#include "helper/dialogue/login_context.h"
#include "helper/state/store_remembered.h"
#include "lib/settings/settings.h"
#include "lib/settings/user_record.h"
#include "lib/wire/facts.h"

/*
 * The binding of this login: for sshd user, service, source address and public
 * keys, and only when SSH_AUTH_INFO_0 names publickey and the address is not
 * loopback; elsewhere, without rhost, user, service, the terminal that the
 * session's leader really has, session id, its leader's start time and boot id,
 * all of them known. The digest of the user's file is in both, so that a change
 * of it ends grace. False: this login has none.
 */
bool remembered_login_binding(const struct facts *, const char *user,
    const char *address, const struct user_record *,
    unsigned char out[STORE_GRACE_LEN]);

/* Can this login, from that address, be remembered by its rule? Then binding
 * says what by. */
bool remembered_login_bind(const struct login *, const char *address,
    unsigned char binding[STORE_GRACE_LEN]);

#endif
